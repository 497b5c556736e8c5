import subprocess
import sys
from dataclasses import replace

import pytest

from bench.__main__ import SCENARIOS
from bench.shapes import chain
from bench.ways import Ways, WrongResultError


def test_every_scenario_runs_and_gives_a_row():
    command = [sys.executable, "-m", "bench", "--quick"]

    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    assert done.returncode == 0, done.stderr
    for start in ("chain 10", "fan-out 100", "master + 5", "stream of 1,000", "100 × 50 ms"):
        assert f"| {start}" in done.stdout
    for start in ("a join's wait", "peak of", "import", "nesting"):
        assert f"| {start}" in done.stdout


def test_an_unknown_scenario_is_refused_with_those_there_are():
    command = [sys.executable, "-m", "bench", "cain"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert all(name in done.stderr for name in SCENARIOS)


async def test_a_way_that_gives_something_else_fails():
    ways = Ways(replace(chain(3), final="4")).by_name()

    for way in ways.values():
        with pytest.raises(WrongResultError):
            await way()


async def test_a_way_that_does_less_than_all_fails():
    ways = Ways(replace(chain(3), calls=4)).by_name()

    for way in ways.values():
        with pytest.raises(WrongResultError):
            await way()
