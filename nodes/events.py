"""What a run says, an event a class: `Event` is kept and sent, `Notice` is for observers."""

from dataclasses import dataclass, field, fields
from time import time
from typing import Any, ClassVar, Literal, get_args

from pydantic.alias_generators import to_camel

from nodes.usage import Usage


def now() -> int:
    """Milliseconds since the epoch."""
    return int(time() * 1000)


@dataclass(frozen=True, slots=True, kw_only=True)
class BaseEvent:
    """An event's `event` is its name on the wire; a field in `optional` is left out when None."""

    optional: ClassVar[frozenset[str]] = frozenset()
    timestamp: int = field(default_factory=now)  # ms since the epoch


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(BaseEvent):
    """A run's stream begins; first, always. `nodes`: `{path, name, kind, …}` in drawing order."""

    optional = frozenset({"agent", "workflow_name"})
    event: Literal["connected"] = "connected"
    stream_id: str
    workflow_id: str
    strategy: str
    nodes: list[dict[str, Any]]
    agent: str | None = None
    workflow_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(BaseEvent):
    """The run's status changed."""

    optional = frozenset({"message"})
    event: Literal["status"] = "status"
    status: str
    message: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeStarted(BaseEvent):
    """A node begins an attempt; text of its earlier attempts is void."""

    event: Literal["node_started"] = "node_started"
    node: str
    path: str
    agent: str | None
    method: str | None
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeCompleted(BaseEvent):
    """A node has its output. `duration` is in ms."""

    optional = frozenset({"skipped"})
    event: Literal["node_completed"] = "node_completed"
    node: str
    path: str
    agent: str | None
    method: str | None
    attempt: int
    output: Any
    duration: int
    usage: Usage
    cost: float | None
    skipped: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeFailed(BaseEvent):
    """An attempt failed; `will_retry` tells whether another, or a fallback, follows."""

    event: Literal["node_failed"] = "node_failed"
    node: str
    path: str
    agent: str | None
    method: str | None
    attempt: int
    error: str
    code: str
    will_retry: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk(BaseEvent):
    """Text as the model gives it. `index` counts per stream from 0; the run sets it."""

    event: Literal["chunk"] = "chunk"
    chunk: str
    index: int = -1
    node: str
    path: str
    agent: str | None
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(BaseEvent):
    """The share of nodes finished, 0 to 100; never backwards."""

    event: Literal["progress"] = "progress"
    progress: int
    completed: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Interrupted(BaseEvent):
    """A node waits for a person, who answers `value`."""

    event: Literal["interrupt"] = "interrupt"
    interrupt_id: str
    node: str
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete(BaseEvent):
    """The run has its result. `duration` is in ms."""

    optional = frozenset({"full_text"})
    event: Literal["complete"] = "complete"
    result: Any
    chunks: int
    usage: Usage
    cost: float | None
    duration: int
    full_text: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(BaseEvent):
    """The run failed. `recoverable`: the same run may succeed when it is started again."""

    event: Literal["error"] = "error"
    error: str
    code: str
    recoverable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap(BaseEvent):
    """Events that are no longer kept."""

    event: Literal["gap"] = "gap"
    first: int
    last: int


CloseReason = Literal["complete", "error", "cancelled", "interrupted", "timeout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Close(BaseEvent):
    """A run's stream ends; last, always. `duration` is in seconds."""

    event: Literal["close"] = "close"
    stream_id: str
    reason: CloseReason
    duration: float
    message_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCalled(BaseEvent):
    """Notice: one model call ended. `duration` is in seconds."""

    event: Literal["model_called"] = "model_called"
    model: str
    agent: str | None
    path: str
    status: Literal["success", "failed", "cancelled"]
    duration: float
    usage: Usage
    cost: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded(BaseEvent):
    """Notice: `extra` more nodes will run than the definition names (another round, more items)."""

    event: Literal["expanded"] = "expanded"
    path: str
    extra: int


Event = (
    Connected
    | Status
    | NodeStarted
    | NodeCompleted
    | NodeFailed
    | Chunk
    | Progress
    | Interrupted
    | Complete
    | Failed
    | Gap
    | Close
)
"""What is numbered, kept and sent."""

Notice = ModelCalled | Expanded
"""What only observers in the same process see: never numbered, kept or sent."""

_WIRE_NAMES = {"first": "from", "last": "to"}


def _wire_fields(kind: type[BaseEvent]) -> tuple[tuple[str, str, bool], ...]:
    return tuple(
        (f.name, _WIRE_NAMES.get(f.name) or to_camel(f.name), f.name in kind.optional)
        for f in fields(kind)
        if f.name not in {"event", "timestamp"}
    )


_WIRE_FIELDS = {kind: _wire_fields(kind) for kind in (*get_args(Event), *get_args(Notice))}


def wire_data(event: BaseEvent) -> dict[str, Any]:
    """Return the `data` of an event: camelCase, absent optional fields left out."""
    data: dict[str, Any] = {}
    for name, alias, is_optional in _WIRE_FIELDS[type(event)]:
        value = getattr(event, name)
        if value is not None or not is_optional:
            data[alias] = value
    data["timestamp"] = event.timestamp
    return data
