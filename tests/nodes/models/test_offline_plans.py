"""What the offline model makes of the prompts of workflows, and of its own earlier answers."""

import json

import pytest
from langchain_core.messages import HumanMessage

from nodes.models.offline import OfflineChatModel
from nodes.models.offline.arithmetic import wrong
from nodes.models.offline.frames import FRAMES, is_framed, night_count
from nodes.models.offline.phrases import key_phrases
from nodes.models.offline.reading import read

NOTES = (
    "The old town is best on foot, but its hills are steep. Tram 28 is crowded after ten. "
    "Trains to Sintra leave Rossio station every half hour."
)
TRIP = {
    "destination": "Lisbon",
    "origin": "Cairo",
    "days": 4,
    "budget": 1800,
    "currency": "EUR",
    "travellers": 2,
    "interests": ["old town", "tram 28", "day trip to Sintra"],
}


def say(asked: str) -> str:
    return str(OfflineChatModel().invoke(asked).text)


def skill(asked: str) -> str:
    return str(OfflineChatModel().invoke(asked).response_metadata["skill"])


@pytest.mark.parametrize(
    ("asked", "instruction"),
    [
        (
            "Merge these parts into one. Keep every figure as it\nis, and say nothing twice.\n\n"
            + json.dumps({"notes": NOTES}),
            "Merge these parts into one. Keep every figure as it\nis, and say nothing twice.",
        ),
        (
            "Describe the flights of this trip: which to look for,\nand when to book.\n\n" + NOTES,
            "Describe the flights of this trip: which to look for,\nand when to book.",
        ),
        (
            "Summarise this in two sentences.\nKeep every figure.\n\n" + NOTES,
            "Summarise this in two sentences.\nKeep every figure.",
        ),
        ("Summarise: " + NOTES, "Summarise"),
        ("Review:\n" + NOTES, "Review:"),
        ("Summarise this.\n\n" + NOTES, "Summarise this."),
    ],
)
def test_an_instruction_is_read_whole_and_never_taken_for_text(asked: str, instruction: str):
    request = read([HumanMessage(asked)])

    assert request.instruction == instruction
    assert request.text == NOTES


def test_texts_may_be_named_in_the_prompt():
    asked = f'Review it.\n\nTitle: Trams\n\nSource: {{"a": "{NOTES}"}}\n\nDraft:\nTram 29 is fast.'

    request = read([HumanMessage(asked)])

    assert request.instruction == "Review it."
    assert [(source.name, source.text) for source in request.sources] == [
        ("a", NOTES),
        ("draft", "Tram 29 is fast."),
    ]
    assert say(asked).startswith("**Review: Trams**\n- Not in what was given: 29")


def test_a_named_text_without_a_word_is_none():
    assert read([HumanMessage("Review it.\n\nSource: \n\nDraft: Trams.")]).text == "Trams."


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("Plan the flights of this trip", "flights"),
        ("Plan the budget of this trip", "budget"),
        ("خطط ميزانية الرحلة", "budget"),
        ("Plan this trip, its budget and its hotels", "itinerary"),
        ("Brief the team on this trip", "brief"),
        ("Outline a text", "outline"),
        ("Reply to this message", "reply"),
        ('Research "prices" in this text', "research"),
    ],
)
def test_what_is_to_be_planned_decides(asked: str, expected: str):
    assert skill(f"{asked}\n\n{json.dumps({**TRIP, 'notes': NOTES})}") == expected


def test_a_brief_of_a_text_is_its_main_points():
    assert say("Brief us on this.\n\n" + NOTES).startswith("**Main points**\n- The old town")


def test_a_day_trip_takes_a_day_and_notes_stand_where_they_belong():
    lines = say("Lay out the itinerary.\n\n" + json.dumps({**TRIP, "notes": NOTES})).split("\n")

    assert lines[1:9] == [
        "- Day 1: arrival in the morning; old town in the afternoon",
        "  - The old town is best on foot, but its hills are steep.",
        "- Day 2: tram 28 in the morning; old town in the afternoon",
        "  - Tram 28 is crowded after ten.",
        "- Day 3: day trip to Sintra",
        "  - Trains to Sintra leave Rossio station every half hour.",
        "- Day 4: tram 28 in the morning; departure in the afternoon",
        "",
    ]


@pytest.mark.parametrize("days", [1, 2])
def test_a_short_trip_has_no_whole_day_for_an_outing(days: int):
    asked = json.dumps({"destination": "Rome", "days": days, "interests": ["food", "day trip"]})

    assert f"day trip {'in the afternoon' if days == 1 else ''}".strip() in say(asked)
    assert "- Day 1: day trip\n" not in say(asked)


def test_lines_of_earlier_answers_are_no_notes():
    sights = (
        "**Things to do: Lisbon, 4 days**\n- Interests: old town, tram 28\n- Tram 28 is old now."
    )

    answer = say("Lay out the itinerary.\n\n" + json.dumps({"trip": TRIP, "sights": sights}))

    assert "Tram 28 is old now." in answer
    assert "Interests:" not in answer
    assert is_framed("Budget: 90 EUR")
    assert not is_framed("Tram 28 is quiet in the morning; it is full in the afternoon")


