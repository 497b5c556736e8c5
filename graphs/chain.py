"""What nodes that run one after the other hand on, and what they make together."""

from typing import Any

from graphs.member import ENDS_RUN, failed
from graphs.strategy import Done, Strategy
from nodes.node import BaseNode
from nodes.state import NodeResult, Result


def carried(done: Done, position: int, given: Any) -> Any:
    """Return what the node at `position` gets: the last output there is, else what was `given`.

    A failed node that the chain goes on after has none: what it was given goes on.
    """
    for before in range(position - 1, -1, -1):
        if not failed(done[before]):
            return done[before]["output"]
    return given


def breaks(node: BaseNode, result: NodeResult) -> bool:
    """Say whether a chain ends with this result of `node`."""
    return failed(result) and (not node.is_tolerant or result["code"] in ENDS_RUN)


def chain_result(
    strategy: Strategy, done: Done, given: Any, last: BaseNode, *, full: bool
) -> Result:
    """Make the result object of a chain, of which `last` is the node that ran last.

    `full` says that no more nodes were to run.
    """
    visited = [done[position] for position in sorted(done)]
    broken = visited[-1] if visited and breaks(last, visited[-1]) else None
    return strategy.result(
        {"results": strategy.entries(visited)},
        visited,
        success=broken is None and full,
        final=None if broken is not None else carried(done, len(visited), given),
        failure=broken,
    )
