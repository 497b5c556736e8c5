"""What an imitated provider notes down about one request."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

End = Literal["complete", "refused", "cut", "left"]


@dataclass
class Request:
    """One request and what became of it; times are `time.monotonic()`, in seconds.

    The server's thread goes on writing into it until `ended` is set.
    """

    path: str
    headers: Mapping[str, str]  # names in lower case
    body: Mapping[str, Any]
    started: float = field(default_factory=time.monotonic)
    first_chunk_at: float | None = None
    closed_at: float | None = None
    chunks_sent: int = 0
    usage: Mapping[str, Any] = field(default_factory=dict)  # as last reported
    ended: End | None = None  # "left": the client went away before the end

    def end(self, how: End) -> None:
        self.closed_at = time.monotonic()
        self.ended = how

    def count_chunk(self) -> None:
        self.first_chunk_at = self.first_chunk_at or time.monotonic()
        self.chunks_sent += 1

    @property
    def model(self) -> str:
        return self.path.rpartition("/")[2].partition(":")[0]

    @property
    def streamed(self) -> bool:
        return ":streamGenerateContent" in self.path

    @property
    def config(self) -> Mapping[str, Any]:
        config: Mapping[str, Any] = self.body.get("generationConfig", {})
        return config

    @property
    def system(self) -> str:
        return _text_of(self.body.get("systemInstruction", {}))

    @property
    def prompt(self) -> str:
        """The text of the last turn."""
        contents = self.body.get("contents", [])
        return _text_of(contents[-1]) if contents else ""

    @property
    def text(self) -> str:
        """All that the model is told: the system instruction and every turn."""
        turns = map(_text_of, self.body.get("contents", []))
        return "\n".join(filter(None, [self.system, *turns]))

    @property
    def tools(self) -> list[str]:
        """The names of the tools the model may call."""
        tools = self.body.get("tools", [])
        return [each["name"] for tool in tools for each in tool.get("functionDeclarations", [])]


def _text_of(content: Mapping[str, Any]) -> str:
    """The texts of a turn; calls and results of tools as JSON."""
    return "".join(part.get("text") or json.dumps(part) for part in content.get("parts", []))
