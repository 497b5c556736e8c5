"""Agents made of prompts, against Gemini's wire: what is asked, streamed, checked and repaired."""

import asyncio
import contextlib
import json

import pytest
from langchain_core.messages import AIMessage
from langgraph.errors import GraphInterrupt
from pydantic import SecretStr, ValidationError

from nodes.errors import (
    BudgetExceededError,
    InvalidOutputError,
    InvalidValueError,
    SpecError,
    UnknownModelError,
)
from nodes.events import Chunk
from nodes.llm_agent import AgentSpec, MethodSpec, PythonAgentSpec, build_llm_agent
from nodes.models import Models, ModelSettings
from nodes.place import Place
from nodes.prompt import Prompt
from nodes.state import Context
from nodes.tools.loop import LONGEST_RESULT
from nodes.tools.mcp import McpServer
from nodes.tools.toolbox import Toolbox
from nodes.usage import Budget
from tests.wire import GeminiWire, Hang, Json, Text, Tool

FLIGHT = {
    "type": "object",
    "required": ["to", "price"],
    "properties": {"to": {"type": "string"}, "price": {"type": "number"}},
}
ROME = {"to": "Rome", "price": 99.5}


async def shout(word: str) -> str:
    """Shout a word."""
    return word.upper()


def facts(city: str) -> dict:
    """Tell facts of a city."""
    return {"city": city, "people": [1, 2], "sign": "🏙️"}


def blocks() -> list:
    """Show a picture."""
    return [{"type": "text", "text": "a map"}, {"type": "image", "url": "https://example.com/a"}]


def names() -> list[str]:
    """Tell names."""
    return ["ليلى", "Ann"]


def much() -> str:
    """Tell a lot."""
    return "x" * (LONGEST_RESULT + 1)


def broken() -> str:
    """Fail."""
    raise KeyError("no luck")


def ask_a_person() -> str:
    """Interrupt the run."""
    raise GraphInterrupt


STARTED: list[asyncio.Event] = []


async def meet() -> str:
    """Wait for another call of this tool."""
    mine = asyncio.Event()
    STARTED.append(mine)
    if len(STARTED) == 2:
        for event in STARTED:
            event.set()
    await mine.wait()
    return "met"


async def linger() -> str:
    """Wait for ever."""
    STARTED.append(asyncio.Event())
    await STARTED[-1].wait()
    return "never"


@pytest.fixture(autouse=True)
def module(monkeypatch):
    """Make this file a module that can be imported by a short name."""
    import sys

    monkeypatch.setitem(sys.modules, "acme_functions", sys.modules[__name__])
    STARTED.clear()


@pytest.fixture
def gemini():
    with GeminiWire() as wire:
        yield wire


@pytest.fixture
async def models(gemini):
    models = Models(
        ModelSettings(
            default="google_genai:gemini-2.5-flash",
            google_api_key=SecretStr("test"),
            gemini_base_url=gemini.url,
        )
    )
    yield models
    await models.aclose()


@pytest.fixture
def said():
    return []


@pytest.fixture
def place(said):
    def emit(event):
        if isinstance(event, Chunk):
            said.append(event.chunk)

    return Place(
        path="steps[0]",
        name="travel",
        context=Context(run_id="run-1"),
        emit=emit,
        finish=lambda output: output,
    )


def build(models, toolbox=None, name="travel", **spec):
    return build_llm_agent(name, AgentSpec.model_validate(spec), models, toolbox or Toolbox())


def method(models, **spec):
    return build(models, methods={"run": spec}).methods["run"]


def tool(name):
    return f"python:acme_functions:{name}"


async def test_an_agent_answers_its_input_when_it_says_nothing_of_methods(
    gemini, models, place, said
):
    gemini.reply(Text("أهلاً بك في القاهرة 🌍", pieces=4))
    agent = build(models, description="Plans trips", system="You plan. أجب بالعربية.")

    output = await agent.methods["run"].call("مرحبا <b>", place)

    assert output == "أهلاً بك في القاهرة 🌍" == "".join(said)
    assert len(said) > 1
    assert gemini.requests[0].prompt == "مرحبا <b>"
    assert gemini.requests[0].system == "You plan. أجب بالعربية."
    assert (agent.name, agent.description) == ("travel", "Plans trips")
    assert agent.model == "google_genai:gemini-2.5-flash"
    assert place.meter.usage["totalTokens"] > 0


