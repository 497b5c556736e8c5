"""Prices by name, by date, by length of the prompt."""

import json
from datetime import date
from importlib.resources import files

import pytest

from nodes.models import price_of
from nodes.usage import Price, Usage


def usage(prompt: int, completion: int = 0) -> Usage:
    return Usage(promptTokens=prompt, completionTokens=completion, totalTokens=prompt + completion)


@pytest.mark.parametrize(
    ("name", "dollars"),
    [
        ("google_genai:gemini-2.5-flash", 0.30),
        ("google_genai:gemini-2.5-flash-lite", 0.10),
        ("google_vertexai:gemini-2.5-flash-lite", 0.10),
        ("google_genai:gemini-2.5-flash-lite-preview-09-2025", 0.10),
        ("google_genai:gemini-2.5-flash-001", 0.30),
        ("google_genai:gemini-2.5-pro-preview-05-20", 1.25),
        ("openai:gpt-5-2025-08-07", 1.25),
        ("openai:gpt-5-mini", 0.25),
        ("anthropic:claude-haiku-4-5@20251001", 1.0),
        ("anthropic:claude-sonnet-4-6", 3.0),
        ("offline", 0.0),
    ],
)
def test_a_model_has_the_price_of_the_longest_name_of_which_it_is_a_version(
    name: str, dollars: float
):
    price = price_of(name)

    assert price is not None
    assert price.input == dollars


@pytest.mark.parametrize(
    "name",
    [
        "openai:gpt-5-pro",
        "openai:gpt-5-12",
        "openai:gpt-4o-audio-preview",
        "google_genai:gemini-2.5-flash-image",
        "google_genai:gemini-2.5-flashy",
        "openai:",
        "openai:gemini-2.5-flash",
        "ollama:llama3",
    ],
)
def test_another_model_than_those_listed_has_no_known_price(name: str):
    assert price_of(name) is None


def test_a_price_holds_until_the_day_of_the_next():
    name = "google_genai:gemini-3.6-flash"

    assert price_of(name, date(2026, 12, 31)) == Price(input=0.75, cached=0.075, output=3.75)
    assert price_of(name, date(2027, 1, 1)) == Price(input=1.5, cached=0.15, output=7.5)


def test_a_long_prompt_raises_the_price_of_all_tokens():
    price = price_of("google_genai:gemini-2.5-pro")
    assert price is not None

    at_the_threshold = price.cost(usage(200_000, 1000), cached=100_000)
    above_it = price.cost(usage(200_001, 1000), cached=100_000)

    assert at_the_threshold == pytest.approx((100_000 * 1.25 + 100_000 * 0.125 + 10_000) / 1e6)
    assert above_it == pytest.approx((100_001 * 2.5 + 100_000 * 0.25 + 15_000) / 1e6)


def test_the_table_says_where_its_prices_are_from_and_each_is_whole():
    table = json.loads(files("nodes.models").joinpath("prices.json").read_text("utf-8"))

    assert table["source"]
    assert date.fromisoformat(table["date"]) > date(2026, 1, 1)
    for provider, models in table["models"].items():
        for model, rows in models.items():
            assert "from" not in rows[0], model
            price = price_of(f"{provider}:{model}")
            assert price is not None
            assert 0 < (price.cached or 0) < price.input < price.output
