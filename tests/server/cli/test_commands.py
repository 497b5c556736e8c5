import json
import xml.etree.ElementTree as ET

import pytest
from jsonschema import Draft202012Validator

BAD = """\
agents:
  writer: {promt: x}
workflows:
  a:
    steps:
      - agent: nobody
"""
ALSO_BAD = """\
workflows:
  b:
    steps:
      - agent: contnt
      - workflow: greet
      - agent: content
        method: sing
"""


def test_validate_is_quiet_about_good_files(amrikyy):
    done = amrikyy("validate", "w.yaml")

    assert done.status == 0
    assert done.out == "w.yaml: no faults\n"


def test_validate_tells_the_file_and_the_line_of_each_fault(amrikyy, tmp_path):
    (tmp_path / "bad.yaml").write_text(BAD)

    done = amrikyy("validate", "w.yaml", "bad.yaml")

    assert done.status == 2
    assert done.out.startswith("bad.yaml:2: agents.writer.promt: Unknown key 'promt'.")


def test_validate_checks_files_together(amrikyy, tmp_path):
    (tmp_path / "also.yaml").write_text(ALSO_BAD)

    done = amrikyy("validate", "w.yaml", "also.yaml")

    assert done.out.splitlines() == [
        "also.yaml:4: workflows.b.steps[0].agent: Unknown agent 'contnt'. Did you mean 'content'?",
        "also.yaml:7: workflows.b.steps[2].method: " + done.out.splitlines()[1].split(": ", 2)[2],
    ]
    assert done.status == 2


@pytest.mark.parametrize(
    ("text", "line"), [("workflows:\n  a: [\n", 3), ("a: 1\na: 2\n", 2), ("\tx: 1\n", 1)]
)
def test_validate_tells_the_line_of_what_is_no_yaml(amrikyy, tmp_path, text, line):
    (tmp_path / "bad.yaml").write_text(text)

    done = amrikyy("validate", "bad.yaml")

    assert done.status == 2
    assert done.out.startswith(f"bad.yaml:{line}: ")


def test_validate_tells_a_model_that_is_not_there(amrikyy, tmp_path):
    (tmp_path / "bad.yaml").write_text("agents:\n  a: {model: gemini-2.5-flash}\n")

    done = amrikyy("validate", "bad.yaml")

    assert done.status == 2
    assert "google_genai:gemini-2.5-flash" in done.out


def test_validate_tells_what_cannot_be_read(amrikyy, tmp_path):
    (tmp_path / "bad.yaml").write_bytes(b"\xff\xfe")

    done = amrikyy("validate", "bad.yaml")

    assert done.status == 2
    assert "cannot be read" in done.out


def test_validate_as_json(amrikyy, tmp_path):
    (tmp_path / "bad.yaml").write_text(BAD)

    done = amrikyy("validate", "bad.yaml", "--json")

    assert done.json["success"] is False
    assert done.json["files"] == ["bad.yaml"]
    fault = done.json["faults"][0]
    assert (fault["file"], fault["line"], fault["path"]) == ("bad.yaml", 2, "agents.writer.promt")


def test_validate_of_an_empty_folder_is_status_2(amrikyy, tmp_path):
    (tmp_path / "empty").mkdir()

    assert amrikyy("validate", "empty").status == 2


def test_graph_draws_mermaid(amrikyy):
    done = amrikyy("graph", "trip-planning")

    assert done.status == 0
    assert done.out.startswith("flowchart TD\n")


def test_graph_draws_text_in_any_script(amrikyy):
    done = amrikyy("graph", "w.yaml", "--workflow", "greet", "--format", "ascii")

    assert done.out == "sequential\n└─ تحية 🧭  team.greet\n"


def test_graph_writes_svg_to_a_file(amrikyy, tmp_path):
    done = amrikyy("graph", "trip-planning", "--format", "svg", "--output", "trip.svg")

    assert (done.status, done.out) == (0, "")
    assert ET.parse(tmp_path / "trip.svg").getroot().tag.endswith("svg")  # noqa: S314  our own


def test_graph_says_when_a_file_cannot_be_written(amrikyy):
    done = amrikyy("graph", "trip-planning", "--output", "nowhere/trip.mmd")

    assert done.status == 2
    assert "cannot be written" in done.err


def test_agents_are_lines_for_other_programs(amrikyy):
    lines = amrikyy("agents").out.splitlines()

    assert lines[0] == "agent\tdescription\tmethods\tmodel"
    assert any(line.startswith("travel\t") for line in lines)


def test_agents_as_json(amrikyy):
    done = amrikyy("agents", "--json")

    assert done.json["total"] == len(done.json["agents"])
    assert {"name", "description", "methods"} == set(done.json["agents"][0])


def test_agents_and_workflows_of_a_catalog_of_ones_own_are_listed(amrikyy):
    agents = amrikyy("agents", "--json", AMRIKYY_CATALOG="w.yaml").json["agents"]
    workflows = amrikyy("workflows", "--json", AMRIKYY_CATALOG="w.yaml").json["workflows"]

    assert "team" in [agent["name"] for agent in agents]
    (both,) = [workflow for workflow in workflows if workflow["name"] == "both"]
    assert both == {"name": "both", "strategy": "parallel", "description": "", "steps": 2}


def test_schema_is_a_json_schema(amrikyy):
    Draft202012Validator.check_schema(amrikyy("schema").json)


def test_doctor_finds_a_fresh_machine_well(amrikyy):
    done = amrikyy("doctor")

    assert done.status == 0
    assert [line[0] for line in done.out.splitlines()] == ["✓"] * 8
    assert "offline" in done.out


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"AMRIKYY_PORT": "x"}, "✗ settings: AMRIKYY_PORT is 'x'."),
        ({"AMRIKYY_MODEL": "google_genai:gemini-2.5-flash"}, "✗ model: google_genai:"),
        ({"AMRIKYY_MODEL": "gemini"}, "✗ model: Unknown model 'gemini'."),
        ({"LANGSMITH_TRACING": "true"}, "✗ tracing: on, but without a key."),
        ({"AMRIKYY_DATA_DIR": "w.yaml/data"}, "✗ data directory: "),
        ({"AMRIKYY_DATABASE_URL": "sqlite:///w.yaml/a.db"}, "✗ database: "),
        ({"AMRIKYY_HOST": "0.0.0.0"}, "✗ access: "),  # noqa: S104
        ({"AMRIKYY_CATALOG": "bad.yaml"}, "✗ catalog: "),
    ],
)
def test_doctor_tells_what_is_broken(amrikyy, tmp_path, settings, says):
    (tmp_path / "bad.yaml").write_text(BAD)

    done = amrikyy("doctor", **settings)

    assert done.status == 1
    assert says in done.out


def test_doctor_shows_no_secret(amrikyy):
    secret = "s3cret-that-nobody-may-see"
    settings = {
        "AMRIKYY_DATABASE_URL": f"postgresql://u:{secret}@host/db",
        "LANGSMITH_TRACING": "true",
        "LANGSMITH_API_KEY": secret,
        "AMRIKYY_API_KEYS": secret,
    }

    done = amrikyy("doctor", AMRIKYY_AUTH="required", **settings)

    assert done.status == 0
    assert secret not in done.out + done.err
    assert "PostgreSQL at host/db" in done.out


def test_what_is_listed_can_be_cut_off(amrikyy):
    with amrikyy.started("schema") as process:
        process.stdout.close()

        assert process.stderr.read() == b""
    assert json.dumps(process.returncode) != "0"
