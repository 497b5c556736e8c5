"""`amrikyy graph`: a workflow drawn."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from server.cli.terminal import write


def graph(
    target: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A workflow.")],
    *,
    format: Annotated[  # noqa: A002  the option's name
        Literal["mermaid", "ascii", "svg"], typer.Option(help="How to draw it.")
    ] = "mermaid",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write it to this file.")
    ] = None,
    workflow: Annotated[
        str | None, typer.Option(help="Which workflow, where the file has several.")
    ] = None,
) -> None:
    """Draw a workflow: as Mermaid, as text, or as SVG."""
    from graphs.draw import ascii_art, mermaid, svg
    from nodes.errors import InvalidInputError
    from server.cli.target import find
    from server.settings import Settings

    found = find(target, workflow, Settings.load())
    drawn = {"mermaid": mermaid, "ascii": ascii_art, "svg": svg}[format](
        found.workflow, found.catalog
    )
    if output is None:
        write(drawn)
        return
    try:
        output.write_text(drawn, encoding="utf-8")
    except OSError as error:
        raise InvalidInputError(f"{str(output)!r} cannot be written: {error.strerror}.") from error
