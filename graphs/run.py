"""`Run` and `execute`: the one place where a run begins, reports and ends."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Final, cast

from langchain_core.runnables import RunnableConfig
from langgraph.types import Command
from langsmith import uuid7

from graphs.leaves import describe_leaves
from graphs.options import Options
from graphs.record import Record
from graphs.spec import Workflow
from graphs.strategy import CompiledGraph
from graphs.telling import Emit, Outcome, RunStatus, Telling, to_its_end
from nodes.errors import AmrikyyError, NodeCancelledError, NodeTimeoutError
from nodes.events import CloseReason, Connected, Event, Interrupted, Notice, Status
from nodes.node import Names
from nodes.state import Context, Input, Key, NodeResult, Result

log = logging.getLogger(__name__)

RECURSION_LIMIT: Final = 25_000  # supersteps; a chain or a loop has 10,000 at most
SAID_AHEAD: Final = 1000  # events that may be untold while nodes go on
PATIENCE: Final = 5.0  # s for nodes that were cancelled to end


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a workflow: what is to run, on what, for whom."""

    workflow: Workflow
    input: Any
    name: str | None = None  # of the workflow, where it is one of the catalog's
    agent: str | None = None  # of a stream that runs a single agent
    options: Options = field(default_factory=Options)
    run_id: str = field(default_factory=lambda: str(uuid7()))

    @property
    def strategy(self) -> str:
        return "agent" if self.agent else self.workflow.strategy


async def execute(
    run: Run,
    graph: CompiledGraph,
    names: Names,
    emit: Emit,
    *,
    record: Record | None = None,
    answer: Any = None,
) -> Outcome:
    """Run `graph` to its end, telling `emit` everything, from `Connected` to `Close`.

    Failures become events and the outcome; only cancellation is raised, after its `Close`. A run
    that waits for a person has no `Close` yet: it goes on with the `record` of its outcome and an
    `answer`, which needs a graph with a checkpointer. Raises `InvalidInputError`, and loses
    nothing, where the answer does not say which of several questions it is for.
    """
    if record is None:
        leaves = describe_leaves(run.workflow.root, names)
        begin: Input | Command[Any] = Input(input=run.input)
        record = Record(len(leaves), run.options.budget.budget())
        return await _Execution(run, graph, emit, record).drive(begin, leaves)
    begin = Command(resume=record.answers(answer))
    return await _Execution(run, graph, emit, record).drive(begin)


