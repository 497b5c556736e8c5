"""`Sequential`: one after the other."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from langgraph.graph import END, START
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import Field

from graphs.chain import breaks, carried, chain_result
from graphs.member import Member, join_path
from graphs.strategy import Done, Graph, NodeFunction, Strategy
from nodes.node import BaseNode, Names
from nodes.state import Result, State

if TYPE_CHECKING:
    from graphs.spec import Node

LONGEST_DRAWN = 32
"""Steps that get a LangGraph node each. In a longer chain one node goes round: each node is named
in every checkpoint, so that bytes would grow with the square of the steps."""


class Sequential(Strategy):
    """Run the steps in order; the output of one is the input of the next."""

    tag: ClassVar[str] = "steps"

    strategy: Literal["sequential"] = "sequential"
    steps: list["Node"] = Field(min_length=1)
    """The nodes, in order."""
    on_error: Literal["fail", "continue"] = "fail"
    """`continue`: when the strategy fails, what it was given goes on in place of its output."""

    @property
    def members(self) -> dict[str, BaseNode]:
        return {f"steps[{i}]": step for i, step in enumerate(self.steps)}

    def wire(self, graph: Graph, names: Names) -> None:
        members = self.join(dict(enumerate(self.steps)), names, self.members)
        if len(members) > LONGEST_DRAWN:
            graph.add_node("steps", self._go_round(members), destinations=("steps", END))
            graph.add_edge(START, "steps")
            return
        for position, member in enumerate(members):
            following = [after.place for after in members[position + 1 : position + 2]]
            step = self._step(members, position)
            self.add_member(graph, member, step, destinations=(*following, END))
        graph.add_edge(START, members[0].place)

    def outcome(self, done: Done, given: Any = None) -> Result:
        last = self.steps[max(len(done) - 1, 0)]
        return chain_result(self, done, given, last, full=len(done) == len(self.steps))

    def _step(self, members: list[Member], position: int) -> NodeFunction:
        following = members[position + 1].place if position + 1 < len(members) else END

        async def step(state: State, *, runtime: Runtime[Any]) -> Command[Any]:
            update = await self._visit(members, position, state, runtime)
            return Command(update=update, goto=END if "success" in update else following)

        return step

    def _go_round(self, members: list[Member]) -> NodeFunction:
        async def step(state: State, *, runtime: Runtime[Any]) -> Command[Any]:
            position = state.get("position", 0)
            update = await self._visit(members, position, state, runtime)
            if "success" in update:
                return Command(update=update, goto=END)
            return Command(update={**update, "position": position + 1}, goto="steps")

        return step

    async def _visit(
        self, members: list[Member], position: int, state: State, runtime: Runtime[Any]
    ) -> dict[str, Any]:
        """Run one step; the update has the strategy's result where the chain ends with it."""
        member, done, given = members[position], state.get("done", {}), state["input"]
        incoming = carried(done, position, given)
        scope = {"result": incoming, "input": given}
        if "results" in member.sees:
            scope["results"] = self.entries(done[p] for p in range(position))
        path = join_path(state.get("path"), member.place)
        result = await member.visit(incoming, scope, path, runtime)
        update: dict[str, Any] = {"done": {position: result}}
        if position + 1 == len(members) or breaks(member.node, result):
            ended = {p: done[p] for p in range(position)} | update["done"]
            update |= self.outcome(ended, given)
        return update
