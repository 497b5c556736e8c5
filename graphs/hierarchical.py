"""`Hierarchical`: a master, its sub-agents side by side, and an aggregator."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

from langgraph.graph import END, START
from langgraph.runtime import Runtime
from langgraph.types import Command
from pydantic import BeforeValidator, Field
from typing_extensions import override

from graphs.chain import breaks
from graphs.member import Member, ends_run, entry, failed, join_path, made, shown
from graphs.selection import Rounds, chosen_keys, chosen_results
from graphs.strategy import Done, Graph, NodeFunction, Strategy
from nodes.agent_call import AgentCall
from nodes.aggregator import Aggregator, NamedAgentCall, by_name
from nodes.errors import NodeError
from nodes.expression import Expression
from nodes.node import BaseNode, Names
from nodes.state import NodeResult, Result, State, Update

if TYPE_CHECKING:
    from graphs.spec import Node

MASTER, AGGREGATOR, NEXT_ROUND = "master", "aggregator", "next round"


class Hierarchical(Strategy):
    """Run the master, then its sub-agents on what it gives, then the aggregator on it all."""

    tag: ClassVar[str] = "subAgents"
    numbered: ClassVar[Literal["step", "task"]] = "task"

    strategy: Literal["hierarchical"] = "hierarchical"
    master: NamedAgentCall
    """Runs first; under `select` its answers say who is to do what."""
    sub_agents: list[Annotated["Node", BeforeValidator(by_name)]] = Field(min_length=1)
    """Run side by side on the master's result, or on their `inputTransform` of it."""
    aggregator: Aggregator | None = None
    """Makes the final result of `{master, sub, input}`; without it that is `{master, sub}`."""
    delegation: Literal["all", "select"] = "all"
    """`select`: the master chooses, in each round, who runs and with which input."""
    max_rounds: int = Field(default=3, ge=1, le=100)
    """Under `select`: how often the master may choose."""
    on_error: Literal["fail", "continue"] = "fail"
    """`continue`: when the strategy fails, what it was given goes on in place of its output."""

    @property
    def members(self) -> dict[str, BaseNode]:
        subs: dict[str, BaseNode] = {
            f"subAgents[{i}]": sub for i, sub in enumerate(self.sub_agents)
        }
        last = {AGGREGATOR: self.aggregator} if isinstance(self.aggregator, AgentCall) else {}
        return {MASTER: self.master, **subs, **last}

    def wire(self, graph: Graph, names: Names) -> None:
        members = {str(m.key): m for m in self.join(dict(self.members), names, self.members)}
        graph.add_node(AGGREGATOR, self._aggregate(members.get(AGGREGATOR)))
        graph.add_edge(START, MASTER)
        graph.add_edge(AGGREGATOR, END)
        if self.delegation == "select":
            self._wire_rounds(graph, members, names)
        else:
            self._wire_all(graph, members)

    def _wire_all(self, graph: Graph, members: dict[str, Member]) -> None:
        subs = [place for place in members if place.startswith("subAgents")]
        master = self._master(members[MASTER], subs)
        self.add_member(graph, members[MASTER], master, destinations=(*subs, END))
        for place in subs:
            self.add_member(graph, members[place], self._sub(members[place]))
            graph.add_edge(place, AGGREGATOR)

    def _wire_rounds(self, graph: Graph, members: dict[str, Member], names: Names) -> None:
        rounds = Rounds(self, self.master, self.max_rounds, members, names)
        subs = [place for place in members if place.startswith("subAgents")]
        after = (*subs, AGGREGATOR, END)
        self.add_member(graph, members[MASTER], rounds.first, destinations=after)
        graph.add_node(NEXT_ROUND, rounds.following, destinations=after)
        for place in subs:
            self.add_member(graph, members[place], rounds.sub(members[place]))
            graph.add_edge(place, NEXT_ROUND)

    @override
    def outcome(self, done: Done, given: Any = None) -> Result:
        master = done.get(MASTER)
        subs = self.sub_results(done)
        visited = [result for result in (master, *subs, done.get(AGGREGATOR)) if result is not None]
        last = done.get(AGGREGATOR)
        broken = ends_run(visited)
        if broken is None and master is not None and breaks(self.master, master):
            broken = master
        if broken is None and last is not None and self._ends_with(last):
            broken = last
        return self.result(
            {
                "masterResult": shown(master) if master is not None else None,
                "subResults": self._sub_entries(done),
            },
            visited,
            success=last is not None and all(result["success"] for result in visited),
            final=None if last is None or broken else self._final(last, done, given),
            failure=broken,
        )

    def _ends_with(self, last: NodeResult) -> bool:
        """Say whether the strategy fails with its aggregator."""
        if isinstance(self.aggregator, AgentCall):
            return breaks(self.aggregator, last)
        return failed(last)

    def _final(self, last: NodeResult, done: Done, given: Any) -> Any:
        """Return the final result: a tolerated failure hands on what the aggregator was given."""
        return self.parts(done, given) if failed(last) else last["output"]

    def _sub_entries(self, done: Done) -> list[dict[str, Any]]:
        """Return the sub-agents' results; in a run that was cut short some are not there."""
        keys = chosen_keys(done) if self.delegation == "select" else list(self._sub_places)
        return [
            entry(done[key], self.numbered, n) for n, key in enumerate(keys, start=1) if key in done
        ]

    @property
    def _sub_places(self) -> Iterator[str]:
        return (f"subAgents[{i}]" for i in range(len(self.sub_agents)))

    def sub_results(self, done: Done) -> list[NodeResult]:
        """Return what the sub-agents left, in the order they were written or chosen."""
        if self.delegation == "select":
            return chosen_results(done)
        return [done[place] for place in self._sub_places if place in done]

    def parts(self, done: Done, given: Any) -> dict[str, Any]:
        """Return what an aggregator sees: `{master, sub, input}`."""
        subs = self.sub_results(done)
        outputs = [sub.get("output") for sub in subs]
        names = [sub.get("name") for sub in subs]
        named = all(names) and len(set(names)) == len(names)
        return {
            "master": self.handed_on(done[MASTER], given),
            "sub": dict(zip(names, outputs, strict=True)) if named and names else outputs,
            "input": given,
        }

    def handed_on(self, master: NodeResult, given: Any) -> Any:
        """Return what the sub-agents work on: a tolerated failure hands on what was given."""
        return given if failed(master) else master["output"]

    def _aggregate(self, member: Member | None) -> NodeFunction:
        """Return the node that makes the final result, by `member` where that is an agent call."""

        async def aggregate(state: State, *, runtime: Runtime[Any]) -> dict[str, Any]:
            done, given = dict(state["done"]), state["input"]
            done.pop(AGGREGATOR, None)  # of this thread's run before
            if ends_run(self.sub_results(done)) is not None:
                return {**self.outcome(done, given)}
            parts = self.parts(done, given)
            if member is not None:
                path = join_path(state.get("path"), AGGREGATOR)
                scope = {**parts, "result": parts, "results": []}
                result = await member.visit(parts, scope, path, runtime)
            else:
                result = self._express(parts)
            update = {AGGREGATOR: result}
            return {"done": update, **self.outcome({**done, **update}, given)}

        return aggregate

    def _express(self, parts: dict[str, Any]) -> NodeResult:
        """Make the final result without an agent."""
        if not isinstance(self.aggregator, Expression):
            return made({"master": parts["master"], "sub": parts["sub"]})
        try:
            return made(self.aggregator(parts))
        except NodeError as error:
            return made(None) | NodeResult(error=str(error), code=error.code, success=False)

    def _master(self, member: Member, subs: list[str]) -> NodeFunction:
        async def master(state: State, *, runtime: Runtime[Any]) -> Command[Any]:
            given = state["input"]
            path = join_path(state.get("path"), MASTER)
            scope = {"result": given, "input": given, "results": []}
            result = await member.visit(given, scope, path, runtime)
            done = {MASTER: result}
            if breaks(self.master, result):
                return Command(update={"done": done, **self.outcome(done, given)}, goto=END)
            return Command(update={"done": done}, goto=subs)

        return master

    def _sub(self, member: Member) -> NodeFunction:
        async def sub(state: State, *, runtime: Runtime[Any]) -> Update:
            given = state["input"]
            incoming = self.handed_on(state["done"][MASTER], given)
            scope = {"result": incoming, "input": given, "results": []}
            path = join_path(state.get("path"), member.place)
            result = await member.visit(incoming, scope, path, runtime)
            return {"done": {member.key: result}}

        return sub
