"""OpenAI's wire, imitated as far as our tests of other providers need it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

HEAD = "HTTP/1.1 {} {}\r\ncontent-type: {}\r\nconnection: close\r\n{}\r\n"


@dataclass(frozen=True)
class Said:
    """An answer: text, or the arguments of a tool call, in pieces."""

    pieces: tuple[str, ...] = ()
    tool: str | None = None
    finish: str = "stop"
    reports_usage: bool = True


@dataclass(frozen=True)
class Refused:
    code: int
    error: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class OpenAIWire:
    """Gives `replies` one after the other, and notes down the bodies of the requests."""

    url: str
    replies: list[Said | Refused] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].split()[0])
        self.requests.append(json.loads(await reader.readexactly(length)))
        reply = self.replies.pop(0)
        text = _refused(reply) if isinstance(reply, Refused) else _said(reply)
        writer.write(text.encode())
        await writer.drain()
        writer.close()


@asynccontextmanager
async def openai_wire() -> AsyncIterator[OpenAIWire]:
    """Serve on a free port of the loopback."""
    wire = OpenAIWire("")
    async with await asyncio.start_server(wire.serve, "127.0.0.1", 0) as server:
        wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        yield wire


def _refused(reply: Refused) -> str:
    headers = "".join(f"{name}: {value}\r\n" for name, value in reply.headers.items())
    phrase = HTTPStatus(reply.code).phrase
    head = HEAD.format(reply.code, phrase, "application/json", headers)
    return head + json.dumps({"error": {"message": phrase, **reply.error}})


def _said(reply: Said) -> str:
    chunks = [_chunk(_delta(reply, piece, first=i == 0)) for i, piece in enumerate(reply.pieces)]
    chunks.append(_chunk({}, reply.finish))
    if reply.reports_usage:
        details = {"cached_tokens": 4}
        usage = {
            "prompt_tokens": 10,
            "completion_tokens": 5,
            "total_tokens": 15,
            "prompt_tokens_details": details,
        }
        chunks.append({**_chunk({}), "choices": [], "usage": usage})
    events = [*map(json.dumps, chunks), "[DONE]"]
    return HEAD.format(200, "OK", "text/event-stream", "") + "".join(
        f"data: {event}\n\n" for event in events
    )


def _delta(reply: Said, piece: str, *, first: bool) -> dict[str, Any]:
    if reply.tool is None:
        return {"role": "assistant", "content": piece}
    function = {"arguments": piece} | ({"name": reply.tool} if first else {})
    call = {"index": 0, "function": function} | (
        {"id": "call-1", "type": "function"} if first else {}
    )
    return {"role": "assistant", "content": None, "tool_calls": [call]}


def _chunk(delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-4o-2024-11-20",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
    }
