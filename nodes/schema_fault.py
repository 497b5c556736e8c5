"""What `jsonschema` finds wrong, said in sentences that need no knowledge of it."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from nodes.errors import Fault, close_matches

if TYPE_CHECKING:
    from jsonschema import ValidationError

_LONGEST_VALUE: Final = 60  # characters of a value that are shown
_TYPES: Final = {
    "string": "text",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "an object",
    "null": "null",
}
_SAID_ALREADY: Final = (  # in nodes/schema_keywords.py
    "additionalProperties",
    "patternProperties",
    "properties",
    "required",
    "uniqueItems",
)
_OPPOSITES = {dict: "an object", list: "a list", type(None): "null"}


def place_of(path: Iterable[str | int]) -> str:
    """Write a place as people do: `days`, `items[2].name`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def faults_of(error: "ValidationError") -> Iterator[Fault]:
    """Yield what is wrong; of several allowed forms, what keeps the value from the nearest one."""
    if error.validator in ("anyOf", "oneOf"):
        yield from _of_forms(error)
    else:
        yield Fault(place_of(error.absolute_path), _sentence(error), "invalid_input")


def _of_forms(error: "ValidationError") -> Iterator[Fault]:
    place = place_of(error.absolute_path)
    if not error.context:
        message = "fits more than one of the allowed forms; it has to fit exactly one"
        yield Fault(place, message, "invalid_input")
        return
    forms = [
        list(errors)
        for _, errors in groupby(error.context, key=lambda each: each.relative_schema_path[0])
    ]
    near = [errors for errors in forms if not any(map(_is_of_other_type, errors))]
    if not near:
        types = [each.validator_value for form in forms for each in filter(_is_of_other_type, form)]
        words = " or ".join(dict.fromkeys(map(_words, types)))
        yield Fault(place, f"must be {words}, not {shown(error.instance)}", "invalid_input")
    elif len(near) == 1:
        for each in near[0]:
            yield from faults_of(each)
    else:
        nearest = min(near, key=len)
        first = next(faults_of(nearest[0]))
        message = f"fits none of the {len(forms)} allowed forms; for one of them: {first}"
        yield Fault(place, message, "invalid_input")


def _is_of_other_type(error: "ValidationError") -> bool:
    return error.validator == "type" and not error.relative_path


def shown(value: Any) -> str:
    """Show a value in a sentence, briefly."""
    if type(value) in _OPPOSITES:
        return _OPPOSITES[type(value)]
    if isinstance(value, str):
        return repr(value if len(value) <= _LONGEST_VALUE else f"{value[:_LONGEST_VALUE]}…")
    return json.dumps(value)


def _words(types: Any) -> str:
    return " or ".join(_TYPES[each] for each in ([types] if isinstance(types, str) else types))


def _enum(allowed: list[Any], value: Any) -> str:
    texts = [each for each in allowed if isinstance(each, str)]
    hint = close_matches(value, texts) if isinstance(value, str) and texts else ""
    if not hint.startswith("Did"):
        hint = f"There are: {', '.join(map(_written, allowed[:20]))}."
    return f"must be one of the allowed values, not {shown(value)}. {hint}"


def _written(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _count(words: str, unit: str) -> Callable[[int, Any], str]:
    return lambda limit, value: f"must have {words} {limit} {unit}, not {len(value)}"


def _number(words: str) -> Callable[[Any, Any], str]:
    return lambda limit, value: f"must be {words} {limit}, not {shown(value)}"


_SENTENCES: Final[dict[str, Callable[[Any, Any], str]]] = {
    "type": lambda types, value: f"must be {_words(types)}, not {shown(value)}",
    "enum": _enum,
    "const": lambda const, value: f"must be {_written(const)}, not {shown(value)}",
    "minimum": _number("at least"),
    "maximum": _number("at most"),
    "exclusiveMinimum": _number("more than"),
    "exclusiveMaximum": _number("less than"),
    "multipleOf": _number("a multiple of"),
    "minLength": _count("at least", "characters"),
    "maxLength": _count("at most", "characters"),
    "minItems": _count("at least", "items"),
    "maxItems": _count("at most", "items"),
    "minProperties": _count("at least", "fields"),
    "maxProperties": _count("at most", "fields"),
    "pattern": lambda pattern, value: f"must match {pattern!r}, and {shown(value)} does not",
    "format": lambda name, value: f"must be written as {name}, and {shown(value)} is not",
    "not": lambda _, value: f"must not be as it is: {shown(value)}",
}


def _sentence(error: "ValidationError") -> str:
    keyword = str(error.validator)
    if error.validator is None:
        return "is not allowed here"
    if keyword in _SAID_ALREADY:
        return error.message
    if keyword in _SENTENCES:
        return _SENTENCES[keyword](error.validator_value, error.instance)
    return f"does not fit `{keyword}`: {_written(error.validator_value)}"
