"""`Prompt`: a mustache template, compiled where it is defined and rendered with a node's input."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from langchain_core.utils.mustache import tokenize
from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema, to_jsonable_python

from nodes.errors import InvalidValueError, close_matches

LONGEST_TEMPLATE: Final = 100_000  # characters; the tokenizer copies the rest of it at every tag
LONGEST_PROMPT: Final = 4_000_000  # characters, once rendered
_MOST_STEPS: Final = 100_000  # nested sections over a list multiply
_DEEPEST: Final = 32  # sections inside one another

_TAG = re.compile(r"\{\{(?:(?P<tag>.*?)\}\}(?P<third>\}?))?", re.DOTALL)
_NO_NAME = re.compile(r"""[{}"'|()<>\[\],:=!]|^\.+.|\.\.|.\.$""")
_SIGNS: Final = "!#^/&{>="
_WRONG: Final = {
    "{": "has no '}}}'.",
    ">": "is a partial, and these are not supported: write the text where it belongs.",
    "=": "sets other delimiters, and these are not supported: write '{{' and '}}'.",
}
_MISSING: Final = object()
_OUTERMOST: Final = 2  # scopes outside of any section: the input itself, and its names

Name = tuple[str, ...]
"""`trip.days` is `("trip", "days")`; `.`, what the innermost section is about, is `()`."""


@dataclass(frozen=True, slots=True)
class _Variable:
    name: Name


@dataclass(frozen=True, slots=True)
class _Section:
    name: Name
    inverted: bool
    parts: "_Parts"


_Parts = Sequence[str | _Variable | _Section]


