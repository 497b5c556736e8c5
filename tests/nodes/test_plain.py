"""What agents may hand over."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import BaseModel

from nodes.errors import InvalidValueError
from nodes.plain import plain


@dataclass
class Pair:
    one: int
    two: list[str]


class Model(BaseModel):
    name: str


@pytest.mark.parametrize(
    ("value", "data"),
    [
        ("text", "text"),
        (None, None),
        (True, True),
        ({"a": (1, 2)}, {"a": [1, 2]}),
        (Pair(1, ["مرحبا"]), {"one": 1, "two": ["مرحبا"]}),
        (Model(name="n"), {"name": "n"}),
        (datetime(2026, 11, 23, tzinfo=UTC), "2026-11-23T00:00:00Z"),
        ({3, 1}, [1, 3]),
    ],
)
def test_models_dataclasses_dates_and_sets_become_data(value: Any, data: Any):
    assert plain(value, "someone") in (data, data[::-1] if isinstance(data, list) else data)


def test_what_is_handed_over_is_a_copy():
    given = {"list": [1]}

    assert plain(given, "someone") == given
    assert plain(given, "someone")["list"] is not given["list"]


def test_what_is_no_data_is_refused_and_its_giver_named():
    with pytest.raises(
        InvalidValueError, match=r"travel\.run gave object, which is not plain data"
    ):
        plain(object(), "travel.run")


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (float("nan"), "gave nan, which is not plain data: JSON has finite numbers only"),
        ({"a": [1, float("-inf")]}, r"gave -inf at 'a\[1\]'"),
        ("a\ud800", "character 1 is half of a pair"),
        ([2**70], r"an integer of 71 bits at '\[0\]'"),
        ({"a": iter([1])}, "gave list_iterator at 'a', .* it can be read only once"),
        (Pair(1, (text for text in "ab")), "gave generator at 'two'"),  # type: ignore[arg-type]
    ],
)
def test_what_no_wire_or_checkpoint_can_hold_is_refused_with_its_place(value: Any, fault: str):
    with pytest.raises(InvalidValueError, match=fault):
        plain(value, "someone")


def test_what_contains_itself_is_refused():
    value: list[Any] = []
    value.append(value)

    with pytest.raises(InvalidValueError, match="contains itself"):
        plain(value, "someone")
