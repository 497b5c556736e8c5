"""A master that selects: what it is asked, and what its answer may be."""

from typing import Any

import pytest

from graphs import Catalog, Coordinator
from graphs.delegation import MOST_CHOICES, answer_schema, read_choices
from nodes.errors import InvalidOutputError

SELECT = {
    "delegation": "select",
    "master": {"name": "content"},
    "subAgents": [
        {"agent": "content", "method": "keywords", "name": "keywords"},
        {"agent": "content", "method": "figures", "name": "figures"},
        {"steps": [{"agent": "content", "method": "summarise"}], "name": "summary"},
    ],
}


async def test_a_model_chooses_who_works_and_stops_when_all_is_there():
    coordinator = Coordinator(Catalog.load())

    result = await coordinator.execute(
        SELECT, "List the keywords and the figures: solar grew 31 percent. Prices fell by half."
    )

    assert result.success, result
    assert {sub.name for sub in result.sub_results} >= {"keywords", "figures"}
    assert {sub.round for sub in result.sub_results} == {1}
    assert result.master_result is not None
    assert result.master_result.output == {"subAgents": []}


def test_the_master_is_told_who_there_is_and_what_they_gave():
    schema = answer_schema(
        {"writer": "Writes", "editor": ""},
        [{"name": "writer", "output": "مسودة"}, {"name": "editor", "error": "broken"}],
    )

    assert "- writer: Writes\n- editor" in schema["description"]
    assert "- writer: مسودة\n- editor: broken" in schema["description"]
    choice = schema["properties"]["subAgents"]["items"]["properties"]["name"]
    assert choice["enum"] == ["writer", "editor"]


@pytest.mark.parametrize(
    "answer",
    [
        {"subAgents": [{"name": "a", "input": 5}, {"name": "b"}]},
        [{"name": "a", "input": 5}, "b"],
        {"subAgents": [{"name": "a", "input": 5}, {"name": "b", "input": None}]},
    ],
)
def test_choices_may_be_written_short(answer: Any):
    one, two = read_choices(answer, ["a", "b"])

    assert (one.name, one.input, one.has_input) == ("a", 5, True)
    assert (two.name, two.has_input) == ("b", False)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("a", "did not say who is to work"),
        ({"agents": []}, "did not say who is to work"),
        (["c"], "chose 'c', which is none of its sub-agents"),
        ([{"input": 1}], "chose None"),
        ([["a"]], "none of its sub-agents"),
        (["a"] * (MOST_CHOICES + 1), f"{MOST_CHOICES} is most"),
    ],
)
def test_what_is_no_choice_is_refused(answer: Any, words: str):
    with pytest.raises(InvalidOutputError, match=words):
        read_choices(answer, ["a", "b"])