class Prompt:
    """A text with places to fill: mustache (https://mustache.github.io/mustache.5.html).

    `{{input}}` is the whole input, `{{trip.days}}` a field of an input that is an object. Nothing
    is escaped for HTML; what is not text is written as JSON; null is written as nothing. `needs`
    has the names an input must have: those outside of any section.
    """

    __slots__ = ("_needed", "_parts", "needs", "source")

    def __init__(self, source: str) -> None:
        """Compile `source`; raises `ValueError` that says what is wrong with it, and where."""
        _check(source)
        self.source = source
        self._parts = _compile(tokenize(source))
        names = {part.name for part in self._parts if isinstance(part, _Variable)}
        self._needed = {_field(name): name for name in sorted(names - {(), ("input",)})}
        self.needs = frozenset(self._needed)

    def render(self, value: Any) -> str:
        """Fill in `value`; raises `InvalidValueError` where it lacks what the prompt needs."""
        fields = value if isinstance(value, Mapping) else {}
        scope = {**fields, "input": value}
        missing = [
            field for field, name in self._needed.items() if _find(name, [scope]) is _MISSING
        ]
        if missing:
            raise InvalidValueError(_what_is_missing(missing, value))
        text = _Text()
        _render(self._parts, [value, scope], text)
        return "".join(text.pieces)

    def __str__(self) -> str:
        return self.source

    def __repr__(self) -> str:
        return f"Prompt({self.source!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Prompt) and self.source == other.source

    def __hash__(self) -> int:
        return hash(self.source)

    @classmethod
    def __get_pydantic_core_schema__(cls, _: Any, __: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(
            cls._validate, serialization=core_schema.to_string_ser_schema()
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _: CoreSchema, __: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {
            "type": "string",
            "description": "A mustache template: {{input}} is the whole input, {{name}} a field.",
            "minLength": 1,
            "maxLength": LONGEST_TEMPLATE,
        }

    @classmethod
    def _validate(cls, value: Any) -> "Prompt":
        if isinstance(value, Prompt):
            return value
        if not isinstance(value, str):
            why = "A prompt is a text, such as 'Plan a trip to {{destination}}'."
            raise PydanticCustomError("prompt", "{why}", {"why": why})
        try:
            return cls(value)
        except ValueError as error:
            raise PydanticCustomError("prompt", "{why}", {"why": str(error)}) from error


def _check(source: str) -> None:
    """Raise `ValueError` for what the tokenizer would drop, or tell without its place."""
    if not source.strip():
        raise ValueError("A prompt cannot be empty.")
    if len(source) > LONGEST_TEMPLATE:
        raise ValueError(
            f"A prompt has {LONGEST_TEMPLATE} characters at most, this one {len(source)}. "
            "Hand over long texts as input."
        )
    opened: list[re.Match[str]] = []
    for match in _TAG.finditer(source):
        sign, name = _read_tag(match)
        if sign in "#^":
            opened.append(match)
        elif sign == "/":
            _close(match, name, opened)
        if len(opened) > _DEEPEST:
            raise ValueError(f"{_place(match)} has more than {_DEEPEST} sections around it.")
    if opened:
        _, name = _read_tag(opened[-1])
        raise ValueError(f"{_place(opened[-1])} is never closed. Add '{{{{/{name}}}}}'.")


def _close(match: re.Match[str], name: str, opened: list[re.Match[str]]) -> None:
    awaited = _read_tag(opened.pop())[1] if opened else None
    if name != awaited:
        why = f"'{{{{/{awaited}}}}}' is awaited" if awaited else "no section is open"
        raise ValueError(f"{_place(match)} closes a section where {why}.")


def _read_tag(match: re.Match[str]) -> tuple[str, str]:
    """Return a tag's sign (a blank for a variable) and name; raises `ValueError`."""
    tag = match["tag"]
    if tag is None:
        raise ValueError(f"{_place(match)} has no '}}}}'.")
    sign = tag[0] if tag[:1] and tag[0] in _SIGNS else " "
    name = (tag if sign == " " else tag[1:]).strip()
    if (wrong := _WRONG.get(sign)) and not (sign == "{" and match["third"]):
        raise ValueError(f"{_place(match)} {wrong}")
    if sign != "!" and (not name or (name != "." and _NO_NAME.search(name))):
        raise ValueError(
            f"{_place(match)} names nothing. "
            "A name is like 'destination', 'trip.days' or 'items.0'."
        )
    return sign, name


def _place(match: re.Match[str]) -> str:
    line = match.string.count("\n", 0, match.start()) + 1
    column = match.start() - match.string.rfind("\n", 0, match.start())
    return f"The prompt's {match[0][:60]!r} (line {line}, column {column})"


def _compile(tokens: Iterable[tuple[str, str]]) -> _Parts:
    parts: list[str | _Variable | _Section] = []
    around: list[tuple[list[str | _Variable | _Section], Name, bool]] = []
    for kind, text in tokens:
        match kind:
            case "literal":
                parts.append(text)
            case "variable" | "no escape":
                parts.append(_Variable(_name(text)))
            case "section" | "inverted section":
                around.append((parts, _name(text), kind != "section"))
                parts = []
            case _:  # "end"
                outer, name, inverted = around.pop()
                outer.append(_Section(name, inverted, tuple(parts)))
                parts = outer
    return tuple(parts)


def _field(name: Name) -> str:
    """Return what an input has to have: `{{input.days}}` needs `days`."""
    return ".".join(name[1:] if name[0] == "input" else name)


def _name(text: str) -> Name:
    return () if text == "." else tuple(text.split("."))


class _Text:
    """What has been rendered so far, and a limit to how long that may go on."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self._length = self._steps = 0

    def add(self, piece: str) -> None:
        self.pieces.append(piece)
        self.count(length=len(piece))

    def count(self, *, length: int = 0, steps: int = 1) -> None:
        self._length += length
        self._steps += steps
        if self._length > LONGEST_PROMPT or self._steps > _MOST_STEPS:
            raise InvalidValueError(
                f"The prompt grows too long with this input: over {LONGEST_PROMPT} characters "
                f"or {_MOST_STEPS} pieces. Give it less, or use fewer sections."
            )


def _render(parts: _Parts, scopes: list[Any], text: _Text) -> None:
    for part in parts:
        if isinstance(part, str):
            text.add(part)
            continue
        value = _find(part.name, scopes)
        if isinstance(part, _Variable):
            text.add(_written(value))
        else:
            rounds = _rounds(part, value, scopes)
            text.count(steps=len(rounds))
            for inner in rounds:
                _render(part.parts, inner, text)


def _rounds(section: _Section, value: Any, scopes: list[Any]) -> list[list[Any]]:
    """Return the scopes of each time a section is rendered."""
    holds = value is not _MISSING and bool(value)
    if section.inverted:
        return [] if holds else [scopes]
    if isinstance(value, list):
        return [[*scopes, item] for item in value]
    return [[*scopes, value]] if holds else []


def _find(name: Name, scopes: Sequence[Any]) -> Any:
    """Return what `name` is in the innermost scope that knows its first part."""
    if not name:
        return scopes[0] if len(scopes) == _OUTERMOST else scopes[-1]
    for scope in reversed(scopes):
        value = _step(scope, name[0])
        if value is not _MISSING:
            for part in name[1:]:
                value = _step(value, part)
            return value
    return _MISSING


def _step(value: Any, part: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part, _MISSING)
    if isinstance(value, list) and part.isdecimal() and int(part) < len(value):
        return value[int(part)]
    return _MISSING


def _written(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None or value is _MISSING:
        return ""
    return json.dumps(value, ensure_ascii=False, default=to_jsonable_python)


def _what_is_missing(missing: Sequence[str], value: Any) -> str:
    names = ", ".join(map(repr, missing))
    if not isinstance(value, Mapping):
        kind = "text" if isinstance(value, str) else f"{_written(value)[:60] or 'null'}"
        return (
            f"The prompt needs {names}, but its input is {kind}. "
            "Give it an object with these fields, or write {{input}} in the prompt."
        )
    hints = "".join(f" {name!r}: {_hint(_name(name), value)}" for name in missing)
    return f"The prompt needs {names}, which its input does not have.{hints}"


def _hint(name: Name, value: Any) -> str:
    """Say what there is where the way to `name`, which is missing, ends."""
    known = 0
    while (inner := _step(value, name[known])) is not _MISSING:
        value, known = inner, known + 1
    if isinstance(value, Mapping):
        return close_matches(".".join(name), [".".join((*name[:known], str(k))) for k in value])
    return f"{'.'.join(name[:known])!r} is no object."
