"""One POST to a stranger who may be anybody: slow, endless, lying, or somebody else."""

import http.server
import ipaddress
import socket
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager

import pytest
from webhook_receiver import answer_with, running_receiver

from sonde.services import webhook_posting
from sonde.services.webhook_posting import ANSWER_MAX, post

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


@contextmanager
def raw_server(talk):
    """A listener that hands each connection to `talk`."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=_talk, args=(talk, connection), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)


def _talk(talk, connection) -> None:
    with connection:
        try:
            connection.recv(65536)
            talk(connection)
        except OSError:
            return


@pytest.fixture
def hurried(monkeypatch) -> float:
    """A time limit that a test can wait for."""
    monkeypatch.setattr(webhook_posting, "TIME_LIMIT", 0.5)
    return 0.5


def test_a_private_target_is_not_even_connected_to() -> None:
    """Whatever the name says, the address decides, and there is no second try."""
    with running_receiver() as receiver:
        for host in ("127.0.0.1", "localhost"):
            outcome = post(f"http://{host}:{receiver.port}/", b"{}", {})
            assert (outcome.is_refused, outcome.is_worth_repeating, outcome.status) == (True, False, None)
            assert "not a public address" in outcome.error
        assert receiver.received == []


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch) -> None:
    """A name that leads elsewhere on a second look is never looked up again."""
    with running_receiver() as receiver:
        looks = []

        def look(host, port, *_, **__):
            looks.append(host)
            address = "127.0.0.1" if len(looks) == 1 else "127.0.0.2"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        resolve = socket.getaddrinfo
        monkeypatch.setattr(
            socket,
            "getaddrinfo",
            lambda host, *more, **options: (
                look(host, *more) if host == "rebound.example" else resolve(host, *more, **options)
            ),
        )
        outcome = post(f"http://rebound.example:{receiver.port}/", b"{}", {}, allowed=LOOPBACK)
        assert outcome.status == 200
        assert looks == ["rebound.example"]
        assert receiver.received[0].headers["host"] == f"rebound.example:{receiver.port}"


def test_a_redirection_into_the_private_network_is_not_followed() -> None:
    """It is an answer like any other."""
    with running_receiver() as inside, running_receiver() as outside:
        outside.answer = answer_with(307, Location=f"{inside.url}/admin")
        outcome = post(f"{outside.url}/", b"{}", {}, allowed=LOOPBACK)
        assert (outcome.status, outcome.is_worth_repeating) == (307, False)
        assert inside.received == []


def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    """And what no database keeps is replaced."""
    with running_receiver() as receiver:
        receiver.answer = answer_with(200, b"a\0\xff" + b"b" * 10_000_000)
        outcome = post(f"{receiver.url}/", b"{}", {}, allowed=LOOPBACK)
        assert outcome.is_success
        assert outcome.answer.startswith("a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b")
        assert len(outcome.answer) <= ANSWER_MAX


def _drip(connection) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X")
        time.sleep(0.05)


def _endless(connection) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: " + b"a" * 60_000 + b"\r\n")


@pytest.mark.parametrize(
    "talk",
    [
        lambda _: time.sleep(5),
        _drip,
        _endless,
        lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.9\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"),
        lambda connection: connection.sendall(b"HTTP/1.1 99999 What\r\n\r\n"),
        lambda connection: connection.close(),
    ],
    ids=["silence", "drip", "endless headers", "another protocol", "bad length", "bad status", "hang-up"],
)
def test_a_strange_receiver_costs_little(hurried, talk) -> None:
    """An attempt ends in time with an outcome, never with an exception."""
    with raw_server(talk) as url:
        began = time.monotonic()
        outcome = post(url, b"{}", {}, allowed=LOOPBACK)
    assert time.monotonic() - began < 10 * hurried
    assert outcome.status in {None, 200}
    assert bool(outcome.error) == (outcome.status is None)


def test_a_handshake_that_hangs_is_cut(hurried) -> None:
    """The time limit begins before TLS does."""
    with raw_server(lambda _: time.sleep(5)) as url:
        outcome = post(url.replace("http", "https"), b"{}", {}, allowed=LOOPBACK)
    assert outcome.is_worth_repeating
    assert outcome.error


def test_a_certificate_of_nobody_is_not_trusted(tmp_path, make_certificate) -> None:
    """Over https only who has the name gets the body."""
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(self.path)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*make_certificate(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        outcome = post(f"https://127.0.0.1:{server.server_port}/", b"{}", {}, allowed=LOOPBACK)
        server.shutdown()
        thread.join()
    assert "certificate" in outcome.error.lower()
    assert received == []


@pytest.fixture
def make_certificate():
    """Makes a certificate that only its maker trusts."""

    def make(folder):
        key, certificate = folder / "key.pem", folder / "certificate.pem"
        command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
        command += ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
        return certificate, key

    return make
