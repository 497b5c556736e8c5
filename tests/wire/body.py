"""How an imitated provider's answer becomes bytes of HTTP."""

import json
from asyncio import StreamWriter
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Protocol

from tests.wire.answers import Refusal
from tests.wire.request import Request


class Body(Protocol):
    """Takes an answer's chunks; ended by `finish` or `refuse`.

    What the client has read is always noted down already: notes come before bytes.
    """

    async def send(self, payload: dict[str, Any]) -> None: ...
    async def refuse(self, refusal: Refusal) -> None: ...
    async def finish(self) -> None: ...


class Whole:
    """`generateContent`: one JSON object at the end."""

    def __init__(self, request: Request, writer: StreamWriter) -> None:
        self._request = request
        self._writer = writer
        self._parts: list[dict[str, Any]] = []
        self._payload: dict[str, Any] = {}

    async def send(self, payload: dict[str, Any]) -> None:
        for candidate in payload.get("candidates", []):
            for part in candidate.get("content", {}).get("parts", []):
                _append(self._parts, part)
            candidate["content"] = {"role": "model", "parts": self._parts}
        self._payload |= payload

    async def refuse(self, refusal: Refusal) -> None:
        self._request.end("refused")
        _write_object(self._writer, refusal.code, refusal.body, refusal.headers)

    async def finish(self) -> None:
        self._request.count_chunk()
        self._request.end("complete")
        _write_object(self._writer, 200, self._payload, {})


class Stream:
    """`streamGenerateContent?alt=sse`: a server-sent event a chunk."""

    def __init__(self, request: Request, writer: StreamWriter) -> None:
        self._request = request
        self._writer = writer

    async def send(self, payload: dict[str, Any]) -> None:
        self._begin()
        self._request.count_chunk()
        self._write(f"data: {json.dumps(payload)}\r\n\r\n")
        await self._writer.drain()

    async def refuse(self, refusal: Refusal) -> None:
        self._request.end("refused")
        if self._request.chunks_sent:
            # No event: google-genai's reader of lines expects errors pretty-printed like this.
            self._write(json.dumps(refusal.body, indent=2) + "\r\n")
            self._write("")
        else:
            _write_object(self._writer, refusal.code, refusal.body, refusal.headers)

    async def finish(self) -> None:
        self._request.end("complete")
        self._begin()
        self._write("")

    def _begin(self) -> None:
        if not self._request.chunks_sent:
            headers = {"content-type": "text/event-stream", "transfer-encoding": "chunked"}
            self._writer.write(_head(200, headers))

    def _write(self, text: str) -> None:
        """Write one piece of the chunked body; an empty one ends it."""
        data = text.encode()
        self._writer.write(b"%x\r\n%b\r\n" % (len(data), data))


def _append(parts: list[dict[str, Any]], part: Mapping[str, Any]) -> None:
    """Add `part`, as one with the last if both are text of the same kind."""
    last = parts[-1] if parts else {}
    if "text" in part and "text" in last and part.get("thought") == last.get("thought"):
        last["text"] += part["text"]
    else:
        parts.append(dict(part))


def _write_object(
    writer: StreamWriter, code: int, body: Mapping[str, Any], headers: Mapping[str, str]
) -> None:
    data = json.dumps(body, indent=2).encode()
    described = {"content-type": "application/json; charset=UTF-8", "content-length": len(data)}
    writer.write(_head(code, {**described, **headers}) + data)


def _head(code: int, headers: Mapping[str, object]) -> bytes:
    lines = [f"HTTP/1.1 {code} {HTTPStatus(code).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")
