"""The contract's result objects, typed, as Python programs get them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel


class _Shape(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=True,
        defer_build=True,
    )

    def to_dict(self) -> dict[str, Any]:
        """Return the object as it goes over the wire: camelCase, absent keys left out."""
        return self.model_dump(by_alias=True, exclude_unset=True)


class TokenUsage(_Shape):
    """Tokens used."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class NodeOutcome(_Shape):
    """What one node did: an entry of `results` or `sub_results`, numbered from 1."""

    step: int | None = None
    task: int | None = None
    name: str | None = None
    agent: str | None = None
    method: str | None = None
    strategy: str | None = None
    workflow: str | None = None
    approval: str | None = None
    case: str | None = None
    round: int | None = None
    input: Any = None
    output: Any = None
    result: dict[str, Any] | None = None
    error: str | None = None
    code: str | None = None
    skipped: bool = False
    duration: int = 0  # ms
    success: bool
    usage: TokenUsage
    cost: float | None


class RunResult(_Shape):
    """How a run ended, and what it made. `cost` is None where a model's price is unknown."""

    workflow_id: str
    success: bool
    strategy: str
    results: list[NodeOutcome] = Field(default_factory=list)
    master_result: NodeOutcome | None = None
    sub_results: list[NodeOutcome] = Field(default_factory=list)
    final_result: Any = None
    error: str | None = None
    code: str | None = None
    duration: int  # ms
    usage: TokenUsage
    cost: float | None
    interrupts: list[dict[str, Any]] = Field(default_factory=list)
    """What the run waits for: `{interruptId, node, value}`; it goes on with an answer."""
