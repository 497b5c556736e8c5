"""Reads a JSON Schema: follows references, decides between branches, brings values into bounds."""

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

Schema = Mapping[str, Any]
Json = Any  # what a schema describes: user data

DEEP = 5  # levels below which only what is required is filled, so that recursion ends
_PAD = "…"
_KEYWORDS = {
    "properties": "object", "required": "object", "additionalProperties": "object",
    "items": "array", "prefixItems": "array", "minItems": "array", "maxItems": "array",
    "minimum": "number", "maximum": "number", "multipleOf": "number",
    "exclusiveMinimum": "number", "exclusiveMaximum": "number",
}  # fmt: skip
_TIGHTER = {
    "minimum": max, "exclusiveMinimum": max, "minLength": max, "minItems": max,
    "maximum": min, "exclusiveMaximum": min, "maxLength": min, "maxItems": min,
}  # fmt: skip


def kind(schema: Schema) -> str:
    """The type of `schema`: the first said that is not null, or what its keywords tell."""
    said = schema.get("type")
    if isinstance(said, list):
        return next((one for one in said if one != "null"), "null")
    return said or next((kind for word, kind in _KEYWORDS.items() if word in schema), "string")


def resolve(schema: Schema | bool, root: Schema, depth: int = 0) -> dict[str, Any]:  # noqa: FBT001  JSON Schema allows a boolean
    """`schema` with its references followed, its parts joined and its branches decided."""
    found = {} if isinstance(schema, bool) else dict(schema)
    followed: set[str] = set()
    while "$ref" in found:
        reference = found.pop("$ref")
        if reference not in followed:
            found = {**_at(reference, root), **found}
        followed.add(reference)
    for part in found.pop("allOf", ()):
        found = _both(found, resolve(part, root, depth))
    for word in ("anyOf", "oneOf"):
        branches = found.pop(word, ())
        if branches:
            found = _both(found, resolve(_branch(branches, root, depth), root, depth))
    return found


def _at(reference: str, root: Schema) -> Schema:
    """The part of `root` that a local reference names; anything goes where there is none."""
    place: Any = root
    for step in filter(None, reference.removeprefix("#").split("/")):
        key = step.replace("~1", "/").replace("~0", "~")
        place = place.get(key, {}) if isinstance(place, Mapping) else {}
    return place if isinstance(place, Mapping) else {}


def _branch(branches: list[Schema | bool], root: Schema, depth: int) -> Schema | bool:
    """The first branch that is not null; deep down the simplest."""

    def rank(branch: Schema | bool) -> tuple[bool, bool]:  # noqa: FBT001  as above
        shallow = {} if isinstance(branch, bool) else branch
        if "$ref" in shallow:
            shallow = _at(shallow["$ref"], root)
        nested = kind(shallow) in ("object", "array")
        is_null = kind(shallow) == "null" and "const" not in shallow
        return (nested, not is_null) if depth >= DEEP else (is_null, False)

    return min(branches, key=rank)


def _both(left: dict[str, Any], right: dict[str, Any]) -> dict[str, Any]:
    """A schema that asks for what both ask for."""
    joined = {**left, **right}
    for word in left.keys() & right.keys():
        if word == "properties":
            joined[word] = {**left[word], **right[word]}
        elif word == "required":
            joined[word] = list(dict.fromkeys([*left[word], *right[word]]))
        elif word == "enum":
            joined[word] = [option for option in left[word] if option in right[word]]
        elif word in _TIGHTER:
            joined[word] = _TIGHTER[word](left[word], right[word])
    return joined


def fitted(schema: Schema, text: str, offered: str) -> str:
    """`text` as `schema` wants it: cut, padded, or what of `offered` meets its pattern."""
    pattern = schema.get("pattern")
    if pattern and not re.search(pattern, text):
        text = next((word for word in offered.split() if re.search(pattern, word)), text)
    text = text[: schema.get("maxLength")]
    return text.ljust(schema.get("minLength", 0), _PAD)


def within(schema: Schema, value: float, *, whole: bool) -> int | float:
    """The number nearest to `value` that `schema` allows."""
    low, open_low = _bound(schema, "minimum", "exclusiveMinimum", max)
    high, open_high = _bound(schema, "maximum", "exclusiveMaximum", min)
    step = Fraction(str(schema.get("multipleOf", 0)))
    if whole:
        step = Fraction(step.numerator or 1)
    found = Fraction(str(value))
    if step:
        found = _on_grid(found, step, (low, open_low), (high, open_high))
    else:
        found = _between(found, (low, open_low), (high, open_high))
    return int(found) if found.denominator == 1 else float(found)


Bound = tuple[Fraction | None, bool]  # where, and whether it is itself excluded


def _bound(schema: Schema, closed: str, opened: str, tighter: Any) -> Bound:
    bounds = [
        (Fraction(str(schema[word])), word == opened)
        for word in (closed, opened)
        if isinstance(schema.get(word), int | float) and not isinstance(schema[word], bool)
    ]
    if not bounds:
        return None, False
    place = tighter(bound for bound, _ in bounds)
    return place, (place, True) in bounds


def _on_grid(found: Fraction, step: Fraction, low: Bound, high: Bound) -> Fraction:
    count = round(found / step)
    for (place, is_open), sign in ((high, -1), (low, 1)):
        if place is not None:
            edge = sign * math.ceil(sign * place / step)
            if is_open and edge * step == place:
                edge += sign
            count = max(count, edge) if sign > 0 else min(count, edge)
    return count * step


def _between(found: Fraction, low: Bound, high: Bound) -> Fraction:
    (bottom, open_bottom), (top, open_top) = low, high
    if bottom is not None and (found < bottom or (open_bottom and found == bottom)):
        inside = bottom + 1 if top is None else (bottom + top) / 2
        found = inside if open_bottom else bottom
    if top is not None and (found > top or (open_top and found == top)):
        inside = top - 1 if bottom is None else (bottom + top) / 2
        found = inside if open_top else top
    return found
