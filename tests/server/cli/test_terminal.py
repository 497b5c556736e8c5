import re

import pytest

from tests.server.cli.command import Command

CITY = '{"city": "القاهرة"}'


def plain(text):
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text)


def test_nodes_are_shown_live_and_the_tree_stays(amrikyy: Command):
    with amrikyy.in_terminal("run", "w.yaml", "--workflow", "greet", "-i", CITY) as terminal:
        status = terminal.wait_for_end()

    assert status == 0
    last = plain(terminal.seen.rpartition("\x1b[?25h")[2])
    assert "✓ تحية 🧭" in last
    assert "1 done" in last
    assert "مرحبا" in last
    assert "يا القاهرة 👩‍👩‍👧" in last
    assert "\x1b[?25l" in terminal.seen


def test_text_is_shown_while_it_comes(amrikyy: Command):
    with amrikyy.in_terminal("run", "w.yaml", "--workflow", "endless", "-i", "x") as terminal:
        terminal.wait_for("I am thinking")

        terminal.type("\x03")

        assert terminal.wait_for_end() == 130
    last = plain(terminal.seen.rpartition("\x1b[?25h")[2])
    assert "■ team" in last
    assert "The run was cancelled." in last
    assert "Traceback" not in last


def test_a_second_ctrl_c_quits_at_once(amrikyy: Command):
    with amrikyy.in_terminal("run", "w.yaml", "--workflow", "blocked", "-i", "x") as terminal:
        terminal.wait_for("1 running")

        terminal.type("\x03\x03")

        assert terminal.wait_for_end() == 130
    assert "\x1b[?25h" in terminal.seen


@pytest.mark.parametrize("rows", [8, 24])
def test_many_nodes_do_not_flood_the_screen(amrikyy: Command, rows):
    items = str([*range(120)])
    command = ["run", "w.yaml", "--workflow", "many", "-i", items, "--json"]
    with amrikyy.in_terminal(*command, rows=rows) as terminal:
        status = terminal.wait_for_end()

    assert status == 0
    live = plain(terminal.seen.partition("\x1b[?25h")[0].replace("\r\n", "\n"))
    frames = live.split("\r")
    assert max(frame.count("\n") for frame in frames) < rows
    last = plain(terminal.seen.rpartition("\x1b[?25h")[2])
    assert "240 done" in last
    assert "lines not shown" in last
    assert len(last.splitlines()) < 45


def test_an_approval_is_asked_in_the_terminal(amrikyy: Command):
    with amrikyy.in_terminal("run", "w.yaml", "--workflow", "ask", "-i", "مسودة") as terminal:
        terminal.wait_for("Approve? [y/n]")
        assert "│ مسودة" in terminal.seen
        terminal.type("perhaps\n")
        terminal.wait_for("Answer y or n.")
        terminal.type("y\n")
        terminal.wait_for("n: ")
        terminal.type("\n")
        terminal.wait_for("This one is needed.")
        terminal.type("many\n")
        terminal.wait_for("who (")
        terminal.type("me\n")
        terminal.wait_for("fast (")
        terminal.type("\n")
        terminal.wait_for("must be an integer")
        terminal.wait_for("Approve?")
        terminal.type("y\n")
        terminal.wait_for("n: ")
        terminal.type("7\n")
        terminal.wait_for("who (")
        terminal.type("\n")
        terminal.wait_for("fast (")
        terminal.type("yes\n")

        assert terminal.wait_for_end() == 0
    answer = plain(terminal.seen)[-200:]
    assert '"n": 7' in answer
    assert '"fast": true' in answer


def test_a_no_ends_the_run(amrikyy: Command):
    with amrikyy.in_terminal("run", "w.yaml", "--workflow", "ask-plainly", "-i", "x") as terminal:
        terminal.wait_for("Approve? [y/n]")

        terminal.type("لا\n")

        assert terminal.wait_for_end() == 1
    assert "(rejected)" in plain(terminal.seen)


def test_ctrl_c_at_a_question_quits(amrikyy: Command):
    with amrikyy.in_terminal("run", "w.yaml", "--workflow", "ask-plainly", "-i", "x") as terminal:
        terminal.wait_for("Approve? [y/n]")

        terminal.type("\x03")

        assert terminal.wait_for_end() == 130
    assert "Traceback" not in terminal.seen


@pytest.mark.parametrize("settings", [{"TERM": "dumb"}, {"NO_COLOR": "1"}, {"CI": "true"}])
def test_plain_terminals_get_lines(amrikyy: Command, settings):
    command = ["run", "w.yaml", "--workflow", "greet", "-i", CITY]
    with amrikyy.in_terminal(*command, **settings) as terminal:
        status = terminal.wait_for_end()

    assert status == 0
    assert "→ تحية 🧭 (team.greet)" in terminal.seen
    assert "\x1b[?25l" not in terminal.seen


def test_lists_are_tables(amrikyy: Command):
    with amrikyy.in_terminal("workflows", rows=24, columns=120) as terminal:
        assert terminal.wait_for_end() == 0

    assert "trip-planning" in terminal.seen
    assert "───" in terminal.seen
