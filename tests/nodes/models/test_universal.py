"""Other providers, by LangChain's `init_chat_model`; OpenAI and Ollama stand for them all."""

import importlib
import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import pytest
from langchain_core.messages import HumanMessage

from nodes.errors import (
    ConfigurationError,
    ModelAuthError,
    ModelRequestError,
    ModelUnavailableError,
    OutputLimitError,
    RateLimitedError,
    SafetyStopError,
    UnknownModelError,
)
from nodes.models import Models, ModelSettings
from nodes.models.offline import OfflineChatModel
from nodes.models.provider import Ask
from nodes.models.universal import PACKAGES, Universal
from nodes.place import Place
from nodes.usage import Budget
from tests.nodes.models.openai_wire import OpenAIWire, Refused, Said, openai_wire

HI = [HumanMessage("Hi")]
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
SEARCH = {"name": "search", "description": "Searches.", "parameters": CITY}


@pytest.fixture
async def openai(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[OpenAIWire]:
    pytest.importorskip("langchain_openai", reason='pip install "amrikyy[openai]"')
    async with openai_wire() as wire:
        monkeypatch.setenv("OPENAI_API_KEY", "test")
        monkeypatch.setenv("OPENAI_BASE_URL", wire.url)
        yield wire


@pytest.fixture
def models() -> Models:
    return Models(ModelSettings(timeout=30.0))


async def test_text_usage_and_cost_of_another_provider(
    openai: OpenAIWire, models: Models, place: Place
):
    openai.replies.append(Said(("Hel", "lo")))
    pieces: list[str] = []

    answer = await models.model("openai:gpt-4o", temperature=0.1).answer(
        HI, place, say=pieces.append
    )

    assert answer.text == "Hello"
    assert pieces == ["Hel", "lo"]
    assert answer.response_metadata["model_name"] == "gpt-4o-2024-11-20"
    assert place.meter.usage["totalTokens"] == 15
    assert place.meter.cost == pytest.approx((6 * 2.5 + 4 * 1.25 + 5 * 10) / 1_000_000)
    assert openai.requests[0]["temperature"] == 0.1


async def test_a_tool_call_that_comes_in_pieces_is_put_together(
    openai: OpenAIWire, models: Models, place: Place
):
    openai.replies.append(Said(('{"ci', 'ty": "Ro', 'me"}'), tool="search", finish="tool_calls"))

    answer = await models.model("openai:gpt-4o").answer(HI, place, tools=[SEARCH])

    assert [(call["name"], call["args"]) for call in answer.tool_calls] == [
        ("search", {"city": "Rome"})
    ]


async def test_a_schema_of_an_object_is_answered_in_the_json_mode(
    openai: OpenAIWire, models: Models, place: Place
):
    openai.replies.append(Said(('{"city": ', '"Rome"}')))

    answer = await models.model("openai:gpt-4o").answer(HI, place, schema=CITY)

    assert json.loads(answer.text) == {"city": "Rome"}
    assert openai.requests[0]["response_format"]["json_schema"]["schema"] == CITY


async def test_any_other_schema_is_answered_by_a_tool(
    openai: OpenAIWire, models: Models, place: Place
):
    openai.replies.append(Said(('{"answer": ["Rome"]}',), tool="give_answer"))

    answer = await models.model("openai:gpt-4o").answer(HI, place, schema={"type": "array"})

    assert json.loads(answer.text) == ["Rome"]
    choice = openai.requests[0]["tool_choice"]
    assert choice == {"type": "function", "function": {"name": "give_answer"}}


async def test_a_provider_that_reports_no_usage_still_uses_up_the_budget(
    openai: OpenAIWire, models: Models, place_with: Any
):
    openai.replies.append(Said(("12345678",), reports_usage=False))
    place = place_with(Budget(tokens=10_000))

    await models.model("openai:gpt-4o").answer(HI, place)

    assert place.budget.used_tokens == 1 + 2
    assert place.meter.cost is None
    assert openai.requests[0]["max_completion_tokens"] == 4999


async def test_a_refusal_to_answer_is_a_stop_for_safety(
    openai: OpenAIWire, models: Models, place: Place
):
    openai.replies.append(Said(("I",), finish="content_filter"))

    with pytest.raises(SafetyStopError, match="content_filter"):
        await models.model("openai:gpt-4o").answer(HI, place)


async def test_an_answer_cut_at_its_limit_is_a_failure(
    openai: OpenAIWire, models: Models, place: Place
):
    openai.replies.append(Said(("I",), finish="length"))

    with pytest.raises(OutputLimitError):
        await models.model("openai:gpt-4o", max_tokens=1).answer(HI, place)


async def test_the_client_never_retries_by_itself_and_we_wait_as_it_is_asked(
    openai: OpenAIWire, models: Models, place: Place, told: list[Any]
):
    openai.replies += [Refused(429, headers={"retry-after": "0.1"}), Said(("done",))]

    answer = await models.model("openai:gpt-4o").answer(HI, place)

    assert answer.text == "done"
    assert [notice.status for notice in told] == ["failed", "success"]


@pytest.mark.parametrize(
    ("refused", "raises"),
    [
        (Refused(401), pytest.raises(ModelAuthError, match="OPENAI_API_KEY")),
        (Refused(404), pytest.raises(UnknownModelError, match="Did you mean 'gpt-4o-mini'")),
        (Refused(400), pytest.raises(ModelRequestError, match="did not accept")),
        (
            Refused(429, {"code": "insufficient_quota"}),
            pytest.raises(ModelRequestError, match="no credit"),
        ),
        (
            Refused(429, headers={"retry-after": "60"}),
            pytest.raises(RateLimitedError, match="wait 60 s"),
        ),
    ],
)
async def test_what_a_provider_refuses_says_what_to_do(
    openai: OpenAIWire, models: Models, place: Place, refused: Refused, raises: Any
):
    openai.replies.append(refused)

    with raises:
        await models.model("openai:gpt-4o-mimi").answer(HI, place)

    assert len(openai.requests) == 1


@pytest.mark.usefixtures("openai")
async def test_a_refused_connection_is_an_unavailable_model(
    models: Models, place: Place, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")

    with pytest.raises(ModelUnavailableError):
        await models.model("openai:gpt-4o", timeout=0.3).answer(HI, place)


async def test_a_missing_key_says_which_setting_holds_it(
    models: Models, place: Place, openai: OpenAIWire, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("OPENAI_API_KEY")

    with pytest.raises(ModelAuthError, match="Set OPENAI_API_KEY"):
        await models.model("openai:gpt-4o").answer(HI, place)

    assert openai.requests == []


@pytest.mark.parametrize(
    ("name", "package", "says"),
    [
        (
            "anthropic:claude-haiku-4-5",
            "langchain_anthropic",
            r'pip install "amrikyy\[anthropic\]"',
        ),
        ("groq:llama", "langchain_groq", "pip install langchain langchain-groq"),
    ],
)
def test_a_missing_package_is_named_when_the_model_is(
    models: Models, monkeypatch: pytest.MonkeyPatch, name: str, package: str, says: str
):
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed

    with pytest.raises(ConfigurationError, match=says):
        models.model(name)


def test_the_table_of_providers_is_that_of_langchain():
    with pytest.raises(ValueError, match="Supported model providers are") as raised:
        importlib.import_module("langchain.chat_models").init_chat_model("x", model_provider="-")

    known = str(raised.value).partition("are: ")[2].split(", ")
    assert set(known) == {*PACKAGES, "google_genai"}


def test_ollama_takes_its_limit_from_the_client_and_a_schema_of_objects_as_a_format():
    bound: Any = Universal("ollama").bind(OfflineChatModel(), Ask(schema=CITY, max_output=7))

    assert bound.bound.num_predict == 7
    assert bound.kwargs["response_format"]["json_schema"]["schema"] == CITY
    assert "max_tokens" not in bound.kwargs


def test_anthropic_is_told_in_its_own_words_to_call_no_tool():
    ask = Ask(tools=[SEARCH], tool_choice="none")

    bound: Any = Universal("anthropic").bind(OfflineChatModel(), ask)

    assert bound.kwargs["tool_choice"] == {"type": "none"}
