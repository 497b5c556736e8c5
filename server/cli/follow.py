"""A run, followed in the terminal from its beginning to its end."""

import asyncio
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any, Final

from langgraph.checkpoint.memory import InMemorySaver

from graphs.catalog import Catalog
from graphs.run import Run, execute
from graphs.telling import Outcome
from nodes.events import Event, Notice
from server.cli.answers import Answers
from server.cli.outcome import result_of, result_so_far, tell
from server.cli.progress import Lines, Progress, Tree
from server.cli.signals import Signals
from server.cli.terminal import is_live, say
from server.cli.timeline import Timeline

PATIENCE: Final = 1.0  # s for threads of a cancelled run


class Follower:
    """Runs one workflow; `follow` returns the exit status."""

    def __init__(self, run: Run, catalog: Catalog, answers: Answers, *, as_json: bool) -> None:
        self._run, self._catalog, self._answers = run, catalog, answers
        self._as_json = as_json
        self._timeline = Timeline(run.workflow, catalog)
        self._signals = Signals()
        self._threads = ThreadPoolExecutor(thread_name_prefix="agents")
        graph = catalog.graph(run.workflow)
        waits = run.workflow.waits(catalog)
        self._graph = graph.copy({"checkpointer": InMemorySaver()}) if waits else graph

    def follow(self) -> int:
        """Run to the end, asking what there is to ask."""
        runner = asyncio.Runner(loop_factory=_fast_loop())
        try:
            status = self._to_the_end(runner)
        except asyncio.CancelledError:
            tell(result_so_far(self._run, self._timeline), self._timeline, as_json=self._as_json)
            self._leave_threads()
            status = self._signals.status
        with self._signals.heard():
            runner.run(self._catalog.aclose())
            runner.close()
        return status

    def _to_the_end(self, runner: asyncio.Runner) -> int:
        outcome = self._go(runner, None, None)
        while outcome.status == "interrupted":
            answers = self._answers.to(outcome.interrupts)
            if answers is None:
                self._tell_waiting(outcome)
                return 1
            outcome = self._go(runner, answers, outcome)
        tell(result_of(outcome), self._timeline, as_json=self._as_json)
        return 0 if outcome.status == "success" else 1

    def _go(self, runner: asyncio.Runner, answer: Any, before: Outcome | None) -> Outcome:
        with self._signals.heard(), self._progress() as progress:
            return runner.run(self._execute(progress, answer, before))

    async def _execute(self, progress: Progress, answer: Any, before: Outcome | None) -> Outcome:
        asyncio.get_running_loop().set_default_executor(self._threads)

        async def emit(event: Event | Notice) -> None:
            progress.show(event)

        async with asyncio.TaskGroup() as group:
            fresh = group.create_task(progress.keep_fresh())
            try:
                with self._signals.cancelling():
                    return await execute(
                        self._run,
                        self._graph,
                        self._catalog,
                        emit,
                        record=before.record if before is not None else None,
                        answer=answer,
                    )
            finally:
                fresh.cancel()

    def _progress(self) -> Progress:
        return Tree(self._timeline) if is_live() else Lines(self._timeline)

    def _tell_waiting(self, outcome: Outcome) -> None:
        tell(result_of(outcome), self._timeline, as_json=self._as_json)
        for question in outcome.interrupts:
            say(f"? {question.value['question']}")
        say(
            "✗ The run waits for a person, and there is no terminal to ask in. Answer beforehand "
            "with --answer JSON (true, false, or what the form asks for), once for each question."
        )

    def _leave_threads(self) -> None:
        """Quit at once where Python code that was cancelled does not end: nobody waits for it."""
        sys.stdout.flush()
        ending = Thread(target=self._threads.shutdown, daemon=True)
        ending.start()
        ending.join(PATIENCE)
        if ending.is_alive():
            os._exit(self._signals.status)


def _fast_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # there is none for Windows
        return None
    return uvloop.new_event_loop
