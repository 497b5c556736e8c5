"""`Options`: what a caller may ask of one run."""

from typing import Annotated, Any, Literal

from pydantic import Field

from nodes.spec import Spec
from nodes.usage import Budget

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class BudgetLimits(Spec):
    """What a run may use at most, all its branches together."""

    tokens: int | None = Field(default=None, ge=1)
    """Tokens, of prompts and answers."""
    cost: Positive | None = None
    """US dollars."""
    model_calls: int | None = Field(default=None, ge=1)
    """Calls of any model."""

    def budget(self) -> Budget:
        return Budget(tokens=self.tokens, cost=self.cost, model_calls=self.model_calls)


class Grace(Spec):
    """Wait for a reader to come back before the run is cancelled."""

    grace: float = Field(ge=0, le=86_400, allow_inf_nan=False)
    """Seconds."""


class Options(Spec):
    """How a run is to be run."""

    timeout: Annotated[Positive, Field(le=604_800)] | None = None
    """Seconds the whole run may take."""
    max_concurrency: int | None = Field(default=None, ge=1)
    """Agent calls that may be under way at once."""
    on_disconnect: Literal["cancel", "continue"] | Grace | None = None
    """What happens to a streamed run when its reader goes away."""
    budget: BudgetLimits = BudgetLimits()
    """Limits on tokens, cost and model calls."""
    tags: list[str] = Field(default_factory=list, max_length=50)
    """Tags of the run's trace."""
    metadata: dict[str, Any] = Field(default_factory=dict)
    """Metadata of the run's trace."""
