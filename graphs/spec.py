"""The grammar: `Node`, the strategies, `Workflow`; and `parse`, from JSON, YAML or Python data."""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Final
from uuid import uuid4

from pydantic import BaseModel, Discriminator, Field, Tag, ValidationError

from graphs.faults import faults_of, meant, too_big
from graphs.hierarchical import Hierarchical
from graphs.leaves import walk
from graphs.loop import Loop
from graphs.map import Map
from graphs.parallel import Parallel
from graphs.reference import WorkflowCall
from graphs.route import Route
from graphs.sequential import Sequential
from graphs.strategy import Strategy
from nodes.agent_call import AgentCall
from nodes.approval import Approval
from nodes.errors import Fault, SpecError, close_matches
from nodes.node import BaseNode, Names
from nodes.schema import JsonSchema
from nodes.spec import Spec

STRATEGIES: Final[dict[str, type[Strategy]]] = {
    "sequential": Sequential,
    "parallel": Parallel,
    "hierarchical": Hierarchical,
    "loop": Loop,
    "route": Route,
    "map": Map,
}

# The key that only this kind of node has tells what a mapping is; the first that is there counts.
_KINDS: Final[dict[str, type[BaseNode]]] = {
    "agent": AgentCall,
    "workflow": WorkflowCall,
    "approval": Approval,
    "steps": Sequential,
    "tasks": Parallel,
    "subAgents": Hierarchical,
    "sub_agents": Hierarchical,
    "master": Hierarchical,
    "cases": Route,
    "over": Map,
    "maxIterations": Loop,
    "max_iterations": Loop,
    "until": Loop,
}

MODELS: Final[dict[str, type[BaseModel]]] = {
    f"<{kind.__name__}>": kind for kind in dict.fromkeys(_KINDS.values())
}


def _tag(value: Any) -> str | None:
    if isinstance(value, BaseNode):
        return f"<{type(value).__name__}>"
    if not isinstance(value, Mapping):
        return None
    named = STRATEGIES.get(str(value.get("strategy")))
    if named is not None:
        return f"<{named.__name__}>"
    kind = next((kind for key, kind in _KINDS.items() if key in value), None)
    return f"<{kind.__name__}>" if kind is not None else None


Node = Annotated[
    Annotated[AgentCall, Tag("<AgentCall>")]
    | Annotated[WorkflowCall, Tag("<WorkflowCall>")]
    | Annotated[Approval, Tag("<Approval>")]
    | Annotated[Sequential, Tag("<Sequential>")]
    | Annotated[Parallel, Tag("<Parallel>")]
    | Annotated[Hierarchical, Tag("<Hierarchical>")]
    | Annotated[Loop, Tag("<Loop>")]
    | Annotated[Route, Tag("<Route>")]
    | Annotated[Map, Tag("<Map>")],
    Discriminator(
        _tag,
        custom_error_type="node",
        custom_error_message=(
            "This is no node: a node has `agent`, `workflow` or `approval`, or the keys of a "
            "strategy: `steps`, `tasks`, `master` and `subAgents`, `cases`, `over`, "
            "`maxIterations`."
        ),
    ),
]
"""Any node of a workflow."""

Strategy.terms["Node"] = Node


class Workflow(Spec):
    """A definition: a strategy, what it is for, and the JSON Schema of its input."""

    description: str = ""
    """What the workflow is for."""
    input: JsonSchema | None = None
    """JSON Schema that a run's input is checked against."""
    root: Annotated[Strategy, Field(exclude=True)]
    """The outermost strategy."""

    fingerprint: Annotated[str, Field(exclude=True)]
    """The same for definitions written the same."""

    @property
    def strategy(self) -> str:
        return self.root.strategy

    def waits(self, names: Names) -> bool:
        """Say whether a run of it may wait for a person, which takes a checkpointer."""
        return any(isinstance(leaf, Approval) for _, leaf in walk(self.root, names))


def parse(data: Any, path: str = "") -> Workflow:
    """Read a definition: a strategy's keys, with `description` and `input` (JSON Schema) beside.

    Raises `SpecError` with every fault of its form; what it names is checked by `graphs.check`.
    """
    if isinstance(data, Workflow):
        return data
    if isinstance(data, Strategy):
        return Workflow(root=data, fingerprint=uuid4().hex)
    fault = too_big(data)
    if fault is None and not isinstance(data, Mapping):
        fault = Fault(path, "A workflow is a mapping with the keys of a strategy, such as `steps`.")
    if fault is not None:
        raise SpecError([fault])
    header = {key: data[key] for key in ("description", "input") if key in data}
    body = {key: value for key, value in data.items() if key not in header}
    faults: list[Fault] = []
    root = _parse_root(body, path, faults)
    try:
        workflow = Workflow.model_validate(
            {**header, "root": root or _PLACEHOLDER, "fingerprint": _fingerprint(data)}
        )
    except ValidationError as error:
        faults += faults_of(error, path, {"": Workflow})
    if faults:
        raise SpecError(faults)
    return workflow


def _parse_root(body: Mapping[str, Any], path: str, faults: list[Fault]) -> Strategy | None:
    tag = _tag(body)
    model = MODELS.get(tag or "")
    if model is None or not issubclass(model, Strategy):
        faults.append(Fault(path, _no_strategy(body)))
        return None
    try:
        return model.model_validate(body)
    except ValidationError as error:
        faults += faults_of(error, path, {"": model, **MODELS})
        return None


def _fingerprint(data: Mapping[str, Any]) -> str:
    """Return what is the same for data written the same; Python's own objects are like no other."""
    try:
        return sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()
    except (TypeError, ValueError):  # an integer of too many digits to be written
        return uuid4().hex


def _no_strategy(body: Mapping[str, Any]) -> str:
    if "strategy" in body:
        name = str(body["strategy"])
        return f"Unknown strategy {name!r}. {close_matches(name, STRATEGIES)}"
    keys = ", ".join(repr(str(key)) for key in list(body)[:5]) or "nothing"
    return (
        "This names no strategy: it needs `steps`, `tasks`, `master` and `subAgents`, `cases`, "
        f"`over` or `maxIterations`, and has {keys}.{meant(body, _KINDS)}"
    )


_PLACEHOLDER: Final = Sequential.model_construct(steps=[])
