"""Keywords of JSON Schema as we check them: one fault each, and a limit on how long it takes."""

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from jsonschema import Draft202012Validator, FormatChecker, ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend
from pydantic_core import SchemaValidator, core_schema, from_json

from nodes.errors import close_matches

_MOST_REFERENCES: Final = 50_000  # followed for one value; they can double at every level
_ROOM: Final = 350  # frames that are left for the way from one reference to the next
META: Final = Draft202012Validator(Draft202012Validator.META_SCHEMA)
_FORMATS = FormatChecker(("date", "email", "ipv4", "ipv6", "uuid"))


@_FORMATS.checks("date-time", raises=ValueError)
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@lru_cache(512)
def matcher(pattern: str) -> SchemaValidator:
    """Return what tells whether a text matches, in linear time whatever the text and pattern."""
    return SchemaValidator(core_schema.str_schema(pattern=pattern))


class _Counted(FormatChecker):
    """Counts the references that are followed for one value; each check has its own."""

    def __init__(self) -> None:
        self.checkers = _FORMATS.checkers
        self.references = 0


def _ref(validator: Any, reference: str, instance: Any, schema: Any) -> Iterator[ValidationError]:
    validator.format_checker.references += 1
    if validator.format_checker.references > _MOST_REFERENCES or _is_deep():
        raise RecursionError
    yield from Draft202012Validator.VALIDATORS["$ref"](validator, reference, instance, schema) or ()


def _is_deep() -> bool:
    """Say whether little is left of the stack: at its end, jsonschema's Rust parts panic."""
    try:
        sys._getframe(sys.getrecursionlimit() - _ROOM)  # noqa: SLF001 (there is no other way)
    except ValueError:
        return False
    return True


def _required(
    validator: Validator, names: list[str], instance: Any, _: Any
) -> Iterator[ValidationError]:
    if validator.is_type(instance, "object"):
        for name in names:
            if name not in instance:
                yield ValidationError("is required", path=[name])


def _pattern(
    validator: Validator, pattern: str, instance: Any, _: Any
) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not matcher(pattern).isinstance_python(instance):
        yield ValidationError("")


def _properties(
    validator: Any, properties: Mapping[str, Any], instance: Any, _: Any
) -> Iterator[ValidationError]:
    if validator.is_type(instance, "object"):
        for name, schema in properties.items():
            if name in instance:
                yield from _descend(validator, instance[name], schema, name)


def _descend(validator: Any, value: Any, schema: Any, name: str) -> Iterator[ValidationError]:
    if schema is False:  # jsonschema would not tell the place
        yield ValidationError("is not allowed here", path=[name])
    else:
        yield from validator.descend(value, schema, path=name)


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, _: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    for pattern, schema in patterns.items():
        names = matcher(pattern)
        for name, value in instance.items():
            if names.isinstance_python(name):
                yield from _descend(validator, value, schema, name)


def _additional_properties(
    validator: Any, allowed: Any, instance: Any, schema: Any
) -> Iterator[ValidationError]:
    if not validator.is_type(instance, "object"):
        return
    known = schema.get("properties", {})
    patterns = [matcher(pattern) for pattern in schema.get("patternProperties", ())]
    for name, value in instance.items():
        if name in known or any(each.isinstance_python(name) for each in patterns):
            continue
        if allowed is False:
            hint = close_matches(name, known) if known else "Leave it out."
            yield ValidationError(f"is not known here. {hint}", path=[name])
        else:
            yield from validator.descend(value, allowed, path=name)


def _unique_items(
    validator: Validator, wanted: Any, instance: Any, _: Any
) -> Iterator[ValidationError]:
    if wanted and validator.is_type(instance, "array"):
        seen: dict[Any, int] = {}
        for index, item in enumerate(instance):
            first = seen.setdefault(_key(item), index)
            if first != index:
                yield ValidationError(f"is the same as item {first}", path=[index])


def _key(value: Any) -> Any:
    """Return what is equal for values that JSON takes for equal: 1 and 1.0, not 1 and true."""
    match value:
        case bool():
            return bool, value
        case dict():
            return frozenset((name, _key(each)) for name, each in value.items())
        case list():
            return tuple(map(_key, value))
        case _:
            return value


_OURS = extend(  # type: ignore[no-untyped-call]  # of the library
    Draft202012Validator,
    {
        "$ref": _ref,
        "additionalProperties": _additional_properties,
        "pattern": _pattern,
        "patternProperties": _pattern_properties,
        "properties": _properties,
        "required": _required,
        "uniqueItems": _unique_items,
    },
)


@lru_cache(512)
def _schema(text: bytes) -> dict[str, Any]:
    schema: dict[str, Any] = from_json(text)
    # jsonschema would choose its own validator by `$schema`, and resolve against `$id`
    return {key: part for key, part in schema.items() if key not in ("$schema", "$id")}


def validator(text: bytes) -> Any:
    """Make what checks one value against the schema that is written in `text`."""
    return _OURS(_schema(text), format_checker=_Counted())
