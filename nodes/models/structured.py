"""Structured output from models that have no mode for it: a tool whose arguments are the answer."""

import json
from collections.abc import Mapping
from typing import Any, Final

from langchain_core.messages import AIMessage

ANSWER: Final = "give_answer"
WHOLE: Final = "answer"  # the argument that holds an answer which is no object


def answer_tool(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The tool by whose call a model answers, in the form that every `bind_tools` takes.

    Arguments are an object, so a schema of something else becomes that of one argument.
    """
    return {
        "type": "function",
        "function": {
            "name": ANSWER,
            "description": "Give the final answer. Call this once, when you have all you need.",
            "parameters": dict(schema) if _is_object(schema) else _wrapped(schema),
        },
    }


def answered(message: AIMessage, schema: Mapping[str, Any]) -> AIMessage:
    """Return `message` with the answer it gave by `answer_tool` as its text, which is JSON.

    Calls of other tools come first: an answer given beside them did not wait for their results.
    """
    answers = [call for call in message.tool_calls if call["name"] == ANSWER]
    others = [call for call in message.tool_calls if call["name"] != ANSWER]
    if not answers:
        return message
    if others:
        gone = {call["id"] for call in answers}
        return message.model_copy(
            update={"tool_calls": others, "content": _without(message.content, gone)}
        )
    args = answers[0]["args"]
    value = args if _is_object(schema) else args.get(WHOLE)
    return AIMessage(
        json.dumps(value, ensure_ascii=False),
        id=message.id,
        response_metadata=message.response_metadata,
        usage_metadata=message.usage_metadata,
    )


def _is_object(schema: Mapping[str, Any]) -> bool:
    return schema.get("type") == "object"


def _wrapped(schema: Mapping[str, Any]) -> dict[str, Any]:
    # References start at the root, so what they name has to stay there.
    shared = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    whole = {key: value for key, value in schema.items() if key not in shared}
    return {"type": "object", "properties": {WHOLE: whole}, "required": [WHOLE], **shared}


def _without(content: Any, ids: set[str | None]) -> Any:
    """Content blocks but for the tool calls of these ids, which some providers put there."""
    if isinstance(content, str):
        return content
    return [block for block in content if not (isinstance(block, dict) and block.get("id") in ids)]
