"""`clock`: the date and time now, in any time zone."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from langchain_core.tools import ToolException, tool

from nodes.errors import close_matches


@tool
def clock(zone: str = "UTC") -> str:
    """Tell the date, weekday and time now in a time zone, named like "Africa/Cairo" or "UTC"."""
    now = datetime.now(_zone(zone))
    return f"{now:%A}, {now.isoformat(timespec='seconds')} ({zone})"


def _zone(name: str) -> tzinfo:
    if name.upper() in ("UTC", "GMT", "Z"):
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        zones = available_timezones()
        hint = close_matches(name, zones) if zones else "Only UTC is known on this machine."
        raise ToolException(f"There is no time zone {name!r}. {hint}") from error
