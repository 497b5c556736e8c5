"""The terminal: what is written to it, and what it can show."""

import json
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from contextvars import ContextVar
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, Final, NoReturn, TextIO

if TYPE_CHECKING:
    from rich.console import Console

# All that could move the cursor, recolour or ring: C0 and C1 but for tab and line feed, and what
# turns the direction of writing round.
_CONTROL: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def prepare_streams() -> None:
    """Write UTF-8 whatever the locale says; half a surrogate pair is written as JSON does."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


def clean(text: str) -> str:
    """Return text of others without what a terminal would obey."""
    return _CONTROL.sub("", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    return " ".join(clean(text).split())


_results: ContextVar[TextIO | None] = ContextVar("results", default=None)


@contextmanager
def only_results() -> Iterator[None]:
    """Keep stdout for what `write` writes: what anything else prints goes to stderr."""
    kept = _results.set(sys.stdout)
    try:
        with redirect_stdout(sys.stderr):
            yield
    finally:
        _results.reset(kept)


def write(text: str) -> None:
    """Write a result, and the end of its line, to stdout."""
    results = _results.get()
    (results or sys.stdout).write(text if text.endswith("\n") else f"{text}\n")
    if results is not None:
        results.flush()  # who flushes `sys.stdout` means another


def write_json(value: Any, indent: int | None = None) -> None:
    write(json.dumps(value, ensure_ascii=False, indent=indent))


def say(text: str) -> None:
    """Tell a person something that is no result, on stderr."""
    sys.stderr.write(f"{clean(text)}\n")
    sys.stderr.flush()


def is_asked() -> bool:
    """Say whether a person sits in front of it, who can answer."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def screen(*, stderr: bool = True) -> "Console":
    """Return rich's console for one of the two streams."""
    from rich.console import Console

    return Console(stderr=stderr, highlight=False, markup=False, emoji=False, soft_wrap=False)


def is_live() -> bool:
    """Say whether stderr is a terminal that can show what changes."""
    from server.settings import is_for_people

    return sys.stderr.isatty() and is_for_people() and not screen().is_dumb_terminal


def give_up_pipe() -> NoReturn:
    """End quietly when nobody reads stdout any more, as `| head` does."""
    # What is left in the buffer would fail again when Python ends.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(141)
