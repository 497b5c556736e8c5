"""Skills for trips: a day by day layout, and what to look for."""

import re
from collections.abc import Iterator, Sequence

from nodes.models.offline.frames import bullets, listed, night_count, say
from nodes.models.offline.planning import brief, headed, joined, not_given, noted, stated
from nodes.models.offline.ranking import matching
from nodes.models.offline.reading import Request
from nodes.models.offline.words import Language, content

_DAYS = 31  # beyond, days are given in spans
_NOTES = 4
_DAY_NOTES = 2  # for one interest
_TOPICS = {
    "flights": "flight fly airport airline plane طيران مطار طائرة",
    "hotels": "hotel hostel room stay night apartment guesthouse فندق غرفة إقامة ليلة نزل شقة",
    "food": "food restaurant eat dish market cafe طعام مطعم أكل طبق سوق مقهى مأكولات",
    "transport": "metro tram bus train taxi walk car ferry مترو حافلة قطار سيارة ترام مشي",
    "weather": "weather rain sunny temperature climate degrees طقس مطر مشمس حرارة مناخ درجة",
    "activities": "museum visit tour walk view tower park beach متحف زيارة جولة برج حديقة شاطئ",
}
_WHOLE_DAY = re.compile(r"\bday[- ]trips?\b|\bexcursions?\b|رحلة يومية|رحلة إلى|رحلة الى", re.I)
_VAGUE = frozenset(content("day trip excursion رحلة يومية يوم"))


def itinerary(request: Request) -> str:
    """A line for each day, with what the notes say of it; the interests take turns."""
    facts, language = request.facts, request.language
    missing = not_given(request, ("destination", "days", "interests", "dates"))
    days = facts.days
    if not days:
        return joined(brief(request), missing)
    interests = facts.interests
    if days > _DAYS or not interests:
        lines = _spans(days, interests, language)
    else:
        lines = _days(days, interests, language)
    used: list[str] = []
    shown = [_with_notes(line, request, used) for line in lines]
    there = content(" ".join(_TOPICS[topic] for topic in ("activities", "food", "transport")))
    left = [sentence for sentence in request.notes if sentence not in used]
    return joined(
        f"{headed('itinerary', request)}\n{bullets(shown)}",
        noted(request, matching(left, there, max(days, _NOTES) - len(used))),
        missing,
    )


def _with_notes(line: str, request: Request, used: list[str]) -> str:
    """`line` over what the notes say of its interests, which is then `used`."""
    found: list[str] = []
    for interest in request.facts.interests:
        if interest in line:
            about = [word for word in content(interest) if word not in _VAGUE]
            left = [sentence for sentence in request.notes if sentence not in used]
            notes = matching(left, about, _DAY_NOTES)
            found += notes
            used += notes
    return "\n  - ".join([line, *found])


def _days(days: int, interests: Sequence[str], language: Language) -> list[str]:
    """A line for each day. Interests that take a whole one get the last whole days."""
    trips = [interest for interest in interests if _WHOLE_DAY.search(interest)]
    short = [interest for interest in interests if interest not in trips]
    first = days - len(trips)
    if not short or first < 2:  # noqa: PLR2004  a day to arrive on, and one to leave on
        trips, short, first = [], [*interests], days
    whole = dict(zip(range(first, days), trips, strict=True))
    halves = iter(_halves(2 * (days - len(trips)), short, language, is_day=days == 1))
    return [
        say("day", language, day, whole.get(day) or say("halves", language, *_pair(halves)))
        for day in range(1, days + 1)
    ]


def _pair(halves: Iterator[str]) -> tuple[str, str]:
    return next(halves), next(halves)


def _halves(count: int, interests: Sequence[str], language: Language, *, is_day: bool) -> list[str]:
    """What `count` half days are for. A trip of several begins with arriving, ends with leaving."""
    if is_day:
        return [_slot(slot, count, interests, language) for slot in range(count)]
    between = [_slot(slot, count - 2, interests, language) for slot in range(count - 2)]
    return [say("arrival", language), *between, say("departure", language)]


def _slot(slot: int, slots: int, interests: Sequence[str], language: Language) -> str:
    """The interests of one half day: they take turns, or share it where there are many."""
    if len(interests) <= slots:
        return interests[slot % len(interests)]
    start, end = (round(len(interests) * s / slots) for s in (slot, slot + 1))
    return listed(interests[start:end], language)


def _spans(days: int, interests: Sequence[str], language: Language) -> list[str]:
    """Days in spans: one for each interest, or the days between arriving and leaving."""
    if not interests:
        names = [say("arrival", language), say("free", language), say("departure", language)]
        edges = [0, 1, max(1, days - 1), days]
    else:
        names = list(interests[:days])
        edges = [round(days * n / len(names)) for n in range(len(names) + 1)]
    lines = []
    for name, first, end in zip(names, edges, edges[1:], strict=False):
        if end - first == 1:
            lines.append(say("day", language, end, name))
        elif end > first:
            lines.append(say("days", language, first + 1, end, name))
    return lines


def _search(
    topic: str,
    shown: Sequence[str],
    wanted: Sequence[str],
    request: Request,
    *,
    look: Sequence[str] = (),
    about: str = "",
) -> str:
    """What to look for, what the notes say of it or `about`, and what is left open."""
    words = [word for word in content(f"{_TOPICS[topic]} {about}") if word not in _VAGUE]
    found = matching(request.notes, words, _NOTES)
    lines = [*stated(request, shown), *look, *found]
    heading = headed(topic, request)
    none = say("no_mention", request.language) if request.texts and not found else ""
    body = f"{heading}\n{bullets(lines)}" if lines else heading
    return joined(body, none, not_given(request, wanted))


def flights(request: Request) -> str:
    """What a search for flights needs, and what the notes say of flights."""
    facts, shown = request.facts, ("dates", "end", "travellers")
    places = (facts.one("origin"), facts.one("destination"))
    look = [say("fares", request.language, *places)] if all(places) else []
    wanted = ("origin", "destination", "dates", "travellers")
    return _search("flights", shown, wanted, request, look=look, about=places[0])


def hotels(request: Request) -> str:
    """The same for places to stay."""
    facts, language = request.facts, request.language
    nights, place = (facts.days or 1) - 1, facts.one("destination")
    look = [say("rooms", language, night_count(nights, language), place)] * bool(nights and place)
    wanted = ("destination", "dates", "travellers", "budget")
    return _search("hotels", ("dates", "travellers"), wanted, request, look=look)


def food(request: Request) -> str:
    """The same for restaurants."""
    return _search("food", (), ("destination",), request)


def transport(request: Request) -> str:
    """The same for getting around."""
    return _search("transport", (), ("destination",), request)


def weather(request: Request) -> str:
    """The same for the weather."""
    return _search("weather", ("dates",), ("destination", "dates"), request)


def activities(request: Request) -> str:
    """The same for things to do."""
    about = " ".join(request.facts.interests)
    return _search("activities", ("interests",), ("destination", "interests"), request, about=about)
