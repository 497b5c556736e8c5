"""The work that every way of running a shape does: the same function, the same chat model."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Final

from langchain_core.callbacks import (
    AsyncCallbackManagerForLLMRun,
    CallbackManagerForLLMRun,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult

from graphs.catalog import Catalog
from nodes.llm_agent import AgentSpec, build_llm_agent
from nodes.models import Models, ModelSettings
from nodes.models.call import Connection, Target
from nodes.models.model import Model
from nodes.models.provider import Provider
from nodes.tools.toolbox import Toolbox

PIECE: Final = "word "
CONCURRENT: Final = 100_000  # model calls at once: more than any shape makes


class Work:
    """What an agent does with its input: it adds 1, or sums and adds 1; it counts its calls.

    `delay` in seconds stands for a model at work; `pieces` makes it answer in so many pieces.
    """

    def __init__(self, delay: float = 0.0, pieces: int = 0) -> None:
        self.calls = 0
        self.delay = delay
        self.pieces = pieces

    async def step(self, value: Any) -> str:
        """Answer at once, as a function does."""
        self.calls += 1
        if self.delay:
            await asyncio.sleep(self.delay)
        return answer(value)

    async def tell(self, value: Any) -> AsyncIterator[str]:  # noqa: ARG002  what agents take
        """Answer in pieces."""
        self.calls += 1
        for _ in range(self.pieces):
            yield PIECE


def answer(value: Any) -> str:
    """Return a number that tells what came in, so that a wrong route gives a wrong result."""
    if isinstance(value, str) and value.isdigit():
        return str(int(value) + 1)
    return str(1 + sum(int(number) for number in re.findall(r"\d+", as_text(value))))


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


class FakeChat(BaseChatModel):
    """A chat model that answers at once: what is left is what LangChain and its callers cost."""

    work: Any

    @property
    def _llm_type(self) -> str:
        return "fake"

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        raise NotImplementedError("Everything measured here is asynchronous.")

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002  LangChain's signature
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> ChatResult:
        text = str(messages[-1].text)
        if self.work.pieces:
            text = "".join([piece async for piece in self.work.tell(text)])
        else:
            text = await self.work.step(text)
        message = AIMessage(text, usage_metadata=_USAGE)
        return ChatResult(generations=[ChatGeneration(message=message)])

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,  # noqa: ARG002
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002
        **kwargs: Any,  # noqa: ARG002
    ) -> AsyncIterator[ChatGenerationChunk]:
        text = str(messages[-1].text)
        if self.work.pieces:
            async for piece in self.work.tell(text):
                yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        else:
            piece = await self.work.step(text)
            yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
        yield ChatGenerationChunk(message=AIMessageChunk(content="", usage_metadata=_USAGE))


_USAGE: Final = UsageMetadata(input_tokens=1, output_tokens=1, total_tokens=2)


class _Fake(Provider):
    def build(self, model: str, temperature: float | None) -> BaseChatModel:
        raise NotImplementedError("The model is there already.")

    def limit(self, tokens: int) -> dict[str, Any]:
        return {"max_tokens": tokens}

    def json_mode(self, chat: BaseChatModel, schema: Mapping[str, Any]) -> None:  # noqa: ARG002
        return None


class _OneModel(Models):
    """`Models` that know one chat model, which is there already; all else is as always."""

    def __init__(self, chat: BaseChatModel) -> None:
        super().__init__(ModelSettings())
        self._chat = chat
        self._gate = asyncio.Semaphore(CONCURRENT)

    def model(
        self,
        name: str | None = None,  # noqa: ARG002  as the base has them
        *,
        temperature: float | None = None,  # noqa: ARG002
        max_tokens: int | None = None,
        timeout: float | None = None,
        fallbacks: Sequence[str] = (),  # noqa: ARG002
    ) -> Model:
        return Model(
            Target(
                name="fake:model",
                provider=_Fake("fake", "nothing"),
                connect=self._connected,
                timeout=self.settings.timeout if timeout is None else timeout,
                max_tokens=max_tokens,
            )
        )

    async def _connected(self) -> Connection:
        return Connection(self._chat, self._gate)


def catalog(work: Work, chat: BaseChatModel | None) -> Catalog:
    """Return a catalog whose `worker` does `work`, by `chat` where there is one."""
    made = Catalog()
    if chat is not None:
        made.register(
            "worker", build_llm_agent("worker", AgentSpec(), _OneModel(chat), Toolbox({}))
        )
    else:
        made.register("worker", work.tell if work.pieces else work.step)
    return made
