"""What cannot run is refused before anything is called: all faults at once, each with its place."""

import copy
from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphs.catalog import Catalog
from graphs.file import parse_file
from graphs.source import read_yaml
from nodes.errors import SpecError
from tests.graphs.bad_definitions import EXPRESSIONS, KEYS, MIXED, UNKNOWN_NAMES, VALUES
from tests.graphs.definitions import definitions

LONGEST = 2.0  # s
A = {"agent": "travel"}


class Travel:
    """Plans trips, and counts how often it was asked to."""

    def __init__(self) -> None:
        self.calls = 0

    def run(self, value: Any) -> Any:
        self.calls += 1
        return value

    def flights(self, value: Any) -> Any:
        self.calls += 1
        return value


@pytest.fixture(scope="module")
def travel() -> Travel:
    return Travel()


@pytest.fixture(scope="module")
def catalog(travel: Travel) -> Catalog:
    catalog = Catalog()
    catalog.register("travel", travel)
    catalog.register("pricing", travel)
    catalog.define("trip", {"steps": [A]})
    return catalog


def faults_of(catalog: Catalog, spec: Any, name: str | None = None) -> list[tuple[str, str]]:
    with pytest.raises(SpecError) as refused:
        catalog.check(spec, name)
    return [(fault.path, fault.message) for fault in refused.value.faults]


ALL = UNKNOWN_NAMES | KEYS | VALUES | EXPRESSIONS | MIXED


@pytest.mark.parametrize("what", ALL)
def test_each_fault_is_told_with_its_place_and_what_to_do(
    catalog: Catalog, travel: Travel, what: str
):
    spec, expected = ALL[what]

    faults = faults_of(catalog, spec)

    assert sorted(path for path, _ in faults) == sorted(expected)
    for path, message in faults:
        assert expected[path] in message
        assert message.endswith((".", "?"))
    assert travel.calls == 0


@pytest.mark.parametrize("what", ALL)
def test_nothing_of_what_is_refused_is_kept(catalog: Catalog, what: str):
    with pytest.raises(SpecError):
        catalog.define("new", ALL[what][0])

    assert "new" not in catalog.workflows


def test_a_workflow_that_refers_to_itself_is_refused(catalog: Catalog):
    assert faults_of(catalog, {"steps": [A, {"workflow": "self"}]}, "self") == [
        ("steps[1].workflow", "Unknown workflow 'self'. There are: trip."),
        ("steps[1].workflow", "The workflows refer to each other: self → self."),
    ]


@pytest.mark.parametrize("names", [["a"], ["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d"]])
def test_workflows_that_refer_to_each_other_are_refused(catalog: Catalog, names: list[str]):
    following = [*names[1:], names[0]]
    file = parse_file(
        {
            "workflows": {
                name: {"steps": [A, {"tasks": [{"workflow": after}]}]}
                for name, after in zip(names, following, strict=True)
            }
        }
    )

    with pytest.raises(SpecError) as refused:
        catalog.add(file)

    ring = " → ".join([*names, names[0]])
    paths = [fault.path for fault in refused.value.faults]
    assert paths == [f"workflows.{name}.steps[1].tasks[0].workflow" for name in names]
    assert f"The workflows refer to each other: {ring}." in str(refused.value)


def test_a_workflow_may_be_redefined_by_what_does_not_refer_to_it_any_more(catalog: Catalog):
    catalog.define("first", {"steps": [A]})
    catalog.define("second", {"steps": [{"workflow": "first"}]})

    assert faults_of(catalog, {"steps": [{"workflow": "second"}]}, "first") == [
        (
            "steps[0].workflow",
            "The workflows refer to each other: first → second → first.",
        )
    ]


def test_10_000_nodes_are_allowed_and_no_more(catalog: Catalog):
    most = {"steps": [{"tasks": [A] * 99} for _ in range(99)] + [A] * 99}
    catalog.check(most)

    ((path, message),) = faults_of(catalog, {"steps": [*most["steps"], A]})

    assert path == ""
    assert "10,001 nodes; 10,000 is most" in message


def test_32_levels_are_allowed_through_references_too(catalog: Catalog):
    catalog.define("deep 1", {"steps": [A]})
    for level in range(2, 17):  # each is a reference and a strategy deeper
        catalog.define(f"deep {level}", {"steps": [{"workflow": f"deep {level - 1}"}]})

    ((path, message),) = faults_of(catalog, {"steps": [{"workflow": "deep 16"}]})

    assert path == ""
    assert "32 is most" in message


