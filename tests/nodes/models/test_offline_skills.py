"""What each skill of the offline model makes of a request."""

import json

import pytest
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage

from nodes.models.offline import OfflineChatModel
from nodes.models.offline.frames import FRAMES, day_count

NOTES = (
    "Tram 28 climbs through Alfama and is crowded after ten. The tile museum closes on Mondays. "
    "The ferry to Cacilhas costs 1.40 EUR. Time Out Market opens at ten in the morning."
)


def say(asked: object, system: str = "", *before: str) -> str:
    text = asked if isinstance(asked, str) else json.dumps(asked, ensure_ascii=False)
    earlier = [AIMessage(said) for said in before]
    return OfflineChatModel().invoke([SystemMessage(system), *earlier, HumanMessage(text)]).text


def skill(asked: str, system: str = "") -> str:
    messages = [SystemMessage(system), HumanMessage(asked)]
    return str(OfflineChatModel().invoke(messages).response_metadata["skill"])


@pytest.mark.parametrize(
    ("asked", "system", "expected"),
    [
        ("Summarise the plan of the trip:\n" + NOTES, "You review texts.", "summarise"),
        (NOTES, "You are a critic. Review the draft.", "review"),
        (NOTES, "", "summarise"),
        ('{"sub": ["One short text.", "Another short text."]}', "", "merge"),
        ("Hello", "", "brief"),
        ("Hello", "You review texts.", "brief"),
        ('{"destination": "Lisbon", "days": 2}', "", "itinerary"),
        ("Research flights to Lisbon", "", "flights"),
        ("Plan the launch of an app", "You are a travel planner.", "plan"),
        ("Tell me of Rome", "You are a travel planner.", "plan"),
        ('{"input": "Plan 3 days in Rome"}', "", "itinerary"),
        ('{"input": "Plan 3 days in Rome"}', "You merge what others say.", "itinerary"),
    ],
)  # fmt: skip
def test_the_skill_is_chosen_by_what_is_asked(asked: str, system: str, expected: str):
    assert skill(asked, system) == expected


def test_notices_and_lists_of_earlier_answers_are_not_taken_over():
    first = say("Plan the launch of an app for farmers")
    assert FRAMES["no_text"].en in first

    second = say(f"Write it up:\n{first}\n\nKey terms: app, farmers\nNot given: dates")

    assert FRAMES["no_text"].en not in second
    assert "Key terms" not in second
    assert "Not given" not in second


def test_a_chain_of_agents_adds_no_noise():
    text = say({"destination": "Lisbon", "days": 3, "budget": 900, "interests": ["food", "trams"]})

    for ask in ("Write it up:\n", "Merge it:\n", "Polish it:\n", "Write it up:\n"):
        text = say(ask + text)

    assert text.count("Trip: Lisbon, 3 days") == text.count("Day by day") == 1
    assert text.count("Day 2") == 1
    assert len(text.split("\n")) <= 8


def test_agents_that_get_nothing_but_the_last_output_do_what_their_system_prompt_says():
    trip = {"destination": "Lisbon", "days": 3, "budget": "900 EUR", "interests": ["food"]}

    days = say(trip, "You are a travel planner.")
    money = say(days, "You work out budgets.")
    text = say([days, money], "You merge what others found.")
    review = say(text, "You are a critic.")

    assert days.startswith("**Day by day: Lisbon, 3 days**\n- Day 1: arrival")
    assert money.startswith("**Budget: Lisbon, 3 days**")
    assert text.startswith(days.partition("\n\n")[0])
    assert review.startswith("**Review**\n- Approved")


@pytest.mark.parametrize("wrap", ["{}", '{{"input": "{}"}}'])
def test_a_request_of_several_sentences_is_read_whole(wrap: str):
    asked = "Plan 5 days in Lisbon for 2 people. We like food and trams. Our budget is 1500 EUR."

    assert "food in the afternoon" in say(wrap.format(asked))
    assert "1500 ÷ (5 × 2) = 150" in say(wrap.format(asked.replace("Plan", "Budget for")))


