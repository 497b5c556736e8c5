"""Decides which bound tool to call, if any, and with what."""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, ToolCall, ToolMessage
from langchain_core.messages.tool import tool_call

from nodes.models.offline.arguments import fill
from nodes.models.offline.facts import spaced
from nodes.models.offline.reading import Request
from nodes.models.offline.words import content

_FREE = (None, "auto", False)
_FORCED = ("any", "required", True)


@dataclass(frozen=True, slots=True)
class _Tool:
    name: str
    description: str
    parameters: Mapping[str, Any]

    def shared(self, words: set[str]) -> int:
        """How many of `words` its name or description holds."""
        return len(words & set(content(f"{spaced(self.name)} {self.description}")))


def call_for(
    messages: Sequence[BaseMessage],
    request: Request,
    tools: Sequence[Mapping[str, Any]],
    choice: Any,
) -> ToolCall | None:
    """The call that `choice` forces, else one of a tool that meets the request, once a turn.

    `tools` and `choice` have the form of OpenAI's API. Raises `ValueError` where `choice` names a
    tool that is not bound.
    """
    known = [_tool(tool) for tool in tools]
    if not known or choice == "none":
        return None
    tool = _picked(known, messages, request, choice)
    if tool is None:
        return None
    args = fill({"type": "object", **tool.parameters}, request, chosen_before(messages))
    # `hash` differs between processes; a call's id must not.
    mark = zlib.crc32(f"{tool.name}\n{len(messages)}\n{request.asked}".encode("utf-8", "replace"))
    return tool_call(name=tool.name, args=args, id=f"call_{mark:08x}")


def _tool(tool: Mapping[str, Any]) -> _Tool:
    function = tool["function"]
    return _Tool(
        function["name"],
        function.get("description", ""),
        function.get("parameters", {"properties": {}}),
    )


def _picked(
    known: Sequence[_Tool], messages: Sequence[BaseMessage], request: Request, choice: Any
) -> _Tool | None:
    name = choice.get("function", {}).get("name") if isinstance(choice, Mapping) else choice
    words = set(content(request.asked))
    if name not in (*_FREE, *_FORCED):
        found = next((tool for tool in known if tool.name == name), None)
        if found is None:
            message = f"Tool {name!r} is not bound. There are: {', '.join(t.name for t in known)}."
            raise ValueError(message)
        return found
    best = max(known, key=lambda tool: tool.shared(words))
    if name in _FREE and (best.shared(words) == 0 or _called_since_asked(messages)):
        return None
    return best


def _called_since_asked(messages: Sequence[BaseMessage]) -> bool:
    """A tool has already answered the last human message."""
    last = max((i for i, m in enumerate(messages) if isinstance(m, HumanMessage)), default=-1)
    return any(isinstance(message, ToolMessage) for message in messages[last + 1 :])


def chosen_before(messages: Sequence[BaseMessage]) -> frozenset[str]:
    """Every string among the arguments of earlier tool calls: options that were already chosen."""
    calls = (call for m in messages if isinstance(m, AIMessage) for call in m.tool_calls)
    return frozenset(string for call in calls for string in _strings(call["args"]))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _strings(inner)
