"""The clock tells the time in any zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import reset_tzpath

import pytest
from langchain_core.tools import ToolException

from nodes.tools.clock import clock


@pytest.mark.parametrize("zone", ["UTC", "utc", "Africa/Cairo", "Asia/Kolkata"])
def test_the_time_is_told_in_the_zone_that_is_named(zone):
    weekday, told, named = clock.invoke({"zone": zone}).split(" ")

    moment = datetime.fromisoformat(told)
    assert abs(datetime.now(UTC) - moment) < timedelta(minutes=1)
    assert f"{moment:%A}," == weekday
    assert named == f"({zone})"


@pytest.mark.parametrize("zone", ["Africa/Kairo", "../etc/passwd", "", "Africa"])
def test_an_unknown_zone_is_told_with_close_matches(zone):
    with pytest.raises(ToolException, match=f"There is no time zone '{zone}'. ") as caught:
        clock.invoke({"zone": zone})

    assert zone != "Africa/Kairo" or "'Africa/Cairo'" in str(caught.value)


def test_a_machine_without_time_zones_knows_utc(tmp_path):
    reset_tzpath([str(tmp_path)])
    try:
        told = clock.invoke({"zone": "UTC"})
        with pytest.raises(ToolException, match="There is no time zone 'Mars/Base'"):
            clock.invoke({"zone": "Mars/Base"})
    finally:
        reset_tzpath()

    assert told.endswith("(UTC)")
