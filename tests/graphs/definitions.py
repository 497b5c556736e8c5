"""Hypothesis strategies: nested definitions at random, with the script of the agents in them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from tests.graphs.script import FAILURES, METHODS, Behaviour

TRANSFORMS = [
    "result", "input", "{v: result}", "[result]", "to_string(result)", "type(result)",
    "length(results)", "result.v", "length(result)", "keys(result)",
]  # fmt: skip
CONDITIONS = ["`true`", "`false`", "result", "input", "type(result) == 'string'", "abs(result)"]
LISTS = ["`[1, 2, 3]`", "`[]`", "[result, 'x']", "[input]", "result", "values(result)"]
CHOICES = ["type(result)", "result", "type(input)", "floor(result)"]
ENDS = ["`true`", "`false`", "type(result) == 'string'", "length(results) >= `2`", "ceil(result)"]
TIMELY = {"timeout", "deadline", "waitFor"}


@dataclass(frozen=True)
class Definition:
    """A workflow, those it refers to, its input, and what the agents in it do."""

    spec: Mapping[str, Any]
    workflows: Mapping[str, Mapping[str, Any]]
    given: Any
    behaviours: Mapping[str, Behaviour]

    @property
    def is_timeless(self) -> bool:
        """Say whether it means the same however long its agents take."""
        specs = (self.spec, *self.workflows.values())
        nodes = [node for spec in specs for node in parts(spec)]
        return not any(
            node.keys() & TIMELY or ("tasks" in node and node.get("onError") == "fail")
            for node in nodes
        )


def parts(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield every mapping in a definition."""
    if isinstance(value, Mapping):
        yield value
    children = value.values() if isinstance(value, Mapping) else value
    if isinstance(children, list | tuple) or isinstance(value, Mapping):
        for child in children:
            yield from parts(child)


