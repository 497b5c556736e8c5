"""`Answer`: the chunks of one answer, gathered into a message and a usage."""

from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.messages.ai import UsageMetadata, add_ai_message_chunks, add_usage

from nodes.usage import Usage


class Answer:
    """What a model has answered so far.

    Adding chunks to each other costs more than all else done with them, so plain text is only
    collected, and the rest is merged once, at the end.
    """

    __slots__ = ("_id", "_metadata", "_parts", "_texts", "_usage")

    def __init__(self) -> None:
        self._texts: list[str] = []  # plain text since the last of `_parts`
        self._parts: list[AIMessageChunk] = []
        self._metadata: dict[str, Any] = {}
        self._usage: UsageMetadata | None = None
        self._id: str | None = None

    def add(self, chunk: AIMessage) -> str:
        """Take `chunk` in and return its text."""
        if not isinstance(chunk, AIMessageChunk):  # from a model that cannot stream
            chunk = AIMessageChunk(**chunk.model_dump(exclude={"type"}))
        if chunk.usage_metadata:
            self._usage = add_usage(self._usage, chunk.usage_metadata)
        if chunk.response_metadata:
            self._metadata.update(chunk.response_metadata)
        content = chunk.content
        if isinstance(content, str) and not chunk.tool_call_chunks and not chunk.additional_kwargs:
            self._id = chunk.id
            self._texts.append(content)
            return content
        if self._texts:
            self._flush()
        self._parts.append(chunk)
        return str(chunk.text)

    @property
    def texts(self) -> list[str]:
        """The pieces of text there are."""
        return [*(str(part.text) for part in self._parts), *self._texts]

    @property
    def usage(self) -> Usage | None:
        """What the provider has reported; None if it reported nothing."""
        if self._usage is None:
            return None
        return Usage(
            promptTokens=self._usage["input_tokens"],
            completionTokens=self._usage["output_tokens"],
            totalTokens=self._usage["total_tokens"],
        )

    @property
    def cached(self) -> int:
        """How many of the prompt's tokens the provider had kept from an earlier call."""
        details = self._usage.get("input_token_details") if self._usage else None
        return (details or {}).get("cache_read") or 0

    def message(self) -> AIMessage:
        """The whole message."""
        if not self._parts:
            return AIMessage(
                content="".join(self._texts),
                id=self._id,
                response_metadata=self._metadata,
                usage_metadata=self._usage,
            )
        if self._texts:
            self._flush()
        whole = add_ai_message_chunks(*self._parts)
        return AIMessage(
            content=whole.content,
            additional_kwargs=whole.additional_kwargs,
            tool_calls=whole.tool_calls,
            invalid_tool_calls=whole.invalid_tool_calls,
            id=whole.id,
            response_metadata=self._metadata,  # merged by `+`, a name given twice is doubled
            usage_metadata=self._usage,
        )

    def _flush(self) -> None:
        """Make a part of the plain text."""
        self._parts.append(AIMessageChunk(content="".join(self._texts), id=self._id))
        self._texts.clear()
