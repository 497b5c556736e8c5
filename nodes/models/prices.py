"""What models cost: the table `prices.json`, and how a model's name is found in it."""

import json
import re
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any, Final

from nodes.usage import Price

FREE: Final = Price(input=0.0, output=0.0, cached=0.0)
SAME_PRICES: Final = {"google_vertexai": "google_genai"}  # another door to the same models

# What may follow a name in the table without naming another model: a date, a number, a stage.
# `gpt-5-pro` is not a version of `gpt-5`, and costs twelve times as much.
VERSION: Final = re.compile(r"([-@](latest|exp|preview|\d{3,}|\d{4}-\d\d-\d\d|\d\d-\d\d(\d\d)?))+")


def price_of(name: str, day: date | None = None) -> Price | None:
    """The price of `provider:model` on `day` (today); None where it is not known.

    >>> price_of("google_genai:gemini-2.5-flash-lite-preview-09-2025")
    Price(input=0.1, output=0.4, cached=0.01, threshold=None, above=None)
    """
    provider, _, model = name.partition(":")
    if provider == "offline":
        return FREE
    table = _table().get(SAME_PRICES.get(provider, provider), {})
    rows = table.get(model) or table.get(_without_version(model, table))
    if rows is None:
        return None
    today = (day or datetime.now(UTC).date()).isoformat()
    return _price([row for row in rows if row.get("from", "") <= today][-1])


def priced(provider: str) -> list[str]:
    """The names of a provider's models whose prices are known."""
    return sorted(_table().get(provider, {}))


def _without_version(model: str, table: dict[str, Any]) -> str:
    """The longest name in `table` of which `model` is a version; "" where there is none."""
    names = [name for name in table if model.startswith(name)]
    name = max(names, key=len, default="")
    return name if VERSION.fullmatch(model.removeprefix(name)) else ""


def _price(row: dict[str, Any]) -> Price:
    above = row.get("above")
    return Price(
        input=row["input"],
        output=row["output"],
        cached=row["cached"],
        threshold=above["tokens"] if above else None,
        above=_price(above) if above else None,
    )


@cache
def _table() -> dict[str, dict[str, Any]]:
    table = json.loads(Path(__file__).with_name("prices.json").read_text("utf-8"))
    models: dict[str, dict[str, Any]] = table["models"]
    return models
