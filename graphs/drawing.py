"""`Drawing`: a definition as shapes and lines, which Mermaid, SVG and the console draw."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Literal

from graphs.hierarchical import Hierarchical
from graphs.loop import Loop
from graphs.map import Map
from graphs.parallel import Parallel
from graphs.reference import WorkflowCall
from graphs.route import Route
from graphs.spec import Workflow
from graphs.strategy import Strategy
from nodes.agent_call import AgentCall
from nodes.approval import Approval
from nodes.node import BaseNode, Names

START, END = "__start__", "__end__"
LONGEST: Final = 80  # characters of a text that are shown

Kind = Literal[
    "start", "end", "agent", "approval", "strategy", "workflow", "fork", "join", "choice",
    "aggregator",
]  # fmt: skip

_NEVER_DRAWN = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Shape:
    """A node, a group of nodes (`strategy`, `workflow`), or a place where lines part or meet."""

    id: str  # its path; `#…` after the path of a strategy for what is only drawn
    kind: Kind
    label: str
    parent: str | None = None
    detail: str = ""
    node: BaseNode | None = None

    @property
    def is_group(self) -> bool:
        return self.kind in {"strategy", "workflow"}


@dataclass(frozen=True, slots=True)
class Line:
    """What may follow; `conditional` where it depends on something."""

    source: str
    target: str
    label: str = ""
    conditional: bool = False
    back: bool = False  # to what has run already
    group: str | None = None  # which a line back goes round in


@dataclass(frozen=True, slots=True)
class Drawing:
    """All of a definition, in drawing order; each group stands before what is in it."""

    shapes: list[Shape] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


def draw(workflow: Workflow, names: Names) -> Drawing:
    """Draw a definition; workflows it refers to are groups of their own."""
    artist = _Artist(names)
    artist.drawing.shapes.append(Shape(START, "start", "start"))
    first, last = artist.strategy(workflow.root, "", None)
    artist.drawing.shapes.append(Shape(END, "end", "end"))
    artist.line(START, first)
    artist.line(last, END)
    return artist.drawing


class _Artist:
    """Each method draws a part and returns the ids of its first and its last shape."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.drawing = Drawing()

    def shape(self, shape: Shape) -> str:
        self.drawing.shapes.append(shape)
        return shape.id

    def line(
        self,
        source: str,
        target: str,
        label: str = "",
        *,
        conditional: bool = False,
    ) -> None:
        self.drawing.lines.append(Line(source, target, shown(label), conditional))

    def line_back(self, source: str, target: str, label: str, group: str | None) -> None:
        self.drawing.lines.append(
            Line(source, target, shown(label), conditional=True, back=True, group=group)
        )

    def node(self, node: BaseNode, path: str, parent: str | None) -> tuple[str, str]:
        if isinstance(node, Strategy):
            group = Shape(path, "strategy", title(node), parent, notes(node), node)
            return self.strategy(node, path, self.shape(group))
        if isinstance(node, WorkflowCall):
            root = self.names.workflow(node.workflow)
            group = Shape(path, "workflow", title(node), parent, notes(node), node)
            # A reference only ever names a workflow, whose root is a strategy.
            assert isinstance(root, Strategy)  # noqa: S101
            return self.strategy(root, path, self.shape(group))
        kind: Kind = "approval" if isinstance(node, Approval) else "agent"
        drawn = self.shape(Shape(path, kind, title(node), parent, notes(node), node))
        return drawn, drawn

    def strategy(self, node: Strategy, path: str, parent: str | None) -> tuple[str, str]:
        prefix = f"{path}." if path else ""
        match node:
            case Parallel():
                return self.parallel(node, path, prefix, parent)
            case Hierarchical():
                return self.hierarchical(node, path, prefix, parent)
            case Loop():
                return self.loop(node, prefix, parent)
            case Route():
                return self.route(node, path, prefix, parent)
            case Map():
                return self.map(node, path, prefix, parent)
        return self.chain(node, prefix, parent)

    def chain(self, node: Strategy, prefix: str, parent: str | None) -> tuple[str, str]:
        ends = [self.node(step, prefix + at, parent) for at, step in node.members.items()]
        steps = list(node.members.values())
        for (_, last), (first, _), step in zip(ends, ends[1:], steps[1:], strict=False):
            self.into(last, first, step)
        return ends[0][0], ends[-1][1]

    def into(self, source: str, target: str, node: BaseNode) -> None:
        """Draw the line to a member, which `when` may leave out."""
        condition = f"when {node.when}" if node.when is not None else ""
        self.line(source, target, condition, conditional=bool(condition))

    def parallel(
        self, node: Parallel, path: str, prefix: str, parent: str | None
    ) -> tuple[str, str]:
        fork = self.shape(Shape(f"{path}#fork", "fork", "", parent))
        ends = [self.node(task, prefix + at, parent) for at, task in node.members.items()]
        join = self.shape(Shape(f"{path}#join", "join", wanted(node), parent))
        for (first, last), task in zip(ends, node.tasks, strict=True):
            self.into(fork, first, task)
            self.line(last, join)
        return fork, join

    def hierarchical(
        self, node: Hierarchical, path: str, prefix: str, parent: str | None
    ) -> tuple[str, str]:
        selects = node.delegation == "select"
        master, _ = self.node(node.master, f"{prefix}master", parent)
        ends = [
            (*self.node(sub, f"{prefix}subAgents[{i}]", parent), sub)
            for i, sub in enumerate(node.sub_agents)
        ]
        rounds = self.shape(Shape(f"{path}#rounds", "join", "", parent)) if selects else None
        last = self.aggregator(node, f"{prefix}aggregator", parent)
        for first, end, sub in ends:
            if selects:
                self.line(master, first, conditional=True)
            else:
                self.into(master, first, sub)
            self.line(end, rounds or last)
        if rounds is not None:
            again = f"again, {node.max_rounds} rounds at most"
            self.line_back(rounds, master, again, parent)
            self.line(rounds, last)
        return master, last

    def aggregator(self, node: Hierarchical, path: str, parent: str | None) -> str:
        if isinstance(node.aggregator, AgentCall):
            return self.node(node.aggregator, path, parent)[0]
        label = shown(str(node.aggregator.source)) if node.aggregator else "{master, sub}"
        return self.shape(Shape(path, "aggregator", label, parent))

    def loop(self, node: Loop, prefix: str, parent: str | None) -> tuple[str, str]:
        first, last = self.node(node.body, f"{prefix}body", parent)
        self.line_back(last, first, again(node), parent)
        return first, last

    def route(self, node: Route, path: str, prefix: str, parent: str | None) -> tuple[str, str]:
        choice = self.shape(Shape(f"{path}#on", "choice", shown(str(node.on.source)), parent))
        branches = [
            (branch_value(at), *self.node(branch, prefix + at, parent))
            for at, branch in node.members.items()
        ]
        join = self.shape(Shape(f"{path}#join", "join", "", parent))
        for label, first, last in branches:
            self.line(choice, first, label, conditional=True)
            self.line(last, join)
        return choice, join

    def map(self, node: Map, path: str, prefix: str, parent: str | None) -> tuple[str, str]:
        fork = self.shape(Shape(f"{path}#fork", "fork", "", parent))
        first, last = self.node(node.body, f"{prefix}body", parent)
        join = self.shape(Shape(f"{path}#join", "join", "", parent))
        self.line(fork, first, f"for each of {node.over.source}")
        self.line(last, join)
        return fork, join


