"""Drawings of a definition, as people wrote it: Mermaid, text, SVG, and data for the console."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from rich.cells import cell_len

from graphs.drawing import Shape, branch_value, draw, inside, notes, shown, title
from graphs.hierarchical import Hierarchical
from graphs.reference import WorkflowCall
from graphs.route import Route
from graphs.spec import Workflow
from graphs.strategy import Strategy
from graphs.svg import svg
from nodes.expression import Expression
from nodes.node import BaseNode, Names

__all__ = ["ascii_art", "mermaid", "nodes_and_edges", "svg"]

# All that Mermaid, or the Markdown it reads labels as, could take for more than text.
_SPECIAL: Final = re.compile(
    r"""["#&<>`*_~\[\](){}|\\;%@$!^]|:(?=//)|(?<=www)\.|^[-+]|(?<=^\d)[.)]|(?<=^\d\d)[.)]""",
    re.IGNORECASE,
)
_SHAPES: Final = {
    "start": ('(["', '"])'),
    "end": ('(["', '"])'),
    "agent": ('["', '"]'),
    "approval": ('[/"', '"/]'),
    "fork": ('(("', '"))'),
    "join": ('(("', '"))'),
    "choice": ('{"', '"}'),
    "aggregator": ('[["', '"]]'),
}
_CLASSES: Final = """\
  classDef start fill:#0f766e,stroke:#0f766e,color:#ffffff
  classDef end_ fill:#0f766e,stroke:#0f766e,color:#ffffff
  classDef agent fill:#e0edff,stroke:#2563eb,color:#0b1f44
  classDef approval fill:#fff1cc,stroke:#b45309,color:#3d1f00
  classDef choice fill:#f3e8ff,stroke:#7e22ce,color:#2e0a4f
  classDef aggregator fill:#dcfce7,stroke:#15803d,color:#052e16
  classDef fork fill:#64748b,stroke:#64748b,color:#ffffff
  classDef join fill:#64748b,stroke:#64748b,color:#ffffff"""


def mermaid(workflow: Workflow, names: Names) -> str:
    """Return the definition as a Mermaid flowchart (https://mermaid.js.org/syntax/flowchart)."""
    drawing = draw(workflow, names)
    # Names of ours: a path, or a word such as `end`, would be read as something else.
    ids = {shape.id: f"n{number}" for number, shape in enumerate(drawing.shapes)}
    groups = inside(drawing.shapes)
    lines = ["flowchart TD", *_mermaid_shapes(groups, None, ids, "  ")]
    for line in drawing.lines:
        arrow = "-.->" if line.conditional else "-->"
        label = f'|"{_escaped(line.label)}"|' if line.label else ""
        lines.append(f"  {ids[line.source]} {arrow}{label} {ids[line.target]}")
    return "\n".join([*lines, _CLASSES]) + "\n"


def _mermaid_shapes(
    groups: dict[str | None, list[Shape]], parent: str | None, ids: dict[str, str], indent: str
) -> Iterator[str]:
    for shape in groups.get(parent, []):
        if shape.is_group:
            yield f'{indent}subgraph {ids[shape.id]}["{_mermaid_label(shape)}"]'
            yield from _mermaid_shapes(groups, shape.id, ids, f"{indent}  ")
            yield f"{indent}end"
        else:
            opening, closing = _SHAPES[shape.kind]
            kind = "end_" if shape.kind == "end" else shape.kind
            yield f"{indent}{ids[shape.id]}{opening}{_mermaid_label(shape)}{closing}:::{kind}"


def _mermaid_label(shape: Shape) -> str:
    label = _escaped(shape.label) or " "
    between = " · " if shape.is_group else "<br/>"  # a title of two lines covers what is below
    return f"{label}{between}{_escaped(shape.detail)}" if shape.detail else label


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", text)


def nodes_and_edges(workflow: Workflow, names: Names) -> dict[str, list[dict[str, Any]]]:
    """Return `{nodes: [{id, label, kind, parent, …}], edges: [{source, target, …}]}`.

    Ids are paths, but for `__start__`, `__end__`, and those with a `#` after the path of the
    strategy they belong to, where lines part or meet. A node has what its kind has (`agent` and
    `method`, `approval`, `strategy`, `workflow`), and `detail` where there is more to say.
    """
    drawing = draw(workflow, names)
    return {
        "nodes": [_node(shape) for shape in drawing.shapes],
        "edges": [
            {
                "source": line.source,
                "target": line.target,
                **({"label": line.label} if line.label else {}),
                **({"conditional": True} if line.conditional else {}),
            }
            for line in drawing.lines
        ],
    }


def _node(shape: Shape) -> dict[str, Any]:
    node = {"id": shape.id, "label": shape.label, "kind": shape.kind, "parent": shape.parent}
    if shape.detail:
        node["detail"] = shape.detail
    return node | (shape.node.identity if shape.node is not None else {})


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a tree: what it is called with its branches before, and what is said of it."""

    name: str
    detail: str


_MARKS: Final = {"agent": "", "approval": "? ", "workflow": "", "strategy": ""}
_WIDEST: Final = 60  # cells of the first column; a longer name pushes only its own line


def ascii_art(workflow: Workflow, names: Names) -> str:
    """Return the definition as a tree in plain text, the details in a column of their own."""
    root = workflow.root
    rows = [_Row(title(root), notes(root)), *_rows(root, names, "")]
    width = max((w for row in rows if (w := cell_len(row.name)) <= _WIDEST), default=0)
    return "".join(_line(row, width) for row in rows)


def _line(row: _Row, width: int) -> str:
    if not row.detail:
        return f"{row.name}\n"
    return f"{row.name}{' ' * max(width - cell_len(row.name), 0)}  {row.detail}\n"


def _rows(node: BaseNode, names: Names, indent: str) -> Iterator[_Row]:
    members = list(_members(node, names))
    for number, (before, member) in enumerate(members, start=1):
        is_last = number == len(members)
        branch, below = ("└─ ", "   ") if is_last else ("├─ ", "│  ")
        if isinstance(member, str):
            yield _Row(f"{indent}{branch}{before}{member}", "")
            continue
        mark = _MARKS[member.kind]
        yield _Row(f"{indent}{branch}{before}{mark}{title(member)}", notes(member))
        yield from _rows(member, names, indent + below)


def _members(node: BaseNode, names: Names) -> Iterator[tuple[str, BaseNode | str]]:
    """Yield the members of a node, each with what is written before it."""
    if isinstance(node, WorkflowCall):
        node = names.workflow(node.workflow)
        # A reference stands for the strategy it leads to, whose own line would say no more.
    if not isinstance(node, Strategy):
        return
    for place, member in node.members.items():
        yield _before(node, place), member
    if isinstance(node, Hierarchical) and isinstance(node.aggregator, Expression):
        yield "aggregator: ", shown(str(node.aggregator.source))


def _before(node: Strategy, place: str) -> str:
    if isinstance(node, Route):
        return f"[{shown(branch_value(place))}] "
    if isinstance(node, Hierarchical):
        return f"{place}: " if place in {"master", "aggregator"} else ""
    return ""
