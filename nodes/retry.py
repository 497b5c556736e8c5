"""`Retry`: how often, how soon and after which failures a node is tried again."""

from typing import Self

from pydantic import Field, model_validator
from tenacity import stop_after_attempt, wait_exponential, wait_random
from tenacity.stop import stop_base
from tenacity.wait import wait_base, wait_combine

from nodes.errors import NodeError
from nodes.spec import Spec


class Retry(Spec):
    """Try a failed node again, after a growing pause.

    LangGraph's own policy is not used here: its pause is outside the node, where neither a
    sibling's success nor a deadline can end it (docs/concepts/architecture.md, "Retries").
    """

    max_attempts: int = Field(default=3, ge=1, le=100)
    """Attempts in all, the first one included."""
    initial_interval: float = Field(default=0.5, ge=0, le=3600, allow_inf_nan=False)
    """Seconds before the second attempt."""
    backoff_factor: float = Field(default=2.0, ge=1, le=100, allow_inf_nan=False)
    """By how much each pause is longer than the one before."""
    max_interval: float = Field(default=60.0, ge=0, le=86_400, allow_inf_nan=False)
    """The longest pause, in seconds."""
    jitter: bool = True
    """Add a random part of up to the first pause, so that many runs do not retry at once."""
    on: list[str] | None = None
    """Error codes that are tried again; by default all that another attempt may mend."""

    @model_validator(mode="after")
    def _pauses_in_order(self) -> Self:
        if self.max_interval < self.initial_interval:
            raise ValueError("`maxInterval` must not be shorter than `initialInterval`.")
        return self

    def covers(self, error: BaseException) -> bool:
        """Say whether `error` is one to try again after."""
        if not isinstance(error, NodeError):
            return False
        return error.retryable if self.on is None else error.code in self.on

    @property
    def stop(self) -> stop_base:
        return stop_after_attempt(self.max_attempts)

    @property
    def wait(self) -> wait_base:
        pause = wait_exponential(
            multiplier=self.initial_interval, exp_base=self.backoff_factor, max=self.max_interval
        )
        if not self.jitter:
            return pause
        return wait_combine(pause, wait_random(0, self.initial_interval))