def title(node: BaseNode) -> str:
    """Return what a node is called where it is drawn."""
    if isinstance(node, Approval) and node.name is None:
        return shown(node.approval)
    return shown(node.label)


def notes(node: BaseNode) -> str:
    """Return in a few words what a node does that its title does not say."""
    match node:
        case AgentCall():
            parts = _call(node)
        case Approval():
            parts = [node.approval] if node.name else []
        case WorkflowCall():
            parts = [f"workflow {node.workflow}"] if node.name else ["workflow"]
        case _:
            parts = [*([node.title] if node.name else []), *_terms(node)]
    if node.when is not None:
        parts.append(f"when {node.when.source}")
    return shown(" · ".join(parts))


def _call(node: AgentCall) -> list[str]:
    called = f"{node.agent}.{node.method}"
    plain = node.name is None and node.method == "run"
    parts = [] if plain else [called]
    if node.fallback is not None:
        parts.append(f"else {node.fallback.agent}.{node.fallback.method}")
    return parts


def _terms(node: BaseNode) -> list[str]:
    match node:
        case Parallel():
            terms = [wanted(node)]
        case Loop():
            ends = [f"until {node.until.source}"] if node.until else []
            terms = [*ends, f"{node.max_iterations} rounds at most"]
        case Route():
            terms = [f"on {node.on.source}"]
        case Map():
            terms = [f"for each of {node.over.source}"]
        case Hierarchical(delegation="select"):
            terms = [f"the master selects, {node.max_rounds} rounds at most"]
        case _:
            terms = []
    if isinstance(node, Parallel | Map) and node.max_concurrency:
        terms.append(f"{node.max_concurrency} at once")
    return [term for term in terms if term]


def wanted(node: Parallel) -> str:
    """Say what a parallel strategy waits for, where that is not all of its tasks."""
    if node.wait_for == "all":
        return ""
    return "first success" if node.wait_for == "any" else f"{node.wait_for} successes"


def again(node: Loop) -> str:
    """Say when a loop goes round."""
    until = f" until {node.until.source}" if node.until else ""
    return f"again{until}, {node.max_iterations} rounds at most"


def branch_value(place: str) -> str:
    """Return the value a branch of a route stands for: `cases.urgent` → `urgent`."""
    return place.removeprefix("cases.") if place.startswith("cases.") else "otherwise"


def shown(text: str) -> str:
    """Return a text in one line, without what could disturb a drawing, and not too long."""
    visible = (
        " " if unicodedata.category(char)[:2] in {"Cc", "Zl", "Zp"} else char for char in text
    )
    line = " ".join(_NEVER_DRAWN.sub("", "".join(visible)).split())
    line = line.encode(errors="replace").decode()  # half a surrogate pair is no text
    return line if len(line) <= LONGEST else line[: LONGEST - 1] + "…"


def inside(shapes: Iterable[Shape]) -> dict[str | None, list[Shape]]:
    """Return the shapes by the group they stand in."""
    groups: dict[str | None, list[Shape]] = {}
    for shape in shapes:
        groups.setdefault(shape.parent, []).append(shape)
    return groups
