"""`Stats`: how many runs and agent calls there were, counted from events."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from nodes.events import Event, NodeCompleted, NodeFailed, Notice


@dataclass
class _Calls:
    successful: int = 0
    failed: int = 0


@dataclass
class Stats:
    """Counts runs and agent calls since it was made, or since `reset`."""

    total: int = 0
    completed: int = 0
    failed: int = 0
    active: int = 0
    _milliseconds: int = 0
    _by_strategy: Counter[str] = field(default_factory=Counter)
    _agents: dict[str, _Calls] = field(default_factory=lambda: defaultdict(_Calls))

    def begin(self, strategy: str, *, again: bool = False) -> None:
        """Count a run that begins, or goes on `again` after somebody's answer."""
        self.active += 1
        if not again:
            self.total += 1
            self._by_strategy[strategy] += 1

    def end(self, status: str, duration: float) -> None:
        """Count a run that ended, or waits for an answer, after `duration` seconds."""
        self.active -= 1
        self._milliseconds += round(duration * 1000)
        if status != "interrupted":
            self.completed += status == "success"
            self.failed += status != "success"

    def count(self, event: Event | Notice) -> None:
        """Count what an agent did."""
        match event:
            case NodeCompleted(agent=str(agent), skipped=None):
                self._agents[agent].successful += 1
            case NodeFailed(agent=str(agent)):
                self._agents[agent].failed += 1
            case _:
                pass

    def reset(self) -> None:
        """Begin anew; runs that are under way stay counted as such."""
        active = self.active
        self.__init__()  # type: ignore[misc]
        self.active = active

    def report(self) -> dict[str, Any]:
        """Return the contract's `stats` object."""
        ended = self.completed + self.failed
        return {
            "totalWorkflows": self.total,
            "completedWorkflows": self.completed,
            "failedWorkflows": self.failed,
            "activeWorkflows": self.active,
            "avgDuration": f"{round(self._milliseconds / ended) if ended else 0}ms",
            "successRate": _rate(self.completed, ended),
            "byStrategy": dict(self._by_strategy),
            "agents": [
                {
                    "name": name,
                    "totalCalls": calls.successful + calls.failed,
                    "successfulCalls": calls.successful,
                    "failedCalls": calls.failed,
                    "successRate": _rate(calls.successful, calls.successful + calls.failed),
                }
                for name, calls in sorted(self._agents.items())
            ],
        }


def _rate(part: int, whole: int) -> str:
    return f"{100 * part / whole if whole else 0:.2f}%"
