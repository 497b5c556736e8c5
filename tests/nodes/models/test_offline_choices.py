"""What the offline model decides when its answer has to fit a schema."""

import json
from typing import Any

import pytest

from graphs.delegation import answer_schema
from nodes.models.offline import OfflineChatModel

NOTES = (
    "The old town is best on foot, but its hills are steep. Tram 28 is crowded after ten. "
    "Trains to Sintra leave Rossio station every half hour."
)


def filled(schema: dict[str, Any], asked: str) -> Any:
    return json.loads(OfflineChatModel().invoke(asked, response_schema=schema).text)


VERDICT = {
    "type": "object",
    "required": ["approved", "points"],
    "properties": {
        "approved": {"type": "boolean"},
        "points": {"type": "array", "items": {"type": "string"}},
    },
}


def test_a_verdict_is_what_the_review_finds():
    asked = f"Review this draft.\n\nSource: {NOTES}\n\nDraft: "

    assert filled(VERDICT, asked + NOTES) == {"approved": True, "points": []}
    assert filled(VERDICT, asked + "Tram 29 is fast and red.") == {
        "approved": False,
        "points": ["Not in what was given: 29"],
    }
    assert filled(VERDICT, "Is the tram approved?")["approved"] is True


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("The app crashes when I open it.", "technical"),
        ("I was charged twice.", "billing"),
        ("Where is your shop?", "general"),
        ("خصم المبلغ مرتين", "billing"),
    ],
)
def test_an_option_is_chosen_by_what_the_schema_says_of_it(message: str, kind: str):
    about = "billing: charged, refunds, المبلغ; technical: crashes, errors; general: all else"
    schema = {"properties": {"kind": {"enum": ["general", "billing", "technical"]}}}
    schema["properties"]["kind"]["description"] = about  # type: ignore[assignment]

    assert filled(schema, f"Classify this message.\n\nMessage: {message}") == {"kind": kind}


SUBS = {
    "weather": "the weather of a city",
    "poems": "poems and songs",
    "money": "prices and budgets",
}


def test_a_master_chooses_who_meets_the_request_and_then_nobody():
    asked = "What are the prices in Rome, and how is the weather?"

    first = filled(answer_schema(SUBS, []), asked)
    then = filled(answer_schema(SUBS, [{"name": "weather", "output": "Sunny."}]), asked)

    assert [choice["name"] for choice in first["subAgents"]] == ["weather", "money"]
    assert [choice["input"] for choice in first["subAgents"]] == [asked, asked]
    assert then == {"subAgents": []}


def test_a_master_chooses_somebody_at_first():
    assert len(filled(answer_schema(SUBS, []), "Hello")["subAgents"]) == 1
