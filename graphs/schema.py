"""`file_schema`: the JSON Schema of workflow files, for editors."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue, models_json_schema
from pydantic_core import core_schema

from graphs.reference import WorkflowCall
from graphs.spec import STRATEGIES, Workflow
from nodes.agent_call import AgentCall
from nodes.approval import Approval
from nodes.llm_agent import AgentSpec, PythonAgentSpec
from nodes.spec import descriptions
from nodes.tools.mcp import McpServer

Schema = dict[str, Any]

_MODELS: Final[tuple[type[BaseModel], ...]] = (
    AgentCall, WorkflowCall, Approval, *STRATEGIES.values(), AgentSpec, PythonAgentSpec, McpServer,
)  # fmt: skip

# The key, or the keys, by which a node is told; the first that is there counts.
_KINDS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("AgentCall", ("agent",)),
    ("WorkflowCall", ("workflow",)),
    ("Approval", ("approval",)),
    ("Sequential", ("steps",)),
    ("Parallel", ("tasks",)),
    ("Hierarchical", ("subAgents", "master")),
    ("Route", ("cases",)),
    ("Map", ("over",)),
    ("Loop", ("maxIterations", "until")),
)
_OF_MEMBERS: Final = ("input", "inputTransform", "transform", "when")
_OF_FALLBACKS: Final = ("input", "inputTransform", "transform", "when", "onError", "name")


_NODE: Final = "x-node"  # stands for a reference, which pydantic would look for in its own


class _Generator(GenerateJsonSchema):
    """Refers to a node, wherever one stands, by one name."""

    def tagged_union_schema(self, schema: core_schema.TaggedUnionSchema) -> JsonSchemaValue:
        """Generate what is in the union, and leave a sign of it."""
        whole = super().tagged_union_schema(schema)
        if "<AgentCall>" in schema["choices"]:
            return {_NODE: True}
        return whole

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  as the base has it
        """Leave out titles that only repeat the key."""
        return False


def file_schema() -> dict[str, Any]:
    """Return the JSON Schema (Draft 2020-12) of files with agents, workflows and MCP servers.

    Keys are camelCase, as people write them; a key that is there has a value.
    """
    _, whole = models_json_schema(
        [(model, "validation") for model in _MODELS],
        by_alias=True,
        schema_generator=_Generator,
    )
    found = whole["$defs"]
    defs = {name: _tidied(found[name]) for name in sorted(found)}
    defs |= _nodes(defs) | _workflows(defs)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Amrikyy workflow file",
        "description": "Agents, workflows, and the MCP servers whose tools the agents use.",
        "type": "object",
        "properties": {
            "agents": _named("Agents by name.", _ref("Agent")),
            "workflows": _named("Workflows by name.", _ref("Workflow")),
            "mcpServers": _named("MCP servers by name.", _ref("McpServer")),
        },
        "additionalProperties": False,
        "$defs": defs | {"Agent": _agent(), "McpServer": _mcp_server(defs["McpServer"])},
    }


def _tidied(schema: Any) -> Any:
    """Leave out what is there for programs only: `null` for "not set", and the titles of models."""
    if isinstance(schema, list):
        return [_tidied(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if _NODE in schema:
        return _ref("Node") | {key: value for key, value in schema.items() if key != _NODE}
    tidied = {
        key: {name: _tidied(each) for name, each in value.items()}
        if key == "properties"
        else value
        if key in {"const", "enum", "examples", "default"}
        else _tidied(value)
        for key, value in schema.items()
        if not (key == "title" or (key == "default" and (value is None or value == {})))
    }
    if "description" in tidied and isinstance(tidied["description"], str):
        tidied["description"] = tidied["description"].partition("\n\n")[0]
    forms = tidied.get("anyOf")
    if forms and {"type": "null"} in forms:
        forms = [form for form in forms if form != {"type": "null"}]
        del tidied["anyOf"]
        tidied = ({**forms[0], **tidied} if len(forms) == 1 else {"anyOf": forms}) | tidied
    return tidied


def _nodes(defs: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return what stands where a node does: any kind, told by its key."""
    call, hierarchical = defs["AgentCall"], defs["Hierarchical"]
    named = _without(call, ("agent",)) | {
        "description": "Call a method of an agent, which may be written by its `name`.",
        "required": ["name"],
    }
    named["properties"] = named["properties"] | {"name": call["properties"]["agent"]}
    agent = [(("agent",), _ref("AgentCall")), (("name",), _ref("NamedAgentCall"))]
    kinds = [(keys, _ref(kind)) for kind, keys in _KINDS]
    properties = hierarchical["properties"]
    hierarchical["properties"] = properties | {
        "master": _described(properties["master"], _ref("NamedCall")),
        "subAgents": properties["subAgents"] | {"items": _ref("SubAgent")},
        "aggregator": _described(properties["aggregator"], _ref("Aggregator")),
    }
    call["properties"]["fallback"] = _described(call["properties"]["fallback"], _ref("Fallback"))
    return {
        "Node": {"description": "Any node of a workflow."} | _told(kinds),
        "SubAgent": {"description": "A node, or an agent by its `name`."}
        | _told([*kinds, agent[1]]),
        "NamedCall": _told(agent),
        "NamedAgentCall": named,
        "Fallback": _without(call, _OF_FALLBACKS)
        | {"description": "Another agent's method; it gets the input of the one that failed."},
        "Aggregator": {
            "description": "An expression over `master`, `sub` and `input`, or an agent call.",
            "if": {"type": "string"},
            "then": {"type": "string", "minLength": 1},
            "else": _ref("NamedCall"),
        },
    }


