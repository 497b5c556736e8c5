"""Tool calls and structured output of the offline model."""

import json
from collections.abc import Sequence
from typing import Any, Literal

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import (
    AIMessage,
    AIMessageChunk,
    BaseMessage,
    HumanMessage,
    ToolMessage,
)
from langchain_core.tools import tool
from pydantic import BaseModel

from nodes.models.offline import OfflineChatModel

TRIP = {"destination": "Lisbon", "days": 5, "budget": "1500 EUR", "interests": ["food", "museums"]}
ASKED = json.dumps(TRIP)


@tool
def weather(city: str) -> str:
    """Tell the weather of a city."""
    return f"It is sunny in {city}."


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def filled(schema: dict[str, Any], asked: str = ASKED) -> Any:
    """What the model answers for `schema`, valid for it."""
    value = json.loads(OfflineChatModel().bind(response_schema=schema).invoke(asked).text)
    jsonschema.Draft202012Validator(schema).validate(value)
    return value


def test_a_tool_is_called_once_and_then_answered_from():
    model = OfflineChatModel().bind_tools([weather, add])
    messages: list[BaseMessage] = [HumanMessage("What is the weather in the city 'Lisbon'?")]

    first = model.invoke(messages)
    messages += [first, weather.invoke(first.tool_calls[0])]
    second = model.invoke(messages)

    assert first.tool_calls[0]["args"] == {"city": "Lisbon"}
    assert first.response_metadata["finish_reason"] == "tool_calls"
    assert second.tool_calls == []
    assert second.text == "It is sunny in Lisbon."


def test_a_second_question_may_call_again():
    messages = [
        HumanMessage("What is the weather in 'Lisbon'?"),
        AIMessage("", tool_calls=[{"name": "weather", "args": {"city": "Lisbon"}, "id": "1"}]),
        ToolMessage("Sunny.", tool_call_id="1"),
        AIMessage("Sunny."),
        HumanMessage("And the weather in 'Porto'?"),
    ]

    call = OfflineChatModel().bind_tools([weather]).invoke(messages).tool_calls[0]

    assert call["args"] == {"city": "Porto"}


def test_a_tool_result_is_the_answer_even_without_a_common_word():
    messages = [
        HumanMessage("Which sights are open?"),
        AIMessage("", tool_calls=[{"name": "sights", "args": {}, "id": "1"}]),
        ToolMessage("Belém", tool_call_id="1"),
        HumanMessage("What is it?"),
    ]

    assert OfflineChatModel().invoke(messages).text == "Belém"


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        (None, []),
        ("auto", []),
        ("none", []),
        ("any", ["weather"]),
        ("required", ["weather"]),
        (True, ["weather"]),
        ("add", ["add"]),
        ({"type": "function", "function": {"name": "add"}}, ["add"]),
    ],
)
def test_the_choice_of_a_tool_is_obeyed(choice: Any, called: Sequence[str]):
    answer = OfflineChatModel().bind_tools([weather, add], tool_choice=choice).invoke("Hello")

    assert [call["name"] for call in answer.tool_calls] == called


def test_a_choice_of_what_is_not_bound_is_refused():
    model = OfflineChatModel().bind_tools([weather], tool_choice="wether")

    with pytest.raises(ValueError, match=r"'wether' is not bound\. There are: weather"):
        model.invoke("Hello")


def test_loose_numbers_become_arguments_in_their_order():
    call = OfflineChatModel().bind_tools([add], tool_choice="any").invoke("What is 3 + 4?")

    assert call.tool_calls[0]["args"] == {"a": 3, "b": 4}


def test_a_tool_call_streams_as_one_chunk():
    model = OfflineChatModel().bind_tools([weather], tool_choice="any")

    chunks = list(model.stream("Weather in 'لشبونة'"))
    assert isinstance(chunks[-1], AIMessageChunk)

    assert json.loads(chunks[-1].tool_call_chunks[0]["args"] or "") == {"city": "لشبونة"}


class Route(BaseModel):
    """Who works next."""

    next: Literal["researcher", "critic", "FINISH"]


@pytest.mark.parametrize("who", ["researcher", "critic"])
def test_a_supervisor_picks_who_is_spoken_of(who: str):
    model = OfflineChatModel().with_structured_output(Route)

    assert model.invoke(f"The {who} should look at the draft next.") == Route.model_validate(
        {"next": who}
    )


TEAM = {
    "type": "object",
    "required": ["calls"],
    "properties": {
        "calls": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "input"],
                "properties": {
                    "name": {"enum": ["flights", "poetry", "hotels", "budget"]},
                    "input": {"type": "string"},
                },
            },
        }
    },
}


def test_delegation_picks_the_agents_that_the_request_calls_for():
    calls = filled(TEAM, f"Choose who is to work on this:\n{ASKED}")["calls"]

    assert [call["name"] for call in calls] == ["flights", "hotels", "budget"]
    assert [json.loads(call["input"]) for call in calls] == [TRIP] * 3


