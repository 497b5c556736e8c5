"""JSON Schemas are checked where they are defined, and say what is wrong with a value."""

import time
from datetime import date

import pytest
from pydantic import TypeAdapter, ValidationError

from nodes.schema import MOST_FAULTS, JsonSchema, check, explain

ONE_OF = "must be one of the allowed values"
TRIP = {
    "type": "object",
    "required": ["destination", "days"],
    "additionalProperties": False,
    "properties": {
        "destination": {"type": "string", "minLength": 2, "maxLength": 40, "pattern": "^\\p{L}"},
        "days": {"type": "integer", "minimum": 1, "maximum": 30},
        "legs": {
            "type": "array",
            "minItems": 1,
            "maxItems": 3,
            "uniqueItems": True,
            "items": {"type": "object", "required": ["name"]},
        },
        "class": {"enum": ["economy", "business", 1]},
    },
}


def told(schema, value):
    return [str(fault) for fault in explain(check(schema), value)]


def test_a_value_that_fits_has_no_faults():
    assert told(TRIP, {"destination": "القاهرة", "days": 3, "legs": [{"name": "🚆"}]}) == []


def test_all_faults_are_told_at_once_with_their_places():
    value = {"days": "five", "day": 5, "legs": [{"name": 1}, {}, {}, 7], "class": "busines"}

    assert told(TRIP, value) == [
        "destination: is required",
        "day: is not known here. Did you mean 'days'?",
        "days: must be an integer, not 'five'",
        "legs: must have at most 3 items, not 4",
        "legs[2]: is the same as item 1",
        "legs[1].name: is required",
        "legs[2].name: is required",
        "legs[3]: must be an object, not 7",
        "class: must be one of the allowed values, not 'busines'. Did you mean 'business'?",
    ]


