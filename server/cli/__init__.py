"""The command `amrikyy`; a command's module imports what it needs when it runs."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import typer

from nodes.errors import AmrikyyError
from server.cli.agents import agents
from server.cli.doctor import doctor
from server.cli.graph import graph
from server.cli.run import run
from server.cli.schema import schema
from server.cli.terminal import give_up_pipe, prepare_streams, say
from server.cli.validate import validate
from server.cli.workflows import workflows

__all__ = ["COMMANDS", "main"]

COMMANDS: Final[dict[str, Callable[..., Any]]] = {
    "run": run,
    "validate": validate,
    "graph": graph,
    "agents": agents,
    "workflows": workflows,
    "schema": schema,
    "doctor": doctor,
}


def main() -> None:
    """Run the command line; what people gave wrong is told in sentences, with status 2."""
    prepare_streams()
    # `python:` references are found from where the command is run, as by `python -m`.
    sys.path.insert(0, str(Path.cwd()))
    app = typer.Typer(
        name="amrikyy",
        help="Workflows of many agents: check them, draw them, run them.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    for name, command in COMMANDS.items():
        app.command(name)(command)
    try:
        app(prog_name="amrikyy")
        sys.stdout.flush()
    except AmrikyyError as error:
        say(str(error))
        sys.exit(2)
    except BrokenPipeError:
        give_up_pipe()
    except KeyboardInterrupt:
        sys.exit(130)
