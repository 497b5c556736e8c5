"""`Parallel`: side by side."""

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from langgraph.graph import END, START
from langgraph.runtime import Runtime
from pydantic import Discriminator, Field, Tag
from typing_extensions import override

from graphs.fan_out import fan_out_result
from graphs.group import Groups, Terms
from graphs.member import Member, join_path
from graphs.strategy import Done, Graph, NodeFunction, Strategy
from nodes.node import BaseNode, Names
from nodes.state import Result, State, Update

if TYPE_CHECKING:
    from graphs.spec import Node

JOIN = "join"

WaitFor = Annotated[
    Annotated[Literal["all", "any"], Tag("<text>")] | Annotated[int, Field(ge=1), Tag("<number>")],
    Discriminator(lambda value: "<text>" if isinstance(value, str) else "<number>"),
]


class Parallel(Strategy):
    """Run the tasks side by side, each with its own input or the shared one."""

    tag: ClassVar[str] = "tasks"
    numbered: ClassVar[Literal["step", "task"]] = "task"

    strategy: Literal["parallel"] = "parallel"
    tasks: list["Node"] = Field(min_length=1)
    """The nodes; their results stand in this order, whichever ends first."""
    on_error: Literal["collect", "fail"] = "collect"
    """`collect`: a failed task is reported in its place. `fail`: it cancels the others."""
    wait_for: WaitFor = "all"
    """Go on when all have ended, at the first success (`any`), or at so many successes."""
    deadline: float | None = Field(default=None, gt=0, le=86_400, allow_inf_nan=False)
    """Seconds after which what is unfinished is cancelled."""
    max_concurrency: int | None = Field(default=None, ge=1)
    """How many tasks may run at once."""

    @property
    def members(self) -> dict[str, BaseNode]:
        return {f"tasks[{i}]": task for i, task in enumerate(self.tasks)}

    def wire(self, graph: Graph, names: Names) -> None:
        groups = Groups(
            Terms(
                wanted=self.wanted,
                max_concurrency=self.max_concurrency,
                deadline=self.deadline,
                fails_fast=self.on_error == "fail",
            )
        )
        graph.add_node(JOIN, self._join)
        members = self.join(dict(enumerate(self.tasks)), names, self.members)
        digits = len(str(len(members) - 1))
        for position, member in enumerate(members):
            # LangGraph begins tasks in the order of their names: `tasks[02]` before `tasks[10]`.
            name = f"tasks[{position:0{digits}}]"
            self.add_member(graph, member, self._task(member, groups), name=name)
            graph.add_edge(START, name)
            graph.add_edge(name, JOIN)
        graph.add_edge(JOIN, END)

    @override
    def outcome(self, done: Done, given: Any = None) -> Result:
        named = [task.name for task in self.tasks if task.name]
        return fan_out_result(
            self,
            done,
            expected=len(self.tasks),
            wanted=self.wanted,
            fails_fast=self.on_error == "fail",
            names=named if len(named) == len(self.tasks) else None,
        )

    @property
    def wanted(self) -> int | None:
        """How many successes are enough, where that is not all."""
        if isinstance(self.wait_for, int):
            return self.wait_for
        return 1 if self.wait_for == "any" else None

    async def _join(self, state: State) -> Result:
        done = state["done"]
        return self.outcome({position: done[position] for position in range(len(self.tasks))})

    def _task(self, member: Member, groups: Groups) -> NodeFunction:
        async def task(state: State, *, runtime: Runtime[Any]) -> Update:
            given = state["input"]
            path = join_path(state.get("path"), member.place)
            scope = {"result": given, "input": given, "results": []}
            result = await member.visit(given, scope, path, runtime, groups.of(runtime))
            return {"done": {member.key: result}}

        return task
