"""Agents and workflows by name: what comes in is whole, checked, and compiled once."""

from pathlib import Path
from typing import Any

import pytest

from graphs import Catalog, Coordinator, compile_workflow, parse
from graphs.catalog import KEPT, shipped_catalog
from graphs.file import parse_file
from nodes.errors import NotFoundError, SpecError
from nodes.models import ModelSettings

FILE = """\
agents:
  writer:
    description: Writes
    methods:
      run: {prompt: "Summarise: {{input}}"}
      title: {prompt: "{{topic}}"}
workflows:
  outer: {steps: [{workflow: inner}, {agent: writer}]}
  inner:
    description: Runs inside another
    input: {type: string}
    steps: [{agent: writer}]
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mine.yaml"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_what_ships_loads_and_a_file_adds_to_it(file: Path):
    catalog = Catalog.load([file])

    assert {"travel", "content", "writer"} <= catalog.agents.keys()
    assert {"trip-planning", "outer", "inner"} <= catalog.workflows.keys()
    assert shipped_catalog().is_dir()


def test_a_folder_is_read_with_all_below_it_and_files_may_refer_to_each_other(tmp_path: Path):
    (tmp_path / "agents").mkdir()
    (tmp_path / "agents" / "a.yaml").write_text("agents: {a: {}}", encoding="utf-8")
    (tmp_path / "w.yml").write_text("workflows: {w: {steps: [{agent: a}]}}", encoding="utf-8")
    (tmp_path / "notes.txt").write_text("not: ours", encoding="utf-8")
    catalog = Catalog()

    catalog.add_path(tmp_path)

    assert catalog.find("w").strategy == "sequential"


def test_the_faults_of_a_file_come_with_their_lines(tmp_path: Path):
    path = tmp_path / "bad.yaml"
    path.write_text("workflows:\n  w:\n    steps:\n      - agent: nobody\n", encoding="utf-8")

    with pytest.raises(SpecError) as refused:
        Catalog().add_path(path)

    place = f"{path}:4: workflows.w.steps[0].agent"
    assert f"{place}: Unknown agent 'nobody'" in str(refused.value)


def test_the_form_of_a_file_is_checked_as_a_whole(tmp_path: Path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        "agents: {a: {modell: x}}\nworkflows: {w: {step: []}, v: {steps: []}}\n"
        "mcpServers: {m: {}}\n",
        encoding="utf-8",
    )

    with pytest.raises(SpecError) as refused:
        Catalog().add_path(path)

    assert [fault.path for fault in refused.value.faults] == [
        "agents.a.modell",
        "workflows.w",
        "workflows.v.steps",
        "mcpServers.m",
    ]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ([], "A file is a mapping"),
        ({"agent": {}}, "Did you mean 'agents'?"),
        ({"agents": []}, "This must be a mapping of names."),
    ],
)
def test_what_is_no_file_is_refused(data: Any, words: str):
    with pytest.raises(SpecError, match=words):
        parse_file(data)


def test_a_name_may_be_defined_once_in_what_is_read_together(tmp_path: Path):
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text("agents: {a: {}}", encoding="utf-8")

    with pytest.raises(SpecError, match=r"agents\.a: 'a' is defined in another file"):
        Catalog().add_path(tmp_path)


def test_a_path_that_is_not_there_is_told():
    with pytest.raises(SpecError, match="There is no file or folder 'nowhere.yaml'"):
        Catalog().add_path("nowhere.yaml")


def test_a_file_with_a_fault_adds_nothing(tmp_path: Path):
    path = tmp_path / "bad.yaml"
    path.write_text("agents: {a: {}}\nworkflows: {w: {steps: [{agent: b}]}}", encoding="utf-8")
    catalog = Catalog()

    with pytest.raises(SpecError):
        catalog.add_path(path)

    assert not catalog.agents


def test_an_agent_that_cannot_be_made_is_a_fault_at_its_place(tmp_path: Path):
    path = tmp_path / "bad.yaml"
    path.write_text(
        'agents:\n  a: {python: "no.such:thing"}\n  b: {model: gpt-9}\n'
        "  c: {methods: {run: {tools: [calculatr]}}}\n",
        encoding="utf-8",
    )

    with pytest.raises(SpecError) as refused:
        Catalog().add_path(path)

    assert {fault.path.split(".tools")[0] for fault in refused.value.faults} == {
        "agents.a.python",
        "agents.b",
        "agents.c.methods.run",
    }


async def test_an_agent_of_a_file_may_be_python(tmp_path: Path):
    path = tmp_path / "py.yaml"
    path.write_text('agents: {upper: {python: "builtins:ascii"}}', encoding="utf-8")
    catalog = Catalog()
    catalog.add_path(path)

    result = await Coordinator(catalog).execute_sequential([{"agent": "upper"}], "é")

    assert result.final_result == "'\\xe9'"


def test_a_definition_written_the_same_is_compiled_once():
    catalog = Catalog()
    catalog.register("a", lambda given: given)

    one = catalog.graph(catalog.check({"steps": [{"agent": "a"}]}))
    same = catalog.graph(catalog.check({"steps": [{"agent": "a"}]}))
    other = catalog.graph(catalog.check({"steps": [{"agent": "a", "name": "b"}]}))

    assert one is same
    assert one is not other


def test_definitions_with_functions_of_their_own_are_like_no_other():
    catalog = Catalog()
    catalog.register("a", lambda given: given)

    graphs = {
        id(catalog.graph(catalog.check({"steps": [{"agent": "a", "transform": function}]})))
        for function in (str.upper, str.lower)
    }

    assert len(graphs) == 2


def test_graphs_that_were_not_used_for_long_are_dropped():
    catalog = Catalog()
    catalog.register("a", lambda given: given)
    first = catalog.check({"steps": [{"agent": "a"}]})
    graph = catalog.graph(first)

    for number in range(KEPT):
        catalog.graph(catalog.check({"steps": [{"agent": "a", "name": f"n{number}"}]}))

    assert catalog.graph(first) is not graph


async def test_a_workflow_means_the_agents_there_are_when_it_runs():
    catalog = Catalog()
    catalog.register("a", lambda given: "old")
    catalog.define("w", {"steps": [{"agent": "a"}]})
    coordinator = Coordinator(catalog)
    assert (await coordinator.execute_workflow("w")).final_result == "old"

    catalog.register("a", lambda given: "new")

    assert (await coordinator.execute_workflow("w")).final_result == "new"


def test_a_graph_whose_agent_lost_a_method_is_refused_with_its_place():
    catalog = Catalog()
    catalog.register("a", lambda given: given)
    workflow = catalog.define("w", {"steps": [{"agent": "a"}]})
    catalog.register("a", type("Other", (), {"other": lambda self, given: given}))

    with pytest.raises(SpecError, match=r"steps\[0\]\.method: Agent 'a' has no method 'run'"):
        catalog.graph(workflow)


async def test_a_reference_gets_only_input_that_fits_its_workflow(file: Path):
    catalog = Catalog()
    catalog.add_path(file)

    result = await Coordinator(catalog).execute_workflow("outer", {"not": "text"})

    assert result.code == "invalid_input"
    assert "workflow 'inner'" in (result.error or "")


async def test_a_reference_stands_in_the_results_with_its_name(file: Path):
    catalog = Catalog()
    catalog.add_path(file)

    result = await Coordinator(catalog).execute_workflow("outer", "The sea is blue. It is deep.")

    assert result.results[0].workflow == "inner"
    assert result.results[0].result is not None
    assert result.results[1].input == result.results[0].output


async def test_a_compiled_workflow_is_a_plain_langgraph_graph(file: Path):
    catalog = Catalog()
    catalog.add_path(file)

    by_name = compile_workflow("inner", catalog)
    by_spec = compile_workflow(parse({"tasks": [{"agent": "writer"}]}), catalog)

    assert by_name.get_name() == "inner"
    assert by_name.get_input_jsonschema()["properties"]["input"]["type"] == "string"
    assert (await by_spec.ainvoke({"input": "A sentence."}))["success"]
    with pytest.raises(NotFoundError):
        compile_workflow("nobody", catalog)


def test_the_default_model_is_the_settings(file: Path):
    catalog = Catalog.load([file], models=ModelSettings(default="google_genai:gemini-2.5-pro"))

    assert catalog.agents["writer"].model == "google_genai:gemini-2.5-pro"


@pytest.mark.parametrize("key", ["agents", "workflows", "mcpServers"])
def test_a_name_is_a_text(key: str):
    with pytest.raises(SpecError, match="A name is a text that is not empty"):
        parse_file({key: {"": {}}})


def test_cases_that_are_the_same_as_text_are_refused():
    spec = {
        "on": "input",
        "cases": {1: {"agent": "a"}, "1": {"agent": "a"}},
        "default": {"agent": "a"},
    }

    with pytest.raises(SpecError, match="Two cases are the same"):
        Catalog().check(spec)


@pytest.mark.parametrize("race", [{"waitFor": "any"}, {"deadline": 5}, {"waitFor": 1}])
def test_an_approval_is_no_part_of_a_race(race: dict[str, Any]):
    catalog = Catalog()
    catalog.register("a", lambda given: given)
    catalog.define("ask", {"steps": [{"approval": "Go on?"}]})
    tasks = [{"agent": "a"}, {"steps": [{"approval": "Go on?"}]}, {"workflow": "ask"}]

    with pytest.raises(SpecError) as refused:
        catalog.check({"tasks": tasks, **race})

    assert [fault.path for fault in refused.value.faults] == ["tasks[1].steps[0]", "tasks[2]"]


def test_an_approval_takes_no_time():
    with pytest.raises(SpecError, match="use `expires`"):
        Catalog().check({"steps": [{"approval": "Go on?", "timeout": 5}]})


def test_an_aggregator_that_is_an_agent_sees_the_parts():
    catalog = Catalog()
    catalog.register("a", lambda given: given)

    catalog.check(
        {
            "master": {"name": "a"},
            "subAgents": [{"name": "a"}],
            "aggregator": {"agent": "a", "inputTransform": "{m: master, s: sub, i: input}"},
        }
    )


async def test_the_faults_of_several_files_are_told_once_each_in_its_file(tmp_path: Path):
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("workflows:\n  w: {steps: [{agent: nobody}]}\n", encoding="utf-8")
    two.write_text("agents:\n  a: {}\nworkflows:\n  v: {steps: [{agent: a}]}\n", encoding="utf-8")

    with pytest.raises(SpecError) as refused:
        Catalog().add_path(tmp_path)

    assert [fault.where for fault in refused.value.faults] == [f"{one}:2"]


def test_faults_of_form_and_unknown_names_of_files_are_told_together(tmp_path: Path):
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text("workflows: {w: {steps: [{agent: b, metod: x}, {agent: c}]}}", encoding="utf-8")
    two.write_text("agents: {b: {methods: {x: {}}}, d: 5}", encoding="utf-8")

    with pytest.raises(SpecError) as refused:
        Catalog().add_path(tmp_path)

    assert [fault.path for fault in refused.value.faults] == [
        "workflows.w.steps[0].metod",
        "workflows.w.steps[0].method",
        "workflows.w.steps[1].agent",
        "agents.d",
    ]


def test_a_file_that_is_no_text_is_a_fault_like_another(tmp_path: Path):
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe")

    with pytest.raises(SpecError, match="This cannot be read"):
        Catalog().add_path(tmp_path)