async def test_a_method_fills_in_its_prompt_and_the_agent_its_limits(gemini, models, place):
    gemini.reply("Booked.")
    agent = build(
        models,
        model="google_genai:gemini-2.5-pro",
        temperature=0.2,
        maxTokens=50,
        timeout=9,
        methods={"book": {"prompt": "To {{to}} for {{price}}", "description": "Books."}},
    )

    await agent.methods["book"].call(ROME, place)

    request = gemini.requests[0]
    assert request.prompt == "To Rome for 99.5"
    assert request.model == "gemini-2.5-pro"
    assert request.config["temperature"] == 0.2
    assert request.config["maxOutputTokens"] == 50
    assert request.system == ""
    assert agent.methods["book"].description == "Books."


async def test_a_fallback_model_answers_where_the_first_one_fails(gemini, models, place):
    gemini.script["gemini-2.5-flash-lite"] = ["From the other one."]
    agent = build(models, fallbackModels=["google_genai:gemini-2.5-flash-lite"])

    assert await agent.methods["run"].call("Hello", place) == "From the other one."


async def test_an_input_that_lacks_a_name_costs_no_model_call(gemini, models, place):
    with pytest.raises(InvalidValueError, match="needs 'to'"):
        await method(models, prompt="To {{to}}").call({"too": "Rome"}, place)

    assert gemini.requests == []


async def test_structured_output_is_data_and_is_not_streamed(gemini, models, place, said):
    gemini.reply(Json(ROME))

    output = await method(models, output=FLIGHT).call("Fly", place)

    assert output == ROME
    assert said == []
    assert gemini.requests[0].config["responseJsonSchema"] == FLIGHT


@pytest.mark.parametrize(
    "answer",
    [
        json.dumps(ROME),
        f"```json\n{json.dumps(ROME)}\n```",
        f"```\n{json.dumps(ROME)}\n```\n",
        f"  ```json {json.dumps(ROME)}```",
    ],
)
async def test_a_fence_around_json_is_taken_away(gemini, models, place, answer):
    gemini.reply(answer)

    assert await method(models, output=FLIGHT).call("Fly", place) == ROME


@pytest.mark.parametrize("value", [[1, "مدينة"], "text", 5, None, {"a": {}}])
async def test_any_json_is_an_answer_where_the_output_is_json(gemini, models, place, value):
    gemini.reply(Json(value))

    assert await method(models, output="json").call("Say", place) == value


async def test_an_answer_that_does_not_fit_is_sent_back_once(gemini, models, place):
    gemini.reply(Json({"to": "Rome", "price": "cheap"}), Json(ROME))

    assert await method(models, output=FLIGHT).call("Fly", place) == ROME

    first, second = gemini.requests
    assert second.body["contents"][0] == first.body["contents"][0]
    assert '"cheap"' in second.text
    assert "price: must be a number, not 'cheap'" in second.prompt
    assert second.config["responseJsonSchema"] == FLIGHT


async def test_an_answer_that_does_not_fit_twice_fails_the_node(gemini, models, place):
    gemini.reply("Rome it is.", Json({"price": None}))

    with pytest.raises(InvalidOutputError) as caught:
        await method(models, output=FLIGHT).call("Fly", place)

    assert "travel.run gave an answer that does not fit its `output`" in str(caught.value)
    assert "\n  to: is required\n  price: must be a number, not null" in str(caught.value)
    assert "It is not JSON: expected value" in gemini.requests[1].prompt


async def test_of_many_faults_the_first_ones_are_told(gemini, models, place):
    wrong = Json({str(n): n for n in range(30)})
    gemini.reply(wrong, wrong)
    schema = {"type": "object", "additionalProperties": False}

    with pytest.raises(InvalidOutputError, match=r"19: is not known here.*\n  and 10 more$"):
        await method(models, output=schema).call("Fly", place)


async def test_a_method_can_answer_by_another_schema(gemini, models, place):
    gemini.reply(Json(ROME))
    choose = method(models).answer_by

    assert await choose(FLIGHT)("Fly", place) == ROME
    assert gemini.requests[0].config["responseJsonSchema"] == FLIGHT


