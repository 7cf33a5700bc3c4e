"""Where settings come from, and that each is documented."""

import re
from pathlib import Path

import pytest

from sonde.model.errors import Invalid
from sonde.settings import ENV_PREFIX, Settings, default_data_dir, load_settings

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch, tmp_path):
    """No settings of whoever runs the tests, and an empty folder to run in."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"{ENV_PREFIX}{name.upper()}", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)


def test_the_defaults_work_without_anything(tmp_path):
    """A fresh machine listens on loopback and keeps its data in the user's data folder."""
    settings = load_settings()
    assert (settings.host, settings.port) == ("127.0.0.1", 8700)
    assert settings.data_dir == tmp_path / "data" / "sonde"
    assert settings.effective_directory_url == f"sqlite:///{tmp_path}/data/sonde/directory.db"
    assert settings.effective_store_dsn == f"chdb://{tmp_path}/data/sonde/store"


def test_a_relative_xdg_folder_is_ignored(monkeypatch):
    """The XDG specification says that a relative path there is invalid."""
    monkeypatch.setenv("XDG_DATA_HOME", "here")
    assert default_data_dir() == Path.home() / ".local" / "share" / "sonde"


def test_options_beat_the_environment_which_beats_the_file(monkeypatch, tmp_path):
    """Each source hides the weaker ones, setting by setting."""
    (tmp_path / "sonde.toml").write_text('host = "file"\nport = 1\nlog_level = "debug"\n')
    monkeypatch.setenv("SONDE_HOST", "environment")
    monkeypatch.setenv("SONDE_PORT", "2")
    settings = load_settings(port=3, host=None)
    assert (settings.host, settings.port, settings.log_level) == ("environment", 3, "debug")


def test_the_file_in_the_data_folder_is_read(monkeypatch, tmp_path):
    """The file can lie beside the data, wherever that is said to be."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "sonde.toml").write_text("port = 4")
    assert load_settings(data_dir=folder).port == 4
    monkeypatch.setenv("SONDE_DATA_DIR", str(folder))
    assert load_settings().port == 4


def test_the_working_folders_file_is_read_instead(tmp_path):
    """Two files are never mixed."""
    folder = tmp_path / "data" / "sonde"
    folder.mkdir(parents=True)
    (folder / "sonde.toml").write_text('port = 5\nhost = "data"')
    (tmp_path / "sonde.toml").write_text("port = 6")
    settings = load_settings()
    assert (settings.port, settings.host) == (6, "127.0.0.1")


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("port = 70000", "port"),
        ('port = "many"', "port"),
        ("prot = 1", "prot"),
        ('log_format = "xml"', "log_format"),
        ('public_url = "sonde.example.org"', "public_url"),
        ('tls_cert_file = "cert.pem"', ""),
        ('summary_url = "https://llm.example.org/v1"', ""),
        ("port = ", ""),
        ('data_dir = "a?b"', "data_dir"),
        ('data_dir = "a%20b"', "data_dir"),
    ],
)
def test_a_wrong_setting_is_named(tmp_path, text, field):
    """A slip in the file stops the start, with the name of what is wrong."""
    (tmp_path / "sonde.toml").write_text(text)
    with pytest.raises(Invalid) as caught:
        load_settings()
    assert caught.value.field == field
    assert field in caught.value.message


def test_passwords_are_not_shown(monkeypatch):
    """Addresses of databases may hold some: neither the settings nor an error repeats them, nor a key."""
    monkeypatch.setenv("SONDE_DIRECTORY_URL", "postgresql+psycopg://sonde:hunter2@db/sonde")
    monkeypatch.setenv("SONDE_STORE_DSN", "https://sonde:hunter2@db:8443/sonde")
    monkeypatch.setenv("SONDE_SUMMARY_API_KEY", "hunter2")
    assert "hunter2" not in repr(load_settings())


def test_every_setting_is_documented():
    """docs/settings.md has a row for each setting with its variable, default and description."""
    page = PAGE.read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    assert rows.keys() == Settings.model_fields.keys()
    for name, field in Settings.model_fields.items():
        assert field.description
        assert field.description in rows[name]
        assert f"`{ENV_PREFIX}{name.upper()}`" in rows[name]
        if field.default_factory is None and field.default not in (None, ""):
            assert f"`{field.default}`" in rows[name]