def test_prices_of_the_notes_are_multiplied_and_summed():
    notes = (
        "A flight costs 320 EUR a person. A room costs 110 EUR a night. A car is 30 EUR a day. "
        "A ticket costs 7 EUR. A visa costs 25 USD a person. A room for one is 90 EUR less."
    )

    answer = say("Work out the budget.\n\n" + json.dumps({**TRIP, "notes": notes}))

    assert answer.split("\n")[5:] == [
        "- 320 × 2 = 640 EUR — A flight costs 320 EUR a person.",
        "- 110 × 3 = 330 EUR — A room costs 110 EUR a night.",
        "- 30 × 4 = 120 EUR — A car is 30 EUR a day.",
        "- A ticket costs 7 EUR.",
        "- A visa costs 25 USD a person.",
        "- A room for one is 90 EUR less.",
        "- Together: 640 + 330 + 120 = 1090 EUR",
        "- Left: 1800 − 1090 = 710 EUR",
    ]


def test_prices_without_a_budget_leave_nothing():
    notes = "A flight costs 320 EUR a person. A room costs 110 EUR a night."
    trip = {"destination": "Rome", "days": 3, "travellers": 2, "currency": "EUR", "notes": notes}

    answer = say("Work out the budget.\n\n" + json.dumps(trip))

    assert "- Together: 640 + 220 = 860 EUR" in answer
    assert "Left" not in answer


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("3 × 2 = 6 and 1500 ÷ (5 × 2) = 150", []),
        ("3 × 2 = 7", ["3 × 2 = 7"]),
        ("1 + 2 = 4", ["1 + 2 = 4"]),
        ("1 + 2 + 3 = 6 and 9 − 10 = -1", []),
        ("9 − 2 = 8", ["9 − 2 = 8"]),
        (",, × 2 = 5", []),
    ],
)
def test_arithmetic_is_checked(text: str, faults: list[str]):
    assert wrong(text) == faults


def test_a_plan_is_merged_once_with_the_rest_of_the_notes_last():
    parts = {
        "overview": say("Brief the team.\n\n" + json.dumps(TRIP)),
        "stay": say("Suggest hotels.\n\n" + json.dumps({**TRIP, "notes": "A room is 9 EUR here."})),
        "notes": "A room is 9 EUR here. Tap water is safe to drink.",
    }

    merged = say("Merge these parts into one plan.\n\n" + json.dumps(parts))

    assert merged == (
        "**Trip: Lisbon, 4 days**\n- From: Cairo\n- Travellers: 2\n"
        "- Interests: old town, tram 28, day trip to Sintra\n- Budget: 1800 EUR\n\n"
        "**Where to stay**\n- Look for: 3 nights in Lisbon\n- A room is 9 EUR here.\n\n"
        "**From the notes**\n- Tap water is safe to drink.\n\nNot given: dates"
    )


def test_a_text_without_a_trip_is_none_although_it_names_a_city():
    written = say(f'Write a text about "Trams" by these notes.\n\nNotes: {NOTES} {NOTES[:53]}')

    assert written.startswith("**Trams**\n\nThe old town")
    assert "Not given" not in written


def test_a_text_is_written_in_paragraphs_and_without_its_outline():
    outline = say(f'Outline a text about "Trams".\n\nNotes: {NOTES}')
    notes = f"{NOTES} The ferry takes ten minutes. The castle is steep."

    written = say(f'Write about "Trams" by this.\n\nOutline: {outline}\n\nNotes: {notes}')

    assert outline.startswith("**Outline: Trams**\n1. Introduction: Trams\n2. What is known")
    assert written == f"**Trams**\n\n{NOTES}\n\nThe ferry takes ten minutes. The castle is steep."


def test_research_of_one_thing_gives_what_is_said_of_it():
    asked = 'Research "{}" in these sources.\n\nSources: ' + json.dumps([NOTES, NOTES])

    assert say(asked.format("trains")) == (
        "**trains**\n- Trains to Sintra leave Rossio station every half hour."
    )
    assert say(asked.format("prices")) == f"**prices**\n{FRAMES['no_mention'].en}"


def test_a_reply_thanks_and_repeats():
    assert say("Reply to this message.\n\nMessage: Please send the bill again.") == (
        "Thank you for your message.\n\nYou wrote: “Please send the bill again.”"
    )
    assert "“Help!”" in say("Reply to this message.\n\nMessage: Help!")


def test_key_phrases_hold_no_verbs():
    assert key_phrases("Trains to Sintra leave Rossio station. A bakery replaced one van.") == [
        "Rossio station",
        "Trains",
        "Sintra",
        "bakery",
        "van",
    ]


def test_nights_agree_in_both_languages():
    assert [night_count(n, "en") for n in (1, 3)] == ["1 night", "3 nights"]
    assert [night_count(n, "ar") for n in (1, 2, 3, 11)] == [
        "ليلة واحدة", "ليلتان", "3 ليالٍ", "11 ليلة"
    ]  # fmt: skip


def test_a_text_under_a_title_is_a_text_however_short():
    asked = 'Summarise this.\n\n{"title": "Paper", "text": "The tower is old."}'

    assert say(asked).startswith("**Paper**\n- The tower is old.")
    assert say('Summarise.\n\n{"title": "Paper", "text": ""}') == "**Asked for**\n- title: Paper"


def test_what_a_prompt_says_in_general_is_no_fact_of_the_trip():
    asked = 'Suggest activities that meet its interests: what it costs.\n\n{"destination": "Rome"}'

    assert say(asked) == "**Things to do: Rome**\n\nNot given: interests"


def test_notes_of_a_word_are_notes():
    assert say('Merge.\n\n{"a": "**Trams**\\n- Tram 28 is old.", "notes": "Hurry"}').endswith(
        "**From the notes**\n- Hurry"
    )