def test_workflows_that_grow_with_every_reference_are_refused_at_once(catalog: Catalog):
    catalog.define("big 0", {"tasks": [A] * 10})
    for level in range(1, 3):
        catalog.define(f"big {level}", {"tasks": [{"workflow": f"big {level - 1}"}] * 10})
    began = perf_counter()

    ((path, message),) = faults_of(catalog, {"tasks": [{"workflow": "big 2"}] * 10})

    assert perf_counter() - began < LONGEST
    assert (path, "10,000 is most" in message) == ("", True)


def test_a_file_whose_workflows_grow_with_every_reference_is_refused_at_once(catalog: Catalog):
    workflows: dict[str, Any] = {"w0": {"tasks": [A] * 10}}
    for level in range(1, 15):
        workflows[f"w{level}"] = {"tasks": [{"workflow": f"w{level - 1}"}] * 10}
    file = parse_file({"workflows": workflows})
    began = perf_counter()

    with pytest.raises(SpecError) as refused:
        catalog.add(file)

    assert perf_counter() - began < LONGEST
    assert refused.value.faults[0].path == "workflows.w3"


BOMB = "a: &a [{agent: travel}]\n" + "".join(
    f"{after}: &{after} [" + ", ".join([f"{{steps: *{before}}}"] * 9) + "]\n"
    for before, after in zip("abcdefghijk", "bcdefghijkl", strict=True)
)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("steps:\n  - agent: travel\n    agent: pricing", 3, "stands here twice"),
        ("steps:\n\t- agent: travel", 2, "not YAML"),
        ("steps: !!python/object/apply:os.system ['echo']", 1, "not YAML"),
        ("steps: !!python/name:os.system ''", 1, "not YAML"),
        ("steps: !mine {agent: travel}", 1, "not YAML"),
        ("steps: [{agent: travel}", 1, "not YAML"),
        ("steps: [*nowhere]", 1, "not YAML"),
        ("steps: []\n---\nsteps: []", 2, "not YAML"),
        ("? {a: b}\n: c", 1, "A key must be text"),
        ("a: 'x", 1, "not YAML"),
        ("x: &x {agent: travel}\nsteps:\n  - <<: *x", 3, "write the keys out"),
        ("[" * 3000, None, "too deep"),
        ("x: \x07", None, "not YAML"),
    ],
)
def test_a_text_that_is_no_yaml_of_ours_is_refused_with_its_line(
    text: str, line: int | None, words: str
):
    with pytest.raises(SpecError) as refused:
        read_yaml(text, "trip.yaml")

    (fault,) = refused.value.faults
    assert fault.line == line
    assert words in fault.message
    assert (f"trip.yaml:{line}" if line else "trip.yaml") in str(refused.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on: input\ncases: {yes: {agent: travel}, 1: {agent: travel}}\ndefault: {agent: no}",
         {"default.agent": "Unknown agent 'no'"}),
        ("agent: travel", {"": "names no strategy"}),
        ("", {"": "A workflow is a mapping"}),
        ("~", {"": "A workflow is a mapping"}),
        ("steps:", {"steps": "list"}),
        ("steps: [{agent: travel}]\n1: 2", {"": "A key must be text, and 1 is not"}),
        ("steps: [{agent: travel, when: yes}]", {"steps[0].when": "'yes'"}),
        ("steps: [{agent: travel, timeout: 1m}]", {"steps[0].timeout": "number"}),
    ],
)  # fmt: skip
def test_yaml_is_taken_as_it_was_meant(catalog: Catalog, text: str, expected: dict[str, str]):
    faults = dict(faults_of(catalog, read_yaml(text, "text")))

    assert faults.keys() == expected.keys()
    assert all(words in faults[path] for path, words in expected.items())


def test_aliases_that_multiply_are_refused_at_once(catalog: Catalog, travel: Travel):
    began = perf_counter()
    data = read_yaml(f"{BOMB}steps: *l", "file bomb.yaml")

    faults = faults_of(catalog, {"steps": data["steps"]})

    assert perf_counter() - began < LONGEST
    assert faults == [("", "The definition is too large: at most 10,000 nodes are allowed.")]
    assert travel.calls == 0


def test_a_definition_that_holds_itself_is_refused(catalog: Catalog):
    spec: dict[str, Any] = {"steps": [A]}
    spec["steps"].append(spec)

    faults = faults_of(catalog, spec)

    assert faults == [("", "The definition is too deep: at most 32 levels are allowed.")]


def test_a_definition_too_deep_to_be_read_is_refused(catalog: Catalog):
    spec: Any = A
    for _ in range(5000):
        spec = {"steps": [spec]}

    faults = faults_of(catalog, spec)

    assert faults == [("", "The definition is too deep: at most 32 levels are allowed.")]


