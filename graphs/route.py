"""`Route`: one of several."""

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from langgraph.graph import END, START
from langgraph.runtime import Runtime
from pydantic import Field, field_validator
from typing_extensions import override

from graphs.chain import breaks
from graphs.member import Member, failed, join_path
from graphs.strategy import Done, Graph, NodeFunction, Strategy, graph_name
from nodes.errors import NodeError
from nodes.expression import Expression
from nodes.node import BaseNode, Names
from nodes.state import Result, State

if TYPE_CHECKING:
    from graphs.spec import Node

DEFAULT = "default"


class Route(Strategy):
    """Run the case that `on` names, else `default`."""

    tag: ClassVar[str] = "cases"

    strategy: Literal["route"] = "route"
    on: Expression
    """Gives the value to choose by; numbers and booleans count as they are written in JSON."""
    cases: dict[str, "Node"] = Field(min_length=1)
    """A node for each value."""
    default: "Node"
    """The node for every other value."""
    on_error: Literal["fail", "continue"] = "fail"
    """`continue`: when the strategy fails, what it was given goes on in place of its output."""

    @field_validator("cases", mode="before")
    @classmethod
    def _cases_by_text(cls, cases: Any) -> Any:
        """Take YAML's numbers and booleans as the values they stand for."""
        if not isinstance(cases, dict):
            return cases
        by_text = {as_case(value): node for value, node in cases.items()}
        if len(by_text) < len(cases):
            raise ValueError("Two cases are the same once they are written as text.")
        return by_text

    @property
    def members(self) -> dict[str, BaseNode]:
        cases: dict[str, BaseNode] = {f"cases.{value}": node for value, node in self.cases.items()}
        return cases | {DEFAULT: self.default}

    def wire(self, graph: Graph, names: Names) -> None:
        members = {str(m.key): m for m in self.join(dict(self.members), names, self.members)}
        for place, member in members.items():
            self.add_member(graph, member, self._branch(member))
            graph.add_edge(graph_name(place), END)
        graph.add_conditional_edges(START, self._pick, [graph_name(place) for place in members])

    @override
    def outcome(self, done: Done, given: Any = None) -> Result:
        if not done:
            return self.result({"results": []}, (), success=False)
        ((place, result),) = done.items()
        goes_on = failed(result) and not breaks(self.members[str(place)], result)
        return self.result(
            {"results": self.entries([result])},
            [result],
            success=goes_on or result["success"],
            final=given if goes_on else result.get("output"),
            failure=result if failed(result) and not goes_on else None,
        )

    def choose(self, given: Any) -> str:
        """Return the place that `given` leads to; raises `NodeError` where `on` cannot say."""
        value = as_case(self.on({"result": given, "input": given, "results": []}))
        return f"cases.{value}" if value in self.cases else DEFAULT

    async def _pick(self, state: State) -> str:  # LangGraph runs what is not async in a thread
        try:
            return graph_name(self.choose(state["input"]))
        except NodeError:
            return DEFAULT  # which says what is wrong, and runs nothing

    def _branch(self, member: Member) -> NodeFunction:
        async def branch(state: State, *, runtime: Runtime[Any]) -> dict[str, Any]:
            given = state["input"]
            try:
                self.choose(given)
            except NodeError as error:
                return {**self.failure({}, error)}
            scope = {"result": given, "input": given, "results": []}
            path = join_path(state.get("path"), member.place)
            result = await member.visit(given, scope, path, runtime)
            result["case"] = member.place.removeprefix("cases.")
            return {"done": {member.key: result}, **self.outcome({member.key: result}, given)}

        return branch


def as_case(value: Any) -> str:
    """Return a value as a key of `cases`: `true` for True, `3` for 3 and 3.0."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
