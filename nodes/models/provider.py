"""`Provider`: what there is to know about a provider of models; `Ask`: what one call asks of it."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Final, TypeAlias

from langchain_core.messages import AIMessage
from langchain_core.runnables import Runnable

from nodes.errors import ModelError, OutputLimitError, SafetyStopError, UnknownModelError
from nodes.models import failures
from nodes.models.structured import ANSWER, answer_tool, answered

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel, LanguageModelInput

Bound: TypeAlias = "Runnable[LanguageModelInput, AIMessage]"

# Why answers end too early, in the words of many providers.
CUT: Final = frozenset({"length", "max_tokens", "max_output_tokens", "model_length"})
OBJECTED: Final = frozenset({"content_filter", "refusal", "safety", "guardrail_intervened"})


@dataclass(frozen=True, slots=True)
class Ask:
    """What a call asks for besides its messages.

    `schema`: JSON Schema of the answer, which is then JSON text; `{}` is any JSON.
    """

    tools: Sequence[Any] = ()
    tool_choice: str | dict[str, Any] | None = None  # a tool's name, "any", "auto" or "none"
    schema: Mapping[str, Any] | None = None
    max_output: int | None = None  # tokens


class Provider(ABC):
    """Builds the clients of one provider's models, and reads what they give and raise."""

    mixes: ClassVar[bool] = False  # the JSON mode works beside tools

    def __init__(self, name: str, key: str) -> None:
        self.name = name
        self.key = key  # where another key is put, as errors say it

    def check(self, model: str) -> None:
        """Raise what is known to be wrong with `model` without a call or a heavy import."""
        if not model:
            raise UnknownModelError(
                f"The name of a model is missing after '{self.name}:'. Write provider:model."
            )

    @abstractmethod
    def build(self, model: str, temperature: float | None) -> "BaseChatModel":
        """Make a client that never retries by itself; it may block, so it is called in a thread."""

    @abstractmethod
    def limit(self, tokens: int) -> dict[str, Any]:
        """The keywords by which a call limits its answer."""

    @abstractmethod
    def json_mode(self, chat: "BaseChatModel", schema: Mapping[str, Any]) -> dict[str, Any] | None:
        """The keywords by which a call has to answer in JSON; None where there is no such mode."""

    async def close(self, chat: "BaseChatModel") -> None:  # noqa: B027  most clients hold nothing
        """Give back what a client holds, on the event loop that used it."""

    def bind(self, chat: "BaseChatModel", ask: Ask) -> Bound:
        """Return `chat` as it does what `ask` wants."""
        keywords = {} if ask.max_output is None else self.limit(ask.max_output)
        tools: list[Any] = list(ask.tools)
        choice: Any = ask.tool_choice  # LangChain declares less than its clients take
        if ask.schema is not None:
            mode = None
            if not tools or self.mixes:
                mode = self.json_mode(chat, ask.schema)
            if mode is None:
                tools.append(answer_tool(ask.schema))
                choice = ANSWER if not ask.tools or choice == "none" else choice or "any"
            keywords |= mode or {}
        if tools:
            return chat.bind_tools(tools, tool_choice=choice, **keywords)
        return chat.bind(**keywords) if keywords else chat

    def finish(self, message: AIMessage, ask: Ask, name: str) -> AIMessage:
        """Return the answer of the model `name`; raises where it ended too early."""
        self.inspect(message, name)
        return message if ask.schema is None else answered(message, ask.schema)

    def inspect(self, message: AIMessage, name: str) -> None:
        """Raise where `message` is no whole answer."""
        metadata = message.response_metadata
        keys = ("finish_reason", "stop_reason", "done_reason")
        reason = next((metadata[key] for key in keys if metadata.get(key)), "")
        if reason.lower() in CUT:
            raise output_limit(name)
        if reason.lower() in OBJECTED or message.additional_kwargs.get("refusal"):
            raise safety_stop(name, reason)

    def translate(self, error: Exception, name: str) -> ModelError:
        """Return our error for what the client of the model `name` raised."""
        return failures.translate(error, name, self.key)


def output_limit(name: str) -> OutputLimitError:
    return OutputLimitError(
        f"The answer of {name!r} was cut at its output limit. "
        "Ask for less at once, or use a model that may say more."
    )


def safety_stop(name: str, reason: str) -> SafetyStopError:
    return SafetyStopError(
        f"{name!r} stopped its answer for safety ({reason or 'refusal'!r}). "
        "Change what it is asked."
    )
