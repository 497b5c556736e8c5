"""`amrikyy agents`: the agents of the catalog."""

from typing import Annotated

import typer

from server.cli.terminal import write_json


def agents(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the agents."""
    from graphs.catalog import Catalog
    from server.cli.table import write_table
    from server.settings import Settings

    settings = Settings.load()
    known = Catalog.load(settings.catalog, models=settings.models).agents
    if as_json:
        listed = [
            {"name": name, "description": agent.description, "methods": list(agent.methods)}
            for name, agent in sorted(known.items())
        ]
        write_json({"success": True, "agents": listed, "total": len(listed)})
        return
    write_table(
        ("agent", "description", "methods", "model"),
        [
            (name, agent.description, ", ".join(agent.methods), agent.model or "Python")
            for name, agent in sorted(known.items())
        ],
    )