def _workflows(defs: Mapping[str, Schema]) -> dict[str, Schema]:
    """Return the strategies as they stand outermost, where `input` is a schema."""
    kinds: list[tuple[tuple[str, ...], Schema]] = []
    roots: dict[str, Schema] = {}
    described = descriptions(Workflow)
    header = {
        "description": {"type": "string", "description": described["description"]},
        "input": {"type": "object", "description": described["input"]},
    }
    for kind, keys in _KINDS:
        if kind not in {strategy.__name__ for strategy in STRATEGIES.values()}:
            continue
        on_error = () if kind == "Parallel" else ("onError",)
        root = _without(defs[kind], (*_OF_MEMBERS, *on_error))
        root["properties"] = header | root["properties"]
        roots[f"{kind}Workflow"] = root
        kinds.append((keys, _ref(f"{kind}Workflow")))
    return roots | {"Workflow": {"description": "A workflow: a strategy."} | _told(kinds)}


def _told(kinds: Sequence[tuple[tuple[str, ...], Schema]]) -> Schema:
    """Choose by the key that is there, so that faults are those of the one kind that is meant."""
    schema: Schema = {"anyOf": [kind for _, kind in kinds]}
    for keys, kind in reversed(kinds):
        has = [{"required": [key]} for key in keys]
        schema = {"if": has[0] if len(has) == 1 else {"anyOf": has}, "then": kind, "else": schema}
    return {"type": "object"} | schema


def _agent() -> Schema:
    return {
        "description": "An agent: prompts to a language model, or Python code.",
        "type": ["object", "null"],
        "if": {"type": "object", "required": ["python"]},
        "then": _ref("PythonAgentSpec"),
        "else": {"if": {"type": "object"}, "then": _ref("AgentSpec")},
    }


def _mcp_server(server: Schema) -> Schema:
    """Return a server as it may be: a program or an address, each with its own keys."""
    of_url, of_command = ("url", "headers"), ("command", "args", "env", "cwd")
    return server | {
        "if": {"required": ["url"]},
        "then": {
            "properties": dict.fromkeys(of_command, False)
            | {"type": {"enum": ["http", "streamable-http", "sse"]}}
        },
        "else": {
            "required": ["command"],
            "properties": dict.fromkeys(of_url, False) | {"type": {"const": "stdio"}},
        },
    }


def _without(schema: Schema, keys: Iterable[str]) -> Schema:
    left = {key: value for key, value in schema["properties"].items() if key not in set(keys)}
    return schema | {"properties": left}


def _described(was: Schema, now: Schema) -> Schema:
    """Keep what was said of a key."""
    return now | ({"description": was["description"]} if "description" in was else {})


def _named(description: str, schema: Schema) -> Schema:
    return {"description": description, "type": "object", "additionalProperties": schema}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}
