"""The shapes that are measured: each as a definition, as a hand-written graph, and in asyncio."""

import asyncio
import operator
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import HumanMessage
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from typing_extensions import TypedDict

from bench.agents import PIECE, Work, answer, as_text

Agent = Callable[[Any], Awaitable[str]]
Kind = Literal["function", "model"]


class NodeFunction(Protocol):
    """What runs as a node of a hand-written graph."""

    def __call__(self, state: Any) -> Awaitable[Any]: ...


class Text(TypedDict):
    """The state of a hand-written chain."""

    value: str


class Texts(TypedDict, total=False):
    """The state of a hand-written fan-out; entries are `(position, output)`."""

    value: str
    master: str
    outputs: Annotated[list[tuple[int, str]], operator.add]
    final: Any


@dataclass(frozen=True, slots=True)
class Shape:
    """One shape of a workflow, written three times; what it gives, and how many calls it makes."""

    name: str
    spec: dict[str, Any]
    graph: Callable[[Agent], StateGraph[Any, Any, Any, Any]]
    plain: Callable[[Agent], Awaitable[Any]]
    final: Any
    calls: int
    delay: float = 0.0  # s, of each call
    pieces: int = 0  # of each answer
    nodes: int = 1  # of the hand-written graph


def chain(length: int, delay: float = 0.0) -> Shape:
    def graph(agent: Agent) -> StateGraph[Any, Any, Any, Any]:
        built = StateGraph(Text)
        for number in range(length):
            built.add_node(f"step{number}", _overwriting(agent))
            built.add_edge(f"step{number - 1}" if number else START, f"step{number}")
        built.add_edge(f"step{length - 1}", END)
        return built

    async def plain(agent: Agent) -> Any:
        value = "0"
        for _ in range(length):
            value = await agent(value)
        return value

    return Shape(
        name=f"chain {length}",
        spec={"steps": [{"agent": "worker"}] * length},
        graph=graph,
        plain=plain,
        final=str(length),
        calls=length,
        delay=delay,
        nodes=length,
    )


def fan_out(width: int, delay: float = 0.0) -> Shape:
    def graph(agent: Agent) -> StateGraph[Any, Any, Any, Any]:
        built = StateGraph(Texts)
        built.add_node("join", _in_order)
        for number in range(width):
            built.add_node(f"task{number}", _appending(agent, number))
            built.add_edge(START, f"task{number}")
            built.add_edge(f"task{number}", "join")
        built.add_edge("join", END)
        return built

    async def plain(agent: Agent) -> Any:
        return await asyncio.gather(*(agent("0") for _ in range(width)))

    return Shape(
        name=f"{width} × {delay * 1000:.0f} ms" if delay else f"fan-out {width}",
        spec={"tasks": [{"agent": "worker"}] * width},
        graph=graph,
        plain=plain,
        final=["1"] * width,
        calls=width,
        delay=delay,
        nodes=width + 1,
    )


def hierarchy(subs: int) -> Shape:
    def graph(agent: Agent) -> StateGraph[Any, Any, Any, Any]:
        async def master(state: Texts) -> dict[str, Any]:
            return {"master": await agent(state["value"])}

        async def aggregate(state: Texts) -> dict[str, Any]:
            outputs = [text for _, text in sorted(state["outputs"])]
            parts = {"master": state["master"], "sub": outputs, "input": state["value"]}
            return {"final": await agent(parts)}

        built = StateGraph(Texts)
        built.add_node("master", master)
        built.add_node("aggregator", aggregate)
        built.add_edge(START, "master")
        for number in range(subs):
            built.add_node(f"sub{number}", _appending(agent, number, "master"))
            built.add_edge("master", f"sub{number}")
            built.add_edge(f"sub{number}", "aggregator")
        built.add_edge("aggregator", END)
        return built

    async def plain(agent: Agent) -> Any:
        head = await agent("0")
        outputs = await asyncio.gather(*(agent(head) for _ in range(subs)))
        return await agent({"master": head, "sub": [*outputs], "input": "0"})

    return Shape(
        name=f"master + {subs} + aggregator",
        spec={
            "master": {"agent": "worker"},
            "subAgents": [{"agent": "worker"}] * subs,
            "aggregator": {"agent": "worker"},
        },
        graph=graph,
        plain=plain,
        final=answer({"master": "1", "sub": ["2"] * subs, "input": "0"}),
        calls=subs + 2,
        nodes=subs + 2,
    )


def stream(pieces: int) -> Shape:
    def graph(agent: Agent) -> StateGraph[Any, Any, Any, Any]:
        built = StateGraph(Text)
        built.add_node("worker", _overwriting(agent))
        built.add_edge(START, "worker")
        built.add_edge("worker", END)
        return built

    async def plain(agent: Agent) -> Any:
        return await agent("0")

    return Shape(
        name=f"stream of {pieces:,} tokens",
        spec={"steps": [{"agent": "worker"}]},
        graph=graph,
        plain=plain,
        final=PIECE * pieces,
        calls=1,
        pieces=pieces,
        nodes=1,
    )


def nest(levels: int) -> Shape:
    """One agent call inside so many strategies, the outermost one counted."""

    def graph(agent: Agent) -> StateGraph[Any, Any, Any, Any]:
        inner: Any = _overwriting(agent)
        for _ in range(levels):
            built = StateGraph(Text)
            built.add_node("inner", inner)
            built.add_edge(START, "inner")
            built.add_edge("inner", END)
            inner = built.compile()
        return built

    async def plain(agent: Agent) -> Any:
        return await agent("0")

    spec: dict[str, Any] = {"agent": "worker"}
    for _ in range(levels):
        spec = {"steps": [spec]}
    return Shape(
        name=f"nesting {levels}",
        spec=spec,
        graph=graph,
        plain=plain,
        final="1",
        calls=1,
        nodes=levels,
    )


def by_hand(work: Work, chat: BaseChatModel | None) -> Agent:
    """Return the agent as a hand-written LangGraph node calls it, its pieces streamed."""
    if chat is not None:

        async def ask(value: Any) -> str:
            return (await chat.ainvoke([HumanMessage(as_text(value))])).text

        return ask
    if work.pieces:

        async def tell(value: Any) -> str:
            write, said = get_stream_writer(), []
            async for piece in work.tell(value):
                write(piece)
                said.append(piece)
            return "".join(said)

        return tell
    return work.step


def bare(work: Work, chat: BaseChatModel | None) -> Agent:
    """Return the agent as plain asyncio calls it: for a model, its own stream of chunks."""
    if chat is not None:

        async def ask(value: Any) -> str:
            chunks = chat._astream([HumanMessage(as_text(value))])  # noqa: SLF001  below LangChain's own cost
            return "".join([chunk.text async for chunk in chunks])

        return ask
    if work.pieces:

        async def tell(value: Any) -> str:
            return "".join([piece async for piece in work.tell(value)])

        return tell
    return work.step


def _overwriting(agent: Agent) -> NodeFunction:
    async def node(state: Text) -> Text:
        return {"value": await agent(state["value"])}

    return node


def _appending(
    agent: Agent, number: int, key: Literal["value", "master"] = "value"
) -> NodeFunction:
    async def node(state: Texts) -> dict[str, Any]:
        return {"outputs": [(number, await agent(state[key]))]}

    return node


async def _in_order(state: Texts) -> dict[str, Any]:
    return {"final": [text for _, text in sorted(state["outputs"])]}