async def test_tools_are_called_until_the_model_answers(gemini, models, place, said):
    gemini.reply(
        [Text("Let me see."), Tool("facts", {"city": "القاهرة"}), Tool("shout", {"word": "é"})],
        Text("It is big."),
    )
    run = method(models, tools=[tool("facts"), tool("shout"), "clock"])

    assert await run.call("Tell", place) == "It is big."

    assert gemini.requests[0].tools == ["facts", "shout", "clock"]
    results = [
        part["functionResponse"] for part in gemini.requests[1].body["contents"][-1]["parts"]
    ]
    assert [result["name"] for result in results] == ["facts", "shout"]
    assert results[0]["response"] == facts("القاهرة")
    assert results[1]["response"]["output"] == "É"
    assert "".join(said) == "Let me see.\n\nIt is big."


async def test_tool_calls_of_one_turn_run_side_by_side(gemini, models, place):
    gemini.reply([Tool("meet"), Tool("meet")], "Both met.")

    async with asyncio.timeout(10):
        assert await method(models, tools=[tool("meet")]).call("Meet", place) == "Both met."


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (Tool("broken"), "The tool 'broken' raised KeyError: 'no luck'"),
        (Tool("brokn"), "There is no tool 'brokn'. Did you mean 'broken'?"),
        (Tool("calculator", {"expression": "1/0"}), "'1/0' divides by zero."),
        (Tool("calculator", {"sum": "1"}), "Field required"),
        (Tool("much"), "[Cut here: these are the first 20000 of 20001 characters.]"),
        (Tool("names"), str(["ليلى", "Ann"])),  # Google's client reads JSON as data
        (Tool("blocks"), "a map\n[image: not shown]"),
    ],
)  # fmt: skip
async def test_the_model_is_told_what_became_of_a_call(gemini, models, place, call, told):
    gemini.reply(call, "I see.")
    run = method(models, tools=["calculator", *map(tool, ["broken", "much", "blocks", "names"])])

    assert await run.call("Go", place) == "I see."

    (part,) = gemini.requests[1].body["contents"][-1]["parts"]
    assert told in str(*part["functionResponse"]["response"].values())


async def test_the_last_call_that_is_allowed_is_made_without_tools(gemini, models, place):
    gemini.reply(Tool("clock"), Tool("clock"), "It is late.")
    run = method(models, tools=["clock"], maxModelCalls=3)

    assert await run.call("When?", place) == "It is late."

    assert [request.tools for request in gemini.requests] == [["clock"], ["clock"], []]


async def test_a_method_with_tools_may_have_structured_output(gemini, models, place, said):
    gemini.reply(Tool("clock"), Tool("give_answer", {"to": "Rome"}), Json(ROME))
    run = method(models, tools=["clock"], output=FLIGHT)

    assert await run.call("Fly", place) == ROME

    assert said == []
    assert "price: is required" in gemini.requests[2].prompt
    assert gemini.requests[2].tools == []


async def test_the_tools_of_an_mcp_server_are_called(gemini, models, place, tmp_path):
    import sys

    program = tmp_path / "server.py"
    program.write_text(
        "from mcp.server.fastmcp import FastMCP\n"
        "server = FastMCP('maps', log_level='ERROR')\n"
        "@server.tool()\n"
        "def search(place: str) -> str:\n"
        "    'Find a place.'\n"
        "    return f'{place} is here'\n"
        "server.run()\n"
    )
    toolbox = Toolbox({"maps": McpServer(command=sys.executable, args=[str(program)])})
    gemini.reply(Tool("search", {"place": "القاهرة"}), "Found.")
    agent = build(models, toolbox, methods={"run": {"tools": ["mcp:maps"]}})

    try:
        assert await agent.methods["run"].call("Find", place) == "Found."
    finally:
        await toolbox.aclose()

    assert "القاهرة is here" in json.dumps(gemini.requests[1].body, ensure_ascii=False)


async def test_cancelling_stops_the_tools_and_the_model(gemini, models, place, said):
    gemini.reply(Tool("linger"))
    run = method(models, tools=[tool("linger")])
    task = asyncio.create_task(run.call("Go", place))
    await gemini.wait_until(lambda: bool(STARTED), within=10)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    gemini.reply(Hang(after=1))
    task = asyncio.create_task(run.call("Go", place))
    await gemini.wait_until(lambda: bool(said), within=10)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await gemini.wait_closed()
    assert gemini.requests[-1].ended == "left"


