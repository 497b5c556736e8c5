"""How nodes are arranged, checked, compiled to LangGraph and run."""

from graphs.catalog import Catalog, compile_workflow
from graphs.coordinator import Coordinator
from graphs.options import BudgetLimits, Options
from graphs.result import RunResult
from graphs.spec import Workflow, parse

__all__ = [
    "BudgetLimits",
    "Catalog",
    "Coordinator",
    "Options",
    "RunResult",
    "Workflow",
    "compile_workflow",
    "parse",
]
