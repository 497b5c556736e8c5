"""Every error raised on purpose.

AmrikyyError
├── SpecError                a definition that cannot run: all its faults at once
├── InvalidInputError        input that does not fit a workflow's or a prompt's schema
├── ConfigurationError       a setting or an extra that is missing or wrong
├── NotFoundError            a name or an id nobody knows
└── NodeError                why a node failed; becomes its result
    ├── AgentError           an agent's own code raised
    ├── ExpressionError      an expression met data it cannot work on
    ├── InvalidValueError    a value that cannot be used where it stands
    ├── InvalidOutputError   structured output that does not fit, after one repair
    ├── NodeTimeoutError     its time was over
    ├── NodeCancelledError   a sibling's end or a deadline stopped it
    ├── RejectedError        a person said no
    ├── ApprovalExpiredError nobody answered in time
    ├── BudgetExceededError  the run's budget is used up
    ├── MembersFailedError   a strategy that cannot go on, as its members failed
    ├── ToolError            a tool, or the server it comes from, cannot be used
    └── ModelError           the model or its provider
        ├── ModelTimeoutError, ModelUnavailableError, RateLimitedError
        ├── BlockedPromptError, SafetyStopError, OutputLimitError
        └── ModelRequestError, ModelAuthError, UnknownModelError
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from typing import ClassVar

MOST_FAULTS = 100  # faults that the text of a `SpecError` lists, and that say what was meant
MOST_LISTED = 12  # names that a message lists before it says how many more there are


class AmrikyyError(Exception):
    """What all our errors are: a stable `code`, and a sentence that says what to do."""

    code: ClassVar[str] = "internal"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in what somebody wrote: its place and what to do about it."""

    path: str
    message: str
    code: str = "invalid_spec"
    file: str = ""
    line: int | None = None  # from 1, in the file or text that was read

    def __str__(self) -> str:
        return ": ".join(part for part in (self.where, self.path, self.message) if part)

    @property
    def where(self) -> str:
        """The file and line, `file:line`, where these are known."""
        if self.line is None:
            return self.file
        return f"{self.file}:{self.line}" if self.file else f"line {self.line}"


def close_matches(name: str, known: Iterable[str]) -> str:
    """Say which of `known` the writer of `name` may have meant, else what there is."""
    return _close_matches(name, tuple(sorted(known)))


@lru_cache(maxsize=1024)  # the same mistake is often made at many places
def _close_matches(name: str, names: tuple[str, ...]) -> str:
    folded = {known_name.casefold(): known_name for known_name in reversed(names)}
    close = [folded[match] for match in get_close_matches(name.casefold(), folded, n=3)]
    if close:
        return f"Did you mean {' or '.join(map(repr, close))}?"
    if not names:
        return "There are none yet."
    more = f" and {len(names) - MOST_LISTED} more" if len(names) > MOST_LISTED else ""
    return f"There are: {', '.join(names[:MOST_LISTED])}{more}."


class SpecError(AmrikyyError, ValueError):
    """A definition that cannot run; `faults` has all that is wrong with it."""

    code = "invalid_spec"

    def __init__(self, faults: Sequence[Fault], source: str = "definition") -> None:
        self.faults = tuple(faults)
        count = f"{len(self.faults)} faults" if len(self.faults) > 1 else "one fault"
        lines = [f"  {fault}" for fault in self.faults[:MOST_FAULTS]]
        if len(self.faults) > MOST_FAULTS:
            lines.append(f"  and {len(self.faults) - MOST_FAULTS:,} more")
        super().__init__("\n".join([f"The {source} has {count}:", *lines]))


class InvalidInputError(AmrikyyError, ValueError):
    """Input that does not fit; `faults` has each place. Raised before any model is called."""

    code = "invalid_input"

    def __init__(self, message: str, faults: Sequence[Fault] = ()) -> None:
        self.faults = tuple(faults)
        lines = "".join(f"\n  {fault}" for fault in self.faults)
        super().__init__(message + lines)


class ConfigurationError(AmrikyyError):
    """A setting, a key or an optional package that is missing or wrong."""

    code = "invalid_configuration"


class NotFoundError(AmrikyyError):
    """Nothing of that name or id; the message lists the close matches."""

    code = "not_found"

    def __init__(self, kind: str, name: str, known: Collection[str] = ()) -> None:
        super().__init__(f"Unknown {kind} {name!r}. {close_matches(name, known)}")


class NodeError(AmrikyyError):
    """Why a node failed. `retryable`: a retry without a list of codes tries again."""

    code = "node_failed"
    retryable: ClassVar[bool] = False


class AgentError(NodeError):
    """An agent's own code raised; the cause is kept."""

    code = "agent_failed"
    retryable = True


class ExpressionError(NodeError):
    """An expression met data it cannot work on."""

    code = "invalid_expression"


class InvalidValueError(NodeError):
    """A node was given, or gave, a value that cannot be used where it stands."""

    code = "invalid_input"


class InvalidOutputError(NodeError):
    """Structured output that does not fit its schema, even after one repair."""

    code = "invalid_output"
    retryable = True


class NodeTimeoutError(NodeError):
    """The node's `timeout` was over."""

    code = "timeout"
    retryable = True

    def __init__(self, node: str, seconds: float) -> None:
        super().__init__(
            f"{node!r} took longer than its {seconds:g} s. "
            "Raise its `timeout`, or give it less to do."
        )


class NodeCancelledError(NodeError):
    """A sibling's end or a deadline stopped the node."""

    code = "cancelled"


class RejectedError(NodeError):
    """A person said no to an approval."""

    code = "rejected"


class ApprovalExpiredError(NodeError):
    """Nobody answered an approval in time, and its `onExpire` is `fail`."""

    code = "approval_expired"


class BudgetExceededError(NodeError):
    """The run's budget does not allow this model call."""

    code = "budget_exceeded"


class MembersFailedError(NodeError):
    """A strategy cannot go on, because of what happened to its members."""

    code = "members_failed"


class ToolError(NodeError):
    """A tool cannot be used: it is not there, or its server does not answer."""

    code = "tool_failed"


class ModelError(NodeError):
    """The model, or its provider, failed."""

    code = "model_error"


class ModelTimeoutError(ModelError):
    """A model call took longer than its deadline."""

    code = "model_timeout"
    retryable = True


class ModelUnavailableError(ModelError):
    """The provider cannot be reached, or answers with a fault of its own."""

    code = "model_unavailable"
    retryable = True


class RateLimitedError(ModelError):
    """The provider wants fewer calls. `delay`: seconds it asks to wait, where it says so."""

    code = "rate_limited"
    retryable = True

    def __init__(self, message: str, delay: float | None = None) -> None:
        self.delay = delay
        super().__init__(message)


class BlockedPromptError(ModelError):
    """The provider refused the prompt."""

    code = "blocked_prompt"


class SafetyStopError(ModelError):
    """The provider stopped its answer for safety."""

    code = "safety_stop"


class OutputLimitError(ModelError):
    """The answer was cut at the model's output limit."""

    code = "output_limit"


class ModelRequestError(ModelError):
    """The provider did not accept the request."""

    code = "model_request"


class ModelAuthError(ModelError):
    """The provider did not accept the key."""

    code = "model_auth"


class UnknownModelError(ModelError):
    """No such model, or no such provider."""

    code = "unknown_model"


def is_recoverable(code: str) -> bool:
    """Say whether what failed with `code` may succeed when it is tried again."""
    kinds: list[type[NodeError]] = [NodeError]
    for kind in kinds:
        if kind.code == code:
            return kind.retryable
        kinds.extend(kind.__subclasses__())
    return False
