"""How many tokens a prompt has, about, before its model counts them."""

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any, Final

from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.utils.function_calling import convert_to_openai_tool

from nodes.models.provider import Ask

BYTES: Final = 4  # of UTF-8 a token, which is high for English and about right for Arabic


def prompt_tokens(messages: Sequence[BaseMessage], ask: Ask) -> int:
    """Estimate the tokens of all texts, of calls of tools, and of what `ask` describes."""
    return text_tokens(_texts(messages, ask))


def text_tokens(texts: Iterable[str]) -> int:
    return math.ceil(sum(len(text.encode("utf-8", "surrogatepass")) for text in texts) / BYTES)


def _texts(messages: Sequence[BaseMessage], ask: Ask) -> Iterable[str]:
    for message in messages:
        yield message.text
        if isinstance(message, AIMessage) and message.tool_calls:
            yield _json(message.tool_calls)
    for tool in ask.tools:
        yield _json(tool if isinstance(tool, dict) else convert_to_openai_tool(tool))
    if ask.schema:
        yield _json(ask.schema)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
