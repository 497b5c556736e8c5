"""`JsonSchema`: a JSON Schema in a definition; `explain`: all that is wrong with a value."""

from collections import deque
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Annotated, Any, Final
from urllib.parse import unquote

from pydantic import AfterValidator, WithJsonSchema
from pydantic_core import PydanticCustomError, SchemaError, to_json, to_jsonable_python

from nodes.errors import Fault, close_matches
from nodes.schema_fault import faults_of, place_of

DEEPEST: Final = 50  # levels of a schema: it is walked by recursion
MOST_FAULTS: Final = 100
LONGEST_PATTERN: Final = 1000  # characters

_MAPS = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLES = (
    "items", "additionalProperties", "contains", "propertyNames", "not", "if", "then", "else",
    "unevaluatedItems", "unevaluatedProperties",
)  # fmt: skip
_REFUSED = {
    "$dynamicRef": "Use `$ref`.",
    "$dynamicAnchor": "Use `$ref` with the place, such as '#/$defs/name'.",
    "$anchor": "Use `$ref` with the place, such as '#/$defs/name'.",
    "$recursiveRef": "Use `$ref`.",
    "$id": "It may stand only at the top of a schema.",
    "$schema": "It may stand only at the top of a schema.",
}
_ONE_OF_EACH: Final[tuple[Any, ...]] = ({}, [], "", 0, True, None)


def explain(schema: Mapping[str, Any], value: Any) -> list[Fault]:
    """Say all that is wrong with `value`, each fault with its place (`items[2].name`).

    Stops at 100 faults. `schema` has been checked: it is a `JsonSchema`.
    """
    from nodes.schema_keywords import validator

    errors = validator(to_json(schema)).iter_errors(value)
    found = (fault for error in errors for fault in faults_of(error))
    try:
        return list(dict.fromkeys(islice(found, MOST_FAULTS)))
    except RecursionError:
        return [Fault("", "is too large, or nested too deeply, to be checked", "invalid_input")]


def check(schema: dict[str, Any]) -> dict[str, Any]:
    """Return `schema` as plain JSON; raises `ValueError` with all its faults and their places."""
    from nodes.schema_keywords import META

    plain: dict[str, Any] = to_jsonable_python(schema)
    if _depth(plain) > DEEPEST:
        raise ValueError(f"it is nested more than {DEEPEST} levels deep")
    faults = [fault for error in META.iter_errors(plain) for fault in faults_of(error)]
    faults = faults or list(_faults(plain))
    if not faults and _is_endless(plain):
        faults = [Fault("", "refers to itself without end")]
    if faults:
        raise ValueError("; ".join(str(fault) for fault in dict.fromkeys(faults)))
    return plain


def _depth(value: Any) -> int:
    depth, level = 0, [value]
    while level:
        depth += 1
        level = [
            inner
            for each in level
            for inner in (each.values() if isinstance(each, dict) else each)
            if isinstance(inner, dict | list)
        ]
    return depth


def _is_endless(schema: dict[str, Any]) -> bool:
    """Say whether references go round without descending into the value."""
    from nodes.schema_keywords import validator

    text = to_json(schema)
    try:
        for value in _ONE_OF_EACH:
            deque(validator(text).iter_errors(value), maxlen=0)
    except RecursionError:
        return True
    return False


def _validate(schema: dict[str, Any]) -> dict[str, Any]:
    try:
        return check(schema)
    except ValueError as error:
        raise PydanticCustomError(
            "json_schema", "This is not a JSON Schema: {why}", {"why": str(error)}
        ) from error


JsonSchema = Annotated[
    dict[str, Any],
    AfterValidator(_validate),
    WithJsonSchema({"type": "object", "description": "A JSON Schema (Draft 2020-12)."}),
]
"""A JSON Schema (Draft 2020-12), checked where it is defined.

Patterns are matched in linear time, whatever the text, so they have no look-around and no
back-references. References stay inside the schema.
"""


def _faults(schema: dict[str, Any]) -> Iterator[Fault]:
    """Yield what the standard allows and we do not."""
    parts = dict(_parts(schema))
    keywords = {keyword for part in parts.values() for keyword in part}
    if {"patternProperties", "unevaluatedProperties"} <= keywords:
        yield Fault(
            "",
            "`unevaluatedProperties` together with `patternProperties` is not supported. "
            "Use `additionalProperties`.",
        )
    for place, part in parts.items():
        where = place_of(place)
        for keyword, advice in _REFUSED.items():
            if keyword in part and (place or keyword not in ("$id", "$schema")):
                yield Fault(where, f"`{keyword}` is not supported here. {advice}")
        if "$ref" in part and (wrong := _reference_fault(part["$ref"], parts)):
            yield Fault(where, wrong)
        patterns = [*part.get("patternProperties", ())]
        for pattern in patterns + ([part["pattern"]] if "pattern" in part else []):
            if wrong := _pattern_fault(pattern):
                yield Fault(where, wrong)


def _parts(
    schema: Any, place: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], dict[str, Any]]]:
    """Yield every schema inside `schema`, itself first, by its place."""
    if not isinstance(schema, dict):
        return
    yield place, schema
    for key in _SINGLES:
        yield from _parts(schema.get(key), (*place, key))
    for key in _LISTS:
        for index, part in enumerate(schema.get(key, ())):
            yield from _parts(part, (*place, key, index))
    for key in _MAPS:
        for name, part in schema.get(key, {}).items():
            yield from _parts(part, (*place, key, name))


def _reference_fault(reference: str, parts: Mapping[tuple[str | int, ...], Any]) -> str | None:
    if not reference.startswith("#"):
        return (
            f"`$ref` {reference!r} leads outside of the schema. "
            "Put what it means under `$defs` and refer to '#/$defs/name'."
        )
    known = {"/".join(["#", *map(_escape, place)]) for place in parts}
    if unquote(reference) not in known:
        named = [each for each in known if each.startswith(("#/$defs/", "#/definitions/"))]
        return f"`$ref` {reference!r} leads nowhere. {close_matches(reference, named)}"
    return None


def _escape(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")


def _pattern_fault(pattern: str) -> str | None:
    from nodes.schema_keywords import matcher

    if len(pattern) > LONGEST_PATTERN:
        return f"a pattern has {LONGEST_PATTERN} characters at most, this one {len(pattern)}"
    try:
        matcher(pattern)
    except SchemaError as error:
        why = str(error).rpartition("error: ")[2].rpartition("SchemaError: ")[2].strip()
        return (
            f"the pattern {pattern!r} cannot be used: {why}. Patterns are matched in linear time: "
            "https://docs.rs/regex/latest/regex/#syntax says what they may hold."
        )
    return None
