"""`Catalog`: agents and workflows by name, checked when they come in, compiled once."""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

from pydantic import WithJsonSchema
from typing_extensions import TypedDict

from graphs.check import check
from graphs.file import CatalogFile, yaml_files
from graphs.loading import Known, read_files
from graphs.names import unknown_names
from graphs.spec import Workflow, parse
from graphs.strategy import CompiledGraph, Nested
from nodes.agent import Agent
from nodes.errors import (
    ConfigurationError,
    Fault,
    InvalidInputError,
    InvalidValueError,
    NotFoundError,
    SpecError,
    UnknownModelError,
)
from nodes.llm_agent import AgentSpec, PythonAgentSpec, build_llm_agent
from nodes.models import Models, ModelSettings
from nodes.node import BaseNode, Body
from nodes.python_agent import load_python, python_agent
from nodes.schema import explain
from nodes.state import NodeResult, RunInput
from nodes.tools.mcp import McpServer
from nodes.tools.toolbox import Toolbox

KEPT: Final = 256
"""Compiled graphs that are kept; each takes about 4 KiB a node."""


class Catalog:
    """Agents and workflows by name.

    What is added is checked whole before anything of it is there; a workflow may refer to what
    comes with it. Not safe for use by several threads; compiled graphs are.
    """

    def __init__(self, models: ModelSettings | None = None) -> None:
        self.models = Models(models or ModelSettings())
        self.agents: dict[str, Agent] = {}
        self.workflows: dict[str, Workflow] = {}
        self.mcp_servers: dict[str, McpServer] = {}
        self._toolboxes: list[Toolbox] = []
        self._graphs: OrderedDict[str, CompiledGraph] = OrderedDict()
        self._bodies: dict[str, Body] = {}

    @classmethod
    def load(
        cls, paths: Iterable[str | Path] = (), *, models: ModelSettings | None = None
    ) -> "Catalog":
        """Return what ships, and what the YAML files and folders at `paths` add or replace."""
        catalog = cls(models)
        for path in (shipped_catalog(), *paths):
            catalog.add_path(path)
        return catalog

    def add_path(self, path: str | Path) -> CatalogFile:
        """Add a YAML file, or all of a folder; raises `SpecError`, each fault with its line."""
        return self.add_files([*yaml_files(Path(path))])

    def add_files(self, files: Sequence[Path]) -> CatalogFile:
        """Add YAML files, which may refer to each other."""
        whole = read_files(files, self.known)
        try:
            self.add(whole)
        except SpecError as error:
            texts = {file: file.read_text(encoding="utf-8") for file in files}
            raise SpecError(_placed(error.faults, texts), "catalog") from error
        return whole

    def add(self, file: CatalogFile) -> None:
        """Add what a file holds, all of it or, with a `SpecError`, nothing."""
        faults: list[Fault] = []
        servers = {**self.mcp_servers, **file.mcp_servers}
        toolbox = Toolbox(servers)
        agents = dict(self.agents)
        for name, spec in file.agents.items():
            try:
                agents[name] = self._built(name, spec, toolbox)
            except SpecError as error:
                faults += [below(f"agents.{name}", fault) for fault in error.faults]
            except (UnknownModelError, ConfigurationError) as error:
                faults.append(Fault(f"agents.{name}", str(error), error.code))
        workflows = {**self.workflows, **file.workflows}
        for name, workflow in file.workflows.items():
            faults += check(workflow, agents, workflows, name, f"workflows.{name}")
        if faults:
            raise SpecError(faults)
        self.agents, self.workflows, self.mcp_servers = agents, workflows, servers
        self._toolboxes.append(toolbox)
        self._forget()

    def register(self, name: str, agent: Any, description: str | None = None) -> Agent:
        """Add an agent: one that is built, or a class, an object or a function of yours."""
        built = agent if isinstance(agent, Agent) else python_agent(name, agent, description)
        self.agents = {**self.agents, name: built}
        self._forget()
        return built

    def define(self, name: str, spec: Any) -> Workflow:
        """Add or replace a workflow; raises `SpecError` with all its faults."""
        workflow = self.check(spec, name)
        self.workflows = {**self.workflows, name: workflow}
        self._forget()
        return workflow

    def remove(self, name: str) -> None:
        """Take a workflow out; raises `SpecError` where others refer to it."""
        self.find(name)
        left = {known: workflow for known, workflow in self.workflows.items() if known != name}
        faults = [
            fault
            for known, workflow in left.items()
            for fault in check(workflow, self.agents, left, known, known)
        ]
        if faults:
            raise SpecError(faults, f"catalog without {name!r}")
        self.workflows = left
        self._forget()

    def check(self, spec: Any, name: str | None = None) -> Workflow:
        """Parse a definition and check all it names; raises `SpecError` with all its faults."""
        try:
            workflow = parse(spec)
        except SpecError as error:
            unknown = unknown_names(spec, self.known.agents, self.known.workflows)
            raise SpecError([*error.faults, *unknown]) from error
        faults = check(workflow, self.agents, self.workflows, name)
        if faults:
            raise SpecError(faults)
        return workflow

    def find(self, name: str) -> Workflow:
        """Return a workflow by name; raises `NotFoundError`."""
        if name not in self.workflows:
            raise NotFoundError("workflow", name, self.workflows)
        return self.workflows[name]

    def graph(self, workflow: Workflow) -> CompiledGraph:
        """Return the graph of a workflow, compiled once a definition.

        Raises `SpecError` where an agent or a workflow it names is no longer what it was.
        """
        key = workflow.fingerprint
        if key in self._graphs:
            self._graphs.move_to_end(key)
        else:
            self.check(workflow)
            self._graphs[key] = workflow.root.compile(self)
            if len(self._graphs) > KEPT:
                self._graphs.popitem(last=False)
        return self._graphs[key]

    async def aclose(self) -> None:
        """Close the connections of the models and of the tools' servers, for this event loop."""
        for toolbox in self._toolboxes:
            await toolbox.aclose()
        await self.models.aclose()

    @property
    def known(self) -> Known:
        """The names that a definition may refer to."""
        methods = {name: agent.methods.keys() for name, agent in self.agents.items()}
        return Known(methods, self.workflows)

    # What a definition refers to while it is compiled (`Names`).

    def agent(self, name: str) -> Agent:
        return self.agents[name]

    def workflow(self, name: str) -> BaseNode:
        return self.workflows[name].root

    def workflow_body(self, name: str) -> Body:
        """Return what runs a workflow inside the graph that is running, its input checked."""
        if name not in self._bodies:
            workflow = self.workflows[name]
            identity = workflow.root.identity | NodeResult(workflow=name)
            graph = workflow.root.compile(self, name=name)
            self._bodies[name] = Nested(graph, identity, partial(fit_input, workflow, name))
        return self._bodies[name]

    def _built(self, name: str, spec: AgentSpec | PythonAgentSpec, toolbox: Toolbox) -> Agent:
        if isinstance(spec, AgentSpec):
            return build_llm_agent(name, spec, self.models, toolbox)
        return python_agent(name, load_python(spec.python), spec.description or None)

    def _forget(self) -> None:
        """Drop what was compiled: a definition may mean something else now."""
        self._graphs.clear()
        self._bodies.clear()


