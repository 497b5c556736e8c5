"""Prompts are checked where they are defined, and filled in without harm to what is filled in."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from nodes.errors import InvalidValueError
from nodes.prompt import LONGEST_TEMPLATE, Prompt


def test_the_whole_input_and_its_fields_are_filled_in():
    prompt = Prompt("Plan {{days}} days in {{trip.city}}. All: {{input}}")

    text = prompt.render({"days": 3, "trip": {"city": "Lisbon"}})

    assert text == 'Plan 3 days in Lisbon. All: {"days": 3, "trip": {"city": "Lisbon"}}'


@pytest.mark.parametrize(
    "text",
    [
        "خطة سفر إلى القاهرة",
        "\u202bמסע\u202c",
        "👩‍👩‍👧 🌍",
        '<b>"Tom & Jerry"</b>',
        "a\u0301 %s {x}",
    ],
)
def test_a_text_passes_through_unharmed(text):
    rendered = [
        Prompt("{{input}}").render(text),
        Prompt("{{{input}}}").render(text),
        Prompt("{{&input}}").render(text),
        Prompt("{{city}}").render({"city": text}),
    ]

    assert rendered == [text] * 4


def test_what_is_not_text_is_written_as_json():
    value = {"a": True, "n": None, "f": 1.5, "i": 10**20, "l": ["é", None], "o": {"ك": 1}}

    text = Prompt("{{a}}|{{n}}|{{f}}|{{i}}|{{l}}|{{o}}").render(value)

    assert text == 'true||1.5|100000000000000000000|["é", null]|{"ك": 1}'


def test_a_text_that_looks_like_json_stays_a_text():
    with pytest.raises(InvalidValueError, match="needs 'city', but its input is text"):
        Prompt("{{city}}").render(json.dumps({"city": "Rome"}))


def test_a_template_in_the_input_is_not_filled_in():
    assert Prompt("{{a}}").render({"a": "{{b}}", "b": "secret"}) == "{{b}}"


def test_a_field_called_input_does_not_hide_the_whole_input():
    assert Prompt("{{input}} {{input.input}}").render({"input": 1}) == '{"input": 1} 1'


def test_needs_are_the_variables_outside_of_sections():
    prompt = Prompt("{{a}} {{b.c}} {{input}} {{input.d}} {{.}} {{#s}}{{x}}{{/s}}{{^t}}{{y}}{{/t}}")

    assert prompt.needs == {"a", "b.c", "d"}


def test_everything_missing_is_named_with_what_there_is():
    prompt = Prompt("{{destination}} {{trip.days}} {{name.first}}")

    with pytest.raises(InvalidValueError) as caught:
        prompt.render({"destinatoin": "Rome", "trip": {"day": 3}, "name": "Ann"})

    assert str(caught.value) == (
        "The prompt needs 'destination', 'name.first', 'trip.days', which its input does not have. "
        "'destination': Did you mean 'destinatoin'? 'name.first': 'name' is no object. "
        "'trip.days': Did you mean 'trip.day'?"
    )


@pytest.mark.parametrize(("value", "kind"), [(None, "null"), (5, "5"), ([1], "[1]"), ("", "text")])
def test_an_input_without_fields_is_told_so(value, kind):
    with pytest.raises(InvalidValueError, match="needs 'city', but its input is") as caught:
        Prompt("{{city}}").render(value)

    assert f"its input is {kind}. Give it an object" in str(caught.value)


def test_items_of_a_list_are_named_by_their_number():
    prompt = Prompt("{{input.0.name}} {{legs.1}}")

    assert Prompt("{{input.0.name}}").render([{"name": "a"}]) == "a"
    assert prompt.needs == {"0.name", "legs.1"}
    with pytest.raises(InvalidValueError, match=r"'legs.2': 'legs' is no object"):
        Prompt("{{legs.2}}").render({"legs": [1, 2]})


def test_sections_repeat_for_lists_and_hold_for_what_is_there():
    prompt = Prompt(
        "Legs:\n{{#legs}}\n- {{city}} ({{.}}) of {{name}}\n{{/legs}}\n"
        "{{#trip}}{{days}} days{{/trip}}{{^none}}, no more{{/none}}{{#none}}never{{/none}}"
        "{{^legs}}never{{/legs}}{{#empty}}never{{/empty}}{{! a comment }}"
    )

    text = prompt.render({"name": "N", "legs": [{"city": "A"}], "trip": {"days": 2}, "empty": []})

    assert text == 'Legs:\n- A ({"city": "A"}) of N\n2 days, no more'


def test_what_a_section_lacks_is_left_empty():
    assert Prompt("{{#a}}[{{b.c}}{{d}}]{{/a}}").render({"a": True}) == "[]"


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        ("", "cannot be empty"),
        (" \n", "cannot be empty"),
        ("Hello\n {{name", r"'\{\{' \(line 2, column 2\) has no '\}\}'"),
        ("Hello {{", r"has no '\}\}'"),
        ("{{#a}}\n{{#b}}{{/b}}", r"'\{\{#a\}\}' \(line 1, column 1\) is never closed. Add '\{\{/a"),
        ("{{/a}}", "no section is open"),
        ("{{#a}}{{/b}}", r"'\{\{/a\}\}' is awaited"),
        ("{{>header}}", "is a partial"),
        ("{{=<% %>=}}", "sets other delimiters"),
        ("{{{name}}", r"has no '\}\}\}'"),
        ("{{}}", "names nothing"),
        ("{{ }}", "names nothing"),
        ("{{#}}{{/}}", "names nothing"),
        ("{{a..b}}", "names nothing"),
        ("{{.a}}", "names nothing"),
        ("{{a.}}", "names nothing"),
        ("{{items[0]}}", "names nothing"),
        ("{{name | upper}}", "names nothing"),
        ("{{{{a}}}}", "names nothing"),
        ("{{#a}}" * 33 + "{{/a}}" * 33, "more than 32 sections"),
        ("x" * (LONGEST_TEMPLATE + 1), "100000 characters at most"),
    ],
)
def test_a_faulty_template_is_refused_where_it_is_defined(source, fault):
    with pytest.raises(ValueError, match=fault):
        Prompt(source)


@given(st.text(st.sampled_from("{}#^/>=&! .ab\n"), min_size=1, max_size=40))
def test_any_template_is_either_refused_or_rendered(source):
    try:
        prompt = Prompt(source)
    except ValueError as error:
        assert str(error)  # noqa: PT017
        return
    prompt.render(
        {"a": {"a": [1], "b": "x"}, "b": [{"a": 2}], "ab": 0} | dict.fromkeys(prompt.needs, 1)
    )


def test_a_prompt_that_multiplies_is_stopped():
    prompt = Prompt("{{#a}}" * 3 + "{{^b}}never{{/b}}" + "{{/a}}" * 3)

    with pytest.raises(InvalidValueError, match="grows too long"):
        prompt.render({"a": [1] * 100, "b": 1})


def test_a_prompt_has_a_longest_length():
    with pytest.raises(InvalidValueError, match="over 4000000 characters"):
        Prompt("{{#a}}{{input.b}}{{/a}}").render({"a": [1] * 100, "b": "x" * 50_000})


def test_a_prompt_of_a_hundred_thousand_characters_takes_no_time_to_speak_of():
    prompt = Prompt("{{a}}" * (LONGEST_TEMPLATE // 5))

    assert prompt.render({"a": "b"}) == "b" * (LONGEST_TEMPLATE // 5)


def test_a_prompt_is_a_field_of_a_definition():
    adapter = TypeAdapter(Prompt)
    prompt = adapter.validate_python("{{a}}")

    assert prompt == Prompt("{{a}}") == adapter.validate_python(prompt)
    assert hash(prompt) == hash(Prompt("{{a}}"))
    assert prompt != "{{a}}"
    assert (str(prompt), repr(prompt)) == ("{{a}}", "Prompt('{{a}}')")
    assert adapter.dump_python(prompt, mode="json") == "{{a}}"
    assert adapter.json_schema()["type"] == "string"
    for wrong, fault in [(3, r"such as 'Plan a trip to \{\{destination"), ("{{", "has no")]:
        with pytest.raises(ValidationError, match=fault):
            adapter.validate_python(wrong)
