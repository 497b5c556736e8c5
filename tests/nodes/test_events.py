"""How events look on the wire."""

from typing import get_args

from nodes.events import (
    Chunk,
    Complete,
    Connected,
    Event,
    Gap,
    NodeCompleted,
    NodeFailed,
    Notice,
    wire_data,
)
from nodes.usage import NO_USAGE


def test_names_are_camel_case_and_absent_optional_fields_are_left_out():
    event = Connected(stream_id="r", workflow_id="r", strategy="sequential", nodes=[], timestamp=1)

    assert wire_data(event) == {
        "streamId": "r",
        "workflowId": "r",
        "strategy": "sequential",
        "nodes": [],
        "timestamp": 1,
    }


def test_an_output_of_null_is_told_as_such():
    event = NodeCompleted(
        node="n", path="p", agent=None, method=None, attempt=1, output=None, duration=0,
        usage=NO_USAGE, cost=None,
    )  # fmt: skip

    data = wire_data(event)

    assert data["output"] is None
    assert data["cost"] is None
    assert "skipped" not in data


def test_a_gap_is_told_by_its_first_and_last_number():
    assert wire_data(Gap(first=3, last=7, timestamp=0)) == {"from": 3, "to": 7, "timestamp": 0}


def test_text_in_any_script_goes_through_unchanged():
    event = Chunk(chunk="مرحبا 🌍", node="n", path="p", agent="a", attempt=1, index=0)

    assert wire_data(event)["chunk"] == "مرحبا 🌍"


def test_every_event_has_a_name_of_its_own():
    names = [kind.__dataclass_fields__["event"].default for kind in get_args(Event)]

    assert len(set(names)) == len(names) == 12
    assert not set(names) & {
        kind.__dataclass_fields__["event"].default for kind in get_args(Notice)
    }


def test_booleans_and_full_texts_have_their_wire_names():
    failed = NodeFailed(
        node="n", path="p", agent="a", method="run", attempt=2, error="e", code="c", will_retry=True
    )
    complete = Complete(
        result={}, chunks=1, usage=NO_USAGE, cost=0.0, duration=5, full_text="all of it"
    )

    assert wire_data(failed)["willRetry"] is True
    assert wire_data(complete)["fullText"] == "all of it"
