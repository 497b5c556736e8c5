"""Models that talk to an imitated Gemini, and places in a run to ask from."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from nodes.models import Models, ModelSettings
from nodes.place import Place
from nodes.state import Context
from nodes.usage import Budget
from tests.wire import GeminiWire

FLASH = "google_genai:gemini-2.5-flash"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def gemini() -> Iterator[GeminiWire]:
    with GeminiWire() as gemini:
        yield gemini


@pytest.fixture
def settings(gemini: GeminiWire) -> ModelSettings:
    return ModelSettings(
        default=FLASH,
        google_api_key=SecretStr("test"),
        gemini_base_url=gemini.url,
        concurrency=2,
        timeout=10.0,
    )


@pytest.fixture
async def models(settings: ModelSettings) -> AsyncIterator[Models]:
    models = Models(settings)
    yield models
    await models.aclose()


@pytest.fixture
def told() -> list[Any]:
    """The events and notices that a test's places emit."""
    return []


@pytest.fixture
def place_with(told: list[Any]) -> Callable[[Budget], Place]:
    """Make a place whose run has a budget."""

    def place_with(budget: Budget) -> Place:
        context = Context(run_id="run", budget=budget)
        place = Place(
            path="steps[0]",
            name="travel",
            context=context,
            emit=told.append,
            finish=lambda output: output,
        )
        place.agent = "travel"
        return place

    return place_with


@pytest.fixture
def place(place_with: Callable[[Budget], Place]) -> Place:
    return place_with(Budget())