@pytest.mark.parametrize(
    ("schema", "value", "sentence"),
    [
        ({"type": "object"}, None, "must be an object, not null"),
        ({"type": ["string", "null"]}, {}, "must be text or null, not an object"),
        ({"type": "array"}, True, "must be a list, not true"),
        ({"type": "string"}, [], "must be text, not a list"),
        ({"type": "number"}, "x" * 99, f"must be a number, not '{'x' * 60}…'"),
        ({"type": "boolean"}, 1, "must be true or false, not 1"),
        ({"enum": [1, None]}, 2, f"{ONE_OF}, not 2. There are: 1, null."),
        ({"enum": ["x" * 80]}, 1, f"{ONE_OF}, not 1. There are: \"{'x' * 59}…."),
        ({"const": {"a": 1}}, "b", "must be {\"a\": 1}, not 'b'"),
        ({"minimum": 2}, 1, "must be at least 2, not 1"),
        ({"maximum": 2}, 3, "must be at most 2, not 3"),
        ({"exclusiveMinimum": 2}, 2, "must be more than 2, not 2"),
        ({"exclusiveMaximum": 2}, 2, "must be less than 2, not 2"),
        ({"multipleOf": 5}, 7, "must be a multiple of 5, not 7"),
        ({"minLength": 3}, "ab", "must have at least 3 characters, not 2"),
        ({"maxLength": 1}, "ab", "must have at most 1 characters, not 2"),
        ({"minItems": 1}, [], "must have at least 1 items, not 0"),
        ({"minProperties": 1}, {}, "must have at least 1 fields, not 0"),
        ({"maxProperties": 0}, {"a": 1}, "must have at most 0 fields, not 1"),
        ({"pattern": "^a"}, "b", "must match '^a', and 'b' does not"),
        ({"format": "date"}, "5/5", "must be written as date, and '5/5' is not"),
        ({"format": "date-time"}, "now", "must be written as date-time, and 'now' is not"),
        ({"not": {"type": "string"}}, "b", "must not be as it is: 'b'"),
        ({"properties": {"a": False}}, {"a": 1}, "a: is not allowed here"),
        ({"patternProperties": {"a": False}}, {"a": 1}, "a: is not allowed here"),
        ({"propertyNames": False}, {"a": 1}, "is not allowed here"),
        ({"contains": {"const": 1}}, [2], 'does not fit `contains`: {"const": 1}'),
        ({"uniqueItems": True}, [1, {"a": [1]}, True, {"a": [1.0]}], "[3]: is the same as item 1"),
        ({"additionalProperties": False}, {"a": 1}, "a: is not known here. Leave it out."),
        ({"additionalProperties": {"type": "string"}}, {"a": 1}, "a: must be text, not 1"),
        (
            {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            None,
            "must be text or an integer, not null",
        ),
        ({"anyOf": [{"type": "string"}, {"minimum": 3}]}, 1, "must be at least 3, not 1"),
        (
            {"oneOf": [{"required": ["a", "b"]}, {"required": ["c"]}]},
            {},
            "fits none of the 2 allowed forms; for one of them: c: is required",
        ),
        (
            {"oneOf": [{"type": "integer"}, {"minimum": 3}]},
            4,
            "fits more than one of the allowed forms; it has to fit exactly one",
        ),
    ],
)  # fmt: skip
def test_a_fault_is_a_sentence_that_needs_no_knowledge_of_json_schema(schema, value, sentence):
    assert told(schema, value) == [sentence]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"required": ["a"]}, "no object"),
        ({"properties": {"a": False}}, "no object"),
        ({"pattern": "^a"}, 5),
        ({"patternProperties": {"^a": {"type": "integer"}}}, 5),
        ({"patternProperties": {"^a": {"type": "integer"}}}, {"b": "x", "a1": 1}),
        ({"patternProperties": {"^a": True}, "additionalProperties": False}, {"a1": 1}),
        ({"additionalProperties": False}, 5),
        ({"uniqueItems": True}, 5),
        ({"uniqueItems": False}, [1, 1]),
        ({"uniqueItems": True}, [1, True, "1", None]),
        ({"format": "date-time"}, "2026-01-01T10:00:00Z"),
        ({"format": "date-time"}, 5),
        ({"format": "made-up"}, "anything"),
    ],
)
def test_what_a_keyword_says_nothing_about_fits(schema, value):
    assert explain(check(schema), value) == []


def test_names_by_pattern_are_checked():
    schema = {"patternProperties": {"^n_": {"type": "integer"}}, "additionalProperties": False}

    assert told(schema, {"n_a": "x", "b": 1}) == [
        "n_a: must be an integer, not 'x'",
        "b: is not known here. Leave it out.",
    ]


def test_references_inside_the_schema_are_followed():
    tree = {"$defs": {"tree~/": {"properties": {"kids": {"items": {"$ref": "#/$defs/tree~0~1"}}}}}}
    schema = {"$ref": "#/$defs/tree~0~1", "required": ["name"], **tree}

    assert told(schema, {"kids": [{"kids": 1}, {}]}) == ["name: is required"]
    assert told({"items": {"$ref": "#"}, "type": "array"}, [[], [[3]]]) == [
        "[1][0][0]: must be a list, not 3"
    ]


