"""Divides one message into what is asked and what it is asked of."""

import json
import re
from collections.abc import Iterator
from typing import Any

from nodes.models.offline import words
from nodes.models.offline.facts import said_in
from nodes.models.offline.lexicon import BLOCKS

_ASK = 80  # words an instruction before a blank line may have
_HEAD = 40  # words it may have on the line of its text
_LABEL = 3  # words before a colon that say what to do with what follows
REQUEST = 3  # sentences from which a message is a text, not a request
WISH = 80  # words a request carried in data may have
_VALUES = 40  # JSON values looked for in one message
# A colon after this brings options, not a text.
_OFFER = re.compile(r"(?:one word|one of[\w ]*|as|كلمة واحدة|واحدة? من[\w ]*)$", re.I)
_MARKED = re.compile(r"\*\*|#{1,6} |[-*•] |1[.)] ")
_OPENING = re.compile(r"[{\[]")
_NAMED = re.compile(rf"(?:\A|\n\n)({'|'.join(sorted(BLOCKS, key=len, reverse=True))}):[ \n]", re.I)
_ENDS = (".", "!", "?", "؟", "…")


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """`text` cut before each `Draft:`, `Notes:` …: the name, and what stands under it."""
    label, start = "", 0
    for match in _NAMED.finditer(text):
        yield label, text[start : match.start()]
        label, start = match.group(1), match.end()
    yield label, text[start:]


def parts(text: str) -> Iterator[str | dict[str, Any] | list[Any]]:
    """`text` as plain pieces and the JSON objects and lists that stand in it."""
    decoder, start, tried = json.JSONDecoder(), 0, 0
    for match in _OPENING.finditer(text):
        if match.start() < start or tried == _VALUES:
            continue
        tried += 1
        try:
            value, end = decoder.raw_decode(text, match.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) or any(isinstance(item, (str, dict)) for item in value):
            if match.start() > start:
                yield text[start : match.start()]
            yield value
            start = end
    if start < len(text):
        yield text[start:]


def divide(text: str, *, has_data: bool) -> tuple[str, str]:
    """The instruction and the text it is about.

    What asks for something before a blank line is the instruction, and so is a short message. Of a
    longer one it is the part before a colon, if that is short, and the sentences at either end
    that ask for something. What begins with a heading or a list is all text.
    """
    if _MARKED.match(text):
        return "", text
    head, rest = _paragraph(text)
    if head and (rest or has_data):
        return head, rest
    head, cut, rest = _head(text)
    if cut and rest.strip():
        return head.strip(), rest.strip()
    found, size = words.sentences(text), len(text.split())
    is_request = size <= WISH and bool(found) and asks(found[0]) and any(said_in(found[0]))
    if len(found) < REQUEST or (has_data and size <= _HEAD) or is_request:
        return text, ""
    first, last = (s if _wants(s) else "" for s in (found[0], found[-1]))
    before, _, rest = text.partition(first) if first else ("", "", text)
    middle, _, after = rest.rpartition(last) if last else (rest, "", "")
    return f"{first}\n{last}".strip(), f"{before}{middle}{after}".strip()


def _paragraph(text: str) -> tuple[str, str]:
    """The first paragraph, wrapped or not, where all of it is instruction, and what follows."""
    lines = text.split("\n")
    end = 1
    while end < len(lines) and lines[end].strip() and _goes_on(lines[end - 1], lines[end]):
        end += 1
    head = "\n".join(lines[:end]).strip()
    opening, colon, _ = head.partition(": ")
    is_label = bool(colon) and len(opening.split()) <= _LABEL
    if is_label or len(head.split()) > _ASK or not _wants(head):
        return "", text
    return head, "\n".join(lines[end:]).strip()


def _goes_on(line: str, following: str) -> bool:
    """What `line` says goes on, or goes on asking, on the line that is `following`."""
    said = line.rstrip()
    return not said.endswith(":") and (not said.endswith(_ENDS) or asks(following))


def _head(text: str) -> tuple[str, str, str]:
    """`text` cut after the first colon at a line's end, "ask: text", or the first line."""
    for mark in (":\n", ": ", "\n\n", "\n"):
        head, cut, rest = text.partition(mark)
        offers = mark == ": " and _OFFER.search(head)
        is_line = "\n" not in head.strip() and len(head.split()) <= _HEAD
        if cut and is_line and not offers and _wants(head):
            return head, cut, rest
    return text, "", ""


def _wants(text: str) -> bool:
    """`text` asks for something, or asks a question."""
    return asks(text) or text.rstrip().endswith(("?", "؟"))


def asks(sentence: str) -> bool:
    """One of the first three words tells the model what to do."""
    return any(words.is_asking(word) for word in words.WORD.findall(sentence)[:3])
