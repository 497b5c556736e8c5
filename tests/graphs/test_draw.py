import re
from itertools import product
from xml.etree import ElementTree as ET

import pytest
from rich.cells import cell_len

from graphs import Catalog
from graphs.draw import ascii_art, mermaid, nodes_and_edges, svg

AGENTS = ("up", "down", "كاتب")
EVERYTHING = {
    "steps": [
        {"agent": "up", "name": "first"},
        {
            "name": "research",
            "tasks": [
                {"agent": "up", "name": "رحلات"},
                {"agent": "down", "name": "🧭 guide", "fallback": {"agent": "up"}},
                {"steps": [{"agent": "up"}, {"agent": "down", "when": "result.ok"}]},
            ],
            "waitFor": 2,
            "maxConcurrency": 2,
        },
        {
            "on": "result.kind",
            "cases": {"urgent": {"agent": "up"}, "عاجل": {"workflow": "other"}},
            "default": {"approval": "Really send it?"},
        },
        {
            "body": {"steps": [{"agent": "up"}, {"agent": "down"}]},
            "until": "result.ok",
            "maxIterations": 5,
        },
        {"over": "result", "body": {"agent": "up"}, "maxConcurrency": 4},
        {
            "master": {"name": "up"},
            "subAgents": [{"name": "down"}, {"agent": "up", "name": "b"}],
            "aggregator": "{a: master, b: sub}",
            "delegation": "select",
        },
        {
            "master": {"name": "up"},
            "subAgents": [{"name": "down"}],
            "aggregator": {"agent": "كاتب"},
        },
        {"master": {"name": "up"}, "subAgents": [{"name": "down"}]},
        {"workflow": "other", "name": "again"},
        {"approval": "Send it?", "name": "sending"},
    ]
}
NASTY = [
    "end", "subgraph", "click", 'say "hi"', "a [b] (c) {d} <e> | f; g", "`code` **bold** _it_",
    "1. one", "12) twelve", "- dash", "+ plus", "# head", "> quote", "%% comment", "%%{init: {}}%%",
    "$$x$$", "https://example.com", "www.example.com", "a@example.com", "fa:fa-car", "a\nb\r\nc\td",
    "\x1b[31mred\x00", "مرحبا بالعالم", "你好", "👩‍👩‍👧 family", "\u202eevil", "a --> b",
    "&amp; <br/>", "x" * 200, "]]>", "\\", "'",
]  # fmt: skip


@pytest.fixture
def catalog():
    catalog = Catalog()
    for name in AGENTS:
        catalog.register(name, lambda value: value)
    catalog.define("other", {"tasks": [{"agent": "up"}, {"agent": "down"}], "waitFor": "any"})
    return catalog


def labelled(catalog, text):
    call = {"agent": "up", "name": text}
    return catalog.check({"steps": [{"tasks": [call], "name": text}, {"approval": text}]})


# The part of Mermaid's grammar that is used here: https://mermaid.js.org/syntax/flowchart
_ID, _LABEL = r"n\d+", r'"(?:[^"`\[\](){}<>|\\*_\n]|<br/>)+"'
_BRACKETS = [(r"\(\[", r"\]\)"), (r"\[", r"\]"), (r"\[/", r"/\]"), (r"\(\(", r"\)\)"),
             (r"\{", r"\}"), (r"\[\[", r"\]\]")]  # fmt: skip
_STATEMENTS = [
    re.compile(rf"{_ID}({'|'.join(f'{a}{_LABEL}{b}' for a, b in _BRACKETS)}):::\w+"),
    re.compile(rf"{_ID} (-->|-\.->)(\|{_LABEL}\|)? {_ID}"),
    re.compile(r"classDef \w+ [\w:#,]+"),
]
_SUBGRAPH = re.compile(rf"subgraph {_ID}\[{_LABEL}\]")