@dataclass
class _Making:
    """What has been drawn so far of one definition."""

    draw: DrawFn
    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    workflows: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    names: int = 0

    def often(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) >= 100 - percent

    def one_of(self, *values: Any) -> Any:
        return self.draw(st.sampled_from(values))

    def count(self, most: int) -> range:
        return range(self.draw(st.integers(1, most)))

    @property
    def is_full(self) -> bool:
        return len(self.behaviours) >= METHODS - 8

    def name(self) -> str:
        self.names += 1
        return f"n{self.names}"

    def node(self, depth: int) -> dict[str, Any]:
        kinds: list[Callable[[int], dict[str, Any]]] = [self.agent_call] * 3
        if self.workflows:
            kinds.append(self.reference)
        if depth and not self.is_full:
            kinds += [self.strategy] * 4
        node = self.one_of(*kinds)(depth)
        return self.with_keys(node)

    def with_keys(self, node: dict[str, Any]) -> dict[str, Any]:
        if self.often(8):
            node["when"] = self.one_of(*CONDITIONS)
        if self.often(8):
            node["input"] = self.one_of("x", 5, None, {"v": 1}, [1, "y"])
        elif self.often(8):
            node["inputTransform"] = self.one_of(*TRANSFORMS)
        if self.often(12):
            node["transform"] = self.one_of(*TRANSFORMS)
        if self.often(8):
            node["timeout"] = self.draw(st.floats(0.1, 2))
        if "tasks" not in node and self.often(25):
            node["onError"] = "continue"
        return node

    def behaviour(self) -> Behaviour:
        gives = self.one_of("echo", "tag", "tag", "list", "object", "number", "null")
        if self.often(70):
            return Behaviour(gives)
        codes = self.draw(
            st.lists(st.sampled_from([*FAILURES, "agent_failed", None]), min_size=1, max_size=3)
        )
        return Behaviour(gives, tuple(codes), always=self.often(50))

    def agent_call(self, _: int = 0, *, can_fall_back: bool = True) -> dict[str, Any]:
        method = f"m{len(self.behaviours)}"
        self.behaviours[method] = self.behaviour()
        node: dict[str, Any] = {"agent": "scripted", "method": method}
        if self.often(25):
            node["retry"] = {
                "maxAttempts": self.draw(st.integers(1, 3)),
                "initialInterval": self.one_of(0, 0.11, 0.53),
                "backoffFactor": self.one_of(1, 1.7),
                "maxInterval": self.one_of(0.6, 60),
                "jitter": False,
            }
            if self.often(30):
                node["retry"]["on"] = [self.one_of("agent_failed", "timeout", "rejected")]
        if can_fall_back and not self.is_full and self.often(15):
            node["fallback"] = self.agent_call(can_fall_back=False)
        return node

    def reference(self, _: int) -> dict[str, Any]:
        return {"workflow": self.one_of(*self.workflows)}

    def strategy(self, depth: int) -> dict[str, Any]:
        kinds = (self.sequential, self.parallel, self.hierarchical, self.loop, self.route, self.map)
        return self.one_of(*kinds)(depth - 1)

    def sequential(self, depth: int) -> dict[str, Any]:
        return {"steps": [self.node(depth) for _ in self.count(3)]}

    def parallel(self, depth: int) -> dict[str, Any]:
        node: dict[str, Any] = {"tasks": [self.node(depth) for _ in self.count(4)]}
        if self.often(30):
            for task in node["tasks"]:
                task["name"] = self.name()
        if self.often(35):
            numbers = self.draw(st.integers(1, len(node["tasks"])))
            node["waitFor"] = self.one_of("all", "any", numbers)
        if self.often(25):
            node["onError"] = self.one_of("fail", "collect")
        if self.often(20):
            node["deadline"] = self.draw(st.floats(0.05, 3))
        return self.with_limit(node)

    def with_limit(self, node: dict[str, Any]) -> dict[str, Any]:
        if self.often(25):
            node["maxConcurrency"] = self.draw(st.integers(1, 3))
        return node

    def hierarchical(self, depth: int) -> dict[str, Any]:
        node: dict[str, Any] = {"master": self.with_keys(self.agent_call())}
        node["subAgents"] = [self.node(depth) for _ in self.count(3)]
        if self.often(30):
            node["aggregator"] = self.one_of("{m: master, n: length(sub)}", "sub", "abs(sub)")
        elif self.often(30):
            node["aggregator"] = self.with_keys(self.agent_call())
        if self.often(30):
            self.select(node)
        return node

    def select(self, node: dict[str, Any]) -> None:
        names = [sub.setdefault("name", self.name()) for sub in node["subAgents"]]
        choice = st.sampled_from([*names, *({"name": name, "input": [name]} for name in names)])
        rounds = self.draw(st.lists(st.lists(choice, max_size=3).map(tuple), max_size=3))
        master = {key: node["master"][key] for key in ("agent", "method")}
        if "onError" in node["master"]:
            master["onError"] = node["master"]["onError"]
        behaviour = self.behaviours[master["method"]]
        self.behaviours[master["method"]] = Behaviour(
            "choose", behaviour.failures, always=behaviour.always, chooses=tuple(rounds)
        )
        node |= {"master": master, "delegation": "select"}
        if self.often(50):
            node["maxRounds"] = self.draw(st.integers(1, 4))

    def loop(self, depth: int) -> dict[str, Any]:
        node = {"body": self.node(depth), "maxIterations": self.draw(st.integers(1, 3))}
        return {**node, "until": self.one_of(*ENDS)} if self.often(60) else node

    def route(self, depth: int) -> dict[str, Any]:
        values = self.draw(
            st.lists(
                st.sampled_from(["string", "number", "array", "object", "x"]),
                min_size=1, max_size=2, unique=True,
            )
        )  # fmt: skip
        cases = {value: self.node(depth) for value in values}
        return {"on": self.one_of(*CHOICES), "cases": cases, "default": self.node(depth)}

    def map(self, depth: int) -> dict[str, Any]:
        return self.with_limit({"over": self.one_of(*LISTS), "body": self.node(depth)})


@st.composite
def definitions(draw: DrawFn) -> Definition:
    making = _Making(draw)
    for number in range(draw(st.integers(0, 2))):
        making.workflows[f"w{number}"] = making.strategy(draw(st.integers(1, 2)))
    spec = making.strategy(draw(st.integers(1, 4)))
    given = making.one_of("hello", 3, None, [1, 2], {"v": "x"}, "مرحبا 👋")
    return Definition(spec, making.workflows, given, making.behaviours)
