"""One model as agents use it: text, tools, schemas, failures, fallbacks, limits, budgets."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langgraph.graph import END, START, MessagesState, StateGraph

from nodes.errors import (
    BlockedPromptError,
    BudgetExceededError,
    ModelAuthError,
    ModelError,
    ModelTimeoutError,
    ModelUnavailableError,
    OutputLimitError,
    RateLimitedError,
    SafetyStopError,
)
from nodes.models import Models, ModelSettings
from nodes.place import Place
from nodes.usage import Budget, Usage
from tests.wire import (
    INVALID_KEY,
    BlockedPrompt,
    Cut,
    Forever,
    GeminiWire,
    Hang,
    Json,
    MaxTokens,
    RateLimited,
    Refusal,
    SafetyStop,
    Slow,
    Text,
    Tokens,
    Tool,
    Unavailable,
)

HI: list[Any] = [HumanMessage("Hi")]
LITE = "google_genai:gemini-2.5-flash-lite"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
SEARCH = {"name": "search", "description": "Searches.", "parameters": CITY}
FIRST_CALL = 20.0  # s; the first call in a process imports the client
FIVE = Text("one two three four five", pieces=5)


async def test_text_is_said_piece_by_piece_as_it_arrives(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(Hang(after=2, of=FIVE))
    pieces: list[str] = []

    asking = asyncio.create_task(models.model().answer(HI, place, say=pieces.append))
    await gemini.wait_until(lambda: len(pieces) == 2, FIRST_CALL)
    asking.cancel()

    assert "one two three four five".startswith("".join(pieces))
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_the_answer_is_one_message_with_the_whole_text(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(FIVE)
    pieces: list[str] = []

    answer = await models.model().answer(
        [SystemMessage("Be short."), *HI], place, say=pieces.append
    )

    assert type(answer) is AIMessage
    assert answer.text == "".join(pieces) == "one two three four five"
    assert answer.response_metadata["model_name"] == "gemini-2.5-flash"
    assert gemini.requests[0].system == "Be short."
    assert all(type(piece) is str for piece in pieces)


async def test_usage_and_cost_are_summed_over_chunks_and_cached_tokens_are_cheaper(
    gemini: GeminiWire, models: Models, place: Place, told: list[Any]
):
    gemini.reply(Text("done", tokens=Tokens(prompt=1000, output=200, thoughts=50, cached=400)))

    answer = await models.model().answer(HI, place)

    cost = (600 * 0.3 + 400 * 0.03 + 250 * 2.5) / 1_000_000
    usage = Usage(promptTokens=1000, completionTokens=250, totalTokens=1250)
    assert answer.usage_metadata
    assert answer.usage_metadata["total_tokens"] == 1250
    assert place.meter.usage == usage
    assert place.meter.cost == pytest.approx(cost)
    (notice,) = told
    assert (notice.model, notice.agent, notice.path) == (
        "google_genai:gemini-2.5-flash",
        "travel",
        "steps[0]",
    )
    assert (notice.status, notice.usage) == ("success", usage)
    assert notice.cost == pytest.approx(cost)
    assert 0 < notice.duration < 5


async def test_the_cost_of_a_model_without_a_known_price_is_unknown(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply("done")

    await models.model("google_genai:gemma-9").answer(HI, place)

    assert place.meter.cost is None
    assert place.meter.usage["totalTokens"] > 0


@pytest.mark.parametrize("name", ["gemini-2.5-flash", "gemini-3-flash-preview"])
async def test_thoughts_are_not_said(gemini: GeminiWire, models: Models, place: Place, name: str):
    gemini.reply(Text("Paris", pieces=1, thought="The user asks for a city."))
    pieces: list[str] = []

    answer = await models.model(f"google_genai:{name}").answer(HI, place, say=pieces.append)

    assert pieces == ["Paris"]
    assert answer.text == "Paris"


async def test_calls_of_several_tools_are_in_the_message(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(
        [Text("Let me see. "), Tool("search", {"city": "Rome"}), Tool("search", {"city": "Pisa"})]
    )
    pieces: list[str] = []

    answer = await models.model().answer(HI, place, say=pieces.append, tools=[SEARCH])

    assert [call["args"] for call in answer.tool_calls] == [{"city": "Rome"}, {"city": "Pisa"}]
    assert answer.text == "".join(pieces) == "Let me see. "
    assert gemini.requests[0].tools == ["search"]


async def test_a_message_with_tool_calls_can_be_sent_back_with_their_results(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(Tool("search", {"city": "Rome"}, id="call-1"), "It is sunny.")
    model = models.model()

    asked = await model.answer(HI, place, tools=[SEARCH])
    result = ToolMessage("sunny", tool_call_id=asked.tool_calls[0]["id"], name="search")
    answer = await model.answer([*HI, asked, result], place, tools=[SEARCH])

    assert answer.text == "It is sunny."
    assert [turn["role"] for turn in gemini.requests[1].body["contents"]] == [
        "user",
        "model",
        "user",
    ]


async def test_a_schema_asks_for_json_that_fits_it(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(Json({"city": "Rome"}))

    answer = await models.model().answer(HI, place, schema=CITY)

    assert json.loads(answer.text) == {"city": "Rome"}
    config = gemini.requests[0].config
    assert config["responseMimeType"] == "application/json"
    assert config["responseJsonSchema"] == CITY


async def test_an_empty_schema_asks_for_any_json(gemini: GeminiWire, models: Models, place: Place):
    gemini.reply(Json([1, 2]))

    answer = await models.model().answer(HI, place, schema={})

    assert json.loads(answer.text) == [1, 2]
    assert gemini.requests[0].config["responseMimeType"] == "application/json"
    assert "responseJsonSchema" not in gemini.requests[0].config


async def test_beside_tools_a_schema_is_answered_by_a_tool_of_its_own(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(Tool("search", {"city": "Rome"}), Tool("give_answer", {"city": "Rome"}))
    model = models.model()

    first = await model.answer(HI, place, tools=[SEARCH], schema=CITY)
    second = await model.answer(HI, place, tools=[SEARCH], schema=CITY)

    assert [call["name"] for call in first.tool_calls] == ["search"]
    assert second.tool_calls == []
    assert json.loads(second.text) == {"city": "Rome"}
    request = gemini.requests[0]
    assert request.tools == ["search", "give_answer"]
    assert request.body["toolConfig"]["functionCallingConfig"]["mode"] == "ANY"


async def test_a_model_that_may_call_no_more_tools_has_to_answer(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(Tool("give_answer", {"answer": ["Rome"]}))
    cities = {"type": "array", "items": {"$ref": "#/$defs/city"}, "$defs": {"city": CITY}}

    answer = await models.model().answer(
        HI, place, tools=[SEARCH], schema=cities, tool_choice="none"
    )

    assert json.loads(answer.text) == ["Rome"]
    choice = gemini.requests[0].body["toolConfig"]["functionCallingConfig"]
    assert choice["allowedFunctionNames"] == ["give_answer"]


async def test_a_rate_limited_call_waits_as_long_as_the_provider_asks(
    gemini: GeminiWire, models: Models, place: Place, told: list[Any]
):
    gemini.reply(RateLimited(retry_delay=0.8), RateLimited(retry_after=1), "done")

    answer = await models.model().answer(HI, place)

    assert answer.text == "done"
    first, second, third = (request.started for request in gemini.requests)
    assert second - first >= 0.8
    assert third - second >= 1.0
    assert [notice.status for notice in told] == ["failed", "failed", "success"]
    assert [notice.cost for notice in told[:2]] == [0.0, 0.0]


async def test_a_delay_longer_than_the_time_left_fails_at_once(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(RateLimited(retry_delay=47))

    with pytest.raises(RateLimitedError, match="asks to wait 47 s") as raised:
        await models.model().answer(HI, place)

    assert raised.value.delay == 47
    assert len(gemini.requests) == 1


async def test_an_unavailable_model_is_asked_again_after_a_growing_pause(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(Unavailable(), Unavailable(500), "done")

    answer = await models.model().answer(HI, place)

    assert answer.text == "done"
    pauses = [after.started - before.started for before, after in pairwise(gemini.requests)]
    assert pauses[0] >= 0.5
    assert pauses[1] >= 1.0


async def test_pauses_end_when_the_time_for_the_call_does(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.default = Unavailable()

    with pytest.raises(ModelUnavailableError):
        await models.model(timeout=0.4).answer(HI, place)

    assert len(gemini.requests) == 1


async def test_after_a_piece_was_said_nothing_is_tried_again(
    gemini: GeminiWire, models: Models, place: Place, told: list[Any]
):
    gemini.reply(Cut(after=2))
    pieces: list[str] = []

    with pytest.raises(ModelUnavailableError, match="connection"):
        await models.model(fallbacks=[LITE]).answer(HI, place, say=pieces.append)

    assert len(pieces) == 2
    assert len(gemini.requests) == 1
    assert told[0].status == "failed"
    assert place.meter.usage["completionTokens"] > 0


async def test_an_answer_that_nobody_hears_is_asked_for_again(
    gemini: GeminiWire, models: Models, place: Place, told: list[Any]
):
    gemini.reply(Cut(after=2), Unavailable(after=1), "done")

    answer = await models.model().answer(HI, place)

    assert answer.text == "done"
    spent = sum(notice.usage["totalTokens"] for notice in told)
    assert place.meter.usage["totalTokens"] == spent
    assert told[0].usage["totalTokens"] > 0


async def test_a_blocked_prompt_says_so_and_no_other_model_is_asked(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(BlockedPrompt("PROHIBITED_CONTENT"))

    with pytest.raises(BlockedPromptError, match="PROHIBITED_CONTENT"):
        await models.model(fallbacks=[LITE]).answer(HI, place)

    assert len(gemini.requests) == 1


async def test_a_stop_for_safety_is_a_failure_whatever_was_said(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(SafetyStop(after=2))

    with pytest.raises(SafetyStopError, match="SAFETY"):
        await models.model(fallbacks=[LITE]).answer(HI, place, say=lambda _: None)

    assert len(gemini.requests) == 1


async def test_an_answer_cut_at_the_models_own_limit_is_a_failure(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(MaxTokens())

    with pytest.raises(OutputLimitError, match="output limit"):
        await models.model().answer(HI, place)


async def test_a_call_of_a_tool_that_cannot_be_read_is_asked_for_again(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(SafetyStop(after=0, reason="MALFORMED_FUNCTION_CALL"), "done")

    answer = await models.model().answer(HI, place)

    assert answer.text == "done"


async def test_an_answer_that_was_paid_for_in_vain_counts_as_a_model_call(
    gemini: GeminiWire, models: Models, place_with: Callable[[Budget], Place]
):
    gemini.reply(SafetyStop(after=0, reason="MALFORMED_FUNCTION_CALL"), "done")

    with pytest.raises(BudgetExceededError, match="model calls are used up"):
        await models.model().answer(HI, place_with(Budget(model_calls=1)))

    assert len(gemini.requests) == 1


async def test_a_slow_model_is_cut_off_at_its_time_limit(
    gemini: GeminiWire, models: Models, place: Place, told: list[Any]
):
    gemini.reply(Slow(30))
    began = time.monotonic()

    with pytest.raises(ModelTimeoutError, match=r"within 0\.3 s"):
        await models.model(timeout=0.3).answer(HI, place)

    assert time.monotonic() - began < 2
    await gemini.wait_closed(0.25)
    assert told[0].status == "failed"


async def test_the_time_limit_holds_for_a_model_that_goes_on_and_on(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(Forever())

    with pytest.raises(ModelTimeoutError):
        await models.model(timeout=0.5).answer(HI, place, say=lambda _: None)

    await gemini.wait_closed(0.25)


@pytest.mark.parametrize("answer", [Slow(30), Forever()])
async def test_cancelling_closes_the_connection_to_the_model(
    gemini: GeminiWire, models: Models, place: Place, told: list[Any], answer: Any
):
    gemini.reply(answer)
    asking = asyncio.create_task(models.model().answer(HI, place, say=lambda _: None))
    await gemini.wait_until(lambda: gemini.open == 1, FIRST_CALL)

    asking.cancel()

    await gemini.wait_closed(0.25)
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert gemini.requests[0].ended == "left"
    assert [notice.status for notice in told] == ["cancelled"]


async def test_a_cancelled_call_gives_back_what_it_reserved(
    gemini: GeminiWire, models: Models, place_with: Callable[[Budget], Place]
):
    gemini.reply(Forever(), "done")
    place = place_with(Budget(tokens=2000))
    asking = asyncio.create_task(models.model().answer(HI, place))
    await gemini.wait_until(
        lambda: sum(each.chunks_sent for each in gemini.requests) > 2, FIRST_CALL
    )

    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking

    used = place.budget.used_tokens
    assert 0 < used < 1000
    assert (await models.model().answer(HI, place)).text == "done"
    assert place.budget.used_tokens > used


async def test_a_fallback_is_asked_where_a_model_fails(
    gemini: GeminiWire, models: Models, place: Place, told: list[Any]
):
    gemini.script["gemini-2.5-flash"] = [Refusal(400, "No.")]
    gemini.script["gemini-2.5-flash-lite"] = ["from the fallback"]

    answer = await models.model(fallbacks=[LITE]).answer(HI, place)

    assert answer.text == "from the fallback"
    assert [(notice.model, notice.status) for notice in told] == [
        ("google_genai:gemini-2.5-flash", "failed"),
        (LITE, "success"),
    ]


async def test_a_fallback_has_a_time_limit_of_its_own(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.script["gemini-2.5-flash"] = [Slow(30)]
    gemini.script["gemini-2.5-flash-lite"] = [Slow(0.6, Text("late"))]

    answer = await models.model(timeout=1.0, fallbacks=[LITE]).answer(HI, place)

    assert answer.text == "late"


async def test_the_first_failure_tells_of_the_fallbacks_too(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.script["gemini-2.5-flash"] = [RateLimited(retry_delay=60)]
    gemini.script["gemini-2.5-flash-lite"] = [Refusal(400, "Nor this one.")]

    with pytest.raises(RateLimitedError, match=r"wait 60 s.*A fallback failed too.*Nor this one"):
        await models.model(fallbacks=[LITE]).answer(HI, place)


async def test_only_so_many_calls_of_a_model_are_under_way_at_once(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.default = Text("done", delay=0.05)
    most = 0

    def watch(_: str) -> None:
        nonlocal most
        most = max(most, gemini.open)

    model, same = models.model(), models.model("google_genai:gemini-2.5-flash", temperature=0.0)
    await asyncio.gather(
        *(each.answer(HI, place, say=watch) for each in [model, same] for _ in range(4))
    )

    assert most == 2
    assert len(gemini.requests) == 8


async def test_waiting_for_a_place_takes_nothing_of_the_time_limit(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.default = Slow(0.3, Text("done"))
    model = models.model(timeout=0.8)

    answers = await asyncio.gather(*(model.answer(HI, place) for _ in range(8)))

    assert [answer.text for answer in answers] == ["done"] * 8


async def test_a_budget_limits_the_answer_on_the_wire_and_what_it_cuts_exceeds_it(
    gemini: GeminiWire, models: Models, place_with: Callable[[Budget], Place]
):
    gemini.reply(MaxTokens())
    place = place_with(Budget(tokens=500))

    with pytest.raises(BudgetExceededError, match="499 tokens"):
        await models.model(fallbacks=[LITE]).answer(HI, place)

    assert gemini.requests[0].config["maxOutputTokens"] == 499
    assert len(gemini.requests) == 1
    assert place.budget.exceeded


async def test_without_a_budget_the_answer_is_not_limited(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply("done")

    await models.model().answer(HI, place)

    assert "maxOutputTokens" not in gemini.requests[0].config


async def test_the_callers_own_limit_is_not_the_budgets(
    gemini: GeminiWire, models: Models, place_with: Callable[[Budget], Place]
):
    gemini.reply(MaxTokens())

    with pytest.raises(OutputLimitError):
        await models.model(max_tokens=100).answer(HI, place_with(Budget(tokens=5000)))

    assert gemini.requests[0].config["maxOutputTokens"] == 100


async def test_branches_wait_for_what_others_have_reserved(
    gemini: GeminiWire, models: Models, place_with: Callable[[Budget], Place]
):
    gemini.default = Slow(0.1, Text("done", tokens=Tokens(prompt=10, output=20)))
    budget = Budget(tokens=1000)
    model = models.model()

    answers = await asyncio.gather(*(model.answer(HI, place_with(budget)) for _ in range(4)))

    assert len(answers) == 4
    assert budget.used_tokens == 120
    for before, after in pairwise(gemini.requests):
        assert after.started >= (before.closed_at or 0) - 0.05


async def test_a_call_the_budget_refuses_is_not_made(
    gemini: GeminiWire, models: Models, place_with: Callable[[Budget], Place], told: list[Any]
):
    gemini.reply(Text("done", tokens=Tokens(prompt=50, output=50)))
    place = place_with(Budget(tokens=100))
    await models.model().answer(HI, place)

    with pytest.raises(BudgetExceededError, match="100 of its 100 tokens"):
        await models.model().answer(HI, place)

    assert len(gemini.requests) == 1
    assert len(told) == 1


async def test_a_refused_key_says_what_to_set(gemini: GeminiWire, models: Models, place: Place):
    gemini.reply(INVALID_KEY)

    with pytest.raises(ModelAuthError, match="GOOGLE_API_KEY"):
        await models.model().answer(HI, place)

    assert len(gemini.requests) == 1


async def test_graphs_that_stream_messages_see_the_call(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(FIVE)
    model = models.model()

    async def ask(state: MessagesState) -> dict[str, Any]:
        return {"messages": [await model.answer(state["messages"], place)]}

    graph = StateGraph(MessagesState)
    graph.add_node("ask", ask)
    graph.add_edge(START, "ask")
    graph.add_edge("ask", END)

    stream: Any = graph.compile().astream({"messages": HI}, stream_mode="messages")
    seen = [chunk.text async for chunk, _ in stream]

    assert "".join(seen) == "one two three four five"


async def test_the_offline_model_answers_without_a_key_or_a_network(
    settings: ModelSettings, place_with: Callable[[Budget], Place]
):
    models = Models(replace(settings, default="offline", google_api_key=None))
    place = place_with(Budget(cost=0.01))
    pieces: list[str] = []

    answer = await models.model().answer(HI, place, say=pieces.append)
    found = await models.model().answer(HI, place, schema=CITY)
    beside = await models.model().answer(HI, place, schema=CITY, tools=[SEARCH], tool_choice="none")
    await models.aclose()

    assert answer.text == "".join(pieces) != ""
    assert "city" in json.loads(found.text)
    assert "city" in json.loads(beside.text)
    assert place.meter.cost == 0.0
    assert place.meter.usage["totalTokens"] > 0


async def test_the_offline_models_answer_is_cut_by_a_budget(
    models: Models, place_with: Callable[[Budget], Place]
):
    trip = HumanMessage('{"destination": "Lisbon", "days": 5, "interests": ["food"]}')

    with pytest.raises(BudgetExceededError):
        await models.model("offline").answer([trip], place_with(Budget(tokens=60)))


async def test_what_a_client_raises_on_its_own_is_a_failure_of_the_model(
    models: Models, place: Place
):
    odd = HumanMessage([{"type": "smell"}])

    with pytest.raises(ModelError, match="raised"):
        await models.model().answer([odd], place)
