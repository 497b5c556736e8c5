"""رحلة بالعربية: خطة كاملة، ووكيل يفشل فلا يفشل معه غيره، وميزانية توقف التنفيذ.

A trip in Arabic through the coordinator: a whole plan, an agent that fails and takes nobody with
it, and a budget that stops a run, which keeps what it has.

Run it: python examples/arabic_trip.py
"""

import asyncio
from typing import Any

from graphs import BudgetLimits, Coordinator, Options


def weather(trip: dict[str, Any]) -> str:
    """A service that is down."""
    raise ConnectionError(f"لا جواب عن طقس {trip['destination']}")


WORKFLOW = {
    "tasks": [
        {"name": "الخطة", "workflow": "trip-planning"},
        # Tried twice; then somebody else does it.
        {
            "name": "الطقس",
            "agent": "weather",
            "retry": {"maxAttempts": 2, "initialInterval": 0.05},
            "fallback": {"agent": "content", "method": "keywords"},
        },
        # Nobody else: the failure is reported in its place, and the others go on.
        {"name": "الطقس بلا بديل", "agent": "weather"},
    ],
    "onError": "collect",
}


async def main() -> None:
    async with Coordinator() as coordinator:
        coordinator.register_agent("weather", weather)
        coordinator.define_workflow("trip", WORKFLOW)
        examples = coordinator.catalog.find("trip-planning").input or {}
        trip = examples["examples"][1]  # the second example is the Arabic one

        # A budget is shared by all branches of a run: tokens, dollars, calls of models.
        enough = Options(budget=BudgetLimits(model_calls=20, cost=0.10))
        result = await coordinator.execute_workflow("trip", trip, enough)
        plan = result.final_result["الخطة"]
        print(f"{plan}\n")
        for entry in result.results:
            print(f"{entry.name}: {'تم' if entry.success else f'فشل، {entry.error}'}")
        print(f"الاستهلاك: {result.usage.total_tokens} كلمة، التكلفة: {result.cost} دولار\n")

        # The same trip with too little: the run ends where the budget does, with what it has.
        little = Options(budget=BudgetLimits(model_calls=4))
        result = await coordinator.execute_workflow("trip-planning", trip, little)
        done = [entry.name for entry in result.results if entry.success]
        print(f"ميزانية من أربع مكالمات: {result.code}، اكتمل: {'، '.join(map(str, done))}")


if __name__ == "__main__":
    asyncio.run(main())
