"""Tells whether what the offline model says stands in its input, or is a frame or a count."""

import re
from collections.abc import Iterator
from decimal import Decimal

from nodes.models.offline.arithmetic import ARITHMETIC, wrong
from nodes.models.offline.frames import FRAMES, LABELS, day_count, night_count, unmarked


def visible(value: object) -> Iterator[str]:
    """Everything in an input that a reader sees, JSON taken apart."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from visible(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from visible(inner)
    else:
        yield str(value)


def squeezed(text: str) -> str:
    return " ".join(text.split())


def is_counted(text: str) -> bool:
    """A count, a length of time, or arithmetic that holds."""
    shown = ARITHMETIC.match(text)
    if shown and not shown["total"]:
        return not wrong(shown.group()) and len(text[shown.end() :].split()) <= 1
    division = re.match(r"([\d.]+) ÷ \(?(\d+)(?: × (\d+))?\)? [=≈] ([\d.]+)(?: \S+)*$", text)
    if division:
        total, one, other, result = (Decimal(part or 1) for part in division.groups())
        return abs(total / one / other - result) <= Decimal("0.005")
    lengths = {
        count(n, language)
        for count in (day_count, night_count)
        for n in range(1, 1000)
        for language in LABELS
    }
    return text.isdecimal() or text in lengths


def is_grounded(text: str, given: str) -> bool:
    """`text` is copied from `given`, counted, or a frame around such."""
    text = squeezed(unmarked(text))
    labels = {label for named in LABELS.values() for label in named.values()}
    if text.rstrip("…") in given or is_counted(text) or not text or text in labels:
        return True
    framed = (frame.slots(text) for frame in FRAMES.values())
    if any(
        all(is_grounded(slot, given) for slot in slots) for slots in framed if slots is not None
    ):
        return True
    parts = re.split(r"[,،;؛]\s|(?<=[.!?؟])\s", text)
    if len(parts) == 1 and re.fullmatch(r"[\d.,]+ [^\W\d]+", text):
        parts = text.split()  # an amount and its currency
    return len(parts) > 1 and all(is_grounded(part, given) for part in parts)
