"""`Loop`: the same node again and again."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from langgraph.graph import END, START
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import Field

from graphs.chain import breaks, carried, chain_result
from graphs.leaves import count_leaves
from graphs.member import Member, emit_of, join_path
from graphs.strategy import Done, Graph, NodeFunction, Strategy
from nodes.errors import NodeError
from nodes.events import Expanded
from nodes.expression import Expression
from nodes.node import BaseNode, Names
from nodes.state import Result, State

if TYPE_CHECKING:
    from graphs.spec import Node


class Loop(Strategy):
    """Run `body` until `until` holds; the output of a round is the input of the next."""

    tag: ClassVar[str] = "maxIterations"

    strategy: Literal["loop"] = "loop"
    body: "Node"
    """The node that is repeated."""
    until: Expression | None = None
    """Asked after each round; ends the loop. Without it all rounds run."""
    max_iterations: int = Field(ge=1, le=10_000)
    """Rounds at most; the loop then ends with what it has."""
    on_error: Literal["fail", "continue"] = "fail"
    """`continue`: when the strategy fails, what it was given goes on in place of its output."""

    @property
    def members(self) -> dict[str, BaseNode]:
        return {"body": self.body}

    def wire(self, graph: Graph, names: Names) -> None:
        (member,) = self.join({"body": self.body}, names, self.members)
        leaves = count_leaves(self.body, names)
        self.add_member(graph, member, self._round(member, leaves), destinations=("body", END))
        graph.add_edge(START, "body")

    def outcome(self, done: Done, given: Any = None, *, full: bool = False) -> Result:
        return chain_result(self, done, given, self.body, full=full)

    def _round(self, member: Member, leaves: int) -> NodeFunction:
        needs_results = "results" in member.sees or (self.until and "results" in self.until.names)

        async def one(state: State, *, runtime: Runtime[Any]) -> Command[Any]:
            position, done, given = state.get("position", 0), state.get("done", {}), state["input"]
            incoming = carried(done, position, given)
            scope: dict[str, Any] = {"result": incoming, "input": given}
            if needs_results:
                scope["results"] = self.entries(done[p] for p in range(position))
            path = f"{join_path(state.get('path'), 'body')}[{position}]"
            if position:
                emit_of(runtime)(Expanded(path=path, extra=leaves))
            result = await member.visit(incoming, scope, path, runtime)
            ended = {p: done[p] for p in range(position)} | {position: result}
            update: dict[str, Any] = {"done": {position: result}, "position": position + 1}
            try:
                if not self._is_over(ended, scope):
                    return Command(update=update, goto="body")
                outcome = self.outcome(ended, given, full=True)
            except NodeError as error:  # `until` met data it cannot work on
                outcome = self.failure(ended, error)
            return Command(update={**update, **outcome}, goto=END)

        return one

    def _is_over(self, ended: Done, scope: dict[str, Any]) -> bool:
        position = len(ended) - 1
        if position + 1 == self.max_iterations or breaks(self.body, ended[position]):
            return True
        if self.until is None:
            return False
        if "results" in scope:
            scope = {**scope, "results": self.entries(ended.values())}
        return bool(self.until({**scope, "result": carried(ended, len(ended), scope["input"])}))
