"""What flows through a graph: `State`, its reducer, the entries nodes leave in it, `Context`."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from typing import Annotated, Any, Final

from langgraph.channels import DeltaChannel, EphemeralValue
from typing_extensions import TypedDict

from nodes.events import Event, Notice
from nodes.usage import Budget, Usage

Emit = Callable[[Event | Notice], None]

Key = int | str
"""A member's key in `done`: its position, or its place in the strategy (`master`)."""


class NodeResult(TypedDict, total=False):
    """What a node leaves behind: the contract's entry of `results`, and when it began."""

    name: str
    agent: str
    method: str
    strategy: str
    workflow: str
    approval: str
    case: str
    round: int  # in which a chosen sub-agent worked
    chosen: list[int]  # how many a selecting master chose, a round
    input: Any
    output: Any
    result: dict[str, Any]  # a nested strategy's whole result
    error: str
    code: str
    skipped: bool
    duration: int  # ms
    success: bool
    usage: Usage
    cost: float | None  # dollars; None where a price is unknown
    startedAt: int  # ms since the epoch


def merge(
    done: Mapping[Key, NodeResult], writes: Sequence[Mapping[Key, NodeResult]]
) -> dict[Key, NodeResult]:
    """Put new results beside those there are, never changing a mapping that was handed out."""
    merged = dict(done)
    for write in writes:
        merged.update(write)
    return merged


# Only what a step adds is written to its checkpoint, so that bytes grow linearly with the nodes;
# snapshots of the whole, which LangGraph would add every so often, would undo that.
NEVER = 1_000_000_000


class RunInput(TypedDict):
    """What a run is given."""

    input: Any


class Input(TypedDict, total=False):
    """What a nested strategy's graph is given: its input and its place."""

    input: Any
    path: str


class Result(TypedDict, total=False):
    """What a strategy's graph gives: the contract's result object.

    Its channels hold for one step, so that a thread's next run does not find them.
    """

    success: Annotated[bool, EphemeralValue]
    strategy: Annotated[str, EphemeralValue]
    results: Annotated[list[dict[str, Any]], EphemeralValue]
    masterResult: Annotated[dict[str, Any], EphemeralValue]
    subResults: Annotated[list[dict[str, Any]], EphemeralValue]
    finalResult: Annotated[Any, EphemeralValue]
    error: Annotated[str, EphemeralValue]
    code: Annotated[str, EphemeralValue]
    duration: Annotated[int, EphemeralValue]
    usage: Annotated[Usage, EphemeralValue]
    cost: Annotated[float | None, EphemeralValue]


class State(Input, Result, total=False):
    """All channels of a strategy's graph: `done` has `{key: NodeResult}` of what has ended."""

    done: Annotated[dict[Key, NodeResult], DeltaChannel(merge, dict, snapshot_frequency=NEVER)]
    position: Annotated[int, EphemeralValue]  # where a graph that goes round is
    item: Any  # of `map`: what a branch works on
    many: int  # of `map`: how many items there are


class Update(TypedDict, total=False):
    """What a node of a strategy's graph may write beside a `Result`."""

    done: dict[Key, NodeResult]


UNNUMBERED: Final = repeat(-1)


@dataclass(frozen=True, slots=True)
class Context:
    """What nodes may use besides state; LangGraph's `context` of a run."""

    run_id: str = ""
    budget: Budget = field(default_factory=Budget)
    slots: asyncio.Semaphore | None = None  # agent calls that may be under way at once
    attempts: Mapping[str, int] = field(default_factory=dict)  # {path: those before a crash}
    emit: Emit | None = None  # takes what nodes say; by default it goes to LangGraph's stream
    room: Callable[[], Awaitable[None]] | None = None  # waits while too much is still untold
    chunk_numbers: Iterator[int] = UNNUMBERED  # each chunk of a run takes the next one
