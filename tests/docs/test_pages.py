"""What the pages say can be done is done here: programs run, links lead somewhere."""

import ast
import os
import re
import runpy
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from graphs import Catalog
from graphs.leaves import describe_leaves
from nodes.errors import NodeError
from tests.docs.pages import PAGES, ROOT, Block, blocks, blocks_of

PROGRAMS = [block for block in blocks("python") if "part" not in block.words]
WAITS = 1  # the status of a run that nobody is there to answer
COMMANDS = {
    line: block
    for block in blocks("sh")
    for line in block.text.splitlines()
    if re.match(r"(\w+=\S+ )?amrikyy ", line)
}
PARTS = [block for block in blocks("python") if "part" in block.words]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
CODE = re.compile(r"^ *```.*?^ *```|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """Return the places of a page as links name them."""
    text = re.sub(r"^ *```.*?^ *```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    titles = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title).strip().lower().replace(" ", "-") for title in titles}


def printed(block: Block) -> str | None:
    """Return what the page says a program prints: the next block, if it is `text prints`."""
    after = [each for each in blocks_of(block.page) if each.line > block.line]
    return after[0].text if after and "prints" in after[0].words else None


@pytest.mark.parametrize("block", PROGRAMS, ids=str)
def test_a_program_of_a_page_runs_and_prints_what_the_page_says(
    block: Block, reader: Callable[[Path], Path], capsys: pytest.CaptureFixture[str]
):
    folder = reader(block.page)
    program = folder / (block.file or "program.py")
    program.write_text(block.text, encoding="utf-8")

    runpy.run_path(str(program), run_name="__main__")

    told = capsys.readouterr().out
    assert printed(block) in (None, told)


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_a_page_does_what_it_is_for(
    line: str, reader: Callable[[Path], Path], command: Path
):
    block = COMMANDS[line]
    folder = reader(block.page)
    environment = {"HOME": str(folder), "PATH": f"{command.parent}{os.pathsep}{os.defpath}"}

    done = subprocess.run(
        ["sh", "-c", line], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    wanted = WAITS if "waits" in block.words else 0
    assert done.returncode == wanted, done.stdout + done.stderr


@pytest.mark.parametrize("block", PARTS, ids=str)
def test_a_piece_of_python_is_python(block: Block):
    ast.parse(block.text)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path):
    lost = []
    for link in LINK.findall(CODE.sub("", page.read_text(encoding="utf-8"))):
        if link.startswith(("https://", "http://")):
            continue
        path, _, place = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not target.exists() or (place and place not in anchors(target)):
            lost.append(link)

    assert lost == []


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_page_can_be_reached_from_the_readme(page: Path):
    reached, new = set(), {ROOT / "README.md"}
    while new:
        here = new.pop()
        reached.add(here)
        links = LINK.findall(CODE.sub("", here.read_text(encoding="utf-8")))
        targets = {(here.parent / link.partition("#")[0]).resolve() for link in links}
        new |= {each for each in targets if each.suffix == ".md" and each.is_file()} - reached

    assert page in reached


def test_both_readmes_show_the_same_code():
    readme, arabic = (
        [block.text for block in blocks_of(ROOT / page)] for page in ("README.md", "README.ar.md")
    )

    assert readme == arabic


def test_the_picture_in_the_readme_is_of_the_workflow_that_ships():
    picture = next(block.text for block in blocks("mermaid") if block.page.name == "README.md")
    catalog = Catalog.load()

    calls = {
        f"{leaf['agent']}.{leaf['method']}"
        for leaf in describe_leaves(catalog.find("trip-planning").root, catalog)
    }

    assert {call for call in calls if call not in picture} == set()


def test_the_errors_page_says_rightly_what_is_retried_by_default():
    page = (ROOT / "docs" / "reference" / "errors.md").read_text(encoding="utf-8")
    told = dict(re.findall(r"^\| `(\w+)` \| (yes|no) \|", page, re.MULTILINE))

    assert told == {kind.code: "yes" if kind.retryable else "no" for kind in node_errors()}


def node_errors(kind: type[NodeError] = NodeError) -> list[type[NodeError]]:
    ours = [below for below in kind.__subclasses__() if below.__module__ == NodeError.__module__]
    return [kind, *(each for below in ours for each in node_errors(below))]
