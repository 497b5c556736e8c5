"""What an imitated provider can be told to answer, as moves it makes one after another."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Protocol

STATUS = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}


def count(text: str) -> int:
    """The tokens of `text`, as Gemini's documentation estimates them: one for four characters."""
    return math.ceil(len(text) / 4)


@dataclass(frozen=True)
class Tokens:
    """The usage an answer reports; what is None is counted from the texts."""

    prompt: int | None = None
    output: int | None = None  # without thoughts
    thoughts: int = 0
    cached: int = 0  # of `prompt`


@dataclass(frozen=True)
class Chunk:
    """Send one chunk; the last one names why the answer ends."""

    parts: tuple[Mapping[str, Any], ...] = ()
    output: int = 0  # tokens in this chunk
    tokens: Tokens = Tokens()
    finish: str | None = None
    block: str | None = None  # why the prompt, not the answer, was refused


@dataclass(frozen=True)
class Pause:
    """Do nothing for a while."""

    seconds: float


@dataclass(frozen=True)
class Hangup:
    """Close the connection without ending the answer."""


@dataclass(frozen=True)
class Refusal:
    """Answer with Google's error object; an `Answer` in itself.

    After the first chunk the status line is gone, so the object follows in the body.
    """

    code: int
    message: str = ""
    details: tuple[Mapping[str, Any], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> dict[str, Any]:
        error = {
            "code": self.code,
            "message": self.message or HTTPStatus(self.code).description,
            "status": STATUS.get(self.code, "UNKNOWN"),
        }
        return {"error": error | ({"details": list(self.details)} if self.details else {})}

    def moves(self) -> Iterator["Move"]:
        yield self


Move = Chunk | Pause | Hangup | Refusal


class Answer(Protocol):
    """Whatever can say its moves; it may be asked several times."""

    def moves(self) -> Iterator[Move]: ...


@dataclass(frozen=True)
class Text:
    """Say `text`, in about equal `pieces`, with `delay` before each."""

    text: str
    pieces: int = 3
    delay: float = 0.0  # s
    finish: str = "STOP"
    thought: str = ""  # a summary of thoughts, sent before the text
    tokens: Tokens = Tokens()

    def moves(self) -> Iterator[Move]:
        if self.thought:
            yield Chunk(({"text": self.thought, "thought": True},), tokens=self.tokens)
        cuts = [len(self.text) * i // self.pieces for i in range(self.pieces + 1)]
        total = count(self.text) if self.tokens.output is None else self.tokens.output
        for i in range(self.pieces):
            piece = self.text[cuts[i] : cuts[i + 1]]
            output = total * (i + 1) // self.pieces - total * i // self.pieces
            finish = self.finish if i == self.pieces - 1 else None
            yield Pause(self.delay)
            yield Chunk(({"text": piece},), output, self.tokens, finish)


STORY = Text("Once upon a time a graph had a node that waited for an answer.", pieces=8)


@dataclass(frozen=True)
class Json:
    """Say `value` as JSON."""

    value: Any
    pieces: int = 3
    tokens: Tokens = Tokens()

    def moves(self) -> Iterator[Move]:
        return Text(json.dumps(self.value), self.pieces, tokens=self.tokens).moves()


@dataclass(frozen=True)
class Tool:
    """Call a tool; several at once by `gemini.reply([Tool(…), Tool(…)])`."""

    name: str
    args: Mapping[str, Any] = field(default_factory=dict)
    id: str | None = None
    tokens: Tokens = Tokens()

    def moves(self) -> Iterator[Move]:
        call = {"name": self.name, "args": dict(self.args)} | ({"id": self.id} if self.id else {})
        total = count(json.dumps(call)) if self.tokens.output is None else self.tokens.output
        yield Chunk(({"functionCall": call},), total, self.tokens, finish="STOP")


@dataclass(frozen=True)
class Several:
    """Give several answers as one: only the last may end it."""

    answers: tuple[Answer, ...]

    def moves(self) -> Iterator[Move]:
        for answer in self.answers[:-1]:
            for move in answer.moves():
                yield replace(move, finish=None) if isinstance(move, Chunk) else move
        yield from self.answers[-1].moves()


def _begin(answer: Answer, chunks: int) -> Iterator[Move]:
    """The first `chunks` chunks of `answer` and the pauses before them."""
    for move in answer.moves():
        if chunks == 0:
            return
        chunks -= isinstance(move, Chunk)
        yield replace(move, finish=None) if isinstance(move, Chunk) else move


@dataclass(frozen=True)
class Slow:
    """Answer, but only after `first` seconds without a byte."""

    first: float  # s
    of: Answer = STORY

    def moves(self) -> Iterator[Move]:
        yield Pause(self.first)
        yield from self.of.moves()


@dataclass(frozen=True)
class Hang:
    """Say nothing more after `after` chunks, and keep the connection."""

    after: int = 0
    of: Answer = STORY

    def moves(self) -> Iterator[Move]:
        yield from _begin(self.of, self.after)
        yield Pause(math.inf)


@dataclass(frozen=True)
class Forever:
    """Send a chunk every `every` seconds, without end."""

    every: float = 0.01  # s
    text: str = "and on "

    def moves(self) -> Iterator[Move]:
        while True:
            yield Chunk(({"text": self.text},), output=count(self.text))
            yield Pause(self.every)


@dataclass(frozen=True)
class Cut:
    """Lose the connection after `after` chunks."""

    after: int = 0
    of: Answer = STORY

    def moves(self) -> Iterator[Move]:
        yield from _begin(self.of, self.after)
        yield Hangup()


@dataclass(frozen=True)
class MaxTokens:
    """Stop after `after` chunks because the output limit is reached."""

    after: int = 2
    of: Answer = STORY

    def moves(self) -> Iterator[Move]:
        yield from _begin(self.of, self.after)
        yield Chunk(finish="MAX_TOKENS")


@dataclass(frozen=True)
class SafetyStop:
    """Stop after `after` chunks because a filter objects to the answer."""

    after: int = 2
    reason: str = "SAFETY"
    of: Answer = STORY

    def moves(self) -> Iterator[Move]:
        yield from _begin(self.of, self.after)
        yield Chunk(finish=self.reason)


@dataclass(frozen=True)
class BlockedPrompt:
    """Refuse the prompt: no candidate, only feedback."""

    reason: str = "SAFETY"

    def moves(self) -> Iterator[Move]:
        yield Chunk(block=self.reason)


@dataclass(frozen=True)
class Unavailable:
    """Fail as an overloaded Gemini does, in mid-stream if `after` says so."""

    code: int = 503
    after: int = 0
    of: Answer = STORY

    def moves(self) -> Iterator[Move]:
        yield from _begin(self.of, self.after)
        yield Refusal(self.code, "The model is overloaded. Please try again later.")


INVALID_KEY = Refusal(
    400,  # and not 401
    "API key not valid. Please pass a valid API key.",
    (
        {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": "API_KEY_INVALID",
            "domain": "googleapis.com",
        },
    ),
)

QUOTA = {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    "violations": [
        {
            "quotaMetric": "generativelanguage.googleapis.com/generate_content_requests",
            "quotaId": "GenerateRequestsPerMinutePerProjectPerModel",
        }
    ],
}


@dataclass(frozen=True)
class RateLimited:
    """Refuse for lack of quota, saying in body or header (or not at all) when to come back."""

    retry_delay: float | None = None  # s, in the error's details
    retry_after: int | None = None  # s, in the header

    def moves(self) -> Iterator[Move]:
        details: list[Mapping[str, Any]] = [QUOTA]
        if self.retry_delay is not None:
            delay = f"{self.retry_delay:.9f}".rstrip("0").rstrip(".")
            retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{delay}s"}
            details.append(retry)
        headers = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        yield Refusal(429, "You exceeded your current quota.", tuple(details), headers)