def test_the_first_agent_of_a_chain_passes_the_facts_on():
    flights = say("Find flights for:\n" + json.dumps({"destination": "Lisbon", "days": 3}))

    assert say(f"Plan the days:\n{flights}").startswith("**Day by day: Lisbon, 3 days**")


def test_sections_with_one_heading_become_one_and_notes_close():
    merged = say(
        "Merge:\n# Food\n- Soup is served at noon here.\n**From the notes**\n- It rains in March."
        "\n# Trams\n- Tram 28 is crowded.\n# Food\n- Soup is served at noon here.\n- Bread is free."
    )

    assert merged == (
        "# Food\n- Soup is served at noon here.\n- Bread is free.\n\n# Trams\n- Tram 28 is crowded."
        "\n\n**From the notes**\n- It rains in March."
    )


def test_figures_and_negations_make_a_line_new():
    says = ["is open on day 1.", "is open on day 2.", "is not open on day 2."]
    lines = "\n".join(f"- The tower {what}" for what in says)

    assert say(f"Merge:\n{lines}") == lines


def test_a_source_without_a_heading_stands_under_its_name():
    data = {
        "museums": "- The tile museum closes on Mondays, which is a pity for all who come then."
    }

    assert say(f"Merge:\n{json.dumps(data)}").startswith("**museums**\n- The tile")


def test_long_prose_is_cut_to_its_main_sentences():
    prose = " ".join(f"Sentence number {n} tells of ship {n * n} and its port." for n in range(30))

    merged = say(
        {
            "sub": [
                prose,
                "A short one that has a few more words than a fact may have, so it is text.",
            ]
        },
        "Merge.",
    )

    assert merged.count("- Sentence number") == 8


def test_an_editor_leaves_reviews_out():
    data = {
        "draft": NOTES,
        "sub": ["**Review**\n- Points to mend: 1\n- Said twice: “The tile museum”"],
    }

    assert say("Polish:\n" + json.dumps(data)) == NOTES
    assert "mend" not in say("Write the final text:\n" + json.dumps(data))


def test_a_review_of_nothing_says_so():
    assert say("", "") == FRAMES["nothing"].en


def test_a_review_quotes_long_sentences_short():
    long = "The ferry " + "and the tram " * 12 + "are late."

    review = say(f"Review:\n{long}")

    assert "Long sentence, 40 words: “The ferry and the tram" in review
    assert "…”" in review


def test_a_review_does_not_take_the_draft_for_its_own_source():
    data = {"draft": "Total: 999 EUR\nThe tile museum closes on all the Mondays.", "sources": NOTES}

    assert "Not in what was given: 999" in say("Review:\n" + json.dumps(data))


def test_a_review_leaves_broken_sums_alone():
    assert "Approved" in say(
        "Review:\n1500 ÷ 0 = 3 EUR is what they say. ,, ÷ 2 = 3 EUR is odd too."
    )


def test_the_days_of_two_dates_are_counted():
    trip = {"destination": "Rome", "startDate": "2027-03-01", "endDate": "2027-03-04"}

    assert say(trip).startswith(
        "**Day by day: Rome, 4 days**\n- Day 1: arrival\n- Days 2 to 3: free\n- Day 4: departure"
    )


@pytest.mark.parametrize(
    ("trip", "line"),
    [
        ({"days": 1, "interests": ["food"]}, "- Day 1: food in the morning; food in the afternoon"),
        ({"days": 1}, "- Day 1: arrival"),
        ({"days": 2}, "- Day 2: departure"),
        (
            {"days": 2, "interests": list("abcd")},
            "- Day 1: arrival in the morning; a, b in the afternoon",
        ),
        ({"days": 40, "interests": ["food", "sea"]}, "- Days 21 to 40: sea"),
        ({"duration": "2 weeks"}, "- Day 14: departure"),
        ({"days": "five"}, "- Day 5: departure"),
        ({"days": "٣"}, "- Day 3: departure"),
    ],
)
def test_days_are_laid_out(trip: dict, line: str):
    assert line in say({"destination": "Rome", **trip}, "You plan trips.")


