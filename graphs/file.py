"""`CatalogFile`: what a YAML file holds."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from graphs.faults import faults_of, too_big
from graphs.spec import Workflow, parse
from nodes.errors import Fault, SpecError, close_matches
from nodes.llm_agent import AgentSpec, PythonAgentSpec
from nodes.spec import Spec
from nodes.tools.mcp import McpServer

KEYS = ("agents", "workflows", "mcpServers")


class CatalogFile(Spec):
    """Agents, workflows, and the MCP servers whose tools the agents use."""

    agents: dict[str, AgentSpec | PythonAgentSpec] = Field(default_factory=dict)
    workflows: dict[str, Workflow] = Field(default_factory=dict)
    mcp_servers: dict[str, McpServer] = Field(default_factory=dict)

    def joined(self, other: "CatalogFile") -> "CatalogFile":
        """Return both together; raises `SpecError` where they define the same name."""
        faults = [
            Fault(
                f"{key}.{name}", f"{name!r} is defined in another file as well.", "duplicate_name"
            )
            for key, ours, theirs in (
                ("agents", self.agents, other.agents),
                ("workflows", self.workflows, other.workflows),
                ("mcpServers", self.mcp_servers, other.mcp_servers),
            )
            for name in ours.keys() & theirs.keys()
        ]
        if faults:
            raise SpecError(faults)
        return CatalogFile(
            agents={**self.agents, **other.agents},
            workflows={**self.workflows, **other.workflows},
            mcp_servers={**self.mcp_servers, **other.mcp_servers},
        )


def parse_file(data: Any) -> CatalogFile:
    """Read the data of a file; raises `SpecError` with every fault of its form."""
    fault = too_big(data)
    if fault is None and not isinstance(data, Mapping):
        fault = Fault("", "A file is a mapping with `agents`, `workflows` or both.")
    if fault is not None:
        raise SpecError([fault])
    faults: list[Fault] = [
        Fault(str(key), f"Unknown key {key!r}. {close_matches(str(key), KEYS)}")
        for key in data
        if key not in KEYS
    ]
    faults += [
        Fault(key, "This must be a mapping of names.")
        for key in KEYS
        if not isinstance(data.get(key, {}), Mapping)
    ]
    if faults:
        raise SpecError(faults)
    faults += [
        Fault(f"{key}.{name}", "A name is a text that is not empty.")
        for key in KEYS
        for name in data.get(key, {})
        if not isinstance(name, str) or not name.strip()
    ]
    agents = _parse_agents(data.get("agents", {}), faults)
    workflows: dict[str, Workflow] = {}
    for name, definition in data.get("workflows", {}).items():
        try:
            workflows[str(name)] = parse(definition, f"workflows.{name}")
        except SpecError as error:
            faults += error.faults
    servers = _parse_servers(data.get("mcpServers", {}), faults)
    if faults:
        raise SpecError(faults)
    return CatalogFile(agents=agents, workflows=workflows, mcp_servers=servers)


def yaml_files(path: Path) -> Iterator[Path]:
    """Yield a file, or the YAML files in and below a folder; raises `SpecError` for neither."""
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from sorted(p for p in path.rglob("*") if p.suffix in {".yaml", ".yml"})
    else:
        raise SpecError([Fault("", f"There is no file or folder {str(path)!r}.")], "catalog")


def _parse_agents(
    data: Mapping[Any, Any], faults: list[Fault]
) -> dict[str, AgentSpec | PythonAgentSpec]:
    agents: dict[str, AgentSpec | PythonAgentSpec] = {}
    for name, definition in data.items():
        is_python = isinstance(definition, Mapping) and "python" in definition
        model = PythonAgentSpec if is_python else AgentSpec
        try:
            agents[str(name)] = model.model_validate(definition or {})
        except ValidationError as error:
            faults += faults_of(error, f"agents.{name}", {"": model})
    return agents


def _parse_servers(data: Mapping[Any, Any], faults: list[Fault]) -> dict[str, McpServer]:
    servers: dict[str, McpServer] = {}
    for name, definition in data.items():
        try:
            servers[str(name)] = McpServer.model_validate(definition)
        except ValidationError as error:
            faults += faults_of(error, f"mcpServers.{name}", {"": McpServer})
    return servers
