"""The tool loop: the model and its tools take turns until the model answers."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from langchain_core.messages import AIMessage, BaseMessage, InvalidToolCall, ToolCall, ToolMessage
from langchain_core.tools import BaseTool

from nodes.errors import NodeError, close_matches
from nodes.guard import guard
from nodes.models import Model
from nodes.place import Place
from nodes.plain import plain

LONGEST_RESULT: Final = 20_000  # characters of a tool's result that the model is told

_BLOCKS: Final = ("audio", "file", "image", "image_url", "text", "video")  # LangChain's


async def converse(
    model: Model,
    messages: Sequence[BaseMessage],
    place: Place,
    *,
    tools: Sequence[BaseTool],
    max_model_calls: int,
    say: Callable[[str], None] | None,
    schema: dict[str, Any] | None = None,
) -> list[BaseMessage]:
    """Return the whole conversation; its last message is the model's answer.

    The last model call that is allowed is made without tools, so that the model has to answer.
    What fails in a tool is told to the model, not raised.
    """
    talk = list(messages)
    known = {tool.name: tool for tool in tools}
    for _ in range(max_model_calls - 1 if tools else 0):
        answer = await model.answer(talk, place, say=say, tools=tools, schema=schema)
        talk.append(answer)
        if not answer.tool_calls and not answer.invalid_tool_calls:
            return talk
        if say is not None and answer.text:
            say("\n\n")  # what it says next is a new paragraph
        talk += await _use_all(known, answer)
    return [*talk, await model.answer(talk, place, say=say, schema=schema)]


async def _use_all(known: Mapping[str, BaseTool], answer: AIMessage) -> list[ToolMessage]:
    """Make all calls of a turn side by side; the results have the order of the calls."""
    try:
        async with asyncio.TaskGroup() as group:
            uses = [group.create_task(_use(known, call)) for call in answer.tool_calls]
    except ExceptionGroup as errors:  # only LangGraph's signals pass the guard
        raise errors.exceptions[0] from None
    return [use.result() for use in uses] + [
        _told(call, f"The arguments are not JSON: {call['error']}. Call it again.", failed=True)
        for call in answer.invalid_tool_calls
    ]


async def _use(known: Mapping[str, BaseTool], call: ToolCall) -> ToolMessage:
    tool = known.get(call["name"])
    if tool is None:
        hint = close_matches(call["name"], known)
        return _told(call, f"There is no tool {call['name']!r}. {hint}", failed=True)
    whose = f"The tool {tool.name!r}"
    try:
        with guard(whose):
            result = await tool.ainvoke({**call, "type": "tool_call"})
        failed = isinstance(result, ToolMessage) and result.status == "error"
        content = result.content if isinstance(result, ToolMessage) else result
        return _told(call, _written(content, whose), failed=failed)
    except NodeError as error:
        return _told(call, str(error), failed=True)


def _told(call: ToolCall | InvalidToolCall, text: str, *, failed: bool = False) -> ToolMessage:
    if len(text) > LONGEST_RESULT:
        text = (
            f"{text[:LONGEST_RESULT]}\n"
            f"[Cut here: these are the first {LONGEST_RESULT} of {len(text)} characters.]"
        )
    return ToolMessage(
        text,
        tool_call_id=call["id"] or "",
        name=call["name"] or "",
        status="error" if failed else "success",
    )


def _written(content: Any, whose: str) -> str:
    """Write a tool's result as text: its text blocks as they are, other data as JSON."""
    if isinstance(content, str):
        return content
    if isinstance(content, list) and content and all(map(_is_block, content)):
        return "\n".join(map(_block, content))
    return json.dumps(plain(content, whose), ensure_ascii=False)


def _is_block(content: Any) -> bool:
    return isinstance(content, dict) and content.get("type") in _BLOCKS


def _block(block: Any) -> str:
    return str(block["text"]) if block["type"] == "text" else f"[{block['type']}: not shown]"
