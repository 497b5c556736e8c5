"""How a run is followed: a live tree in a terminal, lines elsewhere; both on stderr."""

import asyncio
from collections.abc import Iterator
from time import monotonic
from types import TracebackType
from typing import Final, Protocol, Self

from rich.cells import cell_len
from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.text import Text

from nodes.events import Event, NodeCompleted, NodeFailed, NodeStarted, Notice
from server.cli.terminal import one_line, say, screen
from server.cli.timeline import Row, State, Timeline, Work

FRAME: Final = 0.1  # s
SPINNER: Final = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
TALLEST: Final = 40  # lines of a tree that stays

_MARKS: Final[dict[State, tuple[str, str]]] = {
    "waiting": ("·", "dim"),
    "asking": ("?", "yellow"),
    "done": ("✓", "green"),
    "skipped": ("○", "dim"),
    "failed": ("✗", "red"),
    "cancelled": ("■", "yellow"),
}
# Where there is no room for all, who is shown first.
_FIRST: Final[dict[State, int]] = {
    "running": 0, "asking": 0, "failed": 1, "cancelled": 1, "done": 2, "skipped": 3, "waiting": 4,
}  # fmt: skip


class Progress(Protocol):
    """Something that shows a run; used as `with`, it leaves the terminal in order."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def show(self, event: Event | Notice) -> None:
        """Show what an event tells."""
        ...

    async def keep_fresh(self) -> None:
        """Go on showing, until cancelled, what changes without an event."""
        ...


class Lines:
    """A line for each thing that happens."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timeline.stop()

    def show(self, event: Event | Notice) -> None:
        work = self._timeline.take(event)
        if work is None:
            return
        line = _start(event, work) if isinstance(event, NodeStarted) else _end(event, work)
        if line:
            say(line)

    async def keep_fresh(self) -> None:
        """Lines stay as they are."""


def _start(event: NodeStarted, work: Work) -> str:
    name = one_line(work.title)
    if event.agent is None:  # an approval, which is said once though it is asked anew
        return f"? {name}" if event.attempt == 1 else ""
    attempt = f", attempt {event.attempt}" if event.attempt > 1 else ""
    return f"→ {name}{_called(work)}{attempt}"


def _end(event: Event | Notice, work: Work) -> str:
    name = one_line(work.title)
    match event:
        case NodeCompleted(skipped=True):
            return f"○ {name}: left out"
        case NodeCompleted():
            return f"✓ {name}: {' · '.join(_spent(work))}"
        case NodeFailed(will_retry=True):
            return f"! {name}: {one_line(event.error)} It is tried again."
        case NodeFailed():
            return f"✗ {name}: {one_line(event.error)}"
    return ""


class Tree:
    """A tree that changes in its place, and stays as it was at the end."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._console = screen()
        self._live = Live(
            self, console=self._console, auto_refresh=False, transient=True,
            redirect_stdout=False, redirect_stderr=False,
        )  # fmt: skip

    def __enter__(self) -> Self:
        self._live.start(refresh=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timeline.stop()
        self._live.stop()
        width = self._console.width
        for line in self._lines(width, max(TALLEST, self._console.height)):
            self._console.print(line, no_wrap=True, overflow="ellipsis", crop=True)

    def show(self, event: Event | Notice) -> None:
        self._timeline.take(event)

    async def keep_fresh(self) -> None:
        while True:
            self._live.refresh()
            await asyncio.sleep(FRAME)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        yield from self._lines(options.max_width, max(console.height - 1, 3))

    def _lines(self, width: int, height: int) -> Iterator[Text]:
        rows = list(self._timeline.rows())
        chosen = _chosen(rows, height - 2)
        for row in chosen:
            yield _line(row, width)
        yield _summary(self._timeline, hidden=len(rows) - len(chosen))


def _chosen(rows: list[Row], room: int) -> list[Row]:
    """Return the rows there is room for: who works before who has ended, groups only with all."""
    if len(rows) <= room:
        return rows
    nodes = [(number, row.work) for number, row in enumerate(rows) if row.work is not None]
    nodes.sort(key=lambda it: (_FIRST[it[1].state], -it[1].began))
    kept = sorted(number for number, _ in nodes[: max(room, 1)])
    return [rows[number] for number in kept]


def _line(row: Row, width: int) -> Text:
    indent = "  " * row.depth
    work = row.work
    if work is None:
        return Text(
            f"{indent}{one_line(row.title)}", style="bold", no_wrap=True, overflow="ellipsis"
        )
    mark, style = _MARKS.get(work.state, (SPINNER[int(monotonic() * 10) % len(SPINNER)], "cyan"))
    line = Text(indent, no_wrap=True, overflow="ellipsis")
    line.append(f"{mark} ", style)
    line.append(one_line(row.title), "dim" if work.state == "waiting" else "")
    if work.attempt > 1 and work.state in {"running", "failed"}:
        line.append(f" attempt {work.attempt}", "yellow")
    spent = _spent(work)
    if spent:
        line.append(f"  {' · '.join(spent)}", "dim")
    if work.state == "failed":
        line.append(f"  {one_line(work.error)}", "red")
    room = width - cell_len(line.plain) - 2
    if work.state == "running" and work.tail and room > 0:
        line.append(f"  {end_of(one_line(work.tail), room)}", "italic dim")
    return line


def _summary(timeline: Timeline, hidden: int) -> Text:
    progress = timeline.progress
    parts = [f"{timeline.count('done', 'skipped')} done"]
    counts = {
        "running": timeline.count("running"),
        "failed": timeline.count("failed"),
        "cancelled": timeline.count("cancelled"),
        "to go": max(progress.total - progress.completed - timeline.count("running"), 0),
    }
    parts += [f"{count} {what}" for what, count in counts.items() if count]
    parts += [f"{hidden} lines not shown"] if hidden else []
    parts += [
        f"{monotonic() - timeline.began:.1f} s",
        *_money(timeline.usage["totalTokens"], timeline.cost),
    ]
    return Text(" · ".join(parts), style="dim", no_wrap=True, overflow="ellipsis")


def _called(work: Work) -> str:
    called = f"{work.agent}.{work.method}"
    return "" if work.name == work.agent else f" ({one_line(called)})"


def _spent(work: Work) -> list[str]:
    seconds = work.seconds
    time = [f"{seconds:.1f} s"] if seconds is not None else []
    return time + _money(work.usage["totalTokens"], work.cost)


def _money(tokens: int, cost: float | None) -> list[str]:
    parts = [f"{tokens:,} tokens"] if tokens else []
    return parts + ([f"${cost:.4f}"] if cost else [])


def end_of(text: str, width: int) -> str:
    """Return as much of the end of a text as fits into `width` cells."""
    if cell_len(text) <= width:
        return text
    cells, start = 1, len(text)  # one for the sign of what is missing
    while start and cells + cell_len(text[start - 1]) <= width:
        start -= 1
        cells += cell_len(text[start])
    return f"…{text[start:]}"
