"""`Aggregator`: makes one result of many, by an expression or by an agent."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Tag

from nodes.agent_call import AgentCall
from nodes.expression import Expression


def by_name(value: Any) -> Any:
    """Read `{name, method}` as the agent call it stands for, where nothing else says what it is."""
    if isinstance(value, Mapping) and "name" in value and not value.keys() & _OTHER_KINDS:
        return {"agent" if key == "name" else key: part for key, part in value.items()}
    return value


_OTHER_KINDS = frozenset(
    {"agent", "workflow", "approval", "strategy", "steps", "tasks", "master"}
    | {"body", "cases", "over", "maxIterations", "max_iterations"}
)


def _kind(value: Any) -> str:
    return "<AgentCall>" if isinstance(value, Mapping | AgentCall) else "<Expression>"


NamedAgentCall = Annotated[AgentCall, BeforeValidator(by_name)]
"""An agent call that may be written `{name, method}`, as masters and sub-agents are."""

Aggregator = Annotated[
    Annotated[Expression, Tag("<Expression>")] | Annotated[NamedAgentCall, Tag("<AgentCall>")],
    Discriminator(_kind),
]
"""An expression over `{master, sub, input}`, or an agent call that gets these as its input."""
