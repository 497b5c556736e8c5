"""Agents of your own beside one made of a prompt, in one nested workflow, live in the terminal.

Run it: python examples/own_agents.py
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from graphs import Catalog, Coordinator
from nodes.events import Chunk, Complete, NodeCompleted

ORDER = {
    "bike": "Cargo 2",
    "count": 2,
    "message": "Hello, could I have two Cargo 2 by Friday? Please tell me what they cost together.",
}
WORKFLOW = {
    "steps": [
        {
            "name": "facts",  # a strategy inside a strategy: both of these at the same time
            "tasks": [
                {"name": "stock", "agent": "stock", "method": "count"},
                {"name": "price", "agent": "prices", "method": "quote"},
            ],
        },
        {"name": "reply", "agent": "writer", "method": "reply", "inputTransform": "input.message"},
        {
            "agent": "offer",
            "inputTransform": "{text: result, facts: results[0].output, order: input}",
        },
    ]
}


class Stock:
    """What is there. Each public method of a class is a method of the agent."""

    def count(self, order: dict[str, Any]) -> int:
        """A plain method runs in a thread, so it may wait for a file or a database."""
        return {"Cargo 2": 5, "Tandem": 1}.get(order["bike"], 0)


class Prices:
    async def quote(self, order: dict[str, Any]) -> dict[str, Any]:
        """An async method shares the event loop; its result is data, for the next node."""
        await asyncio.sleep(0.05)  # a request to a price service would stand here
        return {"total": 3200 * order["count"], "currency": "EUR"}


async def offer(parts: dict[str, Any]) -> AsyncIterator[str]:
    """Write the letter. An async generator streams: each piece is on the screen at once."""
    price, order = parts["facts"]["price"], parts["order"]
    yield f"{parts['text']}\n\n"
    yield f"{order['count']} × {order['bike']}: {price['total']} {price['currency']}"
    yield f" ({parts['facts']['stock']} in the shop)"


async def main() -> None:
    # What ships, and the file beside this one. Without a key every prompt is answered offline.
    catalog = Catalog.load([Path(__file__).with_suffix(".yaml")])
    async with Coordinator(catalog) as coordinator:
        coordinator.register_agent("stock", Stock)
        coordinator.register_agent("prices", Prices)
        coordinator.register_agent("offer", offer)
        coordinator.define_workflow("order", WORKFLOW)  # all of it is checked here
        async for event in coordinator.stream("order", ORDER):
            match event:
                case Chunk(chunk=text):
                    print(text, end="", flush=True)
                case NodeCompleted(node=name, output=output):
                    print(f"\n[{name}] {'' if isinstance(output, str) else output}")
                case Complete(result=result):
                    print(f"\nsuccess: {result['success']}")


if __name__ == "__main__":
    asyncio.run(main())
