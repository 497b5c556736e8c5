"""What clients raise, as our errors."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx
import pytest
from langchain_core.messages import HumanMessage

from nodes.errors import (
    ModelAuthError,
    ModelError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
    RateLimitedError,
    UnknownModelError,
)
from nodes.models import Models
from nodes.models.failures import delay_of, translate
from nodes.place import Place
from tests.wire import Cut, GeminiWire, Refusal

HI: list[Any] = [HumanMessage("Hi")]
NAME = "google_genai:gemini-2.5-flash"
RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.05s"}


def google_error(code: int, details: Any, headers: dict[str, str] | None = None) -> Exception:
    from google.genai.errors import ClientError

    response = None if headers is None else httpx.Response(code, headers=headers)
    return ClientError(code, details, response)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (400, ModelRequestError),
        (401, ModelAuthError),
        (403, ModelAuthError),
        (404, UnknownModelError),
        (408, ModelTimeoutError),
        (409, ModelUnavailableError),
        (413, ModelRequestError),
        (429, RateLimitedError),
        (500, ModelUnavailableError),
        (503, ModelUnavailableError),
        (504, ModelTimeoutError),
    ],
)
async def test_a_status_of_gemini_becomes_our_error(
    gemini: GeminiWire, models: Models, place: Place, code: int, kind: type[ModelError]
):
    gemini.default = Refusal(code, "Because.")

    with pytest.raises(ModelError) as raised:
        await models.model(timeout=0.4).answer(HI, place)

    assert type(raised.value) is kind
    assert NAME in str(raised.value)
    assert raised.value.__cause__ is not None


async def test_an_unknown_model_lists_close_matches(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(Refusal(404, "Not found."))

    with pytest.raises(UnknownModelError, match=r"Did you mean .*'gemini-2\.5-flash'"):
        await models.model("google_genai:gemini-2.5-flsh").answer(HI, place)


async def test_a_connection_lost_before_the_first_byte_is_tried_again(
    gemini: GeminiWire, models: Models, place: Place
):
    gemini.reply(Cut(), "done")

    assert (await models.model().answer(HI, place)).text == "done"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ReadTimeout("slow"), ModelTimeoutError),
        (TimeoutError("slow"), ModelTimeoutError),
        (httpx.ConnectError("refused"), ModelUnavailableError),
        (ConnectionRefusedError("refused"), ModelUnavailableError),
        (ValueError("No generation chunks were returned"), ModelUnavailableError),
        (TypeError("Could not resolve authentication method"), ModelAuthError),
        (ValueError(""), ModelError),
    ],
)
def test_what_has_no_status_is_known_by_its_name(error: Exception, kind: type[ModelError]):
    assert type(translate(error, "openai:gpt-4o", "OPENAI_API_KEY")) is kind


def test_a_long_error_of_a_provider_is_cut():
    error = translate(ValueError("x" * 5000), "mistralai:large", "MISTRALAI_API_KEY")

    assert len(str(error)) < 600


def test_an_unknown_model_of_a_provider_whose_models_we_do_not_know():
    error = google_error(404, {"message": "No such model."})

    assert "Did you mean" not in str(translate(error, "mistralai:large", "MISTRALAI_API_KEY"))


@pytest.mark.parametrize(
    ("details", "headers", "delay"),
    [
        ({"error": {"details": [{"@type": "x"}, RETRY]}}, None, 0.05),
        ({"error": {"details": [RETRY]}}, {"retry-after": "9"}, 0.05),
        ({"message": "No.", "status": "X"}, {"retry-after": "9"}, 9.0),
        ({"error": {"details": "none"}}, {}, None),
        ({"error": {"details": ["none"]}}, None, None),
        ({"error": "none"}, None, None),
        ({}, {"retry-after": "soon"}, None),
        ({}, {"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({}, {"retry-after": "Wed, 21 Oct 2015 07:28:00 -0000"}, None),
    ],
)
def test_the_delay_is_found_wherever_it_stands(
    details: Any, headers: dict[str, str] | None, delay: float | None
):
    assert delay_of(google_error(429, details, headers)) == delay


def test_a_delay_may_be_a_date():
    soon = format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)

    delay = delay_of(google_error(429, {}, {"retry-after": soon}))

    assert delay is not None
    assert 28 <= delay <= 30
