"""Skills that lay out what a request itself names, and the lines all layouts share."""

import re
from collections.abc import Iterable, Sequence

from nodes.models.offline.facts import Facts
from nodes.models.offline.frames import LABELS, bullets, day_count, listed, say, steps
from nodes.models.offline.phrases import key_phrases
from nodes.models.offline.reading import Request
from nodes.models.offline.words import Language

SHOWN = ("origin", "dates", "end", "travellers", "interests")


_ABOUT = re.compile(r"""(?:\babout|(?<!\w)عن)\s+["“«]([^"”»\n]+)["”»]""", re.I)


def topic_of(request: Request) -> str:
    """What the request is about: a title that is given, its “topic”, or its first key term."""
    named = request.facts.one("title") or request.facts.one("topic")
    quoted = _ABOUT.search(request.instruction)
    terms = key_phrases(f"{request.instruction}\n{request.text}", most=1)
    return named or (quoted.group(1) if quoted else next(iter(terms), ""))


def title_of(facts: Facts, language: Language) -> str:
    """Where and how long: `Lisbon, 5 days`; "" where neither is known."""
    span = [day_count(facts.days, language)] if facts.days else []
    return listed([place for place in (facts.one("destination"),) if place] + span, language)


def headed(name: str, request: Request) -> str:
    """The heading `name` over the title of the request."""
    title = title_of(request.facts, request.language)
    if title:
        return say(name, request.language, title)
    topic = topic_of(request)
    return say(name, request.language, topic) if topic else say("asked", request.language)


def not_given(request: Request, roles: Iterable[str]) -> str:
    """A line naming the `roles` that the request leaves open; "" where it names all."""
    facts, labels = request.facts, LABELS[request.language]
    open_ = [labels[r] for r in roles if not (facts.days if r == "days" else facts.all(r))]
    return say("not_given", request.language, listed(open_, request.language)) if open_ else ""


def stated(request: Request, roles: Iterable[str]) -> list[str]:
    """The facts of these `roles`, a line each."""
    lines = []
    for role in roles:
        values = request.facts.interests if role == "interests" else request.facts.all(role)
        if values:
            lines.append(say(role, request.language, listed(values, request.language)))
    return lines


def joined(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)


def noted(request: Request, lines: Sequence[str]) -> str:
    return f"{say('notes', request.language)}\n{bullets(lines)}" if lines else ""


def money(figure: str, facts: Facts) -> str:
    """`figure` with its currency."""
    currency = facts.currency
    if not currency or currency in figure:
        return figure
    return f"{figure} {currency}"


def brief(request: Request) -> str:
    """What the request asks for, taken apart."""
    facts, language = request.facts, request.language
    lines = stated(request, SHOWN)
    if facts.days and not facts.one("destination"):
        lines.insert(0, say("length", language, day_count(facts.days, language)))
    if facts.amount is not None:
        lines.append(say("amount", language, money(facts.one("budget"), facts)))
    lines += [say("named", language, key, listed(v, language)) for key, v in facts.others() if key]
    heading = headed("trip", request) if facts.one("destination") else say("asked", language)
    if not lines and facts.one("destination"):
        return heading
    if not lines:
        said = (request.instruction or request.wish or request.text).strip()
        if not said:
            return say("nothing", language)
        return f"{say('asked', language)}\n{bullets(filter(str.strip, said.split(chr(10))))}"
    return f"{heading}\n{bullets(lines)}"


def plan(request: Request) -> str:
    """Steps: those the request lists, else the four of any research, with its own terms."""
    language = request.language
    tasks = next((v for k, v in request.facts.others() if len(v) > 1), ())
    if tasks:
        return f"{headed('plan_of', request)}\n{steps(tasks)}"
    terms = key_phrases(f"{request.instruction}\n{request.text}", most=3)
    if not terms:
        return brief(request)
    subject = [terms[min(i, len(terms) - 1)] for i in range(3)]
    lines = [
        say(n, language, t) for n, t in zip(("collect", "pull", "compare"), subject, strict=True)
    ]
    notice = "" if request.texts else say("no_text", language)
    return joined(f"{say('plan', language)}\n{steps([*lines, say('finish', language)])}", notice)


def outline(request: Request) -> str:
    """The parts a text about the request would have."""
    topic, language = topic_of(request), request.language
    if request.facts.one("destination") or not topic:
        return brief(request)
    known = listed(key_phrases(request.text, most=4), language) or topic
    lines = [
        say(name, language, slot)
        for name, slot in (("what", topic), ("known", known), ("open_questions", topic))
    ]
    notice = "" if request.texts else say("no_text", language)
    return joined(f"{say('outline', language, topic)}\n{steps(lines)}", notice)
