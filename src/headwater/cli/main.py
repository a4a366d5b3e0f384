"""The `headwater` command: its sub-commands, and what happens to errors.

Exit codes: 0 done; 2 your input is at fault; 3 privacy refused; 4 the surroundings failed (try again); 70 our fault;
130 stopped by Ctrl-C, what was finished is kept.
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from headwater import __version__
from headwater.cli import (
    access,
    audiences,
    audit,
    cleanroom,
    deliveries,
    demo,
    destinations,
    dictionary,
    explore,
    identity,
    keys,
    lists,
    live,
    privacy,
    profile,
    project,
    rejected,
    runs,
    serve,
    sources,
)
from headwater.cli.output import err, show_error
from headwater.core.errors import HeadwaterError

app = typer.Typer(
    name="headwater",
    help="An open data management platform for marketing: from data to audiences in hand.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode="markdown",
)
app.command()(project.init)
app.command()(demo.demo)
app.command()(project.check)
app.command(name="run")(runs.run)
app.command()(serve.serve)
app.command()(serve.console)
app.command()(live.listen)
app.command()(live.replay)
app.command()(live.rebuild)
app.command()(live.drift)
app.command()(sources.sources)
app.command()(dictionary.dictionary)
app.add_typer(audiences.app, name="audiences")
app.add_typer(explore.app, name="explore")
app.add_typer(lists.app, name="lists")
app.add_typer(profile.app, name="profile")
app.add_typer(rejected.app, name="rejected")
app.add_typer(identity.app, name="identity")
app.add_typer(privacy.app, name="privacy")
app.add_typer(cleanroom.app, name="cleanroom")
app.add_typer(keys.app, name="keys")
app.add_typer(access.app, name="access")
app.add_typer(audit.app, name="audit")
app.command("test-call")(destinations.call)
app.command()(deliveries.deliveries)
app.command()(project.doctor)


@app.callback(invoke_without_command=True)
def version(
    show: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", is_eager=True)
    ] = False,
) -> None:
    """What every command shares."""
    if show:
        typer.echo(f"headwater {__version__}")
        raise typer.Exit


def run() -> None:
    """Run the command line; a user's mistake ends in a sentence and an exit code, never in a stack trace."""
    try:
        app()
    except HeadwaterError as error:
        show_error(error, as_json="--json" in sys.argv)
        raise SystemExit(error.exit_code) from None
    except KeyboardInterrupt:
        err.print("stopped; what was finished is kept, run again to go on")
        raise SystemExit(130) from None


if __name__ == "__main__":
    run()