async def test_a_tool_that_interrupts_the_run_does_so(gemini, models, place):
    gemini.reply([Tool("ask_a_person"), Tool("linger")])

    with pytest.raises(GraphInterrupt):
        await method(models, tools=[tool("ask_a_person"), tool("linger")]).call("Go", place)


async def test_the_budget_holds_for_the_calls_of_a_tool_loop(gemini, models, said):
    place = Place(
        path="steps[0]",
        name="travel",
        context=Context(budget=Budget(model_calls=1)),
        emit=said.append,
        finish=lambda output: output,
    )
    gemini.reply(Tool("clock"))

    with pytest.raises(BudgetExceededError):
        await method(models, tools=["clock"]).call("When?", place)


async def test_arguments_that_are_not_json_are_told_to_the_model(place):
    class Scripted:
        name = "scripted"
        told: list = []  # noqa: RUF012

        async def answer(self, messages, _, **__):
            self.told = messages
            if len(messages) > 1:
                return AIMessage("Sorry.")
            call = {
                "name": "clock",
                "args": "{",
                "id": "1",
                "error": "EOF",
                "type": "invalid_tool_call",
            }
            return AIMessage("", invalid_tool_calls=[call])

    class Shelf:
        model = staticmethod(lambda *_, **__: Scripted())

    run = build(Shelf(), methods={"run": {"tools": ["clock"]}}).methods["run"]

    assert await run.call("When?", place) == "Sorry."


async def test_all_unknown_tools_of_an_agent_are_told_at_once(models):
    with pytest.raises(SpecError) as caught:
        build(models, methods={"a": {"tools": ["cloc"]}, "b": {"tools": ["clock", "mcp:maps"]}})

    assert [fault.path for fault in caught.value.faults] == [
        "methods.a.tools[0]",
        "methods.b.tools[1]",
    ]
    assert "agent 'travel'" in str(caught.value)


async def test_an_unknown_model_is_told_when_the_agent_is_built(models):
    with pytest.raises(UnknownModelError, match="gemini-2.5-flash"):
        build(models, model="gemini-2.5-flash")


@pytest.mark.parametrize(
    ("spec", "fault"),
    [
        ({"methods": {}}, "at least 1 item"),
        ({"methods": {"run": {"prompt": "{{"}}}, "has no '}}'"),
        ({"methods": {"run": {"output": "jsn"}}}, "`output` is a JSON Schema, or 'json'"),
        (
            {"methods": {"run": {"output": {"type": "txt"}}}},
            "This is not a JSON Schema: type: must",
        ),
        ({"methods": {"run": {"maxModelCalls": 0}}}, "greater than or equal to 1"),
        ({"methods": {"run": {"max_calls": 1}}}, "Extra inputs are not permitted"),
        ({"temperature": 3}, "less than or equal to 2"),
        ({"timeout": 0}, "greater than 0"),
        ({"maxTokens": 0}, "greater than or equal to 1"),
    ],
)
def test_a_faulty_specification_is_refused(spec, fault):
    with pytest.raises(ValidationError) as caught:
        AgentSpec.model_validate(spec)

    assert fault in str(caught.value)
    assert caught.value.error_count() == 1


def test_a_specification_is_written_as_it_was_read():
    spec = {
        "model": "offline",
        "fallbackModels": ["offline"],
        "methods": {"run": {"prompt": "{{a}}", "output": FLIGHT, "maxModelCalls": 2}},
    }

    read = AgentSpec.model_validate(spec)

    assert read.model_dump(mode="json", exclude_unset=True) == spec
    assert AgentSpec().methods == {"run": MethodSpec(prompt=Prompt("{{input}}"))}
    assert "fallbackModels" in AgentSpec.model_json_schema()["properties"]


def test_a_python_agent_names_a_module_and_an_attribute():
    assert PythonAgentSpec(python="acme.agents:Pricing").description == ""
    with pytest.raises(ValidationError, match="pattern"):
        PythonAgentSpec(python="acme.agents")
