"""Compiled graphs for `langgraph.json`: the strategies, and the workflows that ship.

The only module that compiles at import: LangGraph's server imports it and wants graphs, or
functions that give them. The server brings its own checkpointer.
"""

import os
from collections.abc import Callable
from typing import Final

from langchain_core.runnables import RunnableConfig
from pydantic import BaseModel, Field, create_model

from graphs.catalog import Catalog, compile_workflow
from graphs.source import read_yaml
from graphs.strategy import CompiledGraph
from nodes.models import ModelSettings

_EXAMPLES: Final = {
    "sequential": """\
steps:
  - {agent: content, method: summarise}
  - {agent: content, method: keywords}
""",
    "parallel": """\
tasks:
  - {agent: content, method: summarise, name: summary}
  - {agent: content, method: figures, name: figures}
""",
    "hierarchical": """\
master: {name: content, method: summarise}
subAgents:
  - {name: content, method: keywords}
  - {name: content, method: figures, inputTransform: input}
aggregator: "{summary: master, parts: sub}"
""",
    "loop": """\
body: {agent: content, method: edit}
maxIterations: 2
""",
    "route": """\
on: "contains(input, '?') && 'question' || 'text'"
cases:
  question: {agent: travel}
default: {agent: content, method: summarise}
""",
    "map": """\
over: input
body: {agent: content, method: keywords}
""",
}

_catalog: Final = Catalog.load(
    filter(None, map(str.strip, os.environ.get("AMRIKYY_CATALOG", "").split(","))),
    models=ModelSettings.from_environment(os.environ),
)


def _strategy(name: str) -> Callable[[RunnableConfig], CompiledGraph]:
    """Return what makes a strategy's graph of the definition that Studio has in its context.

    The server calls it for each run and each reading of the graph.
    """
    example = _EXAMPLES[name]
    definition = Field(
        default=example,
        description=f"A workflow, in YAML; this example is {name}. The agents are the catalog's.",
        json_schema_extra={"langgraph_type": "prompt"},
    )
    context: type[BaseModel] = create_model(f"{name.title()}Context", definition=(str, definition))

    def make(config: RunnableConfig) -> CompiledGraph:
        text = config.get("configurable", {}).get("definition") or example
        spec = read_yaml(text, "definition") if isinstance(text, str) else text
        return compile_workflow(spec, _catalog, context_schema=context)

    return make


def _workflow(name: str) -> CompiledGraph:
    return compile_workflow(name, _catalog)


sequential = _strategy("sequential")
parallel = _strategy("parallel")
hierarchical = _strategy("hierarchical")
loop = _strategy("loop")
route = _strategy("route")
map_items = _strategy("map")

blog_post = _workflow("blog-post")
document_review = _workflow("document-review")
market_brief = _workflow("market-brief")
support_triage = _workflow("support-triage")
trip_planning = _workflow("trip-planning")
