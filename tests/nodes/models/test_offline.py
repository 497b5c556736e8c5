"""The model seen from outside: streams, usage, limits, cancelling, one answer everywhere."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, AIMessageChunk, HumanMessage, SystemMessage

from nodes.models.offline import OfflineChatModel

ROOT = Path(__file__).parents[3]
TRIP = json.dumps({"destination": "Lisbon", "days": 5, "budget": 1500, "interests": ["food"]})
LONG = "\n".join(
    f"The ferry number {n} leaves the port of Lisbon at {n % 24} and carries {n * 3} people."
    for n in range(450)
)


async def streamed(model: OfflineChatModel, asked: str, **options: Any) -> AIMessageChunk:
    chunks = [chunk async for chunk in model.astream(asked, **options)]
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    return whole


def test_an_answer_says_that_the_offline_model_gave_it():
    answer = OfflineChatModel().invoke(TRIP)

    assert answer.response_metadata == {
        "model_name": "offline-extractive",
        "model_provider": "offline",
        "offline": True,
        "skill": "itinerary",
        "finish_reason": "stop",
    }


def test_no_label_stands_in_the_text():
    assert "offline" not in OfflineChatModel().invoke(TRIP).text.lower()


async def test_stream_and_whole_answer_are_the_same():
    model = OfflineChatModel()

    whole = await model.ainvoke(TRIP)
    stream = await streamed(model, TRIP)
    pieces = list(model.stream(TRIP))

    assert stream.text == whole.text == model.invoke(TRIP).text
    assert "".join(piece.text for piece in pieces) == whole.text
    assert stream.usage_metadata == whole.usage_metadata
    assert stream.response_metadata == whole.response_metadata


@given(st.text(max_size=200), st.text(max_size=60))
@settings(max_examples=50, deadline=None)
def test_usage_is_exact_in_its_own_pieces(asked: str, system: str):
    answer = OfflineChatModel().invoke([SystemMessage(system), HumanMessage(asked)])

    usage = answer.usage_metadata
    assert usage is not None
    assert usage["input_tokens"] == len(asked.split()) + len(system.split())
    assert usage["output_tokens"] == len(re.findall(r"\s*\S+", answer.text)) > 0
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


@pytest.mark.parametrize("by", ["call", "model"])
async def test_max_tokens_cuts_and_says_so(by: str):
    model = OfflineChatModel(max_tokens=7 if by == "model" else None)
    options: dict[str, Any] = {"max_tokens": 7} if by == "call" else {}

    whole = await model.ainvoke(TRIP, **options)
    stream = await streamed(model, TRIP, **options)

    assert stream.text == whole.text == "**Day by day: Lisbon, 5 days**\n-"
    assert whole.response_metadata["finish_reason"] == "length"
    assert whole.usage_metadata is not None
    assert whole.usage_metadata["output_tokens"] == 7


def test_an_answer_ends_before_the_first_stop_word():
    answer = OfflineChatModel().invoke(TRIP, stop=["Day 3", "Day 2", "", "nowhere"])

    assert answer.text.endswith("food in the afternoon\n-")
    assert answer.response_metadata["finish_reason"] == "stop"


def test_stop_words_may_belong_to_the_model():
    assert OfflineChatModel(stop=["Lisbon"]).invoke(TRIP).text == "**Day by day:"


def test_a_call_may_name_another_model():
    assert OfflineChatModel().invoke("Hi", model="other").response_metadata["model_name"] == "other"


@pytest.mark.parametrize("asked", [TRIP, f"Summarise:\n{LONG}"])
async def test_a_stream_that_is_cancelled_ends_at_once(asked: str):
    model, heard = OfflineChatModel(delay=0.01), asyncio.Event()

    async def read() -> None:
        async for _ in model.astream(asked):
            heard.set()

    async with asyncio.TaskGroup() as group:
        reader = group.create_task(read())
        await heard.wait()
        reader.cancel()

    assert reader.cancelled()


async def test_delay_is_waited_for_before_each_piece():
    model = OfflineChatModel(delay=0.002)

    for run in (model.ainvoke("Hello"), streamed(model, "Hello")):
        began = perf_counter()
        answer = await run
        assert perf_counter() - began >= 0.002 * len(answer.text.split())
    for answer in (model.invoke("Hello"), *model.stream("Hello")):
        assert isinstance(answer, AIMessage)


async def test_a_long_text_does_not_hold_up_the_loop():
    longest, ticking = 0.0, True

    async def tick() -> None:
        nonlocal longest
        last = perf_counter()
        while ticking:
            await asyncio.sleep(0.001)
            longest, last = max(longest, perf_counter() - last), perf_counter()

    async with asyncio.TaskGroup() as group:
        group.create_task(tick())
        began = perf_counter()
        answer = await OfflineChatModel().ainvoke(f"Summarise:\n{LONG}")
        took, ticking = perf_counter() - began, False

    assert answer.text.count("\n- ") == 4
    assert longest < max(0.25, took / 2)


def test_the_same_input_gives_the_same_answer_in_every_process():
    program = (
        "import sys\n"
        "from nodes.models.offline import OfflineChatModel\n"
        "model = OfflineChatModel()\n"
        "tool = {'type': 'function', 'function': {'name': 'a', 'parameters': {}}}\n"
        "for asked in sys.argv[1:]:\n"
        "    print(model.invoke(asked).text)\n"
        "    print(model.invoke(asked, response_schema={}).text)\n"
        "    print(model.bind_tools([tool], tool_choice='a').invoke(asked).tool_calls)\n"
    )
    command = [sys.executable, "-c", program, TRIP, LONG[:3000], "لخص: " + LONG[:900]]

    said = {
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed, "PYTHONIOENCODING": "utf-8"},
        ).stdout
        for seed in ("0", "1", "2026")
    }

    assert len(said) == 1


@pytest.mark.parametrize(
    "sentence",
    [
        "المتحف \u200fمجاني\u200e يوم الأحد بعد الظهر.",
        "The café 🍮 near the tower 🗼 opens at 7:30 – really 👨‍👩‍👧!",
        "زرنا Museu do Azulejo في لشبونة يوم 3 مايو 🎉.",
    ],
)
def test_scripts_signs_and_direction_marks_pass_unharmed(sentence: str):
    assert sentence in OfflineChatModel().invoke(f"Summarise:\n{sentence}").text


def test_content_blocks_are_read_as_text():
    blocks: list[str | dict[str, object]] = [
        "Summarise:",
        {"type": "text", "text": "The tower is open on Sundays from nine."},
        {"type": "image", "url": "https://example.org/tower.png"},
    ]

    answer = OfflineChatModel().invoke([HumanMessage(blocks)])

    assert "- The tower is open on Sundays from nine." in answer.text


def test_a_conversation_without_a_question_is_answered():
    assert OfflineChatModel().invoke([SystemMessage("You summarise.")]).text
    assert "tower" in OfflineChatModel().invoke([AIMessage("The tower is open on Sundays.")]).text


def test_its_description_tells_models_apart():
    params = OfflineChatModel(max_tokens=3)._get_ls_params()  # noqa: SLF001  what traces show

    assert params["ls_provider"] == "offline"
    assert params["ls_model_name"] == "offline-extractive"
