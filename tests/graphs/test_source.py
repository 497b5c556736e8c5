"""YAML as people write it, and the line of what is wrong in it."""

import pytest

from graphs.source import lines_of, read_yaml, with_lines
from nodes.errors import Fault, SpecError


def test_words_that_yaml_once_took_for_booleans_are_words():
    assert read_yaml("on: no\nyes: [off, true, False]", "f") == {
        "on": "no",
        "yes": ["off", True, False],
    }


def test_dates_stay_text():
    assert read_yaml("day: 2026-11-23", "f") == {"day": "2026-11-23"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: 1\na: 2", "file x.yaml:2: The key 'a' stands here twice."),
        ("a: [1", "file x.yaml:1: This is not YAML"),
        ("? [1]\n: 2", "file x.yaml:1: A key must be text."),
        ("a: !!python/object:os.system x", "could not determine a constructor"),
        ("[" * 5000, "nested too deep"),
        ("a: \x00", "This is not YAML"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text: str, words: str):
    with pytest.raises(SpecError) as refused:
        read_yaml(text, "file x.yaml")

    assert words in str(refused.value)
    assert "file x.yaml" in str(refused.value)


def test_each_place_has_its_line():
    lines = lines_of("steps:\n  - agent: a\n  - tasks:\n      - {agent: b}\n")

    assert lines["steps"] == 1
    assert lines["steps[0].agent"] == 2
    assert lines["steps[1].tasks[0].agent"] == 4


def test_a_fault_is_told_with_the_line_of_its_place_or_of_the_nearest_around_it():
    text = "steps:\n  - agent: a\n"
    faults = (Fault("steps[0].method", "Missing."), Fault("other", "Unknown."), Fault("", "All."))

    told = [str(fault) for fault in with_lines(faults, text)]

    assert told == ["line 2: steps[0].method: Missing.", "other: Unknown.", "All."]


def test_aliases_that_multiply_are_read_in_time():
    bomb = "a: &a [x]\n" + "\n".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join([f'*{chr(97 + i)}'] * 9)}]" for i in range(20)
    )

    assert "u" in lines_of(bomb)