def test_a_trip_without_days_is_taken_apart():
    answer = say(
        {"destination": "Rome", "dates": "May", "budget": "€90", "pets": 1}, "A travel guide."
    )

    assert answer.split("\n") == [
        "**Trip: Rome**", "- Dates: May", "- Budget: €90", "- pets: 1", "",
        "Not given: number of days, interests",
    ]  # fmt: skip


def test_requests_that_fit_nothing_are_taken_apart():
    assert (
        say({"days": 3, "pets": ["dog", "cat"]}, "Be kind.")
        == "**Asked for**\n- Length: 3 days\n- pets: dog, cat"
    )


@pytest.mark.parametrize(
    ("request_", "line"),
    [
        ({"budget": 100, "days": 3}, "- A day: 100 ÷ 3 ≈ 33.33"),
        ({"budget": "1,500 EUR", "days": 4}, "- A day: 1500 ÷ 4 = 375 EUR"),
        ({"budget": "1500٫5", "currency": "SAR", "days": 2}, "- A day: 1500.5 ÷ 2 = 750.25 SAR"),
        ({"budget": {"amount": 90, "currency": "EUR"}, "people": 2}, "- A person: 90 ÷ 2 = 45 EUR"),
        (
            {"budget": 90, "categories": ["food", "beds"]},
            "- An equal share for each of food, beds: 90 ÷ 2 = 45",
        ),
        (
            {"budget": 90, "categories": "food and beds"},
            "- An equal share for each of food, beds: 90 ÷ 2 = 45",
        ),
        ({"days": 3, "destination": "Rome"}, "Not given: budget, number of travellers"),
        ({"budget": "much"}, "**Asked for**"),
    ],
)
def test_a_budget_is_arithmetic(request_: dict, line: str):
    assert line in say("Work out the budget:\n" + json.dumps(request_, ensure_ascii=False)).split(
        "\n"
    )


def test_steps_that_are_listed_are_the_plan():
    assert (
        say({"goals": ["buy wood", "build a boat"]}, "You plan work.")
        == "**Asked for**\n1. buy wood\n2. build a boat"
    )


def test_research_without_a_text_is_a_plan():
    assert say("Research electric bikes").startswith("**Plan**\n1. Collect sources: electric bikes")


def test_a_plan_of_nothing_is_taken_apart():
    assert say("plan") == "**Asked for**\n- plan"


def test_an_outline_of_a_trip_is_its_facts():
    assert say("Write about 3 days in Rome").startswith("**Trip: Rome, 3 days**")
    assert say({"destination": "Rome"}, "You write.").startswith("**Trip: Rome**")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (f"When does the museum close?\n\n{NOTES}", "The tile museum closes on Mondays."),
        (f"Who is the mayor?\n\n{NOTES}", FRAMES["no_answer"].en),
        ('What is the currency?\n{"currency": "EUR"}', "currency: EUR"),
        ("Who are you?", "**Asked for**\n- Who are you?"),
    ],
)
def test_questions_are_answered_from_the_text(question: str, answer: str):
    assert say(question) == answer


@pytest.mark.parametrize(
    ("asked", "choice"),
    [
        ("Classify this as urgent, normal or spam: the offer is spam, all spam", "spam"),
        ("Is it either 'warm' or 'cold'?\n\nThe night was cold.", "cold"),
        ("Reply with exactly one of these: A | B", "A"),
        ("Classify the text.", "**Asked for**\n- Classify the text."),
    ],
)
def test_one_of_the_options_is_the_whole_answer(asked: str, choice: str):
    assert say(asked) == choice


