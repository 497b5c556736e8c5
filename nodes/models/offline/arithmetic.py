"""Arithmetic as it is shown, and how it is known again and checked."""

# ruff: noqa: RUF001, RUF002  the minus sign is meant

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from nodes.models.offline.facts import number

_CENT = Decimal("0.01")
_RESULT = r"\d+(?:\.\d+)?"
ARITHMETIC = re.compile(
    rf"(?P<total>[\d.,]+) ÷ \(?(?P<parts>\d+(?: × \d+)*)\)? [=≈] (?P<share>{_RESULT})"
    rf"|(?P<price>[\d.,]+) × (?P<count>\d+) = (?P<product>{_RESULT})"
    rf"|(?P<terms>{_RESULT}(?: \+ {_RESULT})+) = (?P<sum>{_RESULT})"
    rf"|(?P<whole>[\d.,]+) − (?P<taken>{_RESULT}) = (?P<left>-?{_RESULT})"
)


def plain(value: Decimal) -> str:
    """The number without a tail of zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def share(total: Decimal, *parts: int) -> str:
    """`1500 ÷ 5 = 300`, rounded to cents; "≈" where something was rounded away."""
    divisor = 1
    for part in parts:
        divisor *= part
    exact = total / divisor
    rounded = exact.quantize(_CENT, ROUND_HALF_UP)
    by = " × ".join(map(str, parts))
    by = f"({by})" if len(parts) > 1 else by
    sign = "=" if rounded == exact else "≈"
    return f"{plain(total)} ÷ {by} {sign} {plain(rounded)}"


def product(price: Decimal, count: int) -> str:
    """`110 × 3 = 330`."""
    return f"{plain(price)} × {count} = {plain(price * count)}"


def addition(terms: Sequence[Decimal]) -> str:
    """`640 + 330 = 970`."""
    return f"{' + '.join(map(plain, terms))} = {plain(sum(terms, Decimal(0)))}"


def rest(whole: Decimal, taken: Decimal) -> str:
    """`1800 − 970 = 830`."""
    return f"{plain(whole)} − {plain(taken)} = {plain(whole - taken)}"


def wrong(text: str) -> list[str]:
    """Arithmetic that gives something else; what is too broken to compute is left alone."""
    return [match.group() for match in ARITHMETIC.finditer(text) if not _holds(match)]


def _holds(match: re.Match[str]) -> bool:
    if match["terms"]:
        return sum(map(Decimal, match["terms"].split(" + "))) == Decimal(match["sum"])
    first = number(match["total"] or match["price"] or match["whole"])
    if first is None:
        return True
    if match["price"]:
        return first * int(match["count"]) == Decimal(match["product"])
    if match["whole"]:
        return first - Decimal(match["taken"]) == Decimal(match["left"])
    parts = [int(part) for part in match["parts"].split(" × ")]
    return 0 in parts or Decimal(share(first, *parts).split(" ")[-1]) == Decimal(match["share"])
