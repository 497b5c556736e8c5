"""Agents and a coordinator on a loop where waiting takes no time."""

import asyncio
from collections.abc import Callable

import pytest

from graphs.catalog import Catalog
from graphs.coordinator import Coordinator
from tests.graphs.crew import Crew
from tests.graphs.virtual_time import VirtualTimeLoop


@pytest.fixture
def crew() -> Crew:
    return Crew()


@pytest.fixture
def coordinator(crew: Crew) -> Coordinator:
    coordinator = Coordinator(Catalog())
    for name, agent in crew.agents.items():
        coordinator.register_agent(name, agent)
    return coordinator


@pytest.fixture(scope="module")
def virtual_time() -> tuple[str, dict[str, Callable[[], asyncio.AbstractEventLoop]]]:
    """What `anyio_backend` is where tests have agents that take their time."""
    return "asyncio", {"loop_factory": VirtualTimeLoop}
