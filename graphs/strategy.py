"""`Strategy`: a node made of nodes, compiled to a LangGraph graph of its own."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, ClassVar, Literal, Protocol, cast

from langgraph.graph import StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from typing_extensions import override

from graphs.member import Member, entry
from nodes.errors import NodeError
from nodes.events import now
from nodes.node import BaseNode, Body, Names
from nodes.place import Place
from nodes.state import Input, NodeResult, Result, State
from nodes.usage import total_usage

Graph = StateGraph[State, Any, Input, Result]
CompiledGraph = CompiledStateGraph[State, Any, Input, Result]
Done = Mapping[Any, NodeResult]
"""What has ended, by its key: a position, or a place in the strategy."""


class NodeFunction(Protocol):
    """What runs as a node of a strategy's graph; LangGraph hands over its `runtime`."""

    def __call__(self, state: State, *, runtime: Runtime[Any]) -> Awaitable[Any]: ...


class Strategy(BaseNode):
    """How a workflow arranges its nodes. A subclass names its keys, its members, its edges."""

    kind: ClassVar[str] = "strategy"
    tag: ClassVar[str]
    """The key that only this strategy has; it tells a definition's strategy."""
    numbered: ClassVar[Literal["step", "task"]] = "step"

    terms: ClassVar[dict[str, Any]] = {}
    """What members are annotated with: `Node`, of `graphs.spec`, which names all strategies."""

    strategy: str
    on_error: Literal["fail", "continue", "collect"] = "fail"
    """`continue`: when the strategy fails, what it was given goes on in place of its output."""

    @classmethod
    @override
    def model_rebuild(cls, **options: Any) -> bool | None:
        """Build what reads a definition, as pydantic does it at the first use."""
        return super().model_rebuild(**{"_types_namespace": cls.terms, **options})

    @property
    def title(self) -> str:
        return self.strategy

    @property
    def identity(self) -> NodeResult:
        return NodeResult(strategy=self.strategy)

    @property
    @abstractmethod
    def members(self) -> dict[str, BaseNode]:
        """The nodes by their place in the strategy (`steps[0]`), as people wrote them."""

    @abstractmethod
    def wire(self, graph: Graph, names: Names) -> None:
        """Add the members to `graph` and draw the edges between them."""

    @abstractmethod
    def outcome(self, done: Done, given: Any = None) -> Result:
        """Make the result object of what has ended; also of a run that was cut short."""

    def compile(
        self,
        names: Names,
        *,
        name: str | None = None,
        input_schema: type[Any] = Input,
        context_schema: type[Any] | None = None,
        **options: Any,
    ) -> CompiledGraph:
        """Compile to a graph from `{input}` to the contract's result object.

        The schemas are what the graph shows of itself; `options` are LangGraph's (`checkpointer`,
        `store`, …).
        """
        graph: Graph = StateGraph(
            State, context_schema, input_schema=input_schema, output_schema=Result
        )
        self.wire(graph, names)
        return graph.compile(name=name or self.strategy, **options)

    def build(self, names: Names) -> Body:
        return Nested(self.compile(names), self.identity)

    def join(
        self, members: Mapping[Any, BaseNode], names: Names, places: Iterable[str]
    ) -> list[Member]:
        """Build the members, each for its key and place."""
        return [
            Member(key=key, place=place, node=node, body=node.build(names), sees=node.sees)
            for (key, node), place in zip(members.items(), places, strict=True)
        ]

    def add_member(
        self,
        graph: Graph,
        member: Member,
        function: NodeFunction,
        name: str | None = None,
        **options: Any,
    ) -> None:
        """Add a member to `graph`, by default under its place, as LangGraph can take it."""
        shown = showing(function, member.graph)
        graph.add_node(name or graph_name(member.place), shown, metadata=member.about, **options)

    def result(
        self,
        parts: Mapping[str, Any],
        visited: Iterable[NodeResult],
        *,
        success: bool,
        final: Any = None,
        failure: Mapping[str, Any] | None = None,
    ) -> Result:
        """Put a result object together: `parts` are the strategy's own keys, `visited` all nodes.

        `failure` is what has the `error` and `code` the strategy fails with, if it does.
        """
        visited = list(visited)
        usage, cost = total_usage(cast("list[dict[str, Any]]", visited))
        began = min((result["startedAt"] for result in visited), default=now())
        whole = {"success": success, "strategy": self.strategy, **parts, "finalResult": final}
        if failure is not None:
            whole |= {"error": failure["error"], "code": failure["code"]}
        whole |= {"duration": now() - began, "usage": usage, "cost": cost}
        return cast("Result", whole)

    def failure(self, done: Done, error: NodeError) -> Result:
        """Make the result of a strategy that cannot go on itself, after what is `done`."""
        visited = [done[key] for key in sorted(done, key=str)]
        return self.result(
            {"results": self.entries(visited)},
            visited,
            success=False,
            failure={"error": str(error), "code": error.code},
        )

    def entries(self, visited: Iterable[NodeResult]) -> list[dict[str, Any]]:
        """Return results as the contract shows them, numbered from 1."""
        return [entry(result, self.numbered, n) for n, result in enumerate(visited, start=1)]


def graph_name(place: str) -> str:
    """Return a place as LangGraph can name a node: it keeps `:` and `|` for itself.

    They are written as in addresses, so that no two places get the same name.
    """
    return place.replace("%", "%25").replace(":", "%3A").replace("|", "%7C")


def showing(function: NodeFunction, graph: CompiledGraph | None) -> NodeFunction:
    """Return `function`, holding the graph that it runs where LangGraph looks for one.

    Drawings, and `get_state` with `subgraphs`, know a node's graph by what its function captured.
    """
    if graph is None:
        return function

    async def node(state: State, *, runtime: Runtime[Any]) -> Any:
        _ = graph
        return await function(state, runtime=runtime)

    return node


class Nested:
    """The body of a node that runs `graph` inside the graph that is running."""

    def __init__(
        self,
        graph: CompiledGraph,
        identity: NodeResult,
        check: Callable[[Any], None] | None = None,
    ) -> None:
        self.graph, self._identity, self._check = graph, identity, check

    async def __call__(self, value: Any, place: Place) -> NodeResult:
        """Run the graph on `value`, which `check` may refuse."""
        if self._check is not None:
            self._check(value)
        with place.meter.counting():
            result = await self.graph.ainvoke({"input": value, "path": place.path})
        part = self._identity | NodeResult(
            result=result,
            success=result["success"],
            usage=result["usage"],
            cost=result["cost"],
        )
        if "error" in result:
            return part | NodeResult(error=result["error"], code=result["code"])
        try:
            return part | NodeResult(output=place.finish(result["finalResult"]))
        except NodeError as error:
            return part | NodeResult(error=str(error), code=error.code, success=False)