class _Execution:
    """One run under way."""

    def __init__(
        self,
        run: Run,
        graph: CompiledGraph,
        emit: Emit,
        record: Record,
    ) -> None:
        self._run, self._graph, self._record = run, graph, record
        self._telling = Telling(run.run_id, emit, record)
        # Not LangGraph's own stream: that wakes the event loop by a socket for every event.
        self._said = asyncio.Queue[Event | Notice | None]()
        limit = run.options.max_concurrency
        self._context = Context(
            run_id=run.run_id,
            budget=record.budget,
            slots=asyncio.Semaphore(limit) if limit else None,
            attempts=dict(record.attempts),
            emit=self._said.put_nowait,
            room=self._room,
            chunk_numbers=count(record.chunks),
        )
        self._done: dict[Key, NodeResult] = {}
        self._result: Result | None = None
        self._questions: list[Interrupted] = []

    async def drive(
        self, begin: Input | Command[Any], leaves: list[dict[str, Any]] | None = None
    ) -> Outcome:
        """Run from `begin` to the end, or to where it waits; `leaves` where it has just begun.

        The end is told even while the run is being cancelled; one that had ended by then is
        returned as it ended.
        """
        try:
            if leaves is not None:
                await self._telling.say(self._connected(leaves))
            await self._telling.say(Status(status="running"))
            outcome = await self._in_time(begin)
        except asyncio.CancelledError:
            what = "The run was cancelled."
            outcome = self._cut_short("cancelled", "cancelled", what, NodeCancelledError.code)
            await to_its_end(self._telling.end(outcome, self._unsaid()))
            raise
        except Exception:  # whoever listens failed: the others are told, as far as that goes
            what = "This is a fault of ours."
            outcome = self._cut_short("failed", "error", what, AmrikyyError.code)
            await to_its_end(self._telling.end(outcome, ()))
            raise
        await to_its_end(self._telling.end(outcome, self._unsaid()))
        return outcome

    async def _in_time(self, begin: Input | Command[Any]) -> Outcome:
        timeout = self._run.options.timeout or self._run.workflow.root.timeout
        left = None if timeout is None else timeout - self._record.seconds
        try:
            async with asyncio.timeout(left) as limit:
                return await self._stream(begin)
        except AmrikyyError as error:
            return self._cut_short("failed", "error", str(error), error.code)
        except Exception as error:  # a fault of ours must not take other runs down with it
            if isinstance(error, TimeoutError) and limit.expired():
                what = f"The run took longer than its {timeout:g} s. Raise `timeout`."
                return self._cut_short("failed", "timeout", what, NodeTimeoutError.code)
            log.exception("run_crashed", extra={"run_id": self._run.run_id})
            what = "This is a fault of ours; it has been logged."
            return self._cut_short("failed", "error", what, AmrikyyError.code)

    def _cut_short(self, status: RunStatus, reason: CloseReason, error: str, code: str) -> Outcome:
        """Return the outcome of a run that could not go on, with the results so far."""
        told = {"success": False, "finalResult": None, "error": error, "code": code}
        return Outcome(status, cast("Result", {**self._so_far(), **told}), reason, error, code)

    async def _stream(self, begin: Input | Command[Any]) -> Outcome:
        """Tell what the nodes say while the graph runs, and return how it ended."""
        graph = asyncio.create_task(self._run_graph(begin))
        graph.add_done_callback(lambda _: self._said.put_nowait(None))
        try:
            while (event := await self._said.get()) is not None:
                await self._telling.say(event)
                self._said.task_done()
        finally:
            graph.cancel()
            if not (await asyncio.wait([graph], timeout=PATIENCE))[0]:
                log.error("nodes_do_not_end", extra={"run_id": self._run.run_id})
        graph.result()
        if self._questions:
            questions = tuple(self._questions)
            self._record.ask(question.interrupt_id for question in questions)
            so_far = self._so_far()
            return Outcome(
                "interrupted", so_far, "interrupted", interrupts=questions, record=self._record
            )
        result = self._result or self._so_far()
        if "error" in result:
            return Outcome("failed", result, "error", result["error"], result["code"])
        return Outcome("success" if result["success"] else "failed", result, "complete")

    async def _run_graph(self, begin: Input | Command[Any]) -> None:
        if isinstance(begin, Command):  # it goes on: what had ended is in its checkpoint
            state = await self._graph.aget_state(self._config())
            self._done.update(state.values.get("done", {}))
        stream = self._graph.astream(
            begin,
            self._config(),
            context=self._context,
            stream_mode="updates",
            version="v2",
        )
        # LangGraph declares less than the generator it is.
        async with aclosing(cast("AsyncGenerator[Any]", stream)) as parts:
            async for part in parts:
                self._note(part["data"])
                await self._room()

    async def _room(self) -> None:
        """Wait for whoever listens, where too much is untold: before a superstep, or a chunk."""
        if self._said.qsize() > SAID_AHEAD:
            await self._said.join()

    def _config(self) -> RunnableConfig:
        run = self._run
        return RunnableConfig(
            configurable={"thread_id": run.run_id},
            recursion_limit=RECURSION_LIMIT,
            tags=list(run.options.tags),
            metadata=dict(run.options.metadata),
        )

    def _note(self, updates: dict[str, Any]) -> None:
        """Keep what the outermost strategy writes: results so far, then its own."""
        for place, update in updates.items():
            if place == "__interrupt__":
                self._questions += [
                    Interrupted(interrupt_id=it.id, node=it.value["path"], value=it.value)
                    for it in update
                ]
                continue
            for written in update if isinstance(update, list) else [update]:
                if written:
                    self._done.update(written.get("done", {}))
                    if "success" in written:
                        keys = [key for key in Result.__annotations__ if key in written]
                        self._result = self._identified({key: written[key] for key in keys})

    def _so_far(self) -> Result:
        return self._identified(self._run.workflow.root.outcome(self._done, self._run.input))

    def _identified(self, result: Mapping[str, Any]) -> Result:
        return cast("Result", {"workflowId": self._run.run_id, **result})

    def _connected(self, leaves: list[dict[str, Any]]) -> Connected:
        run = self._run
        return Connected(
            stream_id=run.run_id,
            workflow_id=run.run_id,
            strategy=run.strategy,
            nodes=leaves,
            agent=run.agent,
            workflow_name=run.name,
        )

    def _unsaid(self) -> list[Event | Notice]:
        """Return what nodes said while they were being stopped."""
        unsaid: list[Event | Notice] = []
        while not self._said.empty():
            event = self._said.get_nowait()
            if event is not None:
                unsaid.append(event)
        return unsaid
