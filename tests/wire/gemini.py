"""Gemini's REST wire, imitated by a real server on a free port of the loopback."""

import asyncio
import json
import re
import socket
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise
from typing import Any, Self

from tests.wire.answers import Answer, Chunk, Hangup, Pause, Refusal, Several, Text, count
from tests.wire.body import Body, Stream, Whole
from tests.wire.request import Request

Reply = str | Answer | list[Answer]  # a text, an answer, or several given as one
Choice = Callable[[Request], Reply]

METHOD = r"(generateContent|streamGenerateContent\?alt=sse)"
PATH = re.compile(rf"/v1(alpha|beta)?/models/[^/:]+:{METHOD}")
UNSCRIPTED = Refusal(400, "The test has scripted no answer for this request.")


class GeminiWire:
    """Answers as it was told, and notes down every request.

    An answer is looked for in the rules of `when`, in `script` by model name, in the queue
    of `reply`, and is `default` at last; all but `default` are used once. It runs in its own
    thread and event loop, so a test's blocked or cancelled loop changes nothing it sees.
    """

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.script: dict[str, list[Reply]] = {}
        self.default: Reply | Choice = UNSCRIPTED
        self._queue: list[Reply] = []
        self._rules: list[tuple[Callable[[Request], bool], list[Reply]]] = []

    def reply(self, *replies: Reply) -> None:
        """Queue answers for the next requests, in the order in which they come."""
        self._queue.extend(replies)

    def when(self, asked: str | Callable[[Request], bool], *replies: Reply) -> None:
        """Queue answers for requests that hold a text, or for which `asked` is true."""
        matches = (lambda request: asked in request.text) if isinstance(asked, str) else asked
        self._rules.append((matches, list(replies)))

    @property
    def open(self) -> int:
        """How many requests are being answered now."""
        return sum(request.ended is None for request in self.requests)

    async def wait_until(self, fact: Callable[[], bool], within: float = 1.0) -> None:
        """Return when `fact` is true; `TimeoutError` after `within` seconds."""
        async with asyncio.timeout(within):
            while not fact():  # noqa: ASYNC110 (the fact changes in the server's thread)
                await asyncio.sleep(0.001)

    async def wait_closed(self, within: float = 1.0) -> None:
        """Return when no request is open; `TimeoutError` after `within` seconds."""
        await self.wait_until(lambda: not self.open, within)

    def __enter__(self) -> Self:
        # A bound socket queues connections, so the address is good before the thread runs.
        listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        self._stop = asyncio.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = ThreadPoolExecutor(1, "gemini-wire")
        self._served: Future[None] = self._thread.submit(
            self._loop.run_until_complete, self._serve(listening)
        )
        return self

    def __exit__(self, *raised: object) -> None:
        """Drop what is open and stop; raises what a predicate or `default` of the test raised."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.shutdown()
        self._loop.close()
        self._served.result()

    async def _serve(self, listening: socket.socket) -> None:
        connections: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as group:

            def accept(reader: StreamReader, writer: StreamWriter) -> None:
                task = group.create_task(self._converse(reader, writer))
                connections.add(task)
                task.add_done_callback(connections.discard)

            server = await asyncio.start_server(accept, sock=listening)
            try:
                await self._stop.wait()
            finally:
                server.close()
            for connection in connections:
                connection.cancel()

    async def _converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            head = await _head(reader)
            while head:
                request = await _request(head, reader)
                self.requests.append(request)
                # The next request is awaited while this one is answered: its end without a
                # beginning is how, and when, a client that goes away is noticed.
                async with asyncio.TaskGroup() as group:
                    answering = group.create_task(self._answer(request, writer))
                    following = group.create_task(_head(reader))
                    await asyncio.wait((answering, following), return_when="FIRST_COMPLETED")
                    if not answering.done():
                        request.end("left")
                        answering.cancel()
                head = following.result()
        finally:
            writer.transport.abort()

    async def _answer(self, request: Request, writer: StreamWriter) -> None:
        answer = _fault(request) or self._choose(request)
        body: Body = (Stream if request.streamed else Whole)(request, writer)
        try:
            for move in answer.moves():
                match move:
                    case Pause(seconds):
                        await asyncio.sleep(seconds)
                    case Chunk():
                        await body.send(_payload(move, request))
                    case Refusal():
                        return await body.refuse(move)
                    case Hangup():
                        request.end("cut")
                        return writer.close()
            await body.finish()
        except ConnectionError:  # a write may fail before `_converse` sees that the client went
            request.end("left")

    def _choose(self, request: Request) -> Answer:
        rules = [replies for asked, replies in self._rules if replies and asked(request)]
        queues = [*rules, self.script.get(request.model, []), self._queue]
        queue = next(filter(None, queues), None)
        reply = queue.pop(0) if queue else self.default
        return _answer_of(reply(request) if callable(reply) else reply)


def _answer_of(reply: Reply) -> Answer:
    match reply:
        case str():
            return Text(reply)
        case list():
            return Several(tuple(reply))
        case _:
            return reply


async def _head(reader: StreamReader) -> bytes:
    """The request line and headers; nothing if the client has gone."""
    try:
        return await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


async def _request(head: bytes, reader: StreamReader) -> Request:
    first, *lines = head.decode("latin-1").strip().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Request(first.split()[1], headers, json.loads(body or b"{}"))


def _fault(request: Request) -> Refusal | None:
    """What Gemini itself refuses, so that a test cannot pass with a request it would not take."""
    if not PATH.fullmatch(request.path):
        return Refusal(404)
    if not request.headers.get("x-goog-api-key"):
        return Refusal(403, "Method doesn't allow unregistered callers.")
    contents = request.body.get("contents")
    if not contents:
        return Refusal(400, "* GenerateContentRequest.contents: contents is not specified\n")
    # https://github.com/googleapis/python-genai/issues/867
    as_json = request.config.get("responseMimeType") == "application/json"
    if as_json and request.tools and request.model.startswith("gemini-2"):
        kind = "'application/json'"
        return Refusal(400, f"Function calling with a response mime type: {kind} is unsupported")
    for turn, answer in pairwise([*contents, {}]):
        if _having(turn, "functionCall") not in (0, _having(answer, "functionResponse")):
            return Refusal(
                400,
                "Please ensure that the number of function response parts is equal to "
                "the number of function call parts of the function call turn.",
            )
    return None


def _having(turn: Mapping[str, Any], key: str) -> int:
    return sum(key in part for part in turn.get("parts", []))


def _payload(chunk: Chunk, request: Request) -> dict[str, Any]:
    """A GenerateContentResponse; its usage counts the answer so far, not the chunk."""
    tokens = chunk.tokens
    prompt = count(request.text) if tokens.prompt is None else tokens.prompt
    output = request.usage.get("candidatesTokenCount", 0) + chunk.output
    thoughts = tokens.thoughts or request.usage.get("thoughtsTokenCount", 0)
    usage = {
        "promptTokenCount": prompt,
        "candidatesTokenCount": output,
        "thoughtsTokenCount": thoughts,
        "cachedContentTokenCount": tokens.cached,
        "totalTokenCount": prompt + output + thoughts,
    }
    request.usage = {name: number for name, number in usage.items() if number}
    payload = {
        "usageMetadata": request.usage,
        "modelVersion": request.model,
        "responseId": f"response-{id(request):x}",
    }
    if chunk.block:
        return {"promptFeedback": {"blockReason": chunk.block}} | payload
    candidate: dict[str, Any] = {"index": 0}
    if chunk.parts:
        candidate["content"] = {"role": "model", "parts": list(chunk.parts)}
    if chunk.finish:
        candidate["finishReason"] = chunk.finish
    return {"candidates": [candidate]} | payload
