"""Reading files together: what they hold, and all that is wrong with any of them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from graphs.file import CatalogFile, parse_file
from graphs.names import unknown_names
from nodes.errors import Fault, SpecError


@dataclass(frozen=True, slots=True)
class Known:
    """Names that a definition may refer to: agents with their methods, where these are known."""

    agents: Mapping[str, Collection[str] | None] = field(default_factory=dict)
    workflows: Collection[str] = ()

    def with_those_of(self, data: Any) -> Self:
        """Add what the data of a file defines, as far as it can be read."""
        agents = {str(name): _methods(agent) for name, agent in _mapping(data, "agents").items()}
        workflows = {str(name) for name in _mapping(data, "workflows")}
        return type(self)({**self.agents, **agents}, {*self.workflows, *workflows})


def read_files(files: Iterable[Path], known: Known) -> CatalogFile:
    """Return what files hold together; they may refer to each other and to what is `known`.

    Raises `SpecError` with all that is wrong with the form of any, and with the names in them that
    nobody knows; each fault has its file and line.
    """
    from graphs.source import read_yaml, with_lines

    faults: list[Fault] = []
    texts: dict[Path, str] = {}
    data: dict[Path, Any] = {}
    for file in files:
        try:
            texts[file] = file.read_text(encoding="utf-8")
            data[file] = read_yaml(texts[file], str(file))
            known = known.with_those_of(data[file])
        except (OSError, UnicodeDecodeError) as error:
            faults.append(Fault("", f"This cannot be read: {error}.", file=str(file)))
        except SpecError as error:
            faults += error.faults
    whole = CatalogFile()
    for file, read in data.items():
        try:
            whole = whole.joined(parse_file(read))
        except SpecError as error:
            unknown = [
                fault
                for name, workflow in _mapping(read, "workflows").items()
                for fault in unknown_names(
                    workflow, known.agents, known.workflows, f"workflows.{name}"
                )
            ]
            faults += with_lines([*error.faults, *unknown], texts[file], str(file))
    if faults:
        raise SpecError(faults, "catalog")
    return whole


def _mapping(data: Any, key: str) -> Mapping[Any, Any]:
    value = data.get(key) if isinstance(data, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def _methods(agent: Any) -> Collection[str] | None:
    if not isinstance(agent, Mapping) or "python" in agent:
        return None if isinstance(agent, Mapping) else ("run",)
    methods = agent.get("methods")
    return {str(name) for name in methods} if isinstance(methods, Mapping) else ("run",)
