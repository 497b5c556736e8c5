"""The examples are what a newcomer runs first: each does what it says, as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))


def printed(name: str) -> str:
    """What an example prints, run from somewhere else and without a key."""
    # The packages may or may not be installed where the tests run.
    keys = {"GOOGLE_API_KEY", "GEMINI_API_KEY", "AMRIKYY_MODEL"}
    kept = {name: value for name, value in os.environ.items() if name not in keys}
    ended = subprocess.run(
        [sys.executable, str(ROOT / "examples" / f"{name}.py")],
        env={**kept, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    return ended.stdout


def test_agents_of_ones_own_stream_beside_one_made_of_a_prompt():
    said = printed("own_agents")

    assert "[stock] 5" in said
    assert "[price] {'total': 6400, 'currency': 'EUR'}" in said
    assert said.index("Thank you for your message.") < said.index("[reply]") < said.index("[offer]")
    assert "2 × Cargo 2: 6400 EUR (5 in the shop)" in said
    assert said.endswith("success: True\n")


def test_a_definition_is_an_ordinary_graph_that_waits_and_goes_on():
    said = printed("plain_langgraph")

    waits = said.index("question:   May this be sent to all residents?")
    assert said.index("steps[0] wrote") < waits < said.index("steps[2] wrote")
    assert "answer:  {'approved': True, 'by': 'the mayor'}" in said
    assert "- 3 EUR — Cars pay 3 EUR, bicycles nothing." in said


def test_a_trip_in_arabic_outlives_a_failure_and_ends_with_its_budget():
    said = printed("arabic_trip")

    assert said.startswith("**الرحلة: الأقصر، 4 أيام**")
    assert "الطقس: تم" in said
    assert "الطقس بلا بديل: فشل، weather.run raised ConnectionError" in said
    assert said.endswith("ميزانية من أربع مكالمات: budget_exceeded، اكتمل: research\n")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_short_and_says_how_to_run_it(path: Path):
    text = path.read_text("utf-8")

    assert len(text.splitlines()) < 80
    assert f"Run it: python examples/{path.name}" in text
