"""The grammar page names every key there is, and the YAML of every page means something."""

import re
from collections.abc import Callable, Iterator
from inspect import isabstract
from itertools import pairwise
from pathlib import Path

import pytest

from graphs import Catalog, Options
from graphs.file import CatalogFile, parse_file
from graphs.source import read_yaml
from graphs.spec import STRATEGIES, Workflow
from nodes.errors import SpecError
from nodes.expression import SCOPE_NAMES
from nodes.models import PROVIDERS
from nodes.spec import Spec
from nodes.tools import TOOLS
from tests.docs.pages import ROOT, Block, blocks

GRAMMAR = (ROOT / "docs" / "reference" / "grammar.md").read_text(encoding="utf-8")
WORDS = {word for span in re.findall(r"`([^`\n]+)`", GRAMMAR) for word in re.findall(r"\w+", span)}
YAML = blocks("yaml")


def kinds(kind: type[Spec] = Spec) -> Iterator[type[Spec]]:
    """Yield everything a definition, a file or a run's options can be made of."""
    for narrower in kind.__subclasses__():
        if narrower.__module__.startswith(("graphs.", "nodes.")):
            yield narrower
            yield from kinds(narrower)


KINDS = sorted(set(kinds()), key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_key_of_the_grammar_is_on_its_page(kind):
    kind.model_rebuild(force=True)  # its aliases are made when it is first used
    keys = {field.alias for field in kind.model_fields.values() if not field.exclude}

    assert keys - WORDS == set()


def test_the_grammar_page_knows_all_kinds_of_definitions():
    assert {CatalogFile, Options, Workflow, *STRATEGIES.values()} <= set(KINDS)
    assert [kind for kind in KINDS if not isabstract(kind)] != []


@pytest.mark.parametrize(
    "names",
    [STRATEGIES, TOOLS, PROVIDERS, SCOPE_NAMES],
    ids=["strategies", "tools", "providers", "scope"],
)
def test_every_name_of_ours_is_on_the_grammar_page(names):
    assert set(names) - WORDS == set()


@pytest.mark.parametrize("block", YAML, ids=str)
def test_yaml_of_a_page_parses_and_fits_the_catalog(block: Block, reader: Callable[[Path], Path]):
    reader(block.page)
    data = read_yaml(block.text, str(block))

    if "wrong" in block.words:
        with pytest.raises(SpecError):
            take(data, block)
    else:
        take(data, block)


def take(data: object, block: Block) -> None:
    """Add a file to what ships, or check a workflow or a node against it."""
    catalog = Catalog.load()
    for earlier in YAML:
        if earlier.page == block.page and earlier.file and earlier.line < block.line:
            catalog.add(parse_file(read_yaml(earlier.text, str(earlier))))
    if "node" in block.words:
        nodes = data if isinstance(data, list) else [data]
        for node in nodes:
            catalog.check({"steps": [node]})
    elif isinstance(data, dict) and data.keys() <= {"agents", "workflows", "mcpServers"}:
        catalog.add(parse_file(data))
    else:
        catalog.check(data)


def test_sections_of_the_grammar_go_down_one_level_at_a_time():
    levels = [len(mark) for mark in re.findall(r"^(#+) ", GRAMMAR, re.MULTILINE)]

    assert all(after <= before + 1 for before, after in pairwise(levels))
