"""`Model`: one model as agents use it, and those that stand in where it fails."""

from collections.abc import Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from nodes.errors import BlockedPromptError, ModelError, SafetyStopError
from nodes.models.call import Call, Say, Target
from nodes.models.provider import Ask
from nodes.place import Place


class Model:
    """Asks the first of its targets, and the next ones in order where one fails."""

    def __init__(self, target: Target, *fallbacks: Target) -> None:
        self._targets = (target, *fallbacks)

    @property
    def name(self) -> str:
        """The name of the model that is asked first."""
        return self._targets[0].name

    async def answer(
        self,
        messages: Sequence[BaseMessage],
        place: Place,
        *,
        say: Say | None = None,
        tools: Sequence[Any] = (),
        schema: Mapping[str, Any] | None = None,
        tool_choice: str | None = None,
    ) -> AIMessage:
        """Return the whole answer, giving its text to `say` piece by piece as it arrives.

        Once a piece has gone to `say`, a failure is final: it is neither tried again nor left to
        a fallback. A provider's refusal for safety is an answer too, and no fallback is asked.

        Args:
            tools: what the model may call, in any form LangChain's `bind_tools` takes.
            schema: JSON Schema of the answer, whose text is then JSON; `{}` is any JSON. Beside
                `tools` the model calls these first, and answers when it calls no more.
            tool_choice: a tool's name, "any", "auto" or "none".

        Raises:
            ModelError: the model failed; `retryable` tells whether another call may succeed.
            BudgetExceededError: the run's budget does not allow the call, or so long an answer.
        """
        ask = Ask(tools=tools, tool_choice=tool_choice, schema=schema)
        failed: list[ModelError] = []
        for target in self._targets:
            call = Call(target, ask, messages, place, say)
            try:
                return await call.answer()
            except ModelError as error:
                if call.forwarded or isinstance(error, BlockedPromptError | SafetyStopError):
                    raise
                failed.append(error)
        raise _together(*failed)


def _together(first: ModelError, *others: ModelError) -> ModelError:
    """The first failure, which tells of the fallbacks' as well."""
    first.args = (" ".join([str(first), *(f"A fallback failed too: {each}" for each in others)]),)
    return first
