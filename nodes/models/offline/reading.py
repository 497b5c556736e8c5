"""Takes the messages of a call apart: who is asked for what, which facts, which texts."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from nodes.models.offline import words
from nodes.models.offline.dividing import REQUEST, WISH, asks, blocks, divide, parts
from nodes.models.offline.facts import (
    Facts,
    lines_of,
    role_of,
    said_in,
    spaced,
    speaks_of_trip,
    together,
)
from nodes.models.offline.frames import is_framed, is_passing, unmarked
from nodes.models.offline.lexicon import (
    ANSWERS,
    BOOKKEEPING,
    CONTAINERS,
    NAMES,
    PROSE,
    RESULTS,
    TITLES,
    WISHES,
)

_SHORT = 12  # words a value may have and still be a fact
_LONG_TEXT = 20_000  # characters of a text searched for facts in plain sentences


@dataclass(frozen=True, slots=True)
class Source:
    """A text to work on, and the name it came under, if any."""

    name: str
    text: str


@dataclass(slots=True)
class _Found:
    """What a walk through JSON values has found so far."""

    pairs: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    wishes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Request:
    """One call of the model, taken apart.

    `sources` are the texts of the last message, `earlier` those from before it: what tools and
    other agents said.
    """

    system: str
    asked: str
    instruction: str
    wish: str  # what whoever began the run asked for, where data carries it
    own: Facts  # what the request itself says
    facts: Facts  # that, and what the texts say
    sources: tuple[Source, ...]
    earlier: tuple[Source, ...]

    @cached_property
    def texts(self) -> tuple[Source, ...]:
        """All there is to work on, the oldest first."""
        return self.earlier + self.sources

    @cached_property
    def text(self) -> str:
        """All texts in one."""
        return "\n".join(source.text for source in self.texts)

    @cached_property
    def sentences(self) -> list[str]:
        """The sentences of all texts."""
        return words.sentences(self.text)

    @cached_property
    def notes(self) -> list[str]:
        """What somebody says in the texts: their sentences without lines of earlier answers."""
        return [sentence for sentence in self.sentences if not is_framed(unmarked(sentence))]

    @cached_property
    def language(self) -> words.Language:
        """The language of what is worked on, else that of the instruction."""
        values = [value for _, given in self.facts.pairs for value in given]
        given = " ".join(["".join(source.text for source in self.sources), *values])
        given = f"{self.wish} {given}"
        spoken = given if any(map(str.isalpha, given)) else f"{self.instruction} {self.text}"
        return words.language(spoken)

    @cached_property
    def about(self) -> list[str]:
        """The words that say what is asked about."""
        return words.subject(" ".join([self.instruction, self.wish, *self.facts.interests]))

    @cached_property
    def matter(self) -> str:
        """What is asked for without how to go about it: what another agent is to be given."""
        if self.wish:
            return self.wish
        values = [part for part in parts(self.asked) if not isinstance(part, str)]
        if len(values) == 1:
            return json.dumps(values[0], ensure_ascii=False)
        return self.asked.strip()


def text_of(message: BaseMessage) -> str:
    """The text of `message`, without pictures and the like."""
    if isinstance(message.content, str):
        return message.content
    blocks = (b if isinstance(b, str) else b.get("text", "") for b in message.content)
    return "\n".join(block for block in blocks if isinstance(block, str) and block)


def read(messages: Sequence[BaseMessage]) -> Request:
    """Take `messages` apart."""
    system = "\n".join(text_of(m) for m in messages if isinstance(m, SystemMessage))
    turns = [m for m in messages if not isinstance(m, SystemMessage)]
    last = max((i for i, m in enumerate(turns) if isinstance(m, HumanMessage)), default=-1)
    asked = text_of(turns[last]) if last >= 0 else ""
    instruction, found = take_apart(asked)
    earlier: list[Source] = []
    for index, turn in enumerate(turns):
        if index != last:
            plain, more = take_apart(text_of(turn))
            found.pairs += more.pairs
            earlier += more.sources
            if plain and not isinstance(turn, HumanMessage):
                earlier.append(Source("", plain))
    wish = "\n".join(found.wishes)
    said = [source.text for source in (*found.sources, *earlier)]
    # Of a trip given as data, a prompt may speak in general: "that meet its interests: …".
    spoken = [pair for pair in said_in(instruction) if not found.pairs or pair[0] != "interests"]
    own = together(found.pairs, lines_of(instruction), spoken, lines_of(wish), said_in(wish))
    facts = together(own.pairs, *(lines_of(text) for text in said))
    if not facts.pairs and (not instruction or speaks_of_trip(f"{instruction} {system}")):
        facts = together(*(said_in(text[:_LONG_TEXT]) for text in said))
    return Request(
        system=system,
        asked=asked,
        instruction=instruction,
        wish=wish,
        own=own,
        facts=facts,
        sources=_cleaned(found.sources),
        earlier=_cleaned(earlier),
    )


def _cleaned(sources: Sequence[Source]) -> tuple[Source, ...]:
    """The sources without what earlier answers said about themselves; empty ones are left out."""
    kept = (
        Source(
            s.name,
            "\n".join(line for line in s.text.split("\n") if not is_passing(line)).strip("\n"),
        )
        for s in sources
    )
    return tuple(source for source in kept if source.text.strip())


def take_apart(text: str) -> tuple[str, _Found]:
    """The instruction in one message, and the facts, texts and wishes."""
    found = _Found()
    (_, first), *named = blocks(text)
    plain = _walk_parts(first, "", found)
    has_data = bool(named) or plain != first
    instruction, material = divide(plain.strip(), has_data=has_data)
    if material:
        found.sources.append(Source("", material))
    for name, block in named:
        said = _walk_parts(block, name, found).strip()
        if said and name.lower() in TITLES:
            found.pairs.append(("title", (said,)))
        elif said:
            found.sources.append(Source(name.lower(), said))
    wish = "\n".join(found.wishes)
    if not found.sources and len(words.sentences(wish)) >= REQUEST and not asks(wish):
        found.sources = [Source("", wish) for wish in found.wishes]
        found.wishes = []
    return instruction, found


def _walk_parts(text: str, name: str, found: _Found) -> str:
    """Sort the JSON in `text` into `found`; what is left of the text."""
    pieces = list(parts(text))
    for piece in pieces:
        if not isinstance(piece, str):
            _walk(piece, name, found)
    return "".join(piece for piece in pieces if isinstance(piece, str))


def _walk(value: Any, key: str, found: _Found) -> None:
    """Sort a JSON value into facts (short) and texts (long), whatever it is nested in."""
    if isinstance(value, dict):
        _walk_object(value, key, found)
    elif isinstance(value, list):
        _walk_list(value, key, found)
    elif value is not None and not isinstance(value, bool):
        _keep(str(value).strip(), key, found)


def _walk_object(value: dict[str, Any], key: str, found: _Found) -> None:
    """The texts in the result of a node stand under its name."""
    name = next((str(value[n]) for n in NAMES if isinstance(value.get(n), str)), "")
    is_result = not value.keys().isdisjoint(RESULTS)
    for inner, item in value.items():
        plain = spaced(inner).replace(" ", "")
        if is_result and (plain in BOOKKEEPING or inner in NAMES):
            continue
        if plain in PROSE and isinstance(item, str) and name:
            _keep_text(item.strip(), name, found)
        else:
            _walk(item, _inner_key(key or name, inner), found)


def _keep_text(text: str, name: str, found: _Found) -> None:
    """What stands under `name` is a text, however short."""
    if text:
        found.sources.append(Source(name, text))


def _walk_list(value: list[Any], key: str, found: _Found) -> None:
    flat = [str(v) for v in value if not isinstance(v, (dict, list)) and v is not None]
    short = flat and len(flat) == len(value) and all(len(v.split()) <= _SHORT for v in flat)
    if short and spaced(key) in ANSWERS:
        found.sources += [Source("", text) for text in flat]
    elif short:
        found.pairs.append((role_of(key) or key, tuple(flat)))
    else:
        for item in value:
            _walk(item, key, found)


def _inner_key(outer: str, inner: str) -> str:
    """The name that tells most: the key itself, unless it only says that it contains something."""
    return outer if outer and spaced(inner).replace(" ", "") in CONTAINERS else inner


def _keep(text: str, key: str, found: _Found) -> None:
    inner, size = list(parts(text)), len(text.split())
    plain = spaced(key).replace(" ", "")
    if len(inner) == 1 and not isinstance(inner[0], str):
        _walk(inner[0], key, found)
    elif plain in WISHES and size <= WISH:
        found.wishes.append(text)
    elif size <= _SHORT and "\n" not in text and plain and plain not in CONTAINERS:
        found.pairs.append((role_of(key) or key, (text,)))
    elif text:
        found.sources.append(Source(key, text))
