import json
import os
import signal
import subprocess
import sys

import pytest

from graphs import Catalog, Coordinator
from tests.server.cli.command import ROOT, interrupt, read_until

GREETING = "# مرحبا\n\nيا القاهرة 🧭 👩‍👩‍👧"
CITY = '{"city": "القاهرة 🧭"}'


def run(amrikyy, workflow, *arguments, **settings):
    return amrikyy("run", "w.yaml", "--workflow", workflow, *arguments, **settings)


def test_the_result_is_on_stdout_and_all_else_on_stderr(amrikyy):
    done = run(amrikyy, "greet", "--input", CITY)

    assert done.status == 0
    assert done.out == f"{GREETING}\n"
    assert done.err.splitlines()[0] == "→ تحية 🧭 (team.greet)"
    assert done.err.splitlines()[1].startswith("✓ تحية 🧭: 0.")


def test_results_that_are_no_text_are_printed_as_json(amrikyy):
    done = run(amrikyy, "echo", "--input", '{"a": [1, "ب"]}')

    assert done.json == {"a": [1, "ب"]}
    assert "ب" in done.out


def test_json_stands_alone_on_stdout_though_an_agent_prints(amrikyy):
    done = run(amrikyy, "talking", "--json", "--input", '"x"')

    assert done.json["finalResult"] == "x"
    assert "I am talking" in done.err


def test_a_number_of_too_many_digits_is_bad_input(amrikyy):
    done = run(amrikyy, "echo", "--input", "5" * 5000)

    assert done.status == 2
    assert "too many digits" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("locale", ["C", "POSIX"])
def test_text_is_utf_8_whatever_the_locale(amrikyy, locale):
    done = run(amrikyy, "greet", "--input", CITY, LC_ALL=locale, PYTHONIOENCODING="ascii")

    assert done.out == f"{GREETING}\n"


def without_ids_and_times(value):
    if isinstance(value, dict):
        left = {key: each for key, each in value.items() if key not in {"workflowId", "duration"}}
        return {key: without_ids_and_times(each) for key, each in left.items()}
    return [without_ids_and_times(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("workflow", "given"), [("greet", CITY), ("both", '"x"'), ("broken", '"x"'), ("many", "[1,2]")]
)
async def test_json_is_the_object_that_python_programs_get(
    amrikyy, workflow, given, monkeypatch, tmp_path
):
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "team", raising=False)
    catalog = Catalog()
    catalog.add_path(tmp_path / "w.yaml")

    done = run(amrikyy, workflow, "--input", given, "--json")
    async with Coordinator(catalog) as coordinator:
        result = await coordinator.execute_workflow(workflow, json.loads(given))

    assert done.out.count("\n") == 1
    assert without_ids_and_times(done.json) == without_ids_and_times(result.to_dict())
    assert done.status == (0 if result.success else 1)


def test_a_workflow_that_ships_runs_by_its_name_without_arguments(amrikyy):
    done = amrikyy("run", "trip-planning")

    assert done.status == 0
    assert "Lisbon" in done.out
    assert "Input (an example; give yours with --input)" in done.err
    assert done.err.count("No model is configured") == 1
    assert "GOOGLE_API_KEY" in done.err


def test_the_built_in_model_is_told_otherwise_when_it_was_chosen(amrikyy):
    done = run(amrikyy, "write", "--input", "Cairo is old.", "--model", "offline")

    assert "The model is `offline`" in done.err
    assert done.status == 0


def test_a_run_without_models_says_nothing_of_them(amrikyy):
    assert "odel" not in run(amrikyy, "echo", "--input", "x").err


def test_an_example_stands_in_for_an_input(amrikyy):
    done = run(amrikyy, "by-example")

    assert done.out == "القاهرة 🧭\n"
    assert 'Input (an example; give yours with --input): {"city": "القاهرة 🧭"}' in done.err


def test_a_default_stands_in_for_an_input(amrikyy):
    assert run(amrikyy, "by-default").out == "Cairo\n"


def test_a_missing_input_is_told_with_a_command_that_gives_it(amrikyy):
    done = run(amrikyy, "greet")

    assert done.status == 2
    assert done.out == ""
    assert "needs city" in done.err
    assert 'amrikyy run w.yaml --input \'{"city": "…"}\'' in done.err


