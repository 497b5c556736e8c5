"""SVG of a definition: boxes in boxes, from the top to the bottom, light or dark as the page is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

from rich.cells import cell_len

from graphs.drawing import Drawing, Line, Shape, draw, inside
from graphs.hierarchical import Hierarchical
from graphs.map import Map
from graphs.parallel import Parallel
from graphs.reference import WorkflowCall
from graphs.route import Route
from graphs.spec import Workflow
from nodes.node import BaseNode, Names

CELL: Final = 7.4  # px a cell of text is wide
GAP, LABELLED_GAP, BESIDE, EDGE = 34.0, 52.0, 24.0, 20.0  # px between, around and beside boxes
SMALL: Final = 0.85  # the size of small text
HEADER: Final = 46.0  # px of a group for its title
ONE_LINE, TWO_LINES, DOT = 38.0, 56.0, 8.0  # px high; a dot's radius

_STYLE: Final = """\
svg { color-scheme: light dark; background: #ffffff;
  font: 13px system-ui, "Noto Sans", "Noto Sans Arabic", sans-serif; }
text { fill: #0f172a; text-anchor: middle; unicode-bidi: plaintext; }
.detail, .label { fill: #475569; font-size: 11px; }
.label { paint-order: stroke; stroke: #ffffff; stroke-width: 4px; }
.box { stroke-width: 1.5; }
.agent { fill: #e0edff; stroke: #2563eb; }
.approval { fill: #fff1cc; stroke: #b45309; }
.aggregator { fill: #dcfce7; stroke: #15803d; }
.choice { fill: #f3e8ff; stroke: #7e22ce; }
.start, .end { fill: #ccfbf1; stroke: #0f766e; }
.fork, .join { fill: #94a3b8; stroke: #64748b; }
.group { fill: #64748b0f; stroke: #94a3b8; stroke-dasharray: 4 3; }
.line { fill: none; stroke: #64748b; stroke-width: 1.5; }
.conditional { stroke-dasharray: 5 4; }
.tip { fill: #64748b; }
@media (prefers-color-scheme: dark) {
  svg { background: #0f172a; }
  text { fill: #e2e8f0; }
  .detail, .label { fill: #94a3b8; }
  .label { stroke: #0f172a; }
  .agent { fill: #172a4f; stroke: #60a5fa; }
  .approval { fill: #43290a; stroke: #fbbf24; }
  .aggregator { fill: #0d3320; stroke: #4ade80; }
  .choice { fill: #331450; stroke: #c084fc; }
  .start, .end { fill: #0b3b37; stroke: #2dd4bf; }
  .fork, .join { fill: #64748b; stroke: #94a3b8; }
  .line { stroke: #94a3b8; }
  .tip { fill: #94a3b8; }
}"""


@dataclass(slots=True)
class _Box:
    """A shape, or a group with its rows of boxes; `x`, `y`: its top left corner, once placed."""

    shape: Shape | None
    width: float
    height: float
    rows: "list[list[_Box]]" = field(default_factory=list)
    x: float = 0.0
    y: float = 0.0

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height


def svg(workflow: Workflow, names: Names) -> str:
    """Return the definition as an SVG document of its own."""
    drawing = draw(workflow, names)
    plan = _Plan(drawing, names)
    start, *members, end = plan.groups[None]
    body = plan.group(None, workflow.root, members)
    picture = _stacked(None, [[_leaf(start)], [body], [_leaf(end)]])
    _place(picture, 0, 0)
    boxes = {box.shape.id: box for box in _all(picture) if box.shape is not None}
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{picture.width:.0f}" '
        f'height="{picture.height:.0f}" viewBox="0 0 {picture.width:.0f} {picture.height:.0f}" '
        'role="img">',
        f"<style>{escape(_STYLE)}</style>",
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto-start-reverse"><path class="tip" d="M0 0 8 4 0 8z"/>'
        "</marker></defs>",
        *(part for box in _all(picture) if box.shape for part in _drawn(box, box.shape)),
        *_lines(drawing, boxes, plan.groups),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


class _Plan:
    """The boxes of a drawing, as wide as the labels of their lines ask for; none has a place."""

    def __init__(self, drawing: Drawing, names: Names) -> None:
        self.groups, self._names = inside(drawing.shapes), names
        self._labels: dict[str, float] = {}
        self._ways_back: dict[str | None, float] = {}
        parents = {shape.id: shape.parent for shape in drawing.shapes}
        for line in drawing.lines:
            _, target = _neighbours(line, parents)
            wide = _wide(line.label) * SMALL
            if line.back:
                self._ways_back[line.group] = 20 + wide
            else:
                self._labels[target] = max(wide, self._labels.get(target, 0))

    def group(self, shape: Shape | None, node: BaseNode, members: list[Shape]) -> _Box:
        if isinstance(node, WorkflowCall):
            node = self._names.workflow(node.workflow)
        rows = list(_in_rows(node, [self.box(member) for member in members]))
        return _stacked(shape, rows, beside=self._ways_back.get(shape.id if shape else None, 0))

    def box(self, shape: Shape) -> _Box:
        if shape.is_group and shape.node is not None:
            box = self.group(shape, shape.node, self.groups[shape.id])
        else:
            box = _leaf(shape)
        if box.shape is not None and box.shape.kind not in {"fork", "join"}:
            box.width = max(box.width, self._labels.get(shape.id, 0))
        return box


def _in_rows(node: BaseNode, boxes: list[_Box]) -> Iterator[list[_Box]]:
    """Yield the boxes of a strategy in the rows they stand in."""
    if isinstance(node, Parallel | Map | Route | Hierarchical):
        after = 2 if isinstance(node, Hierarchical) and node.delegation == "select" else 1
        yield boxes[:1]
        yield boxes[1:-after]
        yield from ([box] for box in boxes[-after:])
    else:
        yield from ([box] for box in boxes)


def _leaf(shape: Shape) -> _Box:
    if shape.kind in {"fork", "join"}:
        return _Box(shape, _wide(shape.label) if shape.label else 2 * DOT, 2 * DOT)
    wide = max(_wide(shape.label), _wide(shape.detail) * SMALL, 90.0)
    extra = 30.0 if shape.kind == "choice" else 0.0
    return _Box(shape, wide + extra, TWO_LINES if shape.detail else ONE_LINE)


def _wide(text: str) -> float:
    return cell_len(text) * CELL + 24


def _stacked(shape: Shape | None, rows: list[list[_Box]], *, beside: float = 0) -> _Box:
    """Return a box around rows, with room for their lines and for a way back beside them."""
    widths = [sum(box.width for box in row) + BESIDE * (len(row) - 1) for row in rows]
    heights = [max(box.height for box in row) for row in rows]
    title = max(_wide(shape.label), _wide(shape.detail)) if shape is not None else 0.0
    width = max(*widths, title) + 2 * EDGE + 2 * beside
    gaps = sum(_gap(row) for row in rows[1:])
    top = HEADER if shape is not None else EDGE
    return _Box(shape, width, top + sum(heights) + gaps + EDGE, rows)


def _gap(row: list[_Box]) -> float:
    return LABELLED_GAP if len(row) > 1 else GAP


def _place(box: _Box, x: float, y: float) -> None:
    box.x, box.y = x, y
    top = y + (HEADER if box.shape is not None else EDGE)
    for number, row in enumerate(box.rows):
        top += _gap(row) if number else 0
        left = box.middle - (sum(b.width for b in row) + BESIDE * (len(row) - 1)) / 2
        for each in row:
            _place(each, left, top)
            left += each.width + BESIDE
        top += max(each.height for each in row)


def _all(box: _Box) -> Iterator[_Box]:
    yield box
    for row in box.rows:
        for each in row:
            yield from _all(each)


def _drawn(box: _Box, shape: Shape) -> Iterator[str]:
    x, y, width, height = box.x, box.y, box.width, box.height
    if shape.is_group:
        yield _rectangle(box, f"group {shape.kind}-group", 10)
        yield _text(box.middle, y + 18, shape.label)
        if shape.detail:
            yield _text(box.middle, y + 34, shape.detail, "detail")
        return
    if shape.kind in {"fork", "join"}:
        dot = f'cx="{box.middle:.1f}" cy="{y + DOT:.1f}" r="{DOT - 2:.0f}"'
        yield f'<circle class="box {shape.kind}" {dot}/>'
        if shape.label:
            yield _text(box.middle + width / 2, y + DOT + 4, shape.label, "label")
        return
    if shape.kind == "choice":
        corners = (
            f"{x:.1f},{y + height / 2:.1f} {x + 14:.1f},{y:.1f} {x + width - 14:.1f},{y:.1f} "
            f"{x + width:.1f},{y + height / 2:.1f} {x + width - 14:.1f},{y + height:.1f} "
            f"{x + 14:.1f},{y + height:.1f}"
        )
        yield f'<polygon class="box choice" points="{corners}"/>'
    else:
        yield _rectangle(box, f"box {shape.kind}", 19 if shape.kind in {"start", "end"} else 6)
    yield _text(box.middle, y + (23 if shape.detail else height / 2 + 4.5), shape.label)
    if shape.detail:
        yield _text(box.middle, y + 42, shape.detail, "detail")


def _rectangle(box: _Box, style: str, radius: int) -> str:
    place = f'x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" height="{box.height:.1f}"'
    return f'<rect class="{style}" {place} rx="{radius}"/>'


def _text(x: float, y: float, text: str, style: str = "") -> str:
    kind = f' class="{style}"' if style else ""
    return f'<text{kind} x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>'


def _lines(
    drawing: Drawing, boxes: dict[str, _Box], groups: dict[str | None, list[Shape]]
) -> Iterator[str]:
    parents = {shape.id: shape.parent for shape in drawing.shapes}
    for line in drawing.lines:
        source, target = _neighbours(line, parents)
        if line.back:
            beside = [boxes[shape.id] for shape in groups[line.group]]
            right = max(box.x + box.width for box in beside) + 16
            yield from _back(line, boxes[source], boxes[target], right)
        else:
            yield from _down(line, boxes[source], boxes[target])


def _neighbours(line: Line, parents: dict[str, str | None]) -> tuple[str, str]:
    """Return the outermost boxes that a line joins: a line ends at the border of a group."""
    common = line.group
    if not line.back:
        others = {*_around(line.target, parents)}
        common = next((group for group in _around(line.source, parents) if group in others), None)
    return _below(line.source, common, parents), _below(line.target, common, parents)


def _around(shape: str, parents: dict[str, str | None]) -> Iterator[str | None]:
    group = parents[shape]
    while group is not None:
        yield group
        group = parents[group]
    yield None


def _below(shape: str, group: str | None, parents: dict[str, str | None]) -> str:
    while (parent := parents[shape]) != group and parent is not None:
        shape = parent
    return shape


def _down(line: Line, above: _Box, below: _Box) -> Iterator[str]:
    x1, y1, x2, y2 = above.middle, above.bottom, below.middle, below.y
    start, end = _dot_edge(above, y1, -2), _dot_edge(below, y2, 2)
    straight = max(y2 - GAP, start)  # past the boxes beside this one
    if abs(x1 - x2) < 1:
        way = f"M{x1:.1f} {start:.1f}V{end:.1f}"
    else:
        half = (straight + end) / 2
        way = (
            f"M{x1:.1f} {start:.1f}V{straight:.1f}"
            f"C{x1:.1f} {half:.1f} {x2:.1f} {half:.1f} {x2:.1f} {end:.1f}"
        )
    yield _way(way, line)
    if line.label:
        yield _text(x2, y2 - 12, line.label, "label")


def _dot_edge(box: _Box, y: float, inward: float) -> float:
    return y + inward if box.shape is not None and box.shape.kind in {"fork", "join"} else y


def _back(line: Line, below: _Box, above: _Box, right: float) -> Iterator[str]:
    """Draw the way back up, beside all that stands between; a loop may have a single box."""
    y1, y2 = below.y + below.height * 0.7, above.y + above.height * 0.3
    start, end = below.x + below.width, above.x + above.width
    yield _way(f"M{start:.1f} {y1:.1f}H{right:.1f}V{y2:.1f}H{end:.1f}", line)
    yield _text(right + _wide(line.label) * SMALL / 2, (y1 + y2) / 2 + 4, line.label, "label")


def _way(way: str, line: Line) -> str:
    style = "line conditional" if line.conditional else "line"
    return f'<path class="{style}" d="{way}" marker-end="url(#tip)"/>'
