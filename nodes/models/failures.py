"""What a provider's client raises, as our errors: by HTTP status, else by the exception's name."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final

from nodes.errors import (
    ModelAuthError,
    ModelError,
    ModelRequestError,
    ModelTimeoutError,
    ModelUnavailableError,
    RateLimitedError,
    UnknownModelError,
    close_matches,
)
from nodes.models.prices import priced

# Clients wrap httpx, httpx2 or aiohttp, none of which is imported here: what they raise is known
# by its name and those of its bases.
TIMEOUTS: Final = {"ModelTimeoutError", "TimeoutError", "TimeoutException"}
CONNECTIONS: Final = {
    "ClientConnectionError",  # aiohttp
    "ClientPayloadError",
    "ConnectionError",
    "ModelConnectionError",  # langchain-core
    "TransportError",  # httpx
    "UnknownApiResponseError",  # google-genai, of a line that was cut
}
NOTHING: Final = "No generation chunks"  # langchain-core, of an answer without a single chunk
CREDENTIALS: Final = re.compile("api.?key|credential|authenticat", re.IGNORECASE)
STATUSES: Final = range(400, 600)
LONGEST_EXCERPT: Final = 300  # characters of a provider's own words


def status_of(error: BaseException) -> int | None:
    """The HTTP status behind what a client raised."""
    for each in causes(error):
        response = getattr(each, "response", None)
        for status in (
            getattr(each, "status_code", None),
            getattr(each, "code", None),
            getattr(response, "status_code", None),
        ):
            if isinstance(status, int) and status in STATUSES:
                return status
    return None


def delay_of(error: BaseException) -> float | None:
    """Seconds the provider asks to wait, in the error's details or the `retry-after` header."""
    for each in causes(error):
        for detail in details_of(each):
            if (delay := _seconds(str(detail.get("retryDelay", "")).removesuffix("s"))) is not None:
                return delay
        headers = getattr(getattr(each, "response", None), "headers", None) or {}
        if (delay := _seconds(headers.get("retry-after", ""))) is not None:
            return delay
    return None


def details_of(error: BaseException) -> Iterator[Mapping[str, Any]]:
    """The details of an error of Google's APIs (https://google.aip.dev/193)."""
    body = getattr(error, "details", None)
    fault = body.get("error") if isinstance(body, dict) else None
    details = fault.get("details") if isinstance(fault, dict) else None
    for detail in details if isinstance(details, list) else ():
        if isinstance(detail, dict):
            yield detail


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """`error` and what it was raised from."""
    while error is not None:
        yield error
        error = error.__cause__


def excerpt(error: BaseException) -> str:
    """The beginning of what `error` says, in one line."""
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= LONGEST_EXCERPT else f"{text[:LONGEST_EXCERPT]}…"


def translate(error: Exception, name: str, key: str) -> ModelError:
    """Return our error for what the client of the model `name` raised.

    Args:
        key: where to put another key, such as an environment variable.
    """
    status = status_of(error)
    if status is not None:
        return _by_status(status, error, name, key)
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & TIMEOUTS:
        return ModelTimeoutError(f"{name!r} did not answer in time: {excerpt(error)}")
    if kinds & CONNECTIONS or str(error).startswith(NOTHING):
        return ModelUnavailableError(
            f"The connection to {name!r} failed: {excerpt(error)}. "
            "Check the network and the address, or try again."
        )
    if CREDENTIALS.search(str(error)):
        return ModelAuthError(f"There is no key for {name!r}. Set {key}. ({excerpt(error)})")
    return ModelError(
        f"The client of {name!r} raised {type(error).__name__}: {excerpt(error)}. "
        "Check the agent's model, messages and tools."
    )


def _by_status(status: int, error: Exception, name: str, key: str) -> ModelError:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return _rate_limited(error, name)
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return refused_key(error, name, key)
    if status == HTTPStatus.NOT_FOUND:
        return _unknown_model(error, name)
    if status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT}:
        return ModelTimeoutError(f"{name!r} did not answer in time: {excerpt(error)}")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.CONFLICT:
        return ModelUnavailableError(
            f"{name!r} is not available now ({status}): {excerpt(error)}. Try again later, "
            "or give the agent `fallbackModels`."
        )
    return ModelRequestError(
        f"{name!r} did not accept the request ({status}): {excerpt(error)}. "
        "Check the agent's messages, tools and schema."
    )


def refused_key(error: Exception, name: str, key: str) -> ModelAuthError:
    return ModelAuthError(f"The key was refused for {name!r}: {excerpt(error)}. Set {key}.")


def _unknown_model(error: Exception, name: str) -> UnknownModelError:
    provider, _, model = name.partition(":")
    known = priced(provider)
    hint = f" {close_matches(model, known)}" if known else ""
    return UnknownModelError(f"The provider knows no model {name!r}: {excerpt(error)}.{hint}")


def _rate_limited(error: Exception, name: str) -> ModelError:
    if getattr(error, "code", None) == "insufficient_quota":  # OpenAI: no money, so no use to wait
        return ModelRequestError(
            f"The account for {name!r} has no credit left: {excerpt(error)}. Add credit to it."
        )
    delay = delay_of(error)
    asks = "" if delay is None else f" and asks to wait {delay:g} s"
    return RateLimitedError(
        f"The provider limits how often {name!r} is called{asks}. Try again later, lower "
        "`maxConcurrency`, or give the agent `fallbackModels`.",
        delay,
    )


def _seconds(text: str) -> float | None:
    """Seconds, from a number or an HTTP date; None if it is neither."""
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return None