def test_an_input_that_does_not_fit_is_told_with_every_place(amrikyy):
    done = run(amrikyy, "greet", "--input", '{"city": 1, "days": "x"}')

    assert done.status == 2
    assert "city: " in done.err
    assert "days: " in done.err


def test_input_may_come_from_a_file(amrikyy, tmp_path):
    (tmp_path / "in.json").write_text(CITY, encoding="utf-8")

    assert run(amrikyy, "greet", "--input", "@in.json").out == f"{GREETING}\n"


def test_input_may_come_from_a_pipe(amrikyy):
    assert run(amrikyy, "greet", "--input", "-", given=CITY).out == f"{GREETING}\n"


@pytest.mark.parametrize("text", ["Tokyo", "it's 5", "مرحبا", ""])
def test_what_is_no_json_is_a_text(amrikyy, text):
    assert run(amrikyy, "echo", "--input", text).out == f"{text}\n"


def test_json_with_a_fault_is_told(amrikyy):
    done = run(amrikyy, "echo", "--input", "{city: Cairo}")

    assert done.status == 2
    assert "--input is not JSON" in done.err
    assert "column 2" in done.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run", "trip-planing"], "Did you mean 'trip-planning'?"),
        (["run", "nowhere.yaml"], "no file or folder 'nowhere.yaml'"),
        (["run", "w.yaml"], "has several workflows: greet, by-example"),
        (["run", "w.yaml", "--workflow", "gret"], "Did you mean 'greet'?"),
        (["run", "trip-planning", "--workflow", "greet"], "this is a name already"),
        (["run", "w.yaml", "--workflow", "echo", "--input", "@nowhere"], "cannot be read"),
        (["run", "w.yaml", "--workflow", "echo", "--timeout", "-1"], "greater than 0"),
        (["run", "w.yaml", "--workflow", "echo", "--budget-tokens", "0"], "budget.tokens"),
        (["run", "trip-planning", "--model", "gemini-2.5-flash"], "google_genai:gemini-2.5-flash"),
        (["run"], "Missing argument"),
        (["rum"], "No such command"),
    ],
)
def test_bad_input_is_status_2_and_a_sentence(amrikyy, arguments, says):
    done = amrikyy(*arguments)

    assert done.status == 2
    assert done.out == ""
    assert says in done.err
    assert "Traceback" not in done.err


def test_a_file_with_faults_is_told_whole(amrikyy, tmp_path):
    (tmp_path / "bad.yaml").write_text("workflows:\n  a:\n    steps:\n    - agnet: x\n    - {}\n")

    done = amrikyy("run", "bad.yaml")

    assert done.status == 2
    assert "workflows.a.steps[0]" in done.err
    assert "bad.yaml:4: workflows.a.steps[0]" in done.err
    assert "bad.yaml:5: workflows.a.steps[1]" in done.err


def test_a_wrong_setting_is_one_line_and_status_2(amrikyy):
    done = amrikyy("run", "trip-planning", AMRIKYY_PORT="x")

    assert done.status == 2
    assert done.err.startswith("AMRIKYY_PORT is 'x'.")
    assert done.err.count("\n") == 1


def test_a_failed_run_is_status_1_with_the_results_so_far(amrikyy):
    done = run(amrikyy, "broken", "--input", "the work")

    assert done.status == 1
    assert done.out == "── good ──\nthe work\n"
    assert "✗ team.fail: " in done.err
    assert "(agent_failed)" in done.err


def test_a_partial_failure_is_status_1_with_the_result(amrikyy):
    done = run(amrikyy, "both", "--input", '"x"')

    assert done.status == 1
    assert done.json == {"good": "x", "bad": None}
    assert "✗ Some nodes failed: bad." in done.err


def test_what_others_say_cannot_steer_the_terminal(amrikyy):
    assert "\x1b" not in run(amrikyy, "broken", "--input", "x").err


def test_time_is_limited(amrikyy):
    done = run(amrikyy, "endless", "--input", "x", "--timeout", "0.2", "--json")

    assert done.status == 1
    assert done.json["code"] == "timeout"
    assert done.json["results"][0]["output"] == "x"


