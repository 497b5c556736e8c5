"""`Map`: the same node for each item of a list."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from langgraph.graph import END, START
from langgraph.runtime import Runtime
from langgraph.types import Send
from pydantic import Field
from typing_extensions import override

from graphs.fan_out import fan_out_result
from graphs.group import Groups, Terms
from graphs.leaves import count_leaves
from graphs.member import Member, emit_of, join_path
from graphs.strategy import Done, Graph, NodeFunction, Strategy
from nodes.errors import InvalidValueError, NodeError
from nodes.events import Expanded
from nodes.expression import Expression
from nodes.node import BaseNode, Names
from nodes.state import Result, State, Update

if TYPE_CHECKING:
    from graphs.spec import Node


class Map(Strategy):
    """Run `body` once for each item that `over` gives; results stand in the items' order."""

    tag: ClassVar[str] = "over"

    strategy: Literal["map"] = "map"
    over: Expression
    """Gives the list."""
    body: "Node"
    """The node that gets each item as its input."""
    max_concurrency: int | None = Field(default=None, ge=1)
    """How many items may be worked on at once."""
    on_error: Literal["fail", "continue"] = "fail"
    """`continue`: when the strategy fails, what it was given goes on in place of its output."""

    @property
    def members(self) -> dict[str, BaseNode]:
        return {"body": self.body}

    def wire(self, graph: Graph, names: Names) -> None:
        (member,) = self.join({"body": self.body}, names, self.members)
        leaves = count_leaves(self.body, names)
        groups = Groups(Terms(max_concurrency=self.max_concurrency))
        graph.add_node("join", self._join)
        self.add_member(graph, member, self._each(member, groups, leaves))
        graph.add_conditional_edges(START, self._hand_out(member), ["body", "join"])
        graph.add_edge("body", "join")
        graph.add_edge("join", END)

    @override
    def outcome(self, done: Done, given: Any = None) -> Result:
        try:
            items = self.items(given)
        except NodeError as error:
            return self.failure({}, error)
        ended = {position: done[position] for position in range(len(items)) if position in done}
        return fan_out_result(self, ended, expected=len(items))

    def items(self, given: Any) -> list[Any]:
        """Return the list to go over; raises `NodeError` where there is none."""
        items = self.over({"result": given, "input": given, "results": []})
        if not isinstance(items, list):
            raise InvalidValueError(
                f"`over` ({self.over}) gave {type(items).__name__} where a list is needed. "
                "Look at what the node before it gives."
            )
        return items

    def _hand_out(self, member: Member) -> Callable[[State], Awaitable[list[Send] | str]]:
        # The input goes along with each item only where an expression asks for it.
        wants_input = bool(member.sees & {"input", "results"})

        async def hand_out(state: State) -> list[Send] | str:
            try:
                items = self.items(state["input"])
            except NodeError:
                return "join"  # which says what is wrong
            shared: dict[str, Any] = {"path": state.get("path", ""), "many": len(items)}
            if wants_input:
                shared["input"] = state["input"]
            return [
                Send("body", {**shared, "item": item, "position": position})
                for position, item in enumerate(items)
            ] or "join"

        return hand_out

    def _each(self, member: Member, groups: Groups, leaves: int) -> NodeFunction:
        async def each(state: State, *, runtime: Runtime[Any]) -> Update:
            item, position = state["item"], state["position"]
            scope = {"result": item, "input": state.get("input"), "results": []}
            path = f"{join_path(state.get('path'), 'body')}[{position}]"
            if position == 0:
                emit_of(runtime)(Expanded(path=path, extra=leaves * (state["many"] - 1)))
            result = await member.visit(item, scope, path, runtime, groups.of(runtime))
            return {"done": {position: result}}

        return each

    async def _join(self, state: State) -> Result:
        return self.outcome(state.get("done", {}), state["input"])
