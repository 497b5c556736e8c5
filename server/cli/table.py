"""Lists for people: a table in a terminal, tab-separated lines elsewhere."""

import sys
from collections.abc import Sequence

from server.cli.terminal import one_line, screen, write


def write_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Write `rows`; without a terminal one line each, for `cut`, `grep` and the like."""
    cleaned = [[one_line(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        write("\n".join("\t".join(row) for row in [columns, *cleaned]))
        return
    from rich import box
    from rich.table import Table

    table = Table(*columns, box=box.SIMPLE_HEAD, pad_edge=False)
    for row in cleaned:
        table.add_row(*row)
    screen(stderr=False).print(table)
