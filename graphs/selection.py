"""`Rounds`: the master chooses, those it chose work, until it chooses nobody."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from langgraph.graph import END
from langgraph.runtime import Runtime
from langgraph.types import Command, Send

from graphs.chain import breaks
from graphs.delegation import MOST_CHOICES, answer_schema, read_choices
from graphs.leaves import count_leaves
from graphs.member import Member, emit_of, ends_run, failed, join_path
from graphs.strategy import Done, NodeFunction, Strategy
from nodes.agent import Method, MethodFunction
from nodes.agent_call import AgentCall
from nodes.events import Expanded
from nodes.node import BaseNode, Body, Names
from nodes.place import Place
from nodes.state import NodeResult, State, Update
from nodes.usage import add_usage


class Rounds:
    """The nodes of a hierarchical strategy whose master selects.

    In `done`, `master` is its latest result, whose `chosen` counts those it chose in each round;
    what the Nth of them left in a round R stands under `round R.N`.
    """

    def __init__(
        self,
        strategy: Strategy,
        master: AgentCall,
        most: int,
        members: dict[str, Member],
        names: Names,
    ) -> None:
        self._strategy, self._most, self._names = strategy, most, names
        self._master = members["master"]
        self._call = master
        subs = [member for place, member in members.items() if place.startswith("subAgents")]
        self._subs = {sub.node.label: sub for sub in subs}
        self._about = {name: _about(sub.node, names) for name, sub in self._subs.items()}
        self._leaves = {name: count_leaves(sub.node, names) for name, sub in self._subs.items()}

    async def first(self, state: State, *, runtime: Runtime[Any]) -> Command[Any]:
        """Let the master choose for the first time."""
        return await self._choose({}, state, runtime=runtime)

    async def following(self, state: State, *, runtime: Runtime[Any]) -> Command[Any]:
        """Let the master choose again, or end the rounds."""
        done = state["done"]
        is_last = len(done["master"]["chosen"]) == self._most
        if is_last or ends_run(chosen_results(done)) is not None:
            return Command(goto="aggregator")
        return await self._choose(done, state, runtime=runtime)

    def sub(self, member: Member) -> NodeFunction:
        """Return the node of a sub-agent, which is sent what it is to do."""

        async def sub(state: State, *, runtime: Runtime[Any]) -> Update:
            number, position = divmod(state["position"], MOST_CHOICES)
            work = state["item"]
            scope = {"result": work, "input": state["input"], "results": []}
            path = f"{join_path(state.get('path'), member.place)}[{number}][{position}]"
            result = await member.visit(work, scope, path, runtime)
            result["round"] = number + 1
            return {"done": {_key(number, position): result}}

        return sub

    async def _choose(self, done: Done, state: State, *, runtime: Runtime[Any]) -> Command[Any]:
        """Visit the master; `done` is empty in the first round, whatever the thread has."""
        given, path = state["input"], state.get("path", "")
        before = done["master"] if done else None
        earlier = chosen_results(done)
        number = len(before["chosen"]) if before else 0
        place = f"{join_path(path, 'master')}[{number}]"
        scope = {"result": given, "input": given, "results": self._strategy.entries(earlier)}
        member = replace(self._master, body=self._body(earlier))
        result = await member.visit(given, scope, place, runtime)
        chose = not failed(result) and not result.get("skipped")
        choices = read_choices(result["output"], self._subs.keys()) if chose else []
        result["chosen"] = [*(before["chosen"] if before else ()), len(choices)]
        if before is not None:
            result["usage"] = add_usage(before["usage"], result["usage"])
            costs = (before["cost"], result["cost"])
            result["cost"] = None if None in costs else sum(cost or 0.0 for cost in costs)
        update: dict[str, Any] = {"done": {"master": result}}
        if breaks(self._call, result):
            outcome = self._strategy.outcome({**done, **update["done"]}, given)
            return Command(update={**update, **outcome}, goto=END)
        chosen = sum(self._leaves[choice.name] for choice in choices)
        expected = -1 if number else sum(self._leaves.values())  # later the master itself is more
        emit_of(runtime)(Expanded(path=place, extra=chosen - expected))
        sends = [
            Send(
                self._subs[choice.name].place,
                {
                    "input": given,
                    "path": path,
                    "item": choice.input if choice.has_input else given,
                    "position": number * MOST_CHOICES + position,
                },
            )
            for position, choice in enumerate(choices)
        ]
        return Command(update=update, goto=sends or "aggregator")

    def _body(self, earlier: Sequence[NodeResult]) -> Body:
        """Return the master's body for one round, in which its answer has to be a choice."""
        outputs = [
            {
                "name": result.get("name") or self._label(result),
                **({"error": result["error"]} if failed(result) else {"output": result["output"]}),
            }
            for result in earlier
        ]

        def choosing(method: Method) -> MethodFunction:
            async def choose(value: Any, place: Place) -> Any:
                if method.answer_by is not None:
                    ask = method.answer_by(answer_schema(self._about, outputs))
                    answer = await ask(value, place)
                else:
                    known = {"input": value, "subAgents": self._about, "results": outputs}
                    answer = await method.call(known, place)
                read_choices(answer, self._subs.keys())
                return answer

            return choose

        return self._call.build_with(choosing, self._names)

    def _label(self, result: NodeResult) -> str:
        return result.get("agent") or result.get("workflow") or result.get("strategy") or ""


def chosen_results(done: Done) -> list[NodeResult]:
    """Return what the chosen sub-agents left, round after round, in the order they were chosen."""
    return [done[key] for key in chosen_keys(done) if key in done]


def chosen_keys(done: Done) -> list[str]:
    """Return the keys of all that were chosen, in the order they were."""
    counts = done["master"].get("chosen", ()) if "master" in done else ()
    return [_key(number, n) for number, count in enumerate(counts) for n in range(count)]


def _key(number: int, position: int) -> str:
    return f"round {number}.{position}"


def _about(node: BaseNode, names: Names) -> str:
    """Say in one line what a sub-agent is for."""
    if isinstance(node, AgentCall):
        agent = names.agent(node.agent)
        return agent.methods[node.method].description or agent.description
    return ""
