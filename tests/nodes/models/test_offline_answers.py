"""The offline model says what it always said, and nothing of its own."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from nodes.models.offline import OfflineChatModel
from tests.nodes.models.grounded import is_grounded, squeezed, visible

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.json"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_the_answer_is_the_golden_one(path: Path):
    case = json.loads(path.read_text("utf-8"))

    answer = OfflineChatModel().invoke([SystemMessage(case["system"]), HumanMessage(case["asked"])])

    assert answer.text.split("\n") == case["answer"]
    assert answer.response_metadata["skill"] == case["skill"]


VOCABULARY = (
    "tram museum ferry food Lisbon price fell 28 percent 1,500 the of and not opens closes "
    "المتاحف الطعام ولشبونة في سوق وقت 90 يورو تكلف 🎉 \u200fنص"
)
WORDS = st.sampled_from(VOCABULARY.split())
SENTENCES = st.builds(
    lambda words, end: " ".join(words) + end,
    st.lists(WORDS, min_size=1, max_size=9),
    st.sampled_from([".", "!", "؟", ":", ""]),
)
TEXTS = st.lists(SENTENCES, min_size=1, max_size=8).map(" ".join) | st.lists(
    SENTENCES, max_size=5
).map("\n- ".join)
TRIPS = st.fixed_dictionaries(
    {},
    optional={
        "destination": st.sampled_from(["Lisbon", "لشبونة", "São Tomé"]),
        "days": st.integers(0, 60),
        "budget": st.sampled_from([1500, "1,500 EUR", "$99", "1000 يورو", "much"]),
        "travellers": st.integers(0, 9),
        "interests": st.lists(WORDS, max_size=12) | st.just("food, trams and the sea"),
        "startDate": st.just("2027-03-01"),
        "end_date": st.sampled_from(["2027-03-04", "2027-01-01"]),
        "categories": st.lists(WORDS, min_size=1, max_size=3, unique=True),
        "notes": TEXTS,
        "sub": st.lists(
            TEXTS | st.fixed_dictionaries({"name": WORDS, "output": TEXTS}), max_size=3
        ),
        "input": SENTENCES,
    },
)
ASKED = (
    "|Plan a trip: |Summarise:\n|Flights: |Budget for:\n|Merge:\n|Write:\n|Review:\n|Keywords: "
    "|Extract figures:\n|Translate: |Polish:\n|Research:\n|Hotels: |What opens when?\n|Outline: "
    "|خطط لرحلة:\n|لخص:\n|الميزانية: |راجع:\n|ادمج:\n"
)
ASKS = st.sampled_from(ASKED.split("|"))


@given(ASKS, TRIPS | TEXTS, TEXTS)
@settings(max_examples=400, deadline=None)
def test_every_line_is_from_the_input_or_a_frame(ask: str, data: dict | str, before: str):
    shown = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    given_text = squeezed(" ".join([ask, *visible(data), before]))

    answer = OfflineChatModel().invoke([AIMessage(before), HumanMessage(ask + shown)]).text

    assert answer.strip()
    for line in answer.split("\n"):
        assert is_grounded(line, given_text), line


@given(st.text(max_size=300), st.text(max_size=50))
@settings(max_examples=150, deadline=None)
def test_no_input_is_without_an_answer(asked: str, system: str):
    assert OfflineChatModel().invoke([SystemMessage(system), HumanMessage(asked)]).text.strip()