@pytest.mark.parametrize("levels", [33, 60, 99])
def test_a_definition_a_little_too_deep_is_refused(catalog: Catalog, levels: int):
    spec: Any = A
    for _ in range(levels):
        spec = {"master": A, "subAgents": [{"on": "input", "cases": {"x": spec}, "default": A}]}

    ((path, message),) = faults_of(catalog, spec)

    assert path == ""
    assert "too deep" in message or "32 is most" in message


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ([], {"": "A file is a mapping"}),
        ({"workflow": {}}, {"workflow": "'workflows'"}),
        ({"workflows": [A]}, {"workflows": "mapping"}),
        ({"agents": None}, {"agents": "mapping"}),
        ({"agents": {"x": {"modle": "offline"}}}, {"agents.x.modle": "'model'"}),
        ({"agents": {"x": {"python": "nowhere"}}}, {"agents.x.python": ""}),
        ({"workflows": {"trip": {"steps": []}, "b": {"tasks": 3}}},
         {"workflows.trip.steps": "empty", "workflows.b.tasks": "list"}),
        ({"agents": {"x": {"temperature": 9}}, "workflows": {"b": 3}},
         {"agents.x.temperature": "2", "workflows.b": "mapping"}),
    ],
)  # fmt: skip
def test_a_file_is_refused_with_all_its_faults(data: Any, expected: dict[str, str]):
    with pytest.raises(SpecError) as refused:
        parse_file(data)

    faults = {fault.path: fault.message for fault in refused.value.faults}
    assert faults.keys() == expected.keys()
    assert all(words in faults[path] for path, words in expected.items())


KEYS_OF_OURS = [
    "agent", "method", "workflow", "approval", "form", "steps", "tasks", "master", "subAgents",
    "aggregator", "body", "until", "maxIterations", "on", "cases", "default", "over", "input",
    "transform", "when", "retry", "fallback", "timeout", "waitFor", "onError", "strategy", "name",
    "agents", "workflows", "description", "mcpServers", "methods", "python", "delegation",
]  # fmt: skip
WORDS = st.sampled_from(KEYS_OF_OURS) | st.sampled_from(["travel", "trip", "run", "result", "any"])
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=True)
    | st.text(max_size=8)
    | WORDS
)
JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(WORDS | st.text(max_size=6) | st.integers(), inner, max_size=5)
    ),
    max_leaves=25,
)


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """A definition in which something was taken out, renamed or replaced."""
    spec = copy.deepcopy(dict(draw(definitions()).spec))
    for _ in range(draw(st.integers(1, 3))):
        holders = [spec, *(p for p in _holders(spec) if p)]
        holder = draw(st.sampled_from(holders))
        if isinstance(holder, list):
            holder[draw(st.integers(0, len(holder) - 1))] = draw(JSON)
        elif holder:
            key = draw(st.sampled_from(sorted(holder, key=str)))
            match draw(st.sampled_from(["take out", "rename", "replace"])):
                case "take out":
                    del holder[key]
                case "rename":
                    holder[draw(WORDS)] = holder.pop(key)
                case _:
                    holder[key] = draw(JSON)
    return spec


def _holders(value: Any) -> list[Any]:
    if not isinstance(value, Mapping | list):
        return []
    parts = [*value.values()] if isinstance(value, Mapping) else value
    return [
        found
        for part in parts
        if isinstance(part, dict | list)
        for found in [part, *_holders(part)]
    ]


def many(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
    )


def refusal(read: Callable[[], object]) -> SpecError | None:
    """Return why something is refused, if it is; whatever else it raises is a fault of ours."""
    began = perf_counter()
    try:
        read()
    except SpecError as error:
        return error
    finally:
        assert perf_counter() - began < LONGEST
    return None


@many(600)
@given(spec=JSON | damaged())
def test_any_data_is_a_workflow_or_is_refused_in_good_time(
    catalog: Catalog, travel: Travel, spec: Any
):
    refused = refusal(lambda: catalog.graph(catalog.check(spec)))

    assert refused is None or all(fault.message and fault.code for fault in refused.faults)
    assert travel.calls == 0


@many(400)
@given(data=JSON | st.fixed_dictionaries({"workflows": st.dictionaries(WORDS, damaged() | JSON)}))
def test_any_data_is_a_file_or_is_refused_in_good_time(catalog: Catalog, travel: Travel, data: Any):
    refused = refusal(lambda: parse_file(data))

    assert refused is None or all(fault.message and fault.code for fault in refused.faults)
    assert travel.calls == 0


@many(300)
@given(text=st.text() | st.text("ab:- \n\t[]{}&*!|>'\"#?,<", max_size=40))
def test_any_text_is_yaml_or_is_refused_in_good_time(text: str):
    refused = refusal(lambda: read_yaml(text, "text"))

    assert refused is None or all(fault.message for fault in refused.faults)
