"""The `sonde` command line."""

import os
import sys

import typer

from sonde import __version__
from sonde.cli.admin import admin_app
from sonde.cli.agent import agent
from sonde.cli.analyze import analyze
from sonde.cli.demo import demo
from sonde.cli.doctor import doctor
from sonde.cli.impair import impair
from sonde.cli.import_files import import_files
from sonde.cli.listen import listen
from sonde.cli.probe import probe
from sonde.cli.recompute import recompute
from sonde.cli.serve import serve
from sonde.model.errors import Invalid, SondeError

USAGE_ERROR = 2

app = typer.Typer(
    help="How good are your voice and video calls, and why?",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # boxes would cut sentences into pieces, and Rich takes long to import
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo)
app.command()(serve)
app.command()(agent)
app.command()(listen)
app.command()(probe)
app.command()(analyze)
app.command("import")(import_files)
app.command()(recompute)
app.command()(impair)
app.command()(doctor)
app.add_typer(admin_app, name="admin")


@app.command()
def version() -> None:
    """Print the release."""
    print(__version__)


def main() -> None:
    """Run the command line; every failure is one sentence and, where there is one, what to do next."""
    try:
        _require_text()
        app()
    except SondeError as error:
        if os.environ.get("SONDE_DEBUG"):
            raise
        print(f"sonde: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"  hint: {error.hint}", file=sys.stderr)
        sys.exit(USAGE_ERROR)


def _require_text() -> None:
    """Refuse bytes that are no text, which Python lets in and most uses of a string do not."""
    settings = [value for name, value in os.environ.items() if name.startswith("SONDE_")]
    for word in (*sys.argv[1:], *settings):
        try:
            word.encode()
        except UnicodeEncodeError as error:
            raise Invalid(f"{word!r} is not text in UTF-8.", hint="Retype it.") from error
