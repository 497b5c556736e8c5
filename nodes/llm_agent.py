"""Agents made of prompts: their specification, and the methods a model answers."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage
from pydantic import ConfigDict, Field, PlainValidator, TypeAdapter, WithJsonSchema
from pydantic_core import PydanticCustomError, from_json

from nodes.agent import Agent, Method, MethodFunction
from nodes.errors import Fault, InvalidOutputError, SpecError
from nodes.models import Model, Models
from nodes.place import Place
from nodes.prompt import Prompt
from nodes.schema import JsonSchema, explain
from nodes.spec import Spec
from nodes.tools.loop import converse
from nodes.tools.toolbox import Toolbox

MOST_FAULTS_TOLD: Final = 20
_ANY_JSON: Final[dict[str, Any]] = {}
_SCHEMA: Final[TypeAdapter[dict[str, Any]]] = TypeAdapter(
    JsonSchema, config=ConfigDict(defer_build=True)
)


def _validate_output(value: Any) -> Any:
    if isinstance(value, dict):
        return _SCHEMA.validate_python(value)
    if value != "json":
        raise PydanticCustomError("output", "`output` is a JSON Schema, or 'json' for any JSON.")
    return value


Output = Annotated[
    Literal["json"] | dict[str, Any],
    PlainValidator(_validate_output),
    WithJsonSchema({"anyOf": [{"const": "json"}, {"type": "object"}]}),
]
"""What structured output has to be: JSON that fits a schema, or any JSON."""

MethodName = Annotated[str, Field(min_length=1, max_length=200)]


class MethodSpec(Spec):
    """One thing an agent can do: a prompt that its model answers."""

    description: str = Field(default="", max_length=4000)
    """What the method is for."""
    prompt: Prompt = Prompt("{{input}}")
    """What the model is asked: mustache, with the input's fields by name; `input` is the whole."""
    output: Output | None = None
    """JSON Schema of the answer, or `json` for any JSON; without it the answer is text."""
    tools: list[str] = Field(default_factory=list, max_length=128)
    """What the model may call: `calculator`, `mcp:server`, `mcp:server/tool`, `python:a.b:c`."""
    max_model_calls: int = Field(default=8, ge=1, le=100)
    """Calls to the model one answer may take; on the last it has to answer without tools."""


class AgentSpec(Spec):
    """An agent whose methods are prompts to a language model."""

    description: str = Field(default="", max_length=4000)
    """What the agent is for."""
    model: str | None = Field(default=None, min_length=1)
    """The model, as `provider:name`; by default the one in the settings."""
    fallback_models: list[str] = Field(default_factory=list, max_length=8)
    """Models to ask, in this order, when the first one fails."""
    system: str | None = None
    """What the model is told before every prompt."""
    temperature: float | None = Field(default=None, ge=0, le=2, allow_inf_nan=False)
    """How freely the model chooses its words."""
    timeout: float | None = Field(default=None, gt=0, le=86_400, allow_inf_nan=False)
    """Seconds one call to the model may take."""
    max_tokens: int | None = Field(default=None, ge=1)
    """Tokens an answer may have."""
    methods: dict[MethodName, MethodSpec] = Field(
        default_factory=lambda: {"run": MethodSpec()}, min_length=1
    )
    """What the agent can do, by name; by default `run`, whose prompt is the input."""


class PythonAgentSpec(Spec):
    """An agent that is Python code on the server's disk."""

    python: str = Field(pattern=r"^[^:\s]+:[^:\s]+$", examples=["acme.agents:Pricing"])
    """`module:attribute`: a class, an object or a function; public methods are its methods."""
    description: str = Field(default="", max_length=4000)
    """What the agent is for; by default the first line of the code's documentation."""