def test_tokens_are_limited(amrikyy):
    done = run(amrikyy, "write", "--input", "x", "--budget-tokens", "1", "--json")

    assert done.status == 1
    assert done.json["code"] == "budget_exceeded"


def test_rounds_are_counted(amrikyy):
    done = run(amrikyy, "again", "--input", "x")

    assert done.out == "xxxx\n"
    assert "✓ team.more #3: " in done.err


def test_a_second_attempt_is_told(amrikyy):
    done = run(amrikyy, "retried", "--input", "x")

    assert done.out == "x\n"
    assert "! team.once_more: " in done.err
    assert ", attempt 2" in done.err


def test_a_node_that_is_left_out_is_told(amrikyy):
    assert "○ left: left out" in run(amrikyy, "skipping", "--input", "y").err


def test_an_approval_without_a_terminal_is_status_1(amrikyy):
    done = run(amrikyy, "ask-plainly", "--input", "x", "--json")

    assert done.status == 1
    assert done.json["interrupts"][0]["value"]["question"] == "Really?"
    assert "--answer" in done.err


def test_approvals_may_be_answered_beforehand(amrikyy):
    done = run(amrikyy, "ask", "--input", "x", "--answer", '{"n": "x"}', "--answer", '{"n": 3}')

    assert done.status == 0
    assert done.json == {"n": 3}
    assert "n: must be an integer" in done.err


def test_a_rejection_is_status_1(amrikyy):
    done = run(amrikyy, "ask-plainly", "--input", "x", "--answer", "false", "--json")

    assert done.status == 1
    assert done.json["code"] == "rejected"


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_and_shows_the_results_so_far(amrikyy, number, status):
    command = ["run", "w.yaml", "--workflow", "endless", "--input", "the work"]
    with amrikyy.started(*command) as process:
        read_until(process, "→ team.think")

        done = interrupt(process, number)

    assert done.status == status
    assert done.out == "── good ──\nthe work\n"
    assert "cancelled" in done.err
    assert "Traceback" not in done.err


def test_a_cancelled_run_is_json_too(amrikyy):
    command = ["run", "w.yaml", "--workflow", "endless", "--input", "x", "--json"]
    with amrikyy.started(*command) as process:
        read_until(process, "→ team.think")

        done = interrupt(process)

    assert done.json["code"] == "cancelled"
    assert done.json["success"] is False
    assert [result["output"] for result in done.json["results"]] == ["x"]


def test_a_signal_does_not_wait_for_python_code_that_does_not_end(amrikyy):
    with amrikyy.started("run", "w.yaml", "--workflow", "blocked", "--input", "x") as process:
        read_until(process, "→ team.block")

        done = interrupt(process)

    assert done.status == 130


def test_a_closed_pipe_is_no_traceback(amrikyy, tmp_path):
    (tmp_path / "big.json").write_text(json.dumps(["x" * 1000] * 1000))
    command = ["run", "w.yaml", "--workflow", "echo", "--input", "@big.json"]
    with amrikyy.started(*command) as process:
        process.stdout.close()

        said = process.stderr.read().decode()

    assert process.returncode not in {0, None}
    assert "Traceback" not in said
    assert "Exception ignored" not in said


def test_help_is_there_at_once_and_loads_no_engine(amrikyy):
    code = "import sys, server.cli; print(sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip

    done = amrikyy("--help")

    assert all(command in done.out for command in ("run", "validate", "graph", "doctor"))
    for heavy in ("langgraph", "langchain_core", "pydantic", "fastapi", "google.genai"):
        assert f"'{heavy}'" not in loaded


def test_python_agents_are_found_where_the_command_is_run(amrikyy, tmp_path):
    (tmp_path / "mine.py").write_text("def shout(text):\n    return text.upper()\n")
    (tmp_path / "own.yaml").write_text(
        'agents: {shout: {python: "mine:shout"}}\nworkflows: {w: {steps: [{agent: shout}]}}\n'
    )

    done = amrikyy("run", "own.yaml", "--input", "سلام hi")

    assert done.status == 0, done.err
    assert done.out.strip() == "سلام HI"