def below(path: str, fault: Fault) -> Fault:
    """Return a fault with its place below `path`."""
    return replace(fault, path=f"{path}.{fault.path}" if fault.path else path)


def fit_input(workflow: Workflow, name: str, value: Any) -> None:
    """Check what a node gives to the workflow it refers to; raises `InvalidValueError`."""
    try:
        check_input(workflow, value, name)
    except InvalidInputError as error:
        raise InvalidValueError(str(error)) from error


def check_input(workflow: Workflow, value: Any, name: str | None = None) -> None:
    """Check a run's input against the workflow's schema; raises `InvalidInputError`."""
    if workflow.input is None:
        return
    faults = explain(workflow.input, value)
    if faults:
        called = f"workflow {name!r}" if name else "workflow"
        raise InvalidInputError(f"The input does not fit the {called}.", faults)


def compile_workflow(spec: Any, catalog: Catalog, **options: Any) -> CompiledGraph:
    """Compile a definition, or a workflow's name, to a plain LangGraph graph.

    It takes `{"input": …}` and gives the contract's result object. `options` go to LangGraph's
    `compile` (`checkpointer`, `store`, …). Raises `SpecError` with all faults.
    """
    workflow = catalog.check(catalog.find(spec) if isinstance(spec, str) else spec)
    name = spec if isinstance(spec, str) else None
    shown = RunInput if workflow.input is None else _typed_input(workflow.input)
    return workflow.root.compile(catalog, name=name, input_schema=shown, **options)


def _typed_input(schema: dict[str, Any]) -> type[Any]:
    """Return the type of a run's input that shows the workflow's own schema."""

    class RunInput(TypedDict):
        input: Annotated[Any, WithJsonSchema(schema)]

    return RunInput


def shipped_catalog() -> Path:
    """Return the folder of what ships: inside `graphs` in a wheel, beside it in a checkout."""
    package = Path(str(files("graphs")))
    installed = package / "_catalog"
    return installed if installed.is_dir() else package.parent / "catalog"


def _placed(faults: Sequence[Fault], texts: Mapping[Path, str]) -> list[Fault]:
    """Give each fault its file and line: of the file that has most of its path."""
    from graphs.source import lines_of, nearest

    lines = {file: lines_of(text) for file, text in texts.items()}
    placed = []
    for fault in faults:
        file = max(lines, key=lambda it: len(nearest(fault.path, lines[it])))
        line = lines[file].get(nearest(fault.path, lines[file]))
        placed.append(replace(fault, file=str(file), line=line))
    return placed
