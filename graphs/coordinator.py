"""`Coordinator`: agents and workflows, run from a Python program."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from time import perf_counter
from types import TracebackType
from typing import Any, Self

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver

from graphs.catalog import Catalog, check_input
from graphs.feed import Feed
from graphs.options import Options
from graphs.record import Record
from graphs.result import RunResult
from graphs.run import Run, execute
from graphs.spec import Workflow
from graphs.stats import Stats
from graphs.strategy import CompiledGraph
from graphs.telling import Emit, Outcome, RunStatus
from nodes.agent import Agent
from nodes.errors import NotFoundError
from nodes.events import Close, Event, Notice, wire_data
from nodes.plain import plain


class Coordinator:
    """Runs workflows; every run is one `graphs.run.execute`.

    Used as `async with Coordinator() as coordinator`, it closes its connections at the end.
    """

    def __init__(
        self, catalog: Catalog | None = None, checkpointer: BaseCheckpointSaver[str] | None = None
    ) -> None:
        """Take what ships where there is no `catalog`; `checkpointer` keeps runs that wait."""
        self.catalog = catalog or Catalog.load()
        self._checkpointer = checkpointer or InMemorySaver()
        self._keeps_until_the_end = checkpointer is None  # what is kept in memory alone
        self._waiting: dict[str, _Waiting] = {}
        self._stats = Stats()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.catalog.aclose()

    def register_agent(self, name: str, agent: Any, description: str | None = None) -> Agent:
        """Add an agent: a class, an object, a function, or a built `Agent`."""
        return self.catalog.register(name, agent, description)

    def define_workflow(self, name: str, spec: Any) -> Workflow:
        """Add or replace a workflow; raises `SpecError` with all its faults."""
        return self.catalog.define(name, spec)

    async def execute_workflow(
        self,
        name: str,
        inputs: Any = None,
        options: Options | None = None,
    ) -> RunResult:
        """Run a workflow of the catalog to its end.

        Raises `NotFoundError` and `InvalidInputError`; whatever fails later is in the result.
        """
        return await self._execute(self._named(name, inputs, options))

    async def execute(
        self,
        spec: Any,
        input: Any = None,
        options: Options | None = None,
    ) -> RunResult:
        """Run a definition to its end; raises `SpecError` with all its faults."""
        return await self._execute(self._unnamed(spec, input, options))

    async def execute_sequential(
        self,
        steps: Sequence[Any],
        input: Any = None,
        options: Options | None = None,
    ) -> RunResult:
        """Run nodes one after the other."""
        return await self.execute({"steps": [*steps]}, input, options)

    async def execute_parallel(
        self,
        tasks: Sequence[Any],
        input: Any = None,
        options: Options | None = None,
        **keys: Any,
    ) -> RunResult:
        """Run nodes side by side; `keys` are the strategy's others (`on_error`, `wait_for`, …)."""
        return await self.execute({"tasks": [*tasks], **keys}, input, options)

    async def execute_hierarchical(
        self,
        master: Any,
        sub_agents: Sequence[Any],
        input: Any = None,
        options: Options | None = None,
        **keys: Any,
    ) -> RunResult:
        """Run a master, its sub-agents, and the `aggregator` where `keys` have one."""
        spec = {"master": master, "subAgents": [*sub_agents], **keys}
        return await self.execute(spec, input, options)

    async def stream(
        self,
        workflow: Any,
        input: Any = None,
        options: Options | None = None,
    ) -> AsyncGenerator[Event, None]:
        """Run a workflow, by name or definition, and yield what it says, `Close` last.

        Leaving the iteration early, by `aclosing` or `break`, cancels the run and its model calls.
        """
        run = (self._named if isinstance(workflow, str) else self._unnamed)(
            workflow, input, options
        )

        async def drive(emit: Emit) -> None:
            outcome = await self._drive(run, emit)
            if outcome.record is not None:
                await emit(_closed_for_now(run, outcome.record))

        async with aclosing(Feed().read(drive)) as events:
            async for event in events:
                yield event

    async def resume(self, run_id: str, answer: Any) -> RunResult:
        """Answer the approval a run waits for, and run it to its end.

        Where several questions are open, `answer` is `{interrupt id: answer}`, of some or all.
        Raises `NotFoundError`, and `InvalidInputError` where it does not say which it is for.
        """
        if run_id not in self._waiting:
            raise NotFoundError("waiting run", run_id, self._waiting)
        waiting = self._waiting[run_id]
        answer = plain(answer, "The answer")
        if waiting.record is not None:
            waiting.record.answers(answer)  # first: one that does not fit loses nothing
        del self._waiting[run_id]
        return _typed(await self._go_on(waiting, _to_nobody, answer))

    def stats(self) -> dict[str, Any]:
        """Return the contract's `stats` object, of the runs of this coordinator."""
        return self._stats.report()

    def _named(self, name: str, inputs: Any, options: Options | None) -> Run:
        workflow = self.catalog.find(name)
        return self._run(workflow, inputs, options, name)

    def _unnamed(self, spec: Any, given: Any, options: Options | None) -> Run:
        return self._run(self.catalog.check(spec), given, options, None)

    def _run(
        self, workflow: Workflow, given: Any, options: Options | None, name: str | None
    ) -> Run:
        value = plain(given, "The caller")
        check_input(workflow, value, name)
        return Run(workflow=workflow, input=value, name=name, options=options or Options())

    async def _execute(self, run: Run) -> RunResult:
        return _typed(await self._drive(run, _to_nobody))

    async def _drive(self, run: Run, emit: Emit) -> Outcome:
        graph = self.catalog.graph(run.workflow)
        if run.workflow.waits(self.catalog):
            graph = graph.copy({"checkpointer": self._checkpointer})
        return await self._go_on(_Waiting(run, graph), emit)

    async def _go_on(self, waiting: "_Waiting", emit: Emit, answer: Any = None) -> Outcome:
        """Run, or go on, to the end or to the next approval; counted in the statistics."""
        run, graph, record = waiting.run, waiting.graph, waiting.record
        began = perf_counter()
        self._stats.begin(run.strategy, again=record is not None)
        status: RunStatus = "failed"

        async def count(event: Event | Notice) -> None:
            self._stats.count(event)
            await emit(event)

        try:
            outcome = await execute(run, graph, self.catalog, count, record=record, answer=answer)
            status = outcome.status
        finally:
            self._stats.end(status, perf_counter() - began)
        if outcome.record is not None:
            # It keeps its graph: the catalog may mean something else when the answer comes.
            self._waiting[run.run_id] = replace(waiting, record=outcome.record)
        elif self._keeps_until_the_end and graph.checkpointer is self._checkpointer:
            await self._checkpointer.adelete_thread(run.run_id)
        return outcome


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A run with the graph it began with, and what it told before it waited for a person."""

    run: Run
    graph: CompiledGraph
    record: Record | None = None


async def _to_nobody(event: Event | Notice) -> None:
    """Take an event that nobody wants to hear."""


def _typed(outcome: Outcome) -> RunResult:
    whole: dict[str, Any] = {**outcome.result}
    if outcome.interrupts:
        whole["interrupts"] = [wire_data(interrupt) for interrupt in outcome.interrupts]
    return RunResult.model_validate(whole)


def _closed_for_now(run: Run, record: Record) -> Close:
    """Return the end of a stream whose run is not over; it is none of the run's events."""
    return Close(
        stream_id=run.run_id,
        reason="interrupted",
        duration=round(record.seconds, 3),
        message_count=record.events,
    )
