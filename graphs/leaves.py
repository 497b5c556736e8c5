"""The nodes of a definition that do the work: agent calls and approvals, in drawing order."""

from collections.abc import Iterator
from typing import Any

from graphs.reference import WorkflowCall
from graphs.strategy import Strategy
from nodes.node import BaseNode, Names


def walk(node: BaseNode, names: Names, path: str = "") -> Iterator[tuple[str, BaseNode]]:
    """Yield each leaf below `node` with its path, workflows that are referred to included."""
    stack = [(path, node)]
    while stack:
        at, node = stack.pop()
        if isinstance(node, WorkflowCall):
            stack.append((at, names.workflow(node.workflow)))
        elif isinstance(node, Strategy):
            prefix = f"{at}." if at else ""
            members = [(prefix + place, member) for place, member in node.members.items()]
            stack.extend(reversed(members))
        else:
            yield at, node


def count_leaves(node: BaseNode, names: Names) -> int:
    return sum(1 for _ in walk(node, names))


def describe_leaves(node: BaseNode, names: Names) -> list[dict[str, Any]]:
    """Return `{path, name, kind, agent?, method?}` of each leaf, for who wants to draw them."""
    return [
        {"path": path, "name": leaf.label, "kind": leaf.kind, **leaf.identity}
        for path, leaf in walk(node, names)
    ]
