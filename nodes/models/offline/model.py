"""The chat model that needs no network: it rearranges, counts and checks what it is given."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import LanguageModelInput
from langchain_core.language_models.base import LangSmithParams
from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, ToolCall
from langchain_core.messages.ai import UsageMetadata
from langchain_core.messages.tool import tool_call_chunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables import Runnable
from langchain_core.tools import BaseTool
from langchain_core.utils.function_calling import convert_to_openai_tool

from nodes.models.offline.arguments import fill
from nodes.models.offline.calling import call_for, chosen_before
from nodes.models.offline.reading import read, text_of
from nodes.models.offline.skills import answer
from nodes.models.offline.words import PIECE

_LARGE = 8_000  # characters from which an answer is made in a thread: some 10 ms of work
_BREATH = 64  # pieces streamed before other tasks get a turn


@dataclass(frozen=True, slots=True)
class _Reply:
    """What the model answers; `pieces` joined are its text."""

    pieces: tuple[str, ...]
    call: ToolCall | None
    usage: UsageMetadata
    metadata: dict[str, Any]

    @property
    def text(self) -> str:
        """The whole answer."""
        return "".join(self.pieces)


class OfflineChatModel(BaseChatModel):
    """Every sentence of its answers is from the input or one of its frames, every number counted.

    The same input gives the same answer on every machine. Tokens are its own pieces: a word with
    the white space before it.
    """

    model: str = "offline-extractive"
    delay: float = 0.0  # s, before each piece
    max_tokens: int | None = None
    stop: list[str] | None = None

    @property
    def _llm_type(self) -> str:
        return "offline-extractive"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model": self.model, "max_tokens": self.max_tokens, "stop": self.stop}

    def _get_ls_params(self, stop: list[str] | None = None, **kwargs: Any) -> LangSmithParams:
        params = super()._get_ls_params(stop=stop, **kwargs)
        return LangSmithParams(**{**params, "ls_provider": "offline"})

    def bind_tools(
        self,
        tools: Sequence[dict[str, Any] | type | Callable[..., Any] | BaseTool],
        *,
        tool_choice: str | dict[str, Any] | bool | None = None,
        **kwargs: Any,
    ) -> Runnable[LanguageModelInput, AIMessage]:
        """Bind `tools`; `tool_choice` is a tool's name, "any", "auto", "none", or OpenAI's form."""
        made = [convert_to_openai_tool(tool) for tool in tools]
        return self.bind(tools=made, tool_choice=tool_choice, **kwargs)

    def _reply(
        self,
        messages: Sequence[BaseMessage],
        stop: list[str] | None,
        *,
        tools: Sequence[dict[str, Any]] = (),
        tool_choice: Any = None,
        response_schema: dict[str, Any] | bool | None = None,
        max_tokens: int | None = None,
        model: str | None = None,
        **_: Any,
    ) -> _Reply:
        """The answer to `messages`: a tool call, JSON for `response_schema`, or text."""
        request = read(messages)
        call = call_for(messages, request, tools, tool_choice)
        text, skill = "", "tool"
        if call is None and response_schema is not None:
            schema = {} if isinstance(response_schema, bool) else response_schema
            made = fill(schema, request, chosen_before(messages))
            text, skill = json.dumps(made, ensure_ascii=False), "json"
        elif call is None:
            skill, text = answer(request)
        pieces, reason = self._cut(text, stop or self.stop, max_tokens or self.max_tokens)
        asked = sum(len(PIECE.findall(text_of(message))) for message in messages)
        said = (
            len(PIECE.findall(json.dumps(call["args"], ensure_ascii=False)))
            if call
            else len(pieces)
        )
        usage = UsageMetadata(input_tokens=asked, output_tokens=said, total_tokens=asked + said)
        metadata = {
            "model_name": model or self.model,
            "model_provider": "offline",
            "offline": True,
            "skill": skill,
            "finish_reason": "tool_calls" if call else reason,
        }
        return _Reply(pieces, call, usage, metadata)

    @staticmethod
    def _cut(text: str, stop: list[str] | None, most: int | None) -> tuple[tuple[str, ...], str]:
        """The pieces of `text` up to the first stop word and at most `most`, and why it ends."""
        places = [place for word in stop or () if word and (place := text.find(word)) >= 0]
        pieces = PIECE.findall(text[: min(places)] if places else text)
        if most is not None and len(pieces) > most:
            return tuple(pieces[:most]), "length"
        return tuple(pieces), "stop"

    async def _areply(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, **kwargs: Any
    ) -> _Reply:
        """The same; the loop is not held up by long texts."""
        if sum(len(text_of(message)) for message in messages) < _LARGE:
            return self._reply(messages, stop, **kwargs)
        return await asyncio.to_thread(self._reply, messages, stop, **kwargs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002  LangChain's signature
        **kwargs: Any,
    ) -> ChatResult:
        reply = self._reply(messages, stop, **kwargs)
        time.sleep(self.delay * len(reply.pieces))
        return _result(reply)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002  LangChain's signature
        **kwargs: Any,
    ) -> ChatResult:
        reply = await self._areply(messages, stop, **kwargs)
        await asyncio.sleep(self.delay * len(reply.pieces))
        return _result(reply)

    def _stream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,  # noqa: ARG002  LangChain tells it of each chunk
        **kwargs: Any,
    ) -> Iterator[ChatGenerationChunk]:
        for chunk in _chunks(self._reply(messages, stop, **kwargs)):
            time.sleep(self.delay)
            yield chunk

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,  # noqa: ARG002  LangChain tells it of each chunk
        **kwargs: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        reply = await self._areply(messages, stop, **kwargs)
        for index, chunk in enumerate(_chunks(reply)):
            if self.delay or index % _BREATH == 0:
                await asyncio.sleep(self.delay)
            yield chunk


def _result(reply: _Reply) -> ChatResult:
    message = AIMessage(
        reply.text,
        tool_calls=[reply.call] if reply.call else [],
        usage_metadata=reply.usage,
        response_metadata=reply.metadata,
    )
    return ChatResult(generations=[ChatGeneration(message=message)])


def _chunks(reply: _Reply) -> Iterator[ChatGenerationChunk]:
    """The pieces one by one; usage and metadata come with the last, which has no text."""
    for piece in reply.pieces:
        yield ChatGenerationChunk(message=AIMessageChunk(content=piece))
    calls = []
    if reply.call:
        args = json.dumps(reply.call["args"], ensure_ascii=False)
        calls = [tool_call_chunk(name=reply.call["name"], args=args, id=reply.call["id"], index=0)]
    last = AIMessageChunk(
        content="",
        tool_call_chunks=calls,
        usage_metadata=reply.usage,
        response_metadata=reply.metadata,
        chunk_position="last",
    )
    yield ChatGenerationChunk(message=last)
