"""`amrikyy workflows`: the workflows of the catalog."""

from typing import Annotated

import typer

from server.cli.terminal import write_json


def workflows(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List the workflows."""
    from graphs.catalog import Catalog
    from graphs.leaves import count_leaves
    from server.cli.table import write_table
    from server.settings import Settings

    settings = Settings.load()
    catalog = Catalog.load(settings.catalog, models=settings.models)
    rows = [
        (name, workflow.strategy, workflow.description, count_leaves(workflow.root, catalog))
        for name, workflow in sorted(catalog.workflows.items())
    ]
    if as_json:
        keys = ("name", "strategy", "description", "steps")
        listed = [dict(zip(keys, row, strict=True)) for row in rows]
        write_json({"success": True, "workflows": listed, "total": len(listed)})
        return
    write_table(
        ("workflow", "strategy", "description", "nodes"),
        [(name, strategy, about, str(nodes)) for name, strategy, about, nodes in rows],
    )
