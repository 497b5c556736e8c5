"""The names in a definition that cannot be parsed, so that unknown ones are told all the same."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from graphs.faults import too_big
from nodes.aggregator import by_name
from nodes.errors import MOST_FAULTS, Fault, close_matches

_LISTS: Final = ("steps", "tasks", "subAgents")
_SINGLES: Final = ("body", "default", "master", "aggregator", "fallback")
_BY_NAME: Final = ("master", "subAgents", "aggregator")


def unknown_agent(name: str, path: str, agents: Collection[str], *, suggest: bool = True) -> Fault:
    """Return the fault; without `suggest`, which takes its time, nothing is said of the known."""
    message = f"Unknown agent {name!r}." + (f" {close_matches(name, agents)}" if suggest else "")
    return Fault(f"{path}.agent" if path else "agent", message, "unknown_agent")


def unknown_method(
    agent: str, method: str, methods: Collection[str], path: str, *, suggest: bool = True
) -> Fault:
    hint = f" {close_matches(method, methods)}" if suggest else ""
    message = f"Agent {agent!r} has no method {method!r}.{hint}"
    return Fault(f"{path}.method" if path else "method", message, "unknown_method")


def unknown_workflow(
    name: str, path: str, workflows: Collection[str], *, suggest: bool = True
) -> Fault:
    hint = f" {close_matches(name, workflows)}" if suggest else ""
    message = f"Unknown workflow {name!r}.{hint}"
    return Fault(f"{path}.workflow" if path else "workflow", message, "unknown_workflow")


def unknown_names(
    data: Any,
    agents: Mapping[str, Collection[str] | None],
    workflows: Collection[str],
    path: str = "",
) -> list[Fault]:
    """Return a fault for each agent, method and workflow that data names and nobody knows.

    `agents` has the methods of each, or None where nobody knows those.
    """
    if too_big(data) is not None:  # that is told already, and reading it all would take for ever
        return []
    faults: list[Fault] = []
    for place, node in _nodes(data, path):
        suggest = len(faults) < MOST_FAULTS
        agent = node.get("agent")
        if isinstance(agent, str) and agent:
            method = node.get("method", "run")
            if agent not in agents:
                faults.append(unknown_agent(agent, place, agents, suggest=suggest))
            elif isinstance(method, str) and method not in (methods := agents[agent] or [method]):
                faults.append(unknown_method(agent, method, methods, place, suggest=suggest))
        workflow = node.get("workflow")
        if isinstance(workflow, str) and workflow and workflow not in workflows:
            faults.append(unknown_workflow(workflow, place, workflows, suggest=suggest))
    return faults


def _nodes(data: Any, path: str) -> Iterator[tuple[str, Mapping[Any, Any]]]:
    """Yield every mapping that stands where a node may; `name` is its agent where it may be."""
    stack: list[tuple[str, Any, bool]] = [(path, data, False)]
    while stack:
        at, node, named = stack.pop()
        if not isinstance(node, Mapping):
            continue
        yield at, by_name(node) if named else node
        prefix = f"{at}." if at else ""
        children = [(prefix + key, node[key], key in _BY_NAME) for key in _SINGLES if key in node]
        for key in _LISTS:
            members = node.get(key)
            if isinstance(members, list | tuple):
                children += [
                    (f"{prefix}{key}[{i}]", member, key in _BY_NAME)
                    for i, member in enumerate(members)
                ]
        cases = node.get("cases")
        if isinstance(cases, Mapping):
            children += [(f"{prefix}cases.{value}", case, False) for value, case in cases.items()]
        stack.extend(reversed(children))