def test_options_may_stand_in_the_system_prompt():
    assert say("My house burns, this is urgent!", "Answer with one of: normal, urgent") == "urgent"


def test_texts_without_figures_or_terms_have_none_to_list():
    assert say("Extract the figures:\nNothing was counted here at all.") == FRAMES["no_answer"].en
    assert say("Keywords: the of and") == "**Asked for**\n- Keywords"
    assert say("Extract the figures.") == "**Asked for**\n- Extract the figures."
    assert "Figures" not in say("Research:\nNothing was counted here at all.")


def test_short_texts_are_summarised_whole():
    assert say({"text": "Boats!"}, "Summarise.").startswith("**Main points**\n- Boats!")


def test_a_request_in_data_is_a_text_when_it_is_long():
    assert "- The ferry to Cacilhas costs 1.40 EUR." in say({"input": NOTES}, "Summarise.")


def test_facts_without_a_text_are_summarised_as_facts():
    data = {
        "destination": "Rome",
        "text": "",
        "notes": None,
        "city": "",
        "pets": True,
        "interests": "food, , sea",
    }

    assert say(data, "Summarise.") == "**Trip: Rome**\n- Interests: food, sea"


def test_short_answers_of_several_agents_are_merged():
    assert say({"sub": ["Yes.", "No.", "Yes."]}, "Merge.") == "Yes.\nNo."
    assert say(["Yes.", "No."], "Merge.") == "Yes.\nNo."


def test_a_section_that_says_nothing_new_is_left_out():
    assert (
        say("Merge:\n# A\n- It rains in March.\n# B\n- It rains in March.")
        == "# A\n- It rains in March."
    )


def test_a_heading_may_pass_on_days_alone():
    assert say("Itinerary again, please:\n**Day by day: 3 days**\n- Day 1: food").startswith(
        "**Day by day: 3 days**"
    )


def test_json_in_strings_is_read():
    inner = json.dumps({"destination": "Rome", "days": 2})

    assert say({"output": inner}).startswith("**Day by day: Rome, 2 days**")


def test_what_looks_like_json_and_is_not_stays_text():
    assert "[1]" in say("Summarise:\nThe tower [1] is {open} on Sundays from nine.")
    assert say("[" * 5000 + " and { more")


def test_a_text_between_two_questions_is_the_material():
    asked = f"Summarise this text please. {NOTES} What matters most?"

    answer = say(asked)

    assert "please" not in answer
    assert "matters" not in answer


def test_arabic_and_is_not_part_of_a_word():
    answer = say("اذكر الكلمات المفتاحية:\nالمتاحف والأسواق وقت الظهيرة ومطاعم السمك")

    assert "- الأسواق وقت الظهيرة" in answer
    assert "- مطاعم السمك" in answer


@pytest.mark.parametrize(
    ("interests", "expected"),
    [
        ("نحب الطعام والمتاحف ووقت الشاي", ["الطعام", "المتاحف", "وقت الشاي"]),
        ("نحب سباق الخيل وقت الغروب", ["سباق الخيل وقت الغروب"]),
    ],
)
def test_arabic_lists_are_taken_apart(interests: str, expected: list[str]):
    answer = say(f"خطط لرحلة إلى روما لمدة 20 يوما. {interests}.")

    assert all(word in answer for word in expected)
    assert f"{expected[-1]} صباحًا" in answer


def test_the_length_of_a_stay_agrees_in_arabic():
    assert [day_count(n, "ar") for n in (1, 2, 3, 11)] == ["يوم واحد", "يومان", "3 أيام", "11 يومًا"]
    assert day_count(1, "en") == "1 day"


def test_earlier_answers_are_sources():
    answer = say(
        "Merge what was said.", "", "The tower is open on Sundays.", "The castle is steep and old."
    )

    assert answer == "The tower is open on Sundays.\nThe castle is steep and old."
