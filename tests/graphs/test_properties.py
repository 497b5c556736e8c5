"""Any definition means on the engine what it means to the plain reference."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs.catalog import Catalog
from graphs.coordinator import Coordinator
from nodes.events import (
    Chunk,
    Close,
    Complete,
    Connected,
    Event,
    Failed,
    NodeCompleted,
    NodeFailed,
    NodeStarted,
    Progress,
)
from nodes.python_call import CallContext
from tests.graphs.definitions import Definition, definitions
from tests.graphs.reference import Reference
from tests.graphs.script import Script, ScriptedAgent
from tests.graphs.virtual_time import VirtualTimeLoop

EXAMPLES = 1000
UNTOLD = {"workflowId", "duration", "usage", "cost", "error"}


class Engine:
    """The engine on a loop where waiting takes no time, with an agent that follows a script."""

    def __init__(self) -> None:
        self.script = Script()
        self.coordinator = Coordinator(Catalog())
        self.coordinator.register_agent("scripted", ScriptedAgent(self.script))
        self.loop = VirtualTimeLoop()

    def takes(self, definition: Definition) -> None:
        self.script.behaviours = dict(definition.behaviours)
        for name, workflow in definition.workflows.items():
            self.coordinator.define_workflow(name, workflow)

    def run(self, definition: Definition, seed: int) -> dict[str, Any]:
        self.script.begin(seed)
        run = self.coordinator.execute(definition.spec, definition.given)
        return told(self.loop.run_until_complete(run).to_dict())

    def listen(self, definition: Definition, seed: int) -> list[Event]:
        async def collect() -> list[Event]:
            stream = self.coordinator.stream(definition.spec, definition.given)
            return [event async for event in stream]

        self.script.begin(seed)
        return self.loop.run_until_complete(collect())

    def expect(self, definition: Definition, seed: int) -> tuple[dict[str, Any], bool]:
        """What the reference makes of it, and whether its timing leaves that open."""
        self.script.begin(seed)
        reference = Reference(self.script, definition.workflows)
        run = reference.run(definition.spec, definition.given)
        return self.loop.run_until_complete(run), reference.ties


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    engine = Engine()
    yield engine
    engine.loop.close()


def told(value: Any) -> Any:
    """Return a result without times, usage and costs: what the reference says of it."""
    if isinstance(value, dict):
        return {key: told(part) for key, part in value.items() if key not in UNTOLD}
    return [told(part) for part in value] if isinstance(value, list) else value


def many(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )


@many(EXAMPLES)
@given(definition=definitions(), seed=st.integers(0, 99))
def test_any_definition_means_what_the_reference_says_however_long_its_agents_take(
    engine: Engine, definition: Definition, seed: int
):
    engine.takes(definition)

    expected, is_open = engine.expect(definition, seed)
    result = engine.run(definition, seed)
    events = engine.listen(definition, seed + 100 if definition.is_timeless else seed)

    if is_open:  # members that end at the same moment: either may be the first
        assert result.keys() >= {"success", "strategy", "finalResult"}
    else:
        assert result == expected
        assert end_of(events) == result.get("code", result)
    assert_stream(events)


def end_of(events: list[Event]) -> Any:
    """Return the result that a stream tells, or the code of its failure."""
    last = events[-1 - (events[-1].event == "close")]
    if isinstance(last, Failed):
        return last.code
    assert isinstance(last, Complete)
    return told(last.result)


def assert_stream(events: list[Event]) -> None:
    """Assert what is true of every stream."""
    first, *between, last = events
    assert isinstance(first, Connected)
    assert isinstance(last, Close)
    assert not any(isinstance(event, Connected | Close) for event in between)
    assert last.message_count == len(events) - 1
    assert_progress(events)
    assert_nodes(first, events)


def assert_progress(events: list[Event]) -> None:
    told = [event for event in events if isinstance(event, Progress)]

    assert [event.progress for event in told] == sorted(event.progress for event in told)
    assert [event.completed for event in told] == sorted(event.completed for event in told)
    assert all(event.completed <= event.total and 0 <= event.progress <= 100 for event in told)
    if any(isinstance(event, Complete) for event in events):
        assert told[-1].progress == 100


def assert_nodes(connected: Connected, events: list[Event]) -> None:
    leaves = [node["path"] for node in connected.nodes]
    assert len(leaves) == len(set(leaves))
    under_way: dict[str, int] = {}
    latest: Counter[str] = Counter()
    for event in events:
        match event:
            case NodeStarted(path=path, attempt=attempt):
                assert path not in under_way
                assert attempt == latest[path] + 1
                assert as_written(path) in leaves
                under_way[path] = latest[path] = attempt
            case NodeCompleted(skipped=True):
                pass
            case NodeCompleted(path=path, attempt=attempt) | NodeFailed(path=path, attempt=attempt):
                # What ends without having begun this attempt: a failure told once more, as final.
                assert under_way.pop(path) == attempt
            case _:
                pass
    assert not under_way


def as_written(path: str) -> str:
    """Return the place in the definition of a path, which has rounds and items in it."""
    path = re.sub(r"(body)\[\d+\]", r"\1", path)
    path = re.sub(r"(master)\[\d+\]", r"\1", path)
    return re.sub(r"(subAgents\[\d+\])\[\d+\]\[\d+\]", r"\1", path)


@many(50)
@given(texts=st.lists(st.text(max_size=5), max_size=8), shape=st.sampled_from(["steps", "tasks"]))
def test_chunks_are_numbered_from_0_without_gaps_in_the_order_they_were_said(
    engine: Engine, texts: list[str], shape: str
):
    async def speak(value: Any, context: CallContext) -> str:
        for text in texts:
            await asyncio.sleep(0)
            context.say(text)
        return "".join(texts)

    engine.coordinator.register_agent("speaker", speak)
    definition = Definition({shape: [{"agent": "speaker"}] * 2}, {}, None, {})

    chunks = [e for e in engine.listen(definition, 0) if isinstance(e, Chunk)]

    assert [chunk.index for chunk in chunks] == list(range(len(chunks)))
    for path in (f"{shape}[0]", f"{shape}[1]"):
        assert [c.chunk for c in chunks if c.path == path] == [text for text in texts if text]