def test_the_number_of_faults_is_bounded():
    assert len(explain({"items": {"type": "string"}}, list(range(10_000)))) == MOST_FAULTS


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"type": "strin"}, f"type: {ONE_OF}, not 'strin'. Did you mean 'string'?"),
        ({"properties": {"a": {"minimum": "x"}}}, "properties.a.minimum: must be a number"),
        ({"required": "a"}, "required: must be a list"),
        ({"properties": {"a": {"$ref": "http://x"}}}, "properties.a: .*outside of the schema"),
        ({"items": {"$ref": "file:other.json"}}, "outside of the schema"),
        ({"$ref": "other.json"}, "outside of the schema"),
        ({"$ref": "#/$defs/a", "$defs": {"b": {}}}, "leads nowhere. Did you mean '#/\\$defs/b'"),
        ({"$ref": "#/const", "const": {"$ref": "http://x"}}, "leads nowhere"),
        ({"$ref": "#"}, "refers to itself without end"),
        ({"if": {"type": "object"}, "then": {"$ref": "#"}}, "refers to itself without end"),
        ({"prefixItems": [{"$id": "x"}]}, r"prefixItems\[0\]: `\$id` is not supported here"),
        ({"$dynamicRef": "#a"}, "Use `\\$ref`"),
        ({"pattern": "(?=a)"}, "look-around"),
        ({"pattern": r"(a)\1"}, "backreferences are not supported"),
        ({"pattern": "(a{1000}){1000}"}, "size limit"),
        ({"pattern": "a" * 1001}, "1000 characters at most"),
        ({"patternProperties": {"(": {}}}, "unclosed group"),
        ({"allOf": [{"patternProperties": {}}], "unevaluatedProperties": False}, "not supported"),
    ],
)  # fmt: skip
def test_a_faulty_schema_is_refused_where_it_is_defined(schema, fault):
    with pytest.raises(ValueError, match=fault):
        check(schema)


def test_names_and_data_that_look_like_keywords_are_none():
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": "https://example.com/trip",
        "properties": {"$id": {"type": "string"}, "again": {"$ref": "#"}},
        "const": {"$ref": "http://example.com"},
        "default": date(2026, 1, 1),
    }

    assert explain(check(schema), {"$ref": "http://example.com"}) == []
    assert check(schema)["default"] == "2026-01-01"


@pytest.mark.parametrize("keyword", ["items", "allOf", "properties", "const"])
def test_a_schema_nested_too_deeply_is_refused(keyword):
    schema: dict = {}
    for _ in range(60):
        schema = {keyword: [schema] if keyword == "allOf" else {"a": schema}}

    with pytest.raises(ValueError, match="more than 50 levels deep"):
        check(schema)


@pytest.mark.parametrize("keyword", ["items", "allOf"])
def test_a_schema_may_be_nested_deeply(keyword):
    schema: dict = {}
    for _ in range(24):
        schema = {keyword: [schema] if keyword == "allOf" else schema}

    assert explain(check(schema), [[]]) == []


@pytest.mark.parametrize("levels", [10, 50, *range(150, 400, 30), 5000])
def test_a_value_nested_too_deeply_is_a_fault(levels):
    schema = {
        "items": {"$ref": "#/$defs/a/properties/b"},
        "$defs": {"a": {"properties": {"b": {}}}},
    }
    schema["$defs"]["a"]["properties"]["b"] = {"allOf": [{"items": {"$ref": "#"}}]}  # type: ignore[index]
    value: list = []
    for _ in range(levels):
        value = [value]

    faults = told(schema, value)

    assert faults == ([] if levels < 100 else ["is too large, or nested too deeply, to be checked"])


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"pattern": "^(a+)+$"}, "a" * 50_000 + "b"),
        ({"patternProperties": {"^(a|a)*$": {}}}, {"a" * 50_000 + "b": 1}),
        ({"allOf": [{"properties": {"a": {"$ref": "#"}}}] * 2}, None),
        ({"uniqueItems": True}, [{"a": n} for n in range(20_000)]),
    ],
)
def test_no_schema_takes_for_ever(schema, value):
    if value is None:
        for _ in range(40):  # doubles at every level
            value = {"a": value}
    began = time.perf_counter()

    explain(check(schema), value)

    assert time.perf_counter() - began < 10


def test_a_schema_is_a_field_of_a_definition():
    adapter = TypeAdapter(JsonSchema)

    assert adapter.validate_python({"type": "string"}) == {"type": "string"}
    assert adapter.json_schema()["type"] == "object"
    with pytest.raises(ValidationError, match="This is not a JSON Schema: type: must be one of"):
        adapter.validate_python({"type": "text"})
    with pytest.raises(ValidationError, match="valid dictionary"):
        adapter.validate_python("json")
