"""What a definition names, and how its parts fit: all faults at once, before anything is called."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from graphs.hierarchical import Hierarchical
from graphs.names import unknown_agent, unknown_method, unknown_workflow
from graphs.parallel import Parallel
from graphs.reference import WorkflowCall
from graphs.spec import Workflow
from graphs.strategy import Strategy
from nodes.agent import Agent
from nodes.agent_call import AgentCall
from nodes.approval import Approval
from nodes.errors import MOST_FAULTS, Fault, NodeError, close_matches
from nodes.expression import SCOPE_NAMES, Expression
from nodes.node import BaseNode

DEEPEST: Final = 32
LARGEST: Final = 10_000
MOST_FALLBACKS: Final = 8

_NODE_SCOPE: Final = frozenset({"result", "input", "results"})
_AGGREGATOR_SCOPE: Final = frozenset({"master", "sub", "input"})
_MEMBER_KEYS: Final = ("input", "input_transform", "transform", "when")


@dataclass(frozen=True, slots=True)
class Place:
    """A node that is being checked, and where it stands."""

    node: BaseNode
    path: str
    depth: int
    fallbacks: int = 0  # from the node that it stands in for to this one


def check(
    workflow: Workflow,
    agents: Mapping[str, Agent],
    workflows: Mapping[str, Workflow],
    name: str | None = None,
    path: str = "",
) -> list[Fault]:
    """Return everything wrong with what `workflow` names and how its parts fit.

    `name` is the workflow's own, if it has one: a reference back to it is a cycle.
    """
    places = list(_places(workflow.root, path))
    if len(places) > LARGEST:
        message = f"The workflow has {len(places):,} nodes; {LARGEST:,} is most. Split it."
        return [Fault(path, message, "too_large")]
    faults = _check_root(workflow.root, path)
    for place in places:
        faults += _check_node(place, agents, workflows, suggest=len(faults) < MOST_FAULTS)
    return faults + _check_references(workflow, workflows, name, path)


def _places(root: BaseNode, path: str) -> Iterator[Place]:
    stack = [Place(root, path, 1)]
    while stack:
        place = stack.pop()
        yield place
        if isinstance(place.node, Strategy):
            prefix = f"{place.path}." if place.path else ""
            members = [
                Place(node, prefix + at, place.depth + 1) for at, node in place.node.members.items()
            ]
            stack.extend(reversed(members))
        if isinstance(place.node, AgentCall) and place.fallbacks <= MOST_FALLBACKS:
            stack.extend(_fallback(place, place.node))


def _fallback(place: Place, node: AgentCall) -> list[Place]:
    if node.fallback is None:
        return []
    return [Place(node.fallback, _at(place.path, "fallback"), place.depth, place.fallbacks + 1)]


def _check_root(root: Strategy, path: str) -> list[Fault]:
    return [
        Fault(
            _at(path, _key(root, key)),
            f"`{_key(root, key)}` has no effect on the outermost strategy: only its nodes have it.",
        )
        for key in (*_MEMBER_KEYS, "on_error")
        if key in root.model_fields_set and not (key == "on_error" and isinstance(root, Parallel))
    ]


def _check_node(
    place: Place,
    agents: Mapping[str, Agent],
    workflows: Mapping[str, Workflow],
    *,
    suggest: bool,
) -> list[Fault]:
    node, path = place.node, place.path
    if place.fallbacks and isinstance(node, AgentCall):
        return _check_fallback(node, place) + _check_call(node, path, agents, suggest=suggest)
    # An aggregator that is an agent sees the parts as well.
    is_aggregator = path.rpartition(".")[2] == "aggregator"
    scope = _NODE_SCOPE | _AGGREGATOR_SCOPE if is_aggregator else _NODE_SCOPE
    faults = _check_expressions(node, path, scope)
    if isinstance(node, AgentCall):
        return faults + _check_call(node, path, agents, suggest=suggest)
    if isinstance(node, WorkflowCall) and node.workflow not in workflows:
        faults.append(unknown_workflow(node.workflow, path, workflows, suggest=suggest))
    if isinstance(node, Approval) and node.timeout is not None:
        message = "`timeout` has no effect on an approval, which takes no time: use `expires`."
        faults.append(Fault(_at(path, "timeout"), message))
    if isinstance(node, Strategy):
        faults += _check_strategy(node, place)
    if isinstance(node, Parallel) and (node.wanted or node.deadline):
        faults += _check_race(node, path, workflows)
    return faults


def _check_race(node: Parallel, path: str, workflows: Mapping[str, Workflow]) -> list[Fault]:
    """Nobody is there to end the others, or to see a deadline pass, while a run waits."""
    return [
        Fault(
            place.path,
            "An approval cannot be one of tasks with `waitFor` or a `deadline`: a run that waits "
            "for a person holds no process. Ask before the tasks, or after them.",
        )
        for place in _places(node, path)
        if _asks(place.node, workflows)
    ]


def _asks(node: BaseNode, workflows: Mapping[str, Workflow]) -> bool:
    """Say whether a node is an approval, or a workflow with one in it."""
    stack, seen = [node], set[str]()
    while stack:
        node = stack.pop()
        if isinstance(node, Approval):
            return True
        if isinstance(node, WorkflowCall) and node.workflow not in seen:
            seen.add(node.workflow)
            if node.workflow in workflows:
                stack.extend(place.node for place in _places(workflows[node.workflow].root, ""))
    return False


def _check_call(
    node: AgentCall, path: str, agents: Mapping[str, Agent], *, suggest: bool
) -> list[Fault]:
    faults = []
    agent = agents.get(node.agent)
    if agent is None:
        faults.append(unknown_agent(node.agent, path, agents, suggest=suggest))
    elif node.method not in agent.methods:
        fault = unknown_method(node.agent, node.method, agent.methods, path, suggest=suggest)
        faults.append(fault)
    if node.retry is not None:
        faults += _check_codes(node.retry.on or [], _at(path, "retry.on"))
    return faults


def _check_fallback(node: AgentCall, place: Place) -> list[Fault]:
    if place.fallbacks > MOST_FALLBACKS:
        message = f"More than {MOST_FALLBACKS} fallbacks stand behind each other here."
        return [Fault(place.path, message, "too_deep")]
    return [
        Fault(
            _at(place.path, _key(node, key)),
            f"`{_key(node, key)}` has no effect in a fallback: "
            "it gets the input of the node it stands in for, and that node's `transform`.",
        )
        for key in (*_MEMBER_KEYS, "on_error", "name")
        if key in node.model_fields_set
    ]


def _check_codes(codes: list[str], path: str) -> list[Fault]:
    known = set(_codes(NodeError))
    return [
        Fault(f"{path}[{i}]", f"Unknown error code {code!r}. {close_matches(code, known)}")
        for i, code in enumerate(codes)
        if code not in known
    ]


def _codes(kind: type[NodeError]) -> Iterator[str]:
    yield kind.code
    for narrower in kind.__subclasses__():
        yield from _codes(narrower)


def _check_strategy(node: Strategy, place: Place) -> list[Fault]:
    path, faults = place.path, []
    seen: dict[str, str] = {}
    for at, member in node.members.items():
        if member.name is not None:
            first = seen.setdefault(member.name, at)
            if first != at:
                message = f"The name {member.name!r} is {first}'s already. Give each its own."
                faults.append(Fault(_at(path, f"{at}.name"), message, "duplicate_name"))
    if isinstance(node, Parallel) and int(node.wanted or 0) > len(node.tasks):
        message = f"{node.wanted} successes cannot come from {len(node.tasks)} tasks."
        faults.append(Fault(_at(path, "waitFor"), message))
    if isinstance(node, Hierarchical) and node.delegation == "select":
        faults += _check_selection(node, path)
    return faults


def _check_selection(node: Hierarchical, path: str) -> list[Fault]:
    faults = []
    if node.master.transform is not None:
        message = "A master that selects has no `transform`: its answer says who is to work."
        faults.append(Fault(_at(path, "master.transform"), message))
    labels = [sub.label for sub in node.sub_agents]
    for i, label in enumerate(labels):
        if label in labels[:i]:
            message = (
                f"Two sub-agents are called {label!r}, so that the master could not choose. "
                "Write them {agent: …, name: …} and give each its own name."
            )
            faults.append(Fault(_at(path, f"subAgents[{i}]"), message, "duplicate_name"))
    return faults


def _check_expressions(node: BaseNode, path: str, scope: frozenset[str]) -> list[Fault]:
    faults = []
    for name in type(node).model_fields:
        expression = getattr(node, name)
        if not isinstance(expression, Expression):
            continue
        allowed = _AGGREGATOR_SCOPE if name == "aggregator" else scope
        unknown = sorted(expression.names - allowed)
        if unknown and not expression.names.issuperset(SCOPE_NAMES):
            message = (
                f"{expression} asks for {', '.join(map(repr, unknown))}; "
                f"what it can see is {', '.join(sorted(allowed))}."
            )
            faults.append(Fault(_at(path, _key(node, name)), message, "unknown_name"))
    return faults


def _check_references(
    workflow: Workflow, workflows: Mapping[str, Workflow], name: str | None, path: str
) -> list[Fault]:
    """Follow references: none may lead back to where it came from, or to too much."""
    known = {**workflows, **({name: workflow} if name is not None else {})}
    measured: dict[str, _Size] = {}
    faults: list[Fault] = []
    depth, nodes = 0, 0
    for place in _places(workflow.root, path):
        nodes += 1
        depth = max(depth, place.depth)
        if isinstance(place.node, WorkflowCall):
            trail = (name, place.node.workflow) if name is not None else (place.node.workflow,)
            try:
                size = _measure(trail, known, measured)
            except _CycleError as cycle:
                at = _at(place.path, "workflow")
                faults.append(Fault(at, f"The workflows refer to each other: {cycle}.", "cycle"))
                continue
            nodes += size.nodes
            depth = max(depth, place.depth + size.depth)
    if depth > DEEPEST:
        message = f"With what it refers to, it has too many levels; {DEEPEST} is most."
        faults.append(Fault(path, message, "too_deep"))
    if nodes > LARGEST:
        message = f"With what it refers to, it has {nodes:,} nodes; {LARGEST:,} is most."
        faults.append(Fault(path, message, "too_large"))
    return faults


class _CycleError(Exception):
    """A reference leads back to where it came from."""


@dataclass(frozen=True, slots=True)
class _Size:
    """How deep a workflow is and how many nodes it has, those of its references included."""

    depth: int
    nodes: int


def _measure(
    trail: tuple[str, ...], known: Mapping[str, Workflow], measured: dict[str, _Size]
) -> _Size:
    name = trail[-1]
    if name in trail[:-1]:
        raise _CycleError(" → ".join(trail[trail.index(name) :]))
    if name in measured or name not in known:
        return measured.get(name, _Size(0, 0))
    if len(trail) > DEEPEST:  # each is a level at least
        return _Size(DEEPEST, 0)
    depth, nodes = 0, 0
    for place in _places(known[name].root, ""):
        nodes += 1
        depth = max(depth, place.depth)
        if isinstance(place.node, WorkflowCall):
            size = _measure((*trail, place.node.workflow), known, measured)
            nodes += size.nodes
            depth = max(depth, place.depth + size.depth)
    measured[name] = _Size(depth, nodes)
    return measured[name]


def _key(node: BaseNode, name: str) -> str:
    return type(node).model_fields[name].alias or name


def _at(path: str, place: str) -> str:
    return f"{path}.{place}" if path else place
