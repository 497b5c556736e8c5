"""Gemini's wire as the real client meets it; what our code may rely on."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from langchain_core.exceptions import (
    ModelAPIError,
    ModelError,
    ModelInvalidRequestError,
    ModelRateLimitError,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, ToolMessage

from tests.wire import (
    INVALID_KEY,
    Answer,
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

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}}
SEARCH = {"name": "search", "description": "Searches.", "parameters": SCHEMA}


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def gemini() -> Iterator[GeminiWire]:
    with GeminiWire() as gemini:
        yield gemini


@pytest.fixture
async def model(gemini: GeminiWire) -> AsyncIterator[BaseChatModel]:
    model = connect(gemini)
    yield model
    await model.aclose()


def connect(gemini: GeminiWire, name: str = "gemini-2.5-flash", **settings: Any) -> Any:
    from langchain_google_genai import ChatGoogleGenerativeAI

    return ChatGoogleGenerativeAI(
        model=name, api_key="test", base_url=gemini.url, **{"max_retries": 1, **settings}
    )


async def ask(model: Any, prompt: Any = "Hi") -> AIMessageChunk:
    """The sum of what `model` streams."""
    chunks = [chunk async for chunk in model.astream(prompt)]
    return sum(chunks[1:], chunks[0])


def google(error: ModelError) -> Any:
    """Google's own exception, which knows more than LangChain's."""
    return error.__cause__


async def listen(model: Any, chunks: list[str]) -> None:
    """Add to `chunks` what `model` says, also before it fails."""
    async for chunk in model.astream("Hi"):
        chunks.append(chunk.text)  # noqa: PERF401 (what came before a failure counts)


async def test_a_text_arrives_in_pieces_whose_usages_sum_up(gemini, model):
    gemini.reply(Text("Hello world", pieces=3))

    chunks = [chunk async for chunk in model.astream("Hi there, Gemini")]

    assert [chunk.text for chunk in chunks] == ["Hel", "lo w", "orld", ""]
    usage = sum(chunks[1:], chunks[0]).usage_metadata
    assert (usage["input_tokens"], usage["output_tokens"], usage["total_tokens"]) == (4, 3, 7)
    assert gemini.requests[0].usage["candidatesTokenCount"] == 3


async def test_a_whole_answer_says_the_same_as_a_streamed_one(gemini, model):
    answer = [Text("Let me look."), Tool("search", {"city": "Paris"}, id="call-1")]
    gemini.reply(answer, answer)

    streamed = await ask(model)
    whole = await model.ainvoke("Hi")

    assert (streamed.text, streamed.tool_calls) == (whole.text, whole.tool_calls)
    assert streamed.usage_metadata == whole.usage_metadata
    assert [request.streamed for request in gemini.requests] == [True, False]


async def test_thoughts_and_cached_tokens_are_part_of_the_usage(gemini, model):
    gemini.reply(Text("Hi", tokens=Tokens(prompt=1000, output=500, thoughts=100, cached=200)))

    usage = (await ask(model)).usage_metadata

    assert usage == {
        "input_tokens": 1000,
        "output_tokens": 600,
        "total_tokens": 1600,
        "input_token_details": {"cache_read": 200},
        "output_token_details": {"reasoning": 100},
    }


async def test_a_summary_of_thoughts_is_no_text(gemini, model):
    gemini.reply(Text("Paris", thought="The user wants a capital."))

    message = await ask(model)

    assert message.text == "Paris"
    assert {"type": "thinking", "thinking": "The user wants a capital.", "index": 0} in (
        message.content
    )


async def test_the_request_is_noted_down(gemini, model):
    gemini.reply("Hello")

    await ask(
        model, [("system", "Be brief."), ("human", "Where?"), ("ai", "Oslo"), ("human", "No")]
    )

    [request] = gemini.requests
    assert request.path == "/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse"
    assert (request.model, request.streamed) == ("gemini-2.5-flash", True)
    assert (request.system, request.prompt) == ("Be brief.", "No")
    assert request.text == "Be brief.\nWhere?\nOslo\nNo"
    assert request.headers["x-goog-api-key"] == "test"
    assert (request.ended, request.chunks_sent) == ("complete", 3)
    assert request.started <= request.first_chunk_at <= request.closed_at


async def test_tools_are_called_by_name_arguments_and_id_and_their_results_come_back(gemini, model):
    gemini.reply([Tool("search", {"city": "Oslo"}, id="a"), Tool("search", {"city": "Rome"})], "Ok")
    bound = model.bind_tools([SEARCH])

    message = await ask(bound)
    results = [ToolMessage("Sunny", tool_call_id=call["id"]) for call in message.tool_calls]
    await ask(bound, [HumanMessage("Hi"), message, *results])

    assert [call["args"]["city"] for call in message.tool_calls] == ["Oslo", "Rome"]
    assert message.tool_calls[0]["id"] == "a"
    assert gemini.requests[0].tools == ["search"]
    parts = gemini.requests[1].body["contents"][-1]["parts"]
    assert [part["functionResponse"]["response"] for part in parts] == [{"output": "Sunny"}] * 2


async def test_a_call_left_unanswered_is_refused(model):
    call = AIMessage("", tool_calls=[{"name": "search", "args": {}, "id": "a"}])

    with pytest.raises(ModelInvalidRequestError, match="number of function response parts"):
        await ask(model, [HumanMessage("Hi"), call, HumanMessage("Well?")])


@pytest.mark.parametrize("key", ["response_json_schema", "response_schema"])
async def test_structured_output_is_asked_for_and_comes_as_text(gemini, model, key):
    gemini.reply(Json({"city": "Paris"}))

    message = await ask(model.bind(response_mime_type="application/json", **{key: SCHEMA}))

    assert message.text == '{"city": "Paris"}'
    assert gemini.requests[0].config["responseMimeType"] == "application/json"
    assert gemini.requests[0].config["responseJsonSchema"] == SCHEMA


async def test_only_gemini_3_takes_tools_and_structured_output_together(gemini):
    gemini.reply(Json({"city": "Paris"}))
    old, new = connect(gemini, "gemini-2.5-flash"), connect(gemini, "gemini-3-flash-preview")

    with pytest.raises(ModelInvalidRequestError, match="Function calling with a response mime"):
        await ask(old.bind_tools([SEARCH]).bind(response_mime_type="application/json"))
    message = await ask(new.bind_tools([SEARCH]).bind(response_mime_type="application/json"))

    assert message.text == '{"city": "Paris"}'
    await old.aclose()
    await new.aclose()


async def test_the_output_limit_of_a_call_is_sent(gemini, model):
    gemini.reply("Hello")

    await ask(model.bind(max_output_tokens=7))

    assert gemini.requests[0].config["maxOutputTokens"] == 7


@pytest.mark.parametrize("streamed", [True, False])
async def test_a_rate_limit_says_when_to_come_back(gemini, model, streamed):
    gemini.reply(RateLimited(retry_delay=0.05, retry_after=7))

    with pytest.raises(ModelRateLimitError) as caught:
        await (ask(model) if streamed else model.ainvoke("Hi"))

    cause = google(caught.value)
    assert (cause.code, cause.status) == (429, "RESOURCE_EXHAUSTED")
    assert cause.details["error"]["details"][1] == {
        "@type": "type.googleapis.com/google.rpc.RetryInfo",
        "retryDelay": "0.05s",
    }
    assert cause.response.headers["retry-after"] == "7"
    assert caught.value.is_retryable


async def test_a_rate_limit_need_not_say_when_to_come_back(gemini, model):
    gemini.reply(RateLimited())

    with pytest.raises(ModelRateLimitError) as caught:
        await ask(model)

    assert "RetryInfo" not in str(caught.value)


@pytest.mark.parametrize("code", [500, 503, 504])
async def test_an_overload_is_worth_another_try_which_the_client_leaves_to_us(gemini, model, code):
    gemini.reply(Unavailable(code))

    with pytest.raises(ModelAPIError) as caught:
        await ask(model)

    assert google(caught.value).code == code
    assert caught.value.is_retryable
    assert [request.ended for request in gemini.requests] == ["refused"]


@pytest.mark.parametrize("refusal", [INVALID_KEY, *map(Refusal, (400, 401, 403, 404))])
async def test_a_refused_request_is_not_worth_another_try(gemini, model, refusal):
    gemini.reply(refusal)

    with pytest.raises(ModelError) as caught:
        await ask(model)

    assert google(caught.value).code == refusal.code
    assert not caught.value.is_retryable


async def test_an_error_in_mid_stream_follows_the_chunks_before_it(gemini, model):
    gemini.reply(Unavailable(after=2))
    chunks: list[str] = []

    with pytest.raises(ModelAPIError) as caught:
        await listen(model, chunks)

    assert (len(chunks), google(caught.value).code) == (2, 503)


async def test_a_cut_connection_follows_the_chunks_before_it(gemini, model):
    gemini.reply(Cut(after=3))
    chunks: list[str] = []

    with pytest.raises(httpx.RemoteProtocolError, match="incomplete chunked read"):
        await listen(model, chunks)

    assert (len(chunks), gemini.requests[0].ended) == (3, "cut")


async def test_a_connection_can_be_cut_before_the_first_byte(gemini, model):
    gemini.reply(Cut())

    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await ask(model)

    assert gemini.requests[0].chunks_sent == 0


async def test_a_blocked_prompt_has_feedback_and_no_text(gemini, model):
    gemini.reply(BlockedPrompt("PROHIBITED_CONTENT"))

    message = await ask(model)

    assert message.text == ""
    feedback = message.response_metadata["prompt_feedback"]
    assert feedback["block_reason"] == "PROHIBITED_CONTENT"
    assert "finish_reason" not in message.response_metadata


@pytest.mark.parametrize(
    ("answer", "reason"), [(SafetyStop(after=2), "SAFETY"), (MaxTokens(after=2), "MAX_TOKENS")]
)
async def test_an_answer_can_stop_early(gemini, model, answer: Answer, reason: str):
    gemini.reply(answer)

    message = await ask(model)

    assert message.text == "Once upon a tim"
    assert message.response_metadata["finish_reason"] == reason


@pytest.mark.parametrize("answer", [Slow(first=5), Hang(), Hang(after=2)])
async def test_an_impatient_client_is_seen_leaving(gemini, answer: Answer):
    gemini.reply(answer)
    model = connect(gemini, timeout=0.1)

    with pytest.raises(httpx.ReadTimeout):
        await ask(model)

    await gemini.wait_closed()
    assert gemini.requests[0].ended == "left"
    await model.aclose()


async def test_a_slow_answer_arrives(gemini, model):
    gemini.reply(Slow(first=0.05, of=Text("Late", delay=0.01)))

    message = await ask(model)

    [request] = gemini.requests
    assert message.text == "Late"
    assert request.first_chunk_at - request.started >= 0.05


@pytest.mark.parametrize("answer", [Forever(), Hang(), Hang(after=2)])
@pytest.mark.parametrize("callers", [1, 20])
async def test_a_cancelled_call_closes_its_connection_at_once(gemini, model, answer, callers):
    gemini.default = answer
    calls = [asyncio.create_task(ask(model)) for _ in range(callers)]
    await gemini.wait_until(lambda: gemini.open == callers, within=5)

    cancelled = time.monotonic()
    for call in calls:
        call.cancel()
    await asyncio.wait(calls)
    await gemini.wait_closed()

    assert all(call.cancelled() for call in calls)
    assert {request.ended for request in gemini.requests} == {"left"}
    assert max(request.closed_at for request in gemini.requests) - cancelled < 0.25


async def test_a_closing_is_seen_while_the_callers_loop_is_blocked(gemini):
    gemini.reply(Forever())
    host = httpx.URL(gemini.url)
    reader, writer = await asyncio.open_connection(host.host, host.port)
    path = "/v1beta/models/m:streamGenerateContent?alt=sse"
    body = b'{"contents": [{"parts": [{"text": "Hi"}]}]}'
    head = f"POST {path} HTTP/1.1\r\nx-goog-api-key: k\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    await reader.readuntil(b"data: ")

    writer.close()
    await writer.wait_closed()
    until = time.monotonic() + 1
    while gemini.open and time.monotonic() < until:
        pass  # and so the caller's loop does not run

    assert gemini.requests[0].ended == "left"


async def test_answers_are_chosen_by_text_then_by_model_then_in_order(gemini, model):
    gemini.when("flight", "A flight")
    gemini.when(lambda request: request.prompt == "Taxi", Unavailable(), "A taxi")
    gemini.script["gemini-2.5-flash-lite"] = ["A light answer"]
    gemini.reply("First", "Second")
    gemini.default = lambda request: f"You said: {request.prompt}"
    lite = connect(gemini, "gemini-2.5-flash-lite")

    prompts = ["A", "A flight to Oslo", "B", "C"]
    told = [(await ask(model, prompt)).text for prompt in prompts]
    light = (await ask(lite, "A")).text
    with pytest.raises(ModelAPIError):
        await ask(model, "Taxi")
    taxi = (await ask(model, "Taxi")).text

    assert told == ["First", "A flight", "Second", "You said: C"]
    assert (light, taxi) == ("A light answer", "A taxi")
    await lite.aclose()


async def test_a_request_without_a_scripted_answer_is_refused_by_that_name(model):
    with pytest.raises(ModelInvalidRequestError, match="scripted no answer"):
        await ask(model)


@pytest.mark.parametrize(
    ("path", "key", "contents", "code"),
    [
        ("/v1beta/models/m:countTokens", "test", [{}], 404),
        ("/v1beta/models/m:streamGenerateContent", "test", [{}], 404),  # without alt=sse
        ("/v1beta/models/m:generateContent", "", [{}], 403),
        ("/v1beta/models/m:generateContent", "test", [], 400),
    ],
)
async def test_what_the_wire_does_not_know_is_refused(gemini, path, key, contents, code):
    async with httpx.AsyncClient(base_url=gemini.url, headers={"x-goog-api-key": key}) as client:
        answer = await client.post(path, json={"contents": contents})

    assert answer.status_code == answer.json()["error"]["code"] == code


async def test_what_a_tests_own_function_raises_is_raised_at_the_end():
    def broken(_: object) -> str:
        raise LookupError("no such answer")

    with (
        pytest.RaisesGroup(pytest.RaisesExc(LookupError), flatten_subgroups=True),
        GeminiWire() as wire,
    ):
        wire.default = broken
        model = connect(wire)
        with pytest.raises(httpx.RemoteProtocolError):
            await ask(model)
        await model.aclose()
