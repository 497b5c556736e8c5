"""`Record`: what a run has told so far, so that it goes on counting where it stopped."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from nodes.errors import InvalidInputError
from nodes.events import (
    Chunk,
    Event,
    Expanded,
    NodeCompleted,
    NodeFailed,
    NodeStarted,
    Notice,
    Progress,
)
from nodes.usage import Budget

ALL: Final = 100  # per cent


class Record:
    """Counts a run's events, chunks, attempts and nodes; one a run, however often it goes on."""

    def __init__(self, nodes: int, budget: Budget) -> None:
        self.budget = budget
        self.seconds = 0.0  # that the run was under way, its waiting for people left out
        self.waits_for: tuple[str, ...] = ()  # ids of the interrupts that nobody answered yet
        self._asked: set[str] = set()  # ids of all interrupts there were
        self.events = self.chunks = 0
        self.attempts: dict[str, int] = {}  # {path: its latest attempt}
        self._total, self._completed, self._share = nodes, 0, 0

    def ask(self, ids: Iterable[str]) -> None:
        """Note what the run waits for now."""
        self.waits_for = tuple(ids)
        self._asked.update(self.waits_for)

    def answers(self, answer: Any) -> dict[str, Any]:
        """Return `{interrupt id: answer}`, as people may give it; raises `InvalidInputError`.

        Where one question is open, its answer alone will do.
        """
        if isinstance(answer, Mapping) and set(answer) & (self._asked - {*self.waits_for}):
            raise InvalidInputError("This question was answered already; the run asks another now.")
        is_by_id = isinstance(answer, Mapping) and set(answer) & set(self.waits_for)
        if not is_by_id and len(self.waits_for) == 1:
            return {self.waits_for[0]: answer}
        if not is_by_id or set(answer) - set(self.waits_for):
            ids = ", ".join(self.waits_for)
            raise InvalidInputError(
                f"The run waits for {len(self.waits_for)} answers. Give them by the id of the "
                f"interrupt, some or all at once: {ids}."
            )
        return dict(answer)

    def take(self, event: Event | Notice) -> Progress | None:
        """Count `event` and return the progress that it made, if it made any."""
        if not isinstance(event, Notice):
            self.events += 1
        match event:
            case Chunk():
                self.chunks += 1
            case NodeStarted(path=path, attempt=attempt):
                self.attempts[path] = attempt
            case NodeCompleted() | NodeFailed(will_retry=False):
                self._completed += 1
                return self._progress()
            case Expanded(extra=extra):
                self._total += extra
            case _:
                pass
        return None

    def progress_at_end(self) -> Progress | None:
        """Return what is left to say once all has run: no more nodes than these were to run."""
        if self._share == ALL:
            return None
        self._total = self._completed
        return self._progress()

    def _progress(self) -> Progress:
        total = max(self._total, self._completed)
        # Nodes that nobody knew of make the share smaller; what was shown is never taken back.
        share = ALL * self._completed // total if total else ALL
        self._share = max(self._share, share)
        return Progress(progress=self._share, completed=self._completed, total=total)
