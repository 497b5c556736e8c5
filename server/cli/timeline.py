"""`Timeline`: what the nodes of a run are doing, as its events tell."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic
from typing import Any, Final, Literal

from graphs.drawing import Shape, draw
from graphs.hierarchical import Hierarchical
from graphs.loop import Loop
from graphs.map import Map
from graphs.spec import Workflow
from graphs.strategy import Strategy
from nodes.events import (
    Chunk,
    Connected,
    Event,
    Interrupted,
    NodeCompleted,
    NodeFailed,
    NodeStarted,
    Notice,
    Progress,
)
from nodes.node import BaseNode, Names
from nodes.usage import NO_USAGE, Usage, add_usage

LONGEST_TAIL: Final = 400  # characters of a node's text that are kept to be shown

State = Literal["waiting", "running", "asking", "done", "skipped", "failed", "cancelled"]

# A node that runs many times has its round in brackets; its place in the definition has none.
_ROUND: Final = re.compile(r"((?:^|\.)(?:body|master|subAgents\[\d+\]))\[(\d+)\]")


@dataclass(slots=True)
class Work:
    """What one node does, or did: in one round, where it runs many times."""

    path: str
    name: str
    agent: str | None = None
    method: str | None = None
    state: State = "waiting"
    attempt: int = 0
    began: float = 0.0
    took: float | None = None  # s
    tail: str = ""
    output: Any = None
    error: str = ""
    usage: Usage = field(default_factory=lambda: NO_USAGE)
    cost: float | None = 0.0

    @property
    def title(self) -> str:
        """What it is called: its name, or its agent and method; and which round it is."""
        is_named = self.agent is None or self.name != self.agent or self.method == "run"
        return (self.name if is_named else f"{self.agent}.{self.method}") + self.rounds

    @property
    def rounds(self) -> str:
        """Which round it is, counted from 1: `#2`, or `#2.1` in a nested loop."""
        numbers = [str(int(found[2]) + 1) for found in _ROUND.finditer(self.path)]
        return f" #{'.'.join(numbers)}" if numbers else ""

    @property
    def seconds(self) -> float | None:
        if self.took is not None:
            return self.took
        return monotonic() - self.began if self.state == "running" else None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the tree: a group's title, or a node at work."""

    depth: int
    title: str
    work: Work | None = None


class Timeline:
    """All nodes of one run; `take` hears its events."""

    def __init__(self, workflow: Workflow, names: Names) -> None:
        self.works: dict[str, Work] = {}  # {path: …}, as they began
        self.progress = Progress(progress=0, completed=0, total=0)
        self.began = monotonic()
        self.run_id = ""
        self.usage: Usage = NO_USAGE
        self.cost: float | None = 0.0
        self._shapes = [
            shape
            for shape in draw(workflow, names).shapes
            if shape.node is not None and shape.kind != "aggregator"
        ]
        self._root = workflow.root

    def take(self, event: Event | Notice) -> Work | None:
        """Take note of `event`, and return the node it is about."""
        match event:
            case Connected(workflow_id=run_id):
                self.run_id = run_id
            case Progress():
                self.progress = event
            case Interrupted(node=path) if path in self.works:
                self.works[path].state = "asking"
            case NodeStarted() | NodeCompleted() | NodeFailed() | Chunk():
                work = self.works.setdefault(event.path, Work(event.path, event.node))
                self._note(work, event)
                return work
            case _:
                pass
        return None

    def _note(self, work: Work, event: NodeStarted | NodeCompleted | NodeFailed | Chunk) -> None:
        match event:
            case NodeStarted():
                work.agent, work.method, work.attempt = event.agent, event.method, event.attempt
                work.state, work.tail = "running", ""
                work.began, work.took = monotonic(), None
            case Chunk():
                work.tail = (work.tail + event.chunk)[-LONGEST_TAIL:]
            case NodeCompleted():
                work.state = "skipped" if event.skipped else "done"
                work.output, work.took = event.output, event.duration / 1000
                work.usage, work.cost, work.tail = event.usage, event.cost, ""
                self.usage = add_usage(self.usage, event.usage)
                known = self.cost is not None and event.cost is not None
                self.cost = (self.cost or 0) + (event.cost or 0) if known else None
            case NodeFailed():
                work.error = event.error
                if not event.will_retry:
                    work.state = "cancelled" if event.code == "cancelled" else "failed"
                    work.tail = ""
                    work.took = monotonic() - work.began if work.began else 0.0

    @property
    def seconds(self) -> float:
        return monotonic() - self.began

    def stop(self) -> None:
        """Note that what is still running was cancelled."""
        for work in self.works.values():
            if work.state == "running":
                work.state, work.took = "cancelled", monotonic() - work.began

    @property
    def ended(self) -> list[Work]:
        return [work for work in self.works.values() if work.state == "done"]

    def count(self, *states: State) -> int:
        return sum(work.state in states for work in self.works.values())

    def rows(self) -> Iterator[Row]:
        """Yield the tree; the rounds of a node that runs many times stand in one list."""
        depths: dict[str | None, int] = {None: 0}
        listed: str | None = None
        if _repeats(self._root):
            yield from self._rounds("", 0)
            return
        for shape in self._shapes:
            if listed is not None and _is_inside(shape.id, listed):
                continue
            depth = depths[shape.parent]
            if not shape.is_group:
                yield Row(depth, shape.label, self._work(shape))
                continue
            depths[shape.id] = depth + 1
            about = f"{shape.label} ({shape.detail})" if shape.detail else shape.label
            yield Row(depth, about)
            if shape.node is not None and _repeats(shape.node):
                listed = shape.id
                yield from self._rounds(shape.id, depth + 1)

    def _rounds(self, group: str, depth: int) -> Iterator[Row]:
        works = [work for path, work in self.works.items() if _is_inside(path, group)]
        for work in works:
            yield Row(depth, work.title, work)
        if not works:
            for shape in self._shapes:
                if not shape.is_group and _is_inside(shape.id, group):
                    yield Row(depth, shape.label, self._work(shape))

    def _work(self, shape: Shape) -> Work:
        return self.works.get(shape.id) or Work(shape.id, shape.label)


def _is_inside(path: str, group: str) -> bool:
    return not group or path.startswith(f"{group}.")


def _repeats(node: BaseNode) -> bool:
    return isinstance(node, Strategy) and (
        isinstance(node, Loop | Map)
        or (isinstance(node, Hierarchical) and node.delegation == "select")
    )
