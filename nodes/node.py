"""`BaseNode`: the keys every node has, and how it builds the function that a graph runs."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, Literal, Protocol

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from nodes.agent import Agent
from nodes.errors import InvalidValueError
from nodes.expression import Expression, Scope
from nodes.place import Place
from nodes.plain import plain
from nodes.spec import Spec
from nodes.state import NodeResult

Body = Callable[[Any, Place], Awaitable[NodeResult]]
"""`await body(value, place)`: a new `NodeResult` with the node's own part; failures are raised."""


class Names(Protocol):
    """Agents and workflows by name, as a definition refers to them."""

    def agent(self, name: str) -> Agent: ...

    def workflow(self, name: str) -> "BaseNode": ...

    def workflow_body(self, name: str) -> "Body": ...


class BaseNode(Spec):
    """A place in a workflow."""

    kind: ClassVar[str]
    keeps_time: ClassVar[bool] = False
    """Whether the node sees to its own `timeout`."""

    name: str | None = Field(default=None, min_length=1, max_length=200)
    """What to call the node in events and results; by default its agent, workflow or strategy."""
    input: Any = None
    """The node's input. Without it, a node gets what the one before it gives."""
    input_transform: Expression | None = None
    """Makes the node's input out of `{result, input, results}`."""
    transform: Expression | None = None
    """Makes the node's output out of `{result, input, results}`, `result` being what it gave."""
    when: Expression | None = None
    """The node is left out unless this holds; its input then goes on unchanged."""
    timeout: float | None = Field(default=None, gt=0, le=86_400, allow_inf_nan=False)
    """Seconds the node may take (an agent call: each attempt)."""
    on_error: Literal["fail", "continue", "collect"] = "fail"
    """`continue`: when the node fails, what it was given goes on in place of its output."""

    @field_validator("input")
    @classmethod
    def _copy(cls, value: Any) -> Any:
        """Keep the input as it was given, whatever becomes of the object that it came in."""
        try:
            return plain(value, "`input`")
        except InvalidValueError as error:
            raise PydanticCustomError("input", "{why}", {"why": str(error)}) from error

    @property
    @abstractmethod
    def title(self) -> str:
        """What the node is called where it has no `name`."""

    @property
    @abstractmethod
    def identity(self) -> NodeResult:
        """The keys that tell in a result what the node was (`agent`, `strategy`, …)."""

    @property
    def label(self) -> str:
        return self.name or self.title

    @property
    def sees(self) -> frozenset[str]:
        """The names of a scope that the node's expressions ask for."""
        asked = (self.when, self.input_transform, self.transform)
        return frozenset().union(*(expression.names for expression in asked if expression))

    @property
    def is_tolerant(self) -> bool:
        return self.on_error == "continue"

    def pick_input(self, incoming: Any, scope: Scope) -> Any:
        if "input" in self.model_fields_set:
            return self.input
        return self.input_transform(scope) if self.input_transform else incoming

    @abstractmethod
    def build(self, names: Names) -> Body:
        """Make the function that does the node's work; called once a definition."""