def assert_is_mermaid(text):
    first, *lines = text.splitlines()
    assert first == "flowchart TD"
    depth = 0
    for line in map(str.strip, lines):
        if _SUBGRAPH.fullmatch(line):
            depth += 1
        elif line == "end":
            depth -= 1
        else:
            assert any(statement.fullmatch(line) for statement in _STATEMENTS), line
    assert depth == 0
    ends = re.findall(r"(n\d+) -[.-]+>(?:\|[^|]*\|)? (n\d+)", text)
    declared = set(re.findall(r"^ *(?:subgraph )?(n\d+)[\[({]", text, re.MULTILINE))
    assert {end for pair in ends for end in pair} <= declared


def test_mermaid_of_every_strategy_keeps_to_the_grammar(catalog):
    assert_is_mermaid(mermaid(catalog.check(EVERYTHING), catalog))


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_mermaid_takes_any_text_as_a_label(catalog, text):
    assert_is_mermaid(mermaid(labelled(catalog, text), catalog))


def test_mermaid_shows_a_label_as_it_was_written(catalog):
    drawn = mermaid(labelled(catalog, 'say "hi" [now] مرحبا'), catalog)

    shown = re.sub(r"#(\d+);", lambda code: chr(int(code[1])), drawn)

    assert 'say "hi" [now] مرحبا' in shown


def test_mermaid_nests_strategies_and_labels_lines(catalog):
    drawn = mermaid(catalog.check(EVERYTHING), catalog)

    assert drawn.count("subgraph") == 11
    assert 'subgraph n2["research · parallel · 2 successes · 2 at once"]' in drawn
    assert '-.->|"urgent"|' in drawn
    assert '-.->|"otherwise"|' in drawn
    assert '-.->|"again until result.ok, 5 rounds at most"|' in drawn
    assert '-->|"for each of result"|' in drawn


def test_nodes_are_named_by_their_paths(catalog):
    graph = nodes_and_edges(catalog.check(EVERYTHING), catalog)
    nodes = {node["id"]: node for node in graph["nodes"]}

    assert len(nodes) == len(graph["nodes"])
    assert nodes["steps[1].tasks[0]"] == {
        "id": "steps[1].tasks[0]",
        "label": "رحلات",
        "kind": "agent",
        "parent": "steps[1]",
        "detail": "up.run",
        "agent": "up",
        "method": "run",
    }
    assert nodes["steps[2].cases.عاجل"]["kind"] == "workflow"
    assert nodes["steps[2].cases.عاجل.tasks[1]"]["parent"] == "steps[2].cases.عاجل"
    assert nodes["__start__"]["kind"] == "start"


def test_every_edge_joins_two_nodes_and_every_node_is_reached(catalog):
    graph = nodes_and_edges(catalog.check(EVERYTHING), catalog)
    groups = {node["id"] for node in graph["nodes"] if node["kind"] in {"strategy", "workflow"}}
    drawn = {node["id"] for node in graph["nodes"]} - groups

    reached, ahead = set(), ["__start__"]
    while ahead:
        at = ahead.pop()
        if at not in reached:
            reached.add(at)
            ahead += [edge["target"] for edge in graph["edges"] if edge["source"] == at]

    assert reached == drawn


def test_a_route_has_a_labelled_edge_for_each_case(catalog):
    spec = {"on": "input", "cases": {"a": {"agent": "up"}}, "default": {"agent": "down"}}

    edges = nodes_and_edges(catalog.check(spec), catalog)["edges"]

    conditional = {"source": "#on", "conditional": True}
    assert {"target": "cases.a", "label": "a", **conditional} in edges
    assert {"target": "default", "label": "otherwise", **conditional} in edges


def test_a_loop_leads_back_to_its_first_node(catalog):
    spec = {"body": {"steps": [{"agent": "up"}, {"agent": "down"}]}, "maxIterations": 3}

    edges = nodes_and_edges(catalog.check(spec), catalog)["edges"]

    assert {
        "source": "body.steps[1]",
        "target": "body.steps[0]",
        "label": "again, 3 rounds at most",
        "conditional": True,
    } in edges


