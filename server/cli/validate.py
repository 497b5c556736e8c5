"""`amrikyy validate`: all that is wrong with workflow files, each fault at its line."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nodes.errors import Fault, SpecError
from server.cli.terminal import clean, write, write_json

if TYPE_CHECKING:
    from graphs.catalog import Catalog


def validate(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files or folders of YAML.")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check workflow files, together with what ships; nothing is run."""
    from graphs.catalog import Catalog
    from graphs.file import yaml_files
    from server.settings import Settings

    settings = Settings.load()
    catalog = Catalog.load(settings.catalog, models=settings.models)
    paths = list(dict.fromkeys(file for path in files for file in yaml_files(path)))
    found = _faults(paths, catalog)
    if as_json:
        _write_json(paths, found)
    else:
        lines = [clean(str(fault)) for fault in found] or [f"{path}: no faults" for path in paths]
        write("\n".join(lines or ["There is no YAML file."]))
    if found or not paths:
        sys.exit(2)


def _write_json(paths: list[Path], faults: list[Fault]) -> None:
    told = [
        {
            "file": fault.file,
            "line": fault.line,
            "path": fault.path,
            "message": fault.message,
            "code": fault.code,
        }
        for fault in faults
    ]
    write_json({"success": not told, "files": [str(path) for path in paths], "faults": told})


def _faults(paths: list[Path], catalog: "Catalog") -> list[Fault]:
    """Return all faults; files are checked together, as they may refer to each other."""
    try:
        catalog.add_files(paths)
    except SpecError as error:
        return list(error.faults)
    return []