def build_llm_agent(name: str, spec: AgentSpec, models: Models, toolbox: Toolbox) -> Agent:
    """Make the agent; nothing is called yet.

    Raises `SpecError` for tools that nobody knows, and what `Models.model` raises for its models.
    """
    faults = [
        Fault(f"methods.{method}.tools{fault.path}", fault.message, fault.code)
        for method, each in spec.methods.items()
        for fault in toolbox.check(each.tools)
    ]
    if faults:
        raise SpecError(faults, f"agent {name!r}")
    model = models.model(
        spec.model,
        temperature=spec.temperature,
        max_tokens=spec.max_tokens,
        timeout=spec.timeout,
        fallbacks=spec.fallback_models,
    )
    asked = {
        method: _Asked(f"{name}.{method}", each, spec.system, model, toolbox)
        for method, each in spec.methods.items()
    }
    return Agent(
        name=name,
        methods={
            method: Method(method, each.function(), each.spec.description, each.function)
            for method, each in asked.items()
        },
        description=spec.description,
        model=model.name,
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A method that a model answers."""

    title: str
    spec: MethodSpec
    system: str | None
    model: Model
    toolbox: Toolbox

    def function(self, schema: Mapping[str, Any] | None = None) -> MethodFunction:
        """Return what answers by `schema`, or else as the specification says."""
        if schema is None and self.spec.output is not None:
            schema = _ANY_JSON if self.spec.output == "json" else self.spec.output
        wanted = None if schema is None else dict(schema)

        async def answer(value: Any, place: Place) -> Any:
            return await self._answer(value, place, wanted)

        return answer

    async def _answer(self, value: Any, place: Place, schema: dict[str, Any] | None) -> Any:
        prompt = self.spec.prompt.render(value)
        if schema is not None and schema.get("description"):
            prompt = f"{prompt}\n\n{schema['description']}"  # says what the answer is to be
        tools = await self.toolbox.tools(self.spec.tools)
        talk = await converse(
            self.model,
            [*([SystemMessage(self.system)] if self.system else []), HumanMessage(prompt)],
            place,
            tools=tools,
            max_model_calls=self.spec.max_model_calls,
            say=place.say if schema is None else None,
            schema=schema,
        )
        if schema is None:
            return str(talk[-1].text)  # LangChain's is a subclass, which JMESPath refuses
        return await self._fit(talk, place, schema)

    async def _fit(self, talk: Sequence[BaseMessage], place: Place, schema: dict[str, Any]) -> Any:
        """Return the answer as data; one that does not fit is sent back once."""
        value, faults = _read(talk[-1], schema)
        if not faults:
            return value
        said = AIMessage(talk[-1].text or "(nothing)")
        again = [*talk[:-1], said, HumanMessage(_repair(faults, schema))]
        value, faults = _read(await self.model.answer(again, place, schema=schema), schema)
        if not faults:
            return value
        raise InvalidOutputError(
            f"{self.title} gave an answer that does not fit its `output`, and again after it was "
            f"told what is wrong. Ask for less in one answer, or loosen `output`.{_listed(faults)}"
        )


def _repair(faults: Sequence[Fault], schema: dict[str, Any]) -> str:
    written = json.dumps(schema, ensure_ascii=False)
    return (
        f"Your answer does not fit:{_listed(faults)}\n"
        f"Answer again, with nothing but JSON that fits this JSON Schema: {written}"
    )


def _listed(faults: Sequence[Fault]) -> str:
    more = f"\n  and {len(faults) - MOST_FAULTS_TOLD} more" if faults[MOST_FAULTS_TOLD:] else ""
    return "".join(f"\n  {fault}" for fault in faults[:MOST_FAULTS_TOLD]) + more


def _read(message: BaseMessage, schema: dict[str, Any]) -> tuple[Any, list[Fault]]:
    """Return an answer's data, and all that is wrong with it."""
    try:
        value = from_json(_unfenced(message.text), allow_inf_nan=False)
    except ValueError as error:
        return None, [Fault("", f"It is not JSON: {error}.", InvalidOutputError.code)]
    return value, explain(schema, value)


def _unfenced(text: str) -> str:
    """Take away the Markdown fence that models like to put around JSON."""
    text = text.strip()
    if not text.startswith("```"):
        return text
    return text.removeprefix("```").removesuffix("```").lstrip().removeprefix("json").strip()