def test_text_is_a_tree(catalog):
    spec = {
        "steps": [
            {"agent": "up", "method": "run"},
            {"tasks": [{"agent": "up", "name": "a"}, {"agent": "down"}], "name": "both"},
            {"workflow": "other"},
        ]
    }

    assert ascii_art(catalog.check(spec), catalog) == (
        "sequential\n"
        "├─ up\n"
        "├─ both     parallel\n"
        "│  ├─ a     up.run\n"
        "│  └─ down\n"
        "└─ other    workflow\n"
        "   ├─ up\n"
        "   └─ down\n"
    )


def test_columns_of_text_stand_below_each_other_in_any_script(catalog):
    names = ["plain", "رحلات", "🧭 guide", "你好"]
    spec = {"tasks": [{"agent": "up", "name": name} for name in names]}

    lines = ascii_art(catalog.check(spec), catalog).splitlines()[1:]

    assert len({cell_len(line[: line.index("up.run")]) for line in lines}) == 1


def test_text_names_cases_and_aggregators(catalog):
    drawn = ascii_art(catalog.check(EVERYTHING), catalog)

    assert "[عاجل] other" in drawn
    assert "[otherwise] ? Really send it?" in drawn
    assert "aggregator: {a: master, b: sub}" in drawn
    assert "aggregator: كاتب" in drawn


def test_svg_of_every_strategy_is_xml_with_all_labels(catalog):
    drawn = svg(catalog.check(EVERYTHING), catalog)

    texts = [text.text for text in ET.fromstring(drawn).iter("{http://www.w3.org/2000/svg}text")]  # noqa: S314  our own
    assert {"first", "رحلات", "🧭 guide", "Really send it?", "urgent", "عاجل"} <= set(texts)


@pytest.mark.parametrize("text", NASTY, ids=range(len(NASTY)))
def test_svg_takes_any_text_as_a_label(catalog, text):
    ET.fromstring(svg(labelled(catalog, text), catalog))  # noqa: S314  our own


def test_svg_is_light_or_dark_as_the_page_is(catalog):
    assert "prefers-color-scheme: dark" in svg(catalog.check(EVERYTHING), catalog)


def boxes(drawing):
    keys = ("x", "y", "width", "height")
    rectangles = ET.fromstring(drawing).iter("{http://www.w3.org/2000/svg}rect")  # noqa: S314  our own
    for rectangle in rectangles:
        x, y, width, height = (float(rectangle.attrib[key]) for key in keys)
        yield rectangle.attrib["class"], x, y, x + width, y + height


def test_boxes_of_svg_do_not_overlap_and_groups_hold_all_of_theirs(catalog):
    drawn = list(boxes(svg(catalog.check(EVERYTHING), catalog)))

    for (kind, *one), (other_kind, *other) in product(drawn, drawn):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        holds = (
            one[0] <= other[0] and one[1] <= other[1] and one[2] >= other[2] and one[3] >= other[3]
        )
        held = (
            other[0] <= one[0] and other[1] <= one[1] and other[2] >= one[2] and other[3] >= one[3]
        )
        assert (
            apart or (holds and "group" in kind) or (held and "group" in other_kind) or one == other
        )


@pytest.mark.parametrize("draw", [mermaid, ascii_art, svg, nodes_and_edges])
def test_a_thousand_nodes_are_drawn(catalog, draw):
    spec = {"tasks": [{"steps": [{"agent": "up"}] * 10}] * 100}

    assert len(str(draw(catalog.check(spec), catalog))) > 1000


def test_half_a_surrogate_pair_is_drawn_as_a_question_mark(catalog):
    workflow = catalog.check({"over": "input || '\ud800'", "body": {"agent": "up"}})

    assert "for each of input || '?'" in svg(workflow, catalog).encode().decode()
