"""`Agent`: what an agent is, and what its methods are handed with a call."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from nodes.place import Place

MethodFunction = Callable[[Any, Place], Awaitable[Any]]
"""`await function(input, place) -> output`; text may be given piece by piece to `place.say`."""


@dataclass(frozen=True, slots=True)
class Method:
    """One thing an agent can do. `choose`: the same, answering by a given JSON Schema."""

    name: str
    call: MethodFunction
    description: str = ""
    answer_by: Callable[[dict[str, Any]], MethodFunction] | None = None


@dataclass(frozen=True, slots=True)
class Agent:
    """Who does it: a name, what it is for, and its methods by name."""

    name: str
    methods: Mapping[str, Method]
    description: str = ""
    model: str | None = None
    tags: tuple[str, ...] = field(default=())
