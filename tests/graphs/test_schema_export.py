from typing import Any

import pytest
from jsonschema import Draft202012Validator

from graphs.catalog import shipped_catalog
from graphs.file import parse_file, yaml_files
from graphs.schema import file_schema
from graphs.source import read_yaml
from nodes.errors import SpecError
from tests.graphs.test_draw import EVERYTHING

CALL = {"agent": "a"}
VALIDATOR = Draft202012Validator(file_schema())
SHIPPED = list(yaml_files(shipped_catalog()))


def workflow(spec):
    return {"workflows": {"w": spec}}


def agent(spec):
    return {"agents": {"a": spec}}


GOOD: dict[str, Any] = {
    "nothing": {},
    "an agent of defaults": agent({}),
    "an agent left empty": agent(None),
    "an agent": agent(
        {
            "description": "x",
            "model": "offline",
            "fallbackModels": ["offline"],
            "temperature": 0.4,
            "methods": {"run": {"prompt": "{{input}}", "output": "json", "tools": ["clock"]}},
        }
    ),
    "structured output": agent({"methods": {"run": {"output": {"type": "object"}}}}),
    "a Python agent": agent({"python": "acme.agents:Pricing"}),
    "an MCP program": {"mcpServers": {"m": {"command": "x", "args": ["y"], "env": {"A": "b"}}}},
    "an MCP address": {"mcpServers": {"m": {"type": "sse", "url": "https://example.com"}}},
    "every strategy": workflow(EVERYTHING),
    "a described workflow": workflow(
        {"description": "x", "input": {"type": "object"}, "strategy": "sequential", "steps": [CALL]}
    ),
    "any input of a node": workflow(
        {"steps": [{"agent": "a", "input": 1}, {"agent": "a", "input": {}}, CALL | {"input": None}]}
    ),
    "retry and fallback": workflow(
        {"steps": [CALL | {"retry": {"maxAttempts": 2}, "fallback": {"agent": "b", "retry": {}}}]}
    ),
    "an aggregator by name": workflow(
        {"master": {"name": "a"}, "subAgents": [{"name": "b"}], "aggregator": {"name": "a"}}
    ),
    "a named parallel workflow": workflow({"tasks": [CALL], "onError": "fail", "name": "n"}),
    "an approval": workflow({"steps": [{"approval": "ok?", "form": {"type": "object"}}]}),
}
BAD = {
    "an unknown key of the file": {"agent": {}},
    "an unknown key of an agent": agent({"promt": "x"}),
    "a temperature out of bounds": agent({"temperature": 3}),
    "Python and prompts": agent({"python": "a:b", "system": "x"}),
    "a method without its form": agent({"methods": {"run": {"output": "text"}}}),
    "no strategy": workflow({"description": "x"}),
    "an agent call alone": workflow(CALL),
    "no steps": workflow({"steps": []}),
    "a step that is none": workflow({"steps": [{"agnet": "a"}]}),
    "an unknown key of a call": workflow({"steps": [CALL | {"tranform": "x"}]}),
    "a wrong choice": workflow({"tasks": [CALL], "onError": "continue"}),
    "a loop without an end": workflow({"body": CALL, "until": "result"}),
    "a route without a default": workflow({"on": "input", "cases": {"a": CALL}}),
    "a transform outermost": workflow({"steps": [CALL], "transform": "result"}),
    "an input that is no schema": workflow({"steps": [CALL], "input": "x"}),
    "a name in place of an agent": workflow({"steps": [{"name": "a"}]}),
    "a transform in a fallback": workflow(
        {"steps": [CALL | {"fallback": CALL | {"transform": "result"}}]}
    ),
    "two kinds of MCP server": {"mcpServers": {"m": {"command": "x", "url": "https://x.com"}}},
    "an MCP server without either": {"mcpServers": {"m": {}}},
    "a deep fault": workflow(
        {"steps": [{"tasks": [{"body": CALL | {"x": 1}, "maxIterations": 1}]}]}
    ),
}


def test_it_is_a_valid_schema_of_2020_12():
    schema = file_schema()

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_it_accepts_what_ships(path):
    assert [*VALIDATOR.iter_errors(read_yaml(path.read_text(), path.name))] == []


@pytest.mark.parametrize("name", GOOD)
def test_it_accepts_what_the_engine_accepts(name):
    assert [*VALIDATOR.iter_errors(GOOD[name])] == []
    parse_file(GOOD[name])


@pytest.mark.parametrize("name", BAD)
def test_it_refuses_what_the_engine_refuses(name):
    assert [*VALIDATOR.iter_errors(BAD[name])] != []


@pytest.mark.parametrize("name", [name for name in BAD if "transform" not in name])
def test_what_it_refuses_in_form_the_engine_refuses_too(name):
    with pytest.raises(SpecError):
        parse_file(BAD[name])


def test_a_fault_is_that_of_the_kind_that_is_meant():
    (error,) = VALIDATOR.iter_errors(BAD["a deep fault"])

    assert error.json_path == "$.workflows.w.steps[0].tasks[0].body"
    assert "'x' was unexpected" in error.message


def test_every_key_says_what_it_is_for():
    schema = file_schema()

    silent = [
        f"{name}.{key}"
        for name, definition in schema["$defs"].items()
        for key, about in definition.get("properties", {}).items()
        if "description" not in about and key != "strategy"
    ]
    assert silent == []