def test_delegation_passes_on_what_the_user_wished():
    calls = filled(TEAM, json.dumps({"input": "A poem of poetry about rain."}))["calls"]

    assert calls == [{"name": "poetry", "input": "A poem of poetry about rain."}]


def test_delegation_picks_one_agent_at_least():
    assert len(filled(TEAM, "Hello")["calls"]) == 1


def test_delegation_does_not_pick_an_agent_twice():
    before = AIMessage(
        "", tool_calls=[{"name": "team", "args": {"calls": [{"name": "flights"}]}, "id": "1"}]
    )
    model = OfflineChatModel().bind(response_schema=TEAM)

    answer = model.invoke([HumanMessage(ASKED), before, HumanMessage(ASKED)])

    names = [call["name"] for call in json.loads(answer.text)["calls"]]
    assert names == ["hotels", "budget"]


@pytest.mark.parametrize("schema", [{}, {"type": "object"}, True])
def test_without_a_schema_the_facts_and_the_answer_are_the_object(schema: Any):
    value = json.loads(OfflineChatModel().invoke(ASKED, response_schema=schema).text)

    assert value["destination"] == "Lisbon"
    assert value["days"] == 5
    assert value["interests"] == ["food", "museums"]
    assert value["answer"].startswith("**Day by day: Lisbon, 5 days**")


def test_structured_answers_keep_their_script():
    answer = OfflineChatModel().invoke(
        "المدينة: لشبونة", response_schema={"properties": {"city": {"type": "string"}}}
    )

    assert answer.text == '{"city": "لشبونة"}'


NESTED = {
    "$defs": {
        "place": {
            "type": "object",
            "required": ["destination"],
            "properties": {
                "destination": {"type": "string"},
                "days": {"type": "integer", "minimum": 1},
                "inside": {"$ref": "#/$defs/place"},
            },
        },
        "tree": {
            "type": "object",
            "required": ["children", "parent"],
            "properties": {
                "children": {"type": "array", "items": {"$ref": "#/$defs/tree"}},
                "parent": {"anyOf": [{"$ref": "#/$defs/tree"}, {"type": "null"}]},
            },
        },
    }
}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"properties": {"what": {"type": "string"}}}, {"what": "Lisbon"}),
        ({"type": "null"}, None),
        ({"type": "boolean"}, True),
        ({"type": "boolean", "default": False}, False),
        ({"const": 7}, 7),
        ({"enum": ["poetry", "food"]}, "food"),
        ({"type": ["null", "integer"], "minimum": 3}, 3),
        ({"properties": {"days": {"type": "integer"}}}, {"days": 5}),
        ({"properties": {"days": {"type": "integer", "maximum": 3}}}, {"days": 3}),
        ({"properties": {"trip_days": {"type": "integer", "default": 9}}}, {"trip_days": 9}),
        ({"properties": {"note": {"type": "string", "default": "none"}}}, {"note": "none"}),
        ({"properties": {"title": {"type": "string"}}}, {"title": "Lisbon, 5 days"}),
        ({"properties": {"interests": {"type": "array"}}}, {"interests": ["food", "museums"]}),
        ({"properties": {"currency": {"enum": ["USD", "EUR"]}}}, {"currency": "EUR"}),
        ({"properties": {"gone": {"type": "string"}}, "required": []}, {}),
        ({"required": ["days"]}, {"days": "5"}),
        ({"items": {"enum": ["museums", "poetry", "food"]}}, ["museums", "food"]),
        ({"items": {"enum": ["poetry", "food"]}, "minItems": 2}, ["poetry", "food"]),
        ({"items": {"enum": ["museums", "food"]}, "maxItems": 1}, ["museums"]),
        ({"items": {"type": "integer"}, "minItems": 3}, [0, 1, 2]),
        ({"items": {"type": "boolean"}, "minItems": 2}, [True, True]),
        ({"items": {"type": "string"}, "minItems": 2, "maxItems": 2}, ["destination", "Lisbon"]),
        (
            {"properties": {"days": {"items": {"type": "string"}, "minItems": 2}}},
            {"days": ["5", "5 2"]},
        ),
        ({"items": {"const": "x"}, "minItems": 2}, ["x", "x"]),
        ({"prefixItems": [{"type": "integer"}], "items": False}, [0]),
        ({"properties": {"x": {"type": "string", "minLength": 9}}}, {"x": "Lisbon………"}),
        ({"type": "string", "maxLength": 12}, "**Day by day"),
        (
            {
                "allOf": [
                    {"type": "integer", "minimum": 2},
                    {"type": "integer", "minimum": 4, "maximum": 9},
                    {"maximum": 6},
                ]
            },
            4,
        ),
        ({"type": "number", "exclusiveMaximum": 0}, -1),
        ({"type": "number", "exclusiveMaximum": 0, "minimum": -3}, -1.5),
        ({"oneOf": [{"type": "null"}, {"type": "number", "exclusiveMinimum": 0}]}, 1),
        ({"$ref": "#/$defs/n", "$defs": {"n": {"type": "integer"}}}, 0),
        ({"anyOf": [True, {"type": "null"}]}, None),
    ],
)
def test_a_schema_is_filled(schema: dict[str, Any], expected: Any):
    value = filled(schema)

    if schema.get("anyOf"):
        assert isinstance(value, dict)
    else:
        assert value == expected


