"""What ships: every workflow does its work on the offline model, in both languages."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from graphs import Catalog, Coordinator, RunResult
from graphs.catalog import shipped_catalog
from graphs.file import parse_file, yaml_files
from graphs.source import read_yaml
from nodes.llm_agent import AgentSpec
from nodes.models.offline.frames import FRAMES
from nodes.models.offline.words import language
from tests.nodes.models.grounded import is_grounded, squeezed, visible

GOLDEN = Path(__file__).parent / "golden"
CATALOG = Catalog.load()
EXAMPLES = [
    pytest.param(name, example, id=f"{name}-{language(' '.join(visible(example)))}")
    for name, workflow in CATALOG.workflows.items()
    for example in (workflow.input or {})["examples"]
]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def run(name: str, example: Any) -> RunResult:
    async with Coordinator(Catalog.load()) as coordinator:
        return await coordinator.execute_workflow(name, example)


def texts(value: Any) -> list[str]:
    """The texts in a final result, in order."""
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    return [value]


def prompts() -> str:
    """Every prompt that ships, without its tags."""
    files = [
        parse_file(read_yaml(p.read_text("utf-8"), str(p))) for p in yaml_files(shipped_catalog())
    ]
    agents = [agent for file in files for agent in file.agents.values()]
    specs = [
        spec for agent in agents if isinstance(agent, AgentSpec) for spec in agent.methods.values()
    ]
    return squeezed(" ".join(re.sub(r"\{\{.*?\}\}", " ", str(spec.prompt)) for spec in specs))


def headings(text: str) -> list[str]:
    return re.findall(r"(?m)^\*\*(.+)\*\*$", text)


@pytest.mark.parametrize("name", CATALOG.workflows)
def test_every_workflow_says_what_it_is_for_and_shows_how_in_two_languages(name: str):
    workflow = CATALOG.find(name)
    schema = workflow.input or {}

    assert workflow.description
    assert schema["required"]
    assert [language(" ".join(visible(each))) for each in schema["examples"]] == ["en", "ar"]


def test_every_method_of_every_agent_says_what_it_is_for():
    for agent in CATALOG.agents.values():
        assert agent.description
        assert all(method.description for method in agent.methods.values())


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
async def test_every_example_runs_to_success_and_says_the_same_each_time(name: str, example: Any):
    first, second = await run(name, example), await run(name, example)

    assert first.success, first.error
    assert first.final_result == second.final_result
    assert all(text.strip() for text in texts(first.final_result))


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
async def test_every_line_is_from_the_input_or_a_frame_and_none_from_a_prompt(
    name: str, example: Any
):
    result = await run(name, example)

    given = squeezed(" ".join(visible(example)))
    asked = prompts()
    for line in "\n".join(prose(result.final_result)).split("\n"):
        assert is_grounded(line, given), line
        for sentence in re.split(r"(?<=[.:;])\s", line.strip("-* ")):
            assert len(sentence.split()) < 4 or sentence not in asked, line


def prose(value: Any) -> list[str]:
    """The texts of a final result, without the options that a schema names."""
    if isinstance(value, dict):
        return [text for key, inner in value.items() if key not in OPTIONS for text in prose(inner)]
    return [value]


OPTIONS = {"kind", "urgency"}


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
async def test_every_answer_is_in_the_language_of_the_input(name: str, example: Any):
    result = await run(name, example)

    spoken = language(" ".join(visible(example)))
    for line in "\n".join(prose(result.final_result)).split("\n"):
        if sum(map(str.isalpha, line)) > 3:
            assert language(line) == spoken, line


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
async def test_no_answer_speaks_of_the_model_or_says_a_heading_twice(name: str, example: Any):
    result = await run(name, example)

    for text in prose(result.final_result):
        found = headings(text)
        assert len(found) == len(set(found)), found
        assert "offline" not in text
        notices = [frame for frame in FRAMES.values() if frame.kind == "notice"]
        assert sum(text.count(frame.en) + text.count(frame.ar) for frame in notices) <= 1


@pytest.mark.parametrize("index", [0, 1], ids=["en", "ar"])
async def test_the_plan_of_a_trip_is_the_golden_one(index: int):
    example = (CATALOG.find("trip-planning").input or {})["examples"][index]

    result = await run("trip-planning", example)

    expected = (GOLDEN / f"trip-planning-{'ar' if index else 'en'}.md").read_text("utf-8")
    assert result.final_result == expected.rstrip("\n")


@pytest.mark.parametrize("index", [0, 1], ids=["en", "ar"])
async def test_the_plan_of_a_trip_has_each_part_once_and_in_order(index: int):
    example = (CATALOG.find("trip-planning").input or {})["examples"][index]
    names = ("trip", "flights", "hotels", "itinerary", "budget", "notes", "review")
    frames = [
        (FRAMES[name].ar if index else FRAMES[name].en).removesuffix(": {}") for name in names
    ]

    plan = (await run("trip-planning", example)).final_result

    assert [heading.partition(":")[0] for heading in headings(plan)] == frames
    assert plan.count("÷") == 3
    assert any(FRAMES["not_given"].slots(line) for line in plan.split("\n"))


async def test_a_trip_needs_no_more_than_a_destination():
    plan = (await run("trip-planning", {"destination": "Rome"})).final_result

    assert plan == (
        "**Trip: Rome**\n\nNot given: where from, dates, number of travellers\n\n"
        "**Review**\n- Approved: nothing to mend was found\n- Lines checked: 1; figures: 0"
    )


async def test_a_post_goes_round_until_nothing_is_to_mend():
    long = "A bike " + "that carries bread and that carries milk " * 5 + "is heavy."

    result = await run("blog-post", {"topic": "Bikes", "notes": f"Bikes are fast now. {long}"})

    rounds = (result.results[2].result or {})["results"]
    assert [each["name"] for each in rounds[0]["result"]["results"]] == ["review", "edit"]
    assert len(rounds) == 3
    assert result.final_result.startswith("**Bikes**\n\nBikes are fast now.")


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("I was charged twice for the same invoice.", "billing"),
        ("The app shows an error when I log in.", "technical"),
        ("Do you have a shop in Tanta?", "general"),
        ("أرجو استرداد المبلغ", "billing"),
        ("لا يعمل التطبيق", "technical"),
    ],
)
async def test_a_message_goes_to_the_team_it_is_for(message: str, kind: str):
    result = await run("support-triage", {"message": message})

    assert result.final_result["kind"] == kind
    assert result.results[1].result is not None
    assert result.results[1].result["results"][0]["case"] == {"general": "default"}.get(kind, kind)


async def test_documents_are_reviewed_each_by_itself():
    documents = [{"title": f"Paper {n}", "text": f"The tower has {n} floors."} for n in range(3)]

    report = (await run("document-review", {"documents": documents})).final_result

    assert headings(report) == [
        *(f"Paper {n}" for n in range(3)),
        *(f"Review: Paper {n}" for n in range(3)),
    ]


def test_examples_are_plain_data():
    for workflow in CATALOG.workflows.values():
        assert json.loads(json.dumps(workflow.input)) == workflow.input
