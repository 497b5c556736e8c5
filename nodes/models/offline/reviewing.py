"""The skill that checks a text: length, repeats, unsupported figures, sums, what is missing."""

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal

from nodes.models.offline import arithmetic
from nodes.models.offline.facts import number
from nodes.models.offline.frames import FRAMES, bullets, listed, say, unmarked
from nodes.models.offline.ranking import Seen
from nodes.models.offline.reading import Request, Source
from nodes.models.offline.words import FIGURE, content, sentences

_LONG = 28  # words
_QUOTED = 80  # characters of a sentence that is shown
_COUNTED = ("day", "days", "rooms", "checked", "checked_text", "to_mend", "long")
_DRAFTS = re.compile(r"draft|master|article|plan|itinerary|مسودة|خطة", re.I)


def split(request: Request) -> tuple[Source, list[Source]]:
    """The draft, and the sources it is held against."""
    texts = list(request.texts)
    named = [source for source in request.sources if _DRAFTS.search(source.name)]
    draft = named[0] if named else texts[-1]
    return draft, [source for source in texts if source is not draft]


def review(request: Request) -> str:
    """What there is to mend, a line each, and a verdict. There must be a text."""
    draft, _ = split(request)
    language, faults = request.language, points(request)
    verdict = say("to_mend", language, len(faults)) if faults else say("approved", language)
    said, lines = sentences(draft.text), [*filter(str.strip, draft.text.split("\n"))]
    is_prose = len(said) > len(lines)
    checked = say(
        "checked_text" if is_prose else "checked",
        language,
        len(said) if is_prose else len(lines),
        len(FIGURE.findall(draft.text)),
    )
    title = request.facts.one("title")
    heading = say("review_of", language, title) if title else say("review", language)
    return f"{heading}\n{bullets([*faults, verdict, checked])}"


def points(request: Request) -> list[str]:
    """What there is to mend, a line each. There must be a text."""
    draft, others = split(request)
    language = request.language
    said = sentences(draft.text)
    return [
        *(
            say("long", language, len(s.split()), _quoted(s))
            for s in said
            if len(s.split()) > _LONG
        ),
        *(say("repeated", language, _quoted(s)) for s in _repeated(said)),
        *(say("wrong", language, found) for found in arithmetic.wrong(draft.text)),
        *_unsupported(request, draft, others),
        *_unmentioned(request, draft),
    ]


def _quoted(sentence: str) -> str:
    return sentence if len(sentence) <= _QUOTED else f"{sentence[:_QUOTED].rstrip()}…"


def _repeated(said: Iterable[str]) -> list[str]:
    seen = Seen()
    return [sentence for sentence in said if not seen.add(sentence)]


def _figures(text: str) -> list[Decimal]:
    return [value for f in FIGURE.findall(text) if (value := number(f)) is not None]


def _claims(text: str) -> str:
    """`text` without the figures that number days and steps or that arithmetic gave."""
    kept = []
    for line in text.split("\n"):
        plain = unmarked(line)
        slots = next((s for name in _COUNTED if (s := FRAMES[name].slots(plain))), None)
        kept.append(arithmetic.ARITHMETIC.sub("", slots[-1] if slots else plain))
    return "\n".join(kept)


def _unsupported(request: Request, draft: Source, others: Sequence[Source]) -> list[str]:
    """The figures of the draft that nothing given contains; nothing where nothing else is given."""
    if not others:
        return []
    values = [value for _, given in request.own.pairs for value in given]
    days = request.own.days or 0  # may be counted from dates
    given = _figures(
        "\n".join([*(s.text for s in others), *values, request.instruction, str(days)])
    )
    bad = [f for f in FIGURE.findall(_claims(draft.text)) if number(f) not in given]
    named = listed(dict.fromkeys(bad), request.language)
    return [say("unsupported", request.language, named)] if bad else []


def _unmentioned(request: Request, draft: Source) -> list[str]:
    """The destination and the interests of which the draft has no word."""
    spoken = set(content(draft.text))
    wanted = [value for value in (request.own.one("destination"), *request.own.interests) if value]
    missing = [value for value in wanted if not spoken & set(content(value))]
    return (
        [say("unmentioned", request.language, listed(missing, request.language))] if missing else []
    )
