from typing import get_args

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.main import get_command

from sonde.capture.formats import NAMES
from sonde.cli.admin import RoleName
from sonde.cli.main import app
from sonde.cli.options import read_host, read_option, read_run_time
from sonde.model.errors import Invalid, SondeError
from sonde.model.people import Role

PROGRAM = get_command(app)

NEEDED = {
    "host": "127.0.0.1",
    "key": "secret",
    "listen": "127.0.0.1:0",
    "to": "127.0.0.1:9",
    "state_dir": "/dev/null/nowhere",
    "workspace_id": "1",
    "token_id": "1",
    "files": "/dev/null/nowhere",
    "key_id": "1",
    "participant_id": "nobody",
    "file": "/dev/null/nowhere",
}
"""What a command must be told besides; other words may be anything."""

NONSENSE = st.sampled_from(
    ["-1", "nan", "1e400", "0x10", "1.5.2", "1,5", "\u00bd", "\U0001f4a9", "[red]"]
) | st.text(st.characters(exclude_categories=["Cc", "Cs", "N"]), min_size=1).filter(
    lambda text: text.strip().upper() not in {"BE", "DF", "EF", "VA", "VOICE ADMIT", "BEST EFFORT", *NAMES}
)
"""Words that are no number, time, ratio, address, URL, codec, code point or role."""


@pytest.fixture(scope="module", autouse=True)
def nowhere():
    """Keeps a command that should have been refused away from anybody's data."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SONDE_DATA_DIR", "/dev/null/nowhere")
        yield


def leaves(command, path=()):
    """Every command that does something, with the words that lead to it."""
    below = getattr(command, "commands", {})
    if not below:
        yield path, command
    for word, each in below.items():
        yield from leaves(each, (*path, word))


def is_typed(param) -> bool:
    """Whether a parameter takes a value that cannot be just any text."""
    is_text = (
        param.type_descriptor.annotation is str or "path" in str(param.type_descriptor.annotation).lower()
    )
    return not getattr(param, "is_flag", False) and (param.metavar is not None or not is_text)


TYPED = [
    (path, command, param) for path, command in leaves(PROGRAM) for param in command.params if is_typed(param)
]


def command_line(path, command, param, value) -> list[str]:
    """A command line that is complete and right, but for one value."""
    needed = [each for each in command.params if each.required and each is not param]
    options = [
        f"{each.opts[0]}={NEEDED.get(each.name, 'a@b.c')}" for each in needed if each.opts[0] != each.name
    ]
    arguments = [NEEDED[each.name] for each in needed if each.opts[0] == each.name]
    if param.opts[0] == param.name:
        return [*path, *options, "--", value]
    return [*path, *options, f"{param.opts[0]}={value}", *arguments]


def name_of(param) -> str:
    """How people know the parameter."""
    return param.opts[0].removeprefix("--")


@pytest.mark.parametrize(
    ("path", "command", "param"), TYPED, ids=[" ".join([*path, param.opts[0]]) for path, _, param in TYPED]
)
@settings(max_examples=8, deadline=None)
@given(value=NONSENSE)
def test_nonsense_is_refused_by_name(path, command, param, value) -> None:
    """No typed option of any command lets nonsense in, and the refusal says which option it was."""
    words = command_line(path, command, param, value)
    with pytest.raises((SondeError, typer.BadParameter)) as refusal:
        PROGRAM.main(words, "sonde", standalone_mode=False)
    said = getattr(refusal.value, "format_message", lambda: str(refusal.value))()
    assert name_of(param) in said


def test_the_walk_meets_every_kind_of_value() -> None:
    """A change of the library that hides the options from the test above would show here."""
    assert {param.metavar for _, _, param in TYPED} >= {"TIME", "RATIO", "DSCP", "CODEC", "HOST:PORT", "URL"}
    assert {param.type_descriptor.annotation for _, _, param in TYPED} >= {int, float, RoleName}


def test_all_roles_can_be_chosen() -> None:
    """The words of the command line are those of the model."""
    assert list(get_args(RoleName)) == list(Role)


@pytest.mark.parametrize("path", [path for path, _ in leaves(PROGRAM)], ids=" ".join)
def test_every_command_explains_itself(path, capsys) -> None:
    """Help is there, and each option says what it is for."""
    command = dict(leaves(PROGRAM))[path]
    assert PROGRAM.main([*path, "--help"], "sonde", standalone_mode=False) == 0
    assert " ".join(command.help.split()) in " ".join(capsys.readouterr().out.split())
    assert all(param.help for param in command.params)


@given(st.text(max_size=300))
def test_a_host_is_a_name_the_system_can_be_asked_for(text) -> None:
    """Whatever is let in can be encoded for the resolver; all else is refused with a sentence."""
    try:
        encoded = text.encode("idna")
    except UnicodeError:
        encoded = b""
    if encoded:
        assert read_host(text) == text
    else:
        with pytest.raises(ValueError, match="no host name and no address"):
            read_host(text)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "::", "fe80::1%eth0", "localhost", "sonde.example.org.", "b\u00fcro"]
)
def test_usual_hosts_are_let_in(host) -> None:
    """As they were written."""
    assert read_host(host) == host


@pytest.mark.parametrize("host", ["", "a..b", ".a", "a" * 64, "a\udcff"])
def test_impossible_hosts_are_refused(host) -> None:
    """Before the resolver stumbles over them."""
    with pytest.raises(ValueError, match="no host name and no address"):
        read_host(host)


def test_a_refusal_begins_with_the_option() -> None:
    """Whether the reader raised Invalid, with a hint, or ValueError."""

    def reader(text: str) -> None:
        raise Invalid("too much", hint="take less")

    with pytest.raises(Invalid, match=r"^--size: too much$") as refusal:
        read_option("--size", reader, "9")
    assert (refusal.value.hint, refusal.value.field) == ("take less", "--size")
    with pytest.raises(Invalid, match=r"^--size: invalid literal"):
        read_option("--size", int, "x")


def test_a_run_takes_time() -> None:
    """Minutes and seconds are read; a run of no length is none."""
    assert read_run_time("2min") == 120
    with pytest.raises(ValueError, match="longer than nothing"):
        read_run_time("0s")
