"""Definitions made to break what reads them: each is refused with faults, soon and briefly."""

from time import perf_counter
from typing import Any

import pytest

from graphs.catalog import Catalog
from graphs.coordinator import Coordinator
from graphs.file import parse_file
from graphs.source import read_yaml
from graphs.spec import parse
from nodes.errors import MOST_FAULTS, ExpressionError, Fault, SpecError
from nodes.expression import Expression

A = {"agent": "echo"}


class Echo:
    def run(self, value: Any) -> Any:
        return value


@pytest.fixture
def catalog() -> Catalog:
    catalog = Catalog()
    catalog.register("echo", Echo())
    return catalog


def faults_of(catalog: Catalog, spec: Any) -> tuple[Fault, ...]:
    with pytest.raises(SpecError) as refused:
        catalog.check(spec)
    return refused.value.faults


@pytest.mark.parametrize(
    "value",
    [
        "!!int foo",
        "!!float foo",
        "!!bool foo",
        "!!timestamp foo",
        "9" * 5000,
        "0x" + "f" * 5000,
        "!!int [1]",
    ],
)
def test_a_value_that_its_tag_does_not_fit_is_refused_with_its_line(value: str):
    with pytest.raises(SpecError) as refused:
        read_yaml(f"a: 1\nb: {value}", "w.yaml")

    assert str(refused.value.faults[0]).startswith("w.yaml:2: This is not YAML: ")
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "source",
    [
        "(" * 3000 + "a" + ")" * 3000,
        "!" * 5000 + "a",
        "[" * 5000,
        "(" * 1900 + "a" + ")" * 1900,
        "!" * 3900 + "a",
        "[" * 3900,
    ],
)
def test_an_expression_too_long_or_too_deep_is_a_short_fault(catalog: Catalog, source: str):
    (fault,) = faults_of(catalog, {"steps": [{**A, "transform": source}]})

    assert fault.path == "steps[0].transform"
    assert len(fault.message) < 250


def test_an_expression_too_deep_to_be_answered_is_a_failure_of_its_node():
    with pytest.raises((ExpressionError, ValueError), match="nested too deep"):
        Expression("result" + "[*]" * 600)({"result": [1]})


@pytest.mark.parametrize("key", ["input", "name", "timeout"])
def test_an_integer_that_python_does_not_write_is_a_fault(catalog: Catalog, key: str):
    (fault,) = faults_of(catalog, {"steps": [{**A, key: 1 << 20_000}]})

    assert fault.path == f"steps[0].{key}"


@pytest.mark.parametrize("waits", [{}, {"waitFor": "any"}])
def test_a_long_chain_of_workflows_is_too_deep(catalog: Catalog, waits: dict[str, str]):
    last = 3000
    chain: dict[str, Any] = {f"w{i}": {"steps": [{"workflow": f"w{i + 1}"}]} for i in range(last)}
    chain["w0"] = {"tasks": [{"workflow": "w1"}, A], **waits}

    with pytest.raises(SpecError) as refused:
        catalog.add(parse_file({"workflows": {**chain, f"w{last}": {"steps": [A]}}}))

    assert {fault.code for fault in refused.value.faults} == {"too_deep"}


async def test_cases_that_look_alike_are_branches_of_their_own():
    coordinator = Coordinator(Catalog())
    coordinator.register_agent("echo", Echo())
    values = ["a:b", "a\u2236b", "a|b", "a%3Ab"]
    cases = {value: {**A, "transform": f"'{n}'"} for n, value in enumerate(values)}

    for n, value in enumerate(values):
        spec = {"on": "input", "cases": cases, "default": A}
        told = [event async for event in coordinator.stream(spec, value)]
        assert (await coordinator.execute(spec, value)).final_result == str(n)
        assert f"cases.{value}" in {getattr(event, "path", None) for event in told}


@pytest.mark.parametrize("key", ["agent", "method", "workflow"])
def test_thousands_of_unknown_names_are_told_soon_and_briefly(catalog: Catalog, key: str):
    for i in range(100):
        catalog.register(f"agent-number-{i}", Echo())
        catalog.define(f"agent-number-{i}-flow", {"steps": [A]})
    nodes = [{**({} if key == "workflow" else A), key: f"agent-nomber-{i}x"} for i in range(9000)]
    began = perf_counter()

    with pytest.raises(SpecError) as refused:
        catalog.check({"steps": nodes})

    assert perf_counter() - began < 3
    assert len(refused.value.faults) == 9000
    assert str(refused.value).endswith(f"\n  and {9000 - MOST_FAULTS:,} more")
    assert len(str(refused.value)) < 50_000


def test_thousands_of_unknown_keys_and_nodes_are_told_soon(catalog: Catalog):
    nodes = [{"agent": "echo", f"trasform{i}": 1} for i in range(4000)]
    began = perf_counter()

    faults = faults_of(catalog, {"steps": [*nodes, *({f"agemt{i}": 1} for i in range(4000))]})

    assert perf_counter() - began < 3
    assert len(faults) == 8000
    assert faults[-1].message.startswith("This is no node")


def chain_of_fallbacks(length: int) -> dict[str, Any]:
    node: dict[str, Any] = {"agent": "echo"}
    for _ in range(length):
        node = {"agent": "echo", "fallback": node}
    return node


def test_fallbacks_count_as_nodes(catalog: Catalog):
    nodes = [chain_of_fallbacks(3) for _ in range(2501)]

    (fault,) = faults_of(catalog, {"steps": nodes})

    assert fault.code == "too_large"


def test_at_most_8_fallbacks_stand_behind_each_other(catalog: Catalog):
    catalog.check({"steps": [chain_of_fallbacks(8)]})

    (fault,) = faults_of(catalog, {"steps": [chain_of_fallbacks(40)]})

    assert fault.code == "too_deep"
    assert fault.path == "steps[0]" + ".fallback" * 9


async def test_an_input_stays_as_it_was_when_it_was_checked():
    coordinator = Coordinator(Catalog())
    coordinator.register_agent("echo", Echo())
    given = {"cities": ["Cairo"]}
    workflow = parse({"steps": [{**A, "input": given}]})

    given["cities"].append("Rome")
    result = await coordinator.execute(workflow)

    assert result.final_result == {"cities": ["Cairo"]}


def test_an_input_that_is_no_plain_data_is_a_fault(catalog: Catalog):
    (fault,) = faults_of(catalog, {"steps": [{**A, "input": object()}]})

    assert fault.path == "steps[0].input"
    assert "not plain data" in fault.message


@pytest.mark.parametrize(
    "server",
    [
        {"url": "http://a", "headers": "s3cret"},
        {"url": "http://a", "headers": {"authorization": ["s3cret"]}},
        {"command": "a", "env": {"KEY": {"s3cret": 1}}},
        {"command": "a", "env": ["s3cret"]},
        ["s3cret"],
    ],
)
def test_what_may_be_a_secret_is_not_shown(server: Any):
    with pytest.raises(SpecError) as refused:
        parse_file({"mcpServers": {"maps": server}})

    assert "s3cret" not in str(refused.value)
    assert refused.value.faults[0].path.startswith("mcpServers.maps")
