import signal

import pytest

from tests.server.cli.command import interrupt, read_until
from tests.wire import INVALID_KEY, Forever, GeminiWire, Text


@pytest.fixture
def wire():
    with GeminiWire() as wire:
        yield wire


def settings(wire):
    return {"GOOGLE_API_KEY": "key", "AMRIKYY_GEMINI_BASE_URL": wire.url}


WRITE = ("run", "w.yaml", "--workflow", "write", "--input", "القاهرة")


def test_a_real_model_streams_to_the_terminal(amrikyy, wire):
    wire.reply(Text("مدينة قديمة 🧭"))

    done = amrikyy(*WRITE, **settings(wire))

    assert done.status == 0
    assert done.out == "مدينة قديمة 🧭\n"
    assert "tokens" in done.err
    assert "No model is configured" not in done.err
    assert "القاهرة" in wire.requests[0].text


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_call_of_the_model(amrikyy, wire, number):
    wire.reply(Forever())
    with amrikyy.started(*WRITE, **settings(wire)) as process:
        read_until(process, "→ writer")
        await wire.wait_until(lambda: wire.open == 1, within=30)

        done = interrupt(process, number)
        await wire.wait_closed()

    assert done.status == 128 + number
    assert len(wire.requests) == 1


def test_a_failed_model_is_status_1(amrikyy, wire):
    wire.default = INVALID_KEY

    done = amrikyy(*WRITE, **settings(wire))

    assert done.status == 1
    assert "GOOGLE_API_KEY" in done.err


def test_doctor_makes_no_call_that_costs(amrikyy, wire):
    done = amrikyy("doctor", **settings(wire))

    assert [request.path for request in wire.requests] == ["/v1beta/models/gemini-2.5-flash"]
    assert done.status == 1
    assert "has no model 'gemini-2.5-flash'" in done.out


def test_doctor_tells_that_nobody_is_there(amrikyy, wire):
    done = amrikyy("doctor", GOOGLE_API_KEY="key", AMRIKYY_GEMINI_BASE_URL="http://127.0.0.1:9")

    assert done.status == 1
    assert "cannot be reached" in done.out