def test_optional_properties_are_filled_where_the_request_speaks_of_them():
    value = filled({"$ref": "#/$defs/place", **NESTED})

    assert value == {"destination": "Lisbon", "days": 5}


def test_recursive_schemas_end():
    assert filled({"$ref": "#/$defs/tree", **NESTED})["children"]


def test_combined_schemas_ask_for_all_they_name():
    schema = {
        "type": "object",
        "properties": {"days": {"type": "integer"}},
        "required": ["days"],
        "allOf": [
            {"properties": {"destination": {"type": "string"}}, "required": ["destination"]},
            {"enum": [{"days": 5, "destination": "Lisbon"}]},
            {"enum": [{"days": 5, "destination": "Lisbon"}, {}]},
        ],
    }

    assert filled(schema) == {"days": 5, "destination": "Lisbon"}


@pytest.mark.parametrize("reference", ["#/$defs/none", "#/$defs/odd/deeper", "#/title"])
def test_a_reference_to_nothing_allows_anything(reference: str):
    schema = {"title": "T", "$defs": {"odd": 3}, "properties": {"days": {"$ref": reference}}}

    answer = OfflineChatModel().invoke(ASKED, response_schema=schema)

    assert json.loads(answer.text) == {"days": "5"}


def test_a_reference_to_itself_ends():
    schema = {"$defs": {"a": {"$ref": "#/$defs/a"}}, "properties": {"x": {"$ref": "#/$defs/a"}}}

    assert json.loads(OfflineChatModel().invoke(ASKED, response_schema=schema).text)["x"]


def test_a_pattern_is_met_by_a_word_of_the_request():
    schema = {"properties": {"year": {"type": "string", "pattern": r"^\d{4}$"}}}

    assert filled(schema, "The fair of 2027 in Porto") == {"year": "2027"}


@pytest.mark.parametrize("name", ["summary", "reason"])
def test_texts_are_cut_from_the_sources(name: str):
    text = "The tile museum closes on Mondays. The ferry takes ten minutes. The castle is steep."

    value = filled({"properties": {name: {"type": "string"}}}, f"Summarise:\n{text}")

    assert all(sentence in text for sentence in value[name].split(". "))


def test_numbers_are_found_beside_their_name():
    schema = {"properties": {"rooms": {"type": "integer"}, "score": {"type": "number"}}}

    assert filled(schema, "Book rooms: 2, with a score of 8.5") == {"rooms": 2, "score": 8.5}


VALUES = st.text(max_size=5) | st.integers(-50, 50)


def sized(kind: str, least: str, most: str, **more: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas of `kind` with a lower and an upper limit some way above it."""
    limits = st.tuples(st.integers(0, 20), st.integers(3, 9), st.fixed_dictionaries(more))
    return limits.map(lambda made: {"type": kind, least: made[0], most: sum(made[:2]), **made[2]})


def objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Schemas of objects that require some of their properties."""
    properties = st.dictionaries(st.sampled_from(["days", "name", "a", "b"]), inner)
    return st.tuples(properties, st.integers(0, 4)).map(
        lambda made: {
            "type": "object",
            "properties": made[0],
            "required": sorted(made[0])[: made[1]],
        }
    )


SCHEMAS = st.recursive(
    st.sampled_from([{"type": kind} for kind in ("string", "integer", "boolean", "null")])
    | sized("string", "minLength", "maxLength")
    | sized("integer", "minimum", "maximum", multipleOf=st.sampled_from([1, 3]))
    | sized("number", "exclusiveMinimum", "exclusiveMaximum")
    | sized("number", "minimum", "exclusiveMaximum", multipleOf=st.sampled_from([0.5, 0.25, 2]))
    | st.builds(lambda low: {"type": "number", "exclusiveMinimum": low}, st.integers(-9, 9))
    | st.builds(lambda high: {"type": "number", "exclusiveMaximum": high}, st.integers(-9, 9))
    | st.builds(lambda high: {"type": "integer", "maximum": high}, st.integers(-9, 9))
    | st.builds(lambda value: {"const": value}, VALUES | st.none())
    | st.builds(lambda options: {"enum": options}, st.lists(VALUES, min_size=1, max_size=4)),
    lambda inner: (
        objects(inner)
        | sized("array", "minItems", "maxItems", items=inner)
        | st.builds(lambda parts: {"anyOf": parts}, st.lists(inner, min_size=1, max_size=3))
    ),
    max_leaves=6,
)
ASKS = ["Hello", "", ASKED, "خطط لرحلة إلى لشبونة لمدة 3 أيام", "no 1 2 -3.5 “four”"]


@given(SCHEMAS, st.sampled_from(ASKS))
@settings(max_examples=300, deadline=None)
def test_whatever_is_filled_is_valid(schema: dict[str, Any], asked: str):
    filled(schema, asked)
