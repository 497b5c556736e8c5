"""Why retries are not LangGraph's: how long a join waits for a branch that pauses."""

import asyncio
from time import perf_counter
from typing import Any, Final

from langgraph.graph import END, START, StateGraph
from langgraph.types import RetryPolicy

from bench.shapes import Texts
from graphs.catalog import Catalog, compile_workflow

PAUSE: Final = 1.0  # s, between the attempts of the branch that fails


class _Flaky:
    """Fails at first; at its second attempt it succeeds."""

    def __init__(self) -> None:
        self.calls = 0

    async def run(self, value: Any) -> Any:
        self.calls += 1
        if self.calls == 1:
            raise ConnectionError("not yet")
        return value


async def _steady(value: Any) -> Any:
    await asyncio.sleep(0.02)
    return value


async def waits(**terms: Any) -> tuple[float, float]:
    """Return ms until a join of two branches went on: with LangGraph's policy, and with ours.

    One branch succeeds at once, the other pauses for 1 s before its second attempt. `terms` are
    `parallel`'s; LangGraph has none, as a join begins once all nodes of its superstep have ended.
    """
    return await _by_hand(), await _ours(**terms)


async def _by_hand() -> float:
    flaky = _Flaky()

    async def one(state: Texts) -> dict[str, Any]:
        return {"outputs": [(0, await flaky.run(state["value"]))]}

    async def other(state: Texts) -> dict[str, Any]:
        return {"outputs": [(1, await _steady(state["value"]))]}

    async def join(state: Texts) -> dict[str, Any]:
        return {"final": len(state["outputs"])}

    graph = StateGraph(Texts)
    policy = RetryPolicy(initial_interval=PAUSE, jitter=False)
    graph.add_node("one", one, retry_policy=policy)
    graph.add_node("other", other)
    graph.add_node("join", join)
    for name in ("one", "other"):
        graph.add_edge(START, name)
        graph.add_edge(name, "join")
    graph.add_edge("join", END)
    compiled = graph.compile()
    began = perf_counter()
    await compiled.ainvoke({"value": "0"})
    return (perf_counter() - began) * 1000


async def _ours(**terms: Any) -> float:
    catalog = Catalog()
    catalog.register("flaky", _Flaky())
    catalog.register("steady", _steady)
    retry = {"initialInterval": PAUSE, "jitter": False}
    tasks = [{"agent": "flaky", "retry": retry}, {"agent": "steady"}]
    compiled = compile_workflow({"tasks": tasks, **terms}, catalog)
    began = perf_counter()
    await compiled.ainvoke({"input": "0"})
    return (perf_counter() - began) * 1000
