"""Commands in the documents exist, with these options, and every command is in a document."""

import re
import shlex
from typing import Any

import pytest
from typer.main import get_command

from sonde.cli.main import app

PROGRAM = get_command(app)


def subcommands(command: Any) -> dict[str, Any]:
    """The commands below a command."""
    return getattr(command, "commands", {})


def find(words: list[str]) -> tuple[Any, list[str]]:
    """The command that words name, and the words that are left for it."""
    command = PROGRAM
    while words and words[0] in subcommands(command):
        command, words = subcommands(command)[words[0]], words[1:]
    return command, words


def leaves(command: Any, name: str) -> list[str]:
    """The full names of all commands that do something."""
    below = subcommands(command)
    return [leaf for word, each in below.items() for leaf in leaves(each, f"{name} {word}")] or [name]


def typed_lines(page) -> list[list[str]]:
    """What a reader would type to `sonde`, word by word, from blocks of shell and console."""
    shell = "\n".join(page.blocks("sh")).replace("\\\n", " ").splitlines()
    console = "\n".join(page.blocks("console")).replace("\\\n", " ").splitlines()
    lines = [*shell, *(line.removeprefix("$ ") for line in console if line.startswith("$ "))]
    words = [shlex.split(line, comments=True) for line in lines]
    return [line[1:] for line in words if line and line[0] == "sonde"]


def mentions(page) -> list[list[str]]:
    """Commands that sentences mention in backticks, word by word."""
    return [shlex.split(line) for line in re.findall(r"`sonde( [^`]+)`", page.prose)]


def test_typed_commands_are_complete(page):
    """A line of a code block is accepted: the command is there, and so are all options it needs."""
    for line in typed_lines(page):
        command, words = find(line)
        assert not subcommands(command), f"sonde {shlex.join(line)} names no command"
        with command.make_context("sonde", list(words)) as context:
            assert context.args == []


def test_mentioned_commands_exist(page):
    """A command in a sentence exists and has the options that stand with it."""
    for line in mentions(page):
        command, words = find(line)
        known = {"--help"}.union(*(each.opts for each in command.params))
        options = {word for word in words if word.startswith("-")}
        assert options <= known, f"sonde {shlex.join(line)}"
        assert not (subcommands(command) and set(words) - options), f"sonde {shlex.join(line)}"


@pytest.mark.parametrize("name", leaves(PROGRAM, "sonde"))
def test_every_command_is_in_a_document(pages, name):
    """Nobody has to read the source to learn that a command exists."""
    assert any(re.search(rf"{name}\b", page.text) for page in pages)


def test_make_targets_exist(page, root):
    """Each `make` target that a document names is in the Makefile."""
    rules = re.findall(r"^([a-z][a-z -]*):", (root / "Makefile").read_text("utf-8"), re.MULTILINE)
    typed = re.findall(r"^(?:\$ )?make ([a-z-]+)", "\n".join(page.blocks("sh", "console")), re.MULTILINE)
    named = {*typed, *re.findall(r"`make ([a-z-]+)`", page.prose)}
    assert named <= set(" ".join(rules).split())
