"""`compile_workflow`: a definition as a LangGraph graph like any other."""

import asyncio
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from graphs.catalog import Catalog, compile_workflow
from graphs.strategy import CompiledGraph
from nodes.errors import NotFoundError, SpecError
from nodes.state import Input, Result, State
from tests.graphs.crew import Crew

ECHO, ADD, BOOM = {"agent": "echo"}, {"agent": "add"}, {"agent": "boom"}
STRATEGIES: dict[str, Any] = {
    "sequential": {"steps": [ADD, {"tasks": [ADD, ECHO], "waitFor": "all"}]},
    "parallel": {"tasks": [ADD, {"steps": [ECHO]}], "maxConcurrency": 1},
    "hierarchical": {"master": ADD, "subAgents": [ADD, ECHO], "aggregator": ECHO},
    "select": {"master": {"agent": "echo", "input": ["add"]}, "subAgents": [ADD],
               "delegation": "select", "aggregator": "sub"},
    "loop": {"body": ADD, "maxIterations": 3},
    "route": {"on": "input", "cases": {"x": ECHO}, "default": ADD},
    "map": {"over": "[input, input]", "body": ADD},
}  # fmt: skip


@pytest.fixture
def catalog(crew: Crew) -> Catalog:
    catalog = Catalog()
    for name, agent in crew.agents.items():
        catalog.register(name, agent)

    async def first(asked: dict[str, Any]) -> Any:
        return [] if asked["results"] else ["add"]

    catalog.register("first", first)
    STRATEGIES["select"]["master"] = {"agent": "first"}
    return catalog


async def run(graph: CompiledGraph, given: Any, thread: str | None = None) -> dict[str, Any]:
    config: Any = {"configurable": {"thread_id": thread}} if thread else {}
    return dict(await graph.ainvoke({"input": given}, config))


def timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if k not in {"duration", "startedAt"}}
    return [timeless(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", STRATEGIES)
async def test_every_strategy_is_a_plain_graph_that_invokes_streams_and_draws(
    catalog: Catalog, name: str
):
    graph = compile_workflow(STRATEGIES[name], catalog)

    result = await run(graph, "a")
    states = [s async for s in graph.astream({"input": "a"}, stream_mode="values")]
    told: list[Any] = [e async for e in graph.astream({"input": "a"}, stream_mode="custom")]

    assert isinstance(graph, CompiledStateGraph)
    assert result["success"]
    assert timeless({key: states[-1][key] for key in result}) == timeless(result)
    assert {"node_started", "node_completed"} <= {event.event for event in told}
    assert graph.get_graph().nodes
    assert graph.get_graph().draw_mermaid().startswith("---")


@pytest.mark.parametrize("name", STRATEGIES)
async def test_a_thread_s_second_run_does_not_see_the_first_one_s_results(
    catalog: Catalog, name: str
):
    graph = compile_workflow(STRATEGIES[name], catalog, checkpointer=InMemorySaver())
    alone = timeless(await run(graph, "b", "other"))

    await run(graph, "a", "thread")
    again = timeless(await run(graph, "b", "thread"))

    assert again == alone


async def test_a_failed_run_leaves_nothing_to_the_thread_s_next(catalog: Catalog):
    spec = {"steps": [ADD, {**BOOM, "when": "input == 'bad'"}, ADD]}
    graph = compile_workflow(spec, catalog, checkpointer=InMemorySaver())

    failed = await run(graph, "bad", "thread")
    result = await run(graph, "b", "thread")

    assert failed["code"] == "agent_failed"
    assert result["success"]
    assert "error" not in result
    assert result["finalResult"] == "b!!"


@pytest.mark.parametrize("shape", ["steps", "tasks", "long"])
async def test_after_it_was_stopped_what_had_ended_does_not_run_again(
    catalog: Catalog, crew: Crew, shape: str
):
    hangs, reached = [True], asyncio.Event()

    async def fragile(value: Any) -> Any:
        await asyncio.sleep(0.05)  # the others have ended by then
        if hangs:
            hangs.clear()
            reached.set()
            await asyncio.Event().wait()
        return value

    catalog.register("fragile", fragile)
    members = [ECHO] * (40 if shape == "long" else 2) + [{"agent": "fragile"}]
    spec = {"tasks" if shape == "tasks" else "steps": members}
    graph = compile_workflow(spec, catalog, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "thread"}}

    task = asyncio.create_task(graph.ainvoke({"input": "a"}, config))
    await reached.wait()
    task.cancel()  # as when the process is told to end
    await asyncio.wait([task])
    result = await graph.ainvoke(None, config)

    assert result["success"]
    assert len(crew.calls) == len(members) - 1


async def test_a_plain_graph_waits_for_a_person_and_goes_on(catalog: Catalog):
    spec = {"steps": [ADD, {"tasks": [{"approval": "Right?"}, ADD]}]}
    graph = compile_workflow(spec, catalog, checkpointer=InMemorySaver())
    config: Any = {"configurable": {"thread_id": "thread"}}

    waiting = await graph.ainvoke({"input": "a"}, config)
    result = await graph.ainvoke(Command(resume="yes"), config)

    assert "__interrupt__" in waiting
    assert result["finalResult"] == ["yes", "a!!"]


async def test_a_workflow_is_a_node_of_a_graph_of_yours(catalog: Catalog):
    outer = StateGraph(State, input_schema=Input, output_schema=Result)
    outer.add_node("inner", compile_workflow(STRATEGIES["parallel"], catalog))
    outer.add_edge(START, "inner")
    outer.add_edge("inner", END)

    result = await outer.compile().ainvoke({"input": "a"})

    assert result["finalResult"] == ["a!", "a"]


async def test_runs_of_one_graph_side_by_side_do_not_meet(catalog: Catalog):
    graph = compile_workflow({"tasks": [ECHO, {"agent": "quick"}], "waitFor": "any"}, catalog)

    results = await asyncio.gather(*(run(graph, number) for number in range(20)))

    assert [result["finalResult"] for result in results] == [[n, None] for n in range(20)]


async def test_a_workflow_of_the_catalog_is_compiled_by_its_name(catalog: Catalog):
    catalog.define("trip", {"steps": [ADD]})

    graph = compile_workflow("trip", catalog)

    assert graph.name == "trip"
    assert (await run(graph, "a"))["finalResult"] == "a!"
    with pytest.raises(NotFoundError, match="'trip'"):
        compile_workflow("tirp", catalog)
    with pytest.raises(SpecError, match="empty"):
        compile_workflow({"steps": []}, catalog)
