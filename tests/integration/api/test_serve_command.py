"""`sonde serve` as whoever runs it sees it: start, refusals, end."""

import shutil
import signal
import socket
import ssl
import subprocess
from pathlib import Path

import httpx2
import pytest

pytestmark = pytest.mark.integration


DEADLINE = 60.0
"""Seconds after which something that must happen did not."""


def refused(program: Path, *options: object) -> str:
    """What a start says that must fail; no trace of Python is in it."""
    done = subprocess.run(
        [program, "serve", *map(str, options)], capture_output=True, text=True, timeout=DEADLINE, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(start_server, tmp_path, number):
    """It says where it is and how to begin, answers, and ends well when asked to; it starts again then."""
    for _ in range(2):
        with start_server(tmp_path / "data") as (process, url):
            assert "sonde admin init" in process.stdout.readline() + process.stdout.readline()
            assert httpx2.get(f"{url}/healthz", timeout=DEADLINE).status_code == 200
            process.send_signal(number)
            _, errors = process.communicate(timeout=DEADLINE)
            assert process.returncode == 0, errors
            assert "Traceback" not in errors


def test_a_taken_port_is_explained(program, tmp_path):
    """The sentence has the port, and the hint the option to choose another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = refused(program, "--port", port, "--data-dir", tmp_path / "data")
    assert f"Port {port} on 127.0.0.1 is in use." in said
    assert "--port" in said
    assert not (tmp_path / "data").exists()


def test_a_data_folder_in_use_is_explained(program, start_server, tmp_path):
    """The sentence has the folder and who uses it."""
    with start_server(tmp_path / "data") as (process, _):
        said = refused(program, "--port", 0, "--data-dir", tmp_path / "data")
    assert str(tmp_path / "data") in said
    assert str(process.pid) in said


def test_a_data_folder_that_cannot_be_made_is_explained(program, tmp_path):
    """A file where the folder should be."""
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in refused(program, "--port", 0, "--data-dir", tmp_path / "file" / "data")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory) -> dict[str, str]:
    """A certificate for this machine as the settings that name it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    subprocess.run([*command, *subject, "-keyout", key, "-out", cert], check=True, capture_output=True)
    return {"SONDE_TLS_CERT_FILE": str(cert), "SONDE_TLS_KEY_FILE": str(key)}


def test_it_speaks_https(start_server, tmp_path, certificate):
    """With a certificate the address is https, and the certificate is the one that is shown."""
    with start_server(tmp_path / "data", environment=certificate) as (_, url):
        assert url.startswith("https://127.0.0.1:")
        trusted = ssl.create_default_context(cafile=certificate["SONDE_TLS_CERT_FILE"])
        assert httpx2.get(f"{url}/healthz", verify=trusted, timeout=DEADLINE).status_code == 200


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_unusable_certificate_is_explained(program, tmp_path, monkeypatch, content):
    """A missing file and one that is something else are found before anything is opened."""
    for name in ("cert", "key"):
        if content is not None:
            (tmp_path / name).write_text(content)
        monkeypatch.setenv(f"SONDE_TLS_{name.upper()}_FILE", str(tmp_path / name))
    assert str(tmp_path / "cert") in refused(program, "--port", 0, "--data-dir", tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_an_address_of_another_machine_is_explained(program, tmp_path):
    """An address that is not here cannot be listened on."""
    assert "192.0.2.1" in refused(
        program, "--host", "192.0.2.1", "--port", 0, "--data-dir", tmp_path / "data"
    )
