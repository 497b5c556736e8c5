"""A definition as an ordinary LangGraph graph: streamed, checkpointed, waiting for a person.

Run it: python examples/plain_langgraph.py
"""

import asyncio
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from graphs import Catalog, compile_workflow

TEXT = (
    "The new bridge opens on 1 May. Cars pay 3 EUR, bicycles nothing. The old ferry goes on until "
    "the end of June. Lorries over 12 tons have to take the motorway."
)
DEFINITION = {
    "steps": [
        {"name": "summary", "agent": "content", "method": "summarise"},
        {"name": "consent", "approval": "May this be sent to all residents?"},
        {
            "name": "figures",
            "agent": "content",
            "method": "figures",
            "inputTransform": "input",
            "transform": "{summary: results[0].output, figures: result, answer: results[1].output}",
        },
    ]
}


async def show(
    graph: CompiledStateGraph[Any, Any, Any, Any], given: Any, at: RunnableConfig
) -> None:
    """Stream a run as one streams any graph: each update is what one node wrote."""
    async for update in graph.astream(given, at, stream_mode="updates"):
        for node, written in update.items():
            if node != "__interrupt__":
                print(f"{node} wrote {', '.join(written)}")


async def main() -> None:
    # An ordinary CompiledStateGraph: it can be a node of yours, or go to LangGraph's server.
    catalog = Catalog.load()
    graph = compile_workflow(DEFINITION, catalog, checkpointer=InMemorySaver())
    at: RunnableConfig = {"configurable": {"thread_id": "bridge"}}

    # The run stops at the approval. Everything it has is in the checkpoint, nothing in memory
    # waits: with a checkpointer on disk the process may end here, and another one go on.
    await show(graph, {"input": TEXT}, at)
    state = await graph.aget_state(at)
    print(f"\nwaiting at: {', '.join(state.next)}")
    print(f"question:   {state.interrupts[0].value['question']}\n")

    # The answer of the person is the output of the approval; `False` would end the run.
    await show(graph, Command(resume={"approved": True, "by": "the mayor"}), at)
    result = (await graph.aget_state(at)).values
    print(f"\nsuccess: {result['success']}")
    print(f"answer:  {result['finalResult']['answer']}")
    print(f"\n{result['finalResult']['summary']}\n\n{result['finalResult']['figures']}")
    await catalog.aclose()


if __name__ == "__main__":
    asyncio.run(main())
