"""Skills that take something out of a text: its main points, its figures, its terms, an answer."""

import re
from collections.abc import Sequence

from nodes.models.offline.frames import bullets, listed, say
from nodes.models.offline.phrases import key_phrases
from nodes.models.offline.planning import brief, joined, plan
from nodes.models.offline.ranking import closest, matching, summarise, unique
from nodes.models.offline.reading import Request
from nodes.models.offline.words import FIGURE, QUOTED, content, subject

_POINTS = 4
_ASKED = 3  # sentences of a message that a reply repeats
_FIGURES = 20
_UNIT = re.compile(
    rf"(?:[$€£]\s?)?{FIGURE.pattern}\s?(?:%|٪|percent|million|billion|[A-Z]{{3}}\b|[kKMG]?Wh?\b|km\b|kg\b"
    r"|days?|weeks?|months?|years?|hours?|euros?|dollars?|مليون|مليار|يورو|دولار|ريال|درهم|ساعات|ساعة"
    r"|أيام|يوم|شهر|أشهر|سنوات|سنة|عام|في المئة|بالمئة)?"
)
_OPTIONS = re.compile(
    r"(?:\b(?:one of(?: these| the following)?|one word|either|as)\b|كلمة واحدة|واحدة? من|إحدى)"
    r"\s*:?\s*([^.\n?؟]+)",
    re.I,
)
_OPTION_SPLIT = re.compile(r"\s*(?:[,،;|/]|\bor\b|(?<!\w)أو(?!\w))\s*")
_QUOTES = " \"'“”«»`*()"


def _terms(request: Request) -> str:
    terms = key_phrases(request.text)
    return say("key_terms_of", request.language, listed(terms, request.language)) if terms else ""


def _main_points(request: Request) -> str:
    """The main points; a text without sentences is one."""
    points = summarise(request.sentences, _POINTS, request.about)
    shown = points or [source.text.strip() for source in request.texts]
    title = request.facts.one("title")
    heading = f"**{title}**" if title else say("main_points", request.language)
    return f"{heading}\n{bullets(shown)}"


def summary(request: Request) -> str:
    """The main points of all texts, and their key terms."""
    if not request.texts:
        return brief(request)
    return joined(_main_points(request), _terms(request))


def briefing(request: Request) -> str:
    """What a trip is to be, or else the main points."""
    return brief(request) if request.facts.one("destination") else summary(request)


def reply(request: Request) -> str:
    """Thanks for a message, and what it asks for."""
    language = request.language
    asked = summarise(request.sentences, _ASKED, request.about) or [request.text.strip()]
    return joined(say("thanks", language), say("wrote", language, " ".join(asked)))


def _angle(request: Request, about: str) -> str:
    """What the texts say about one thing."""
    found = matching(request.sentences, subject(about) or content(about), _POINTS)
    said = bullets(found) if found else say("no_mention", request.language)
    return f"**{about}**\n{said}"


def research(request: Request) -> str:
    """What the texts say about a “thing”, else their main points and figures; else a plan."""
    if not request.texts:
        return plan(request)
    if angle := QUOTED.search(request.instruction):
        return _angle(request, angle.group(1))
    found = _stated(request.sentences)
    stated = f"{say('figures', request.language)}\n{bullets(found)}" if found else ""
    return joined(_main_points(request), stated, _terms(request))


def _stated(found: Sequence[str]) -> list[str]:
    """Every sentence that states a figure, the figure first."""
    return [
        say("figure", "en", match.group().strip(), sentence)
        for sentence in unique(found)
        if (match := _UNIT.search(sentence))
    ][:_FIGURES]


def figures(request: Request) -> str:
    """Every sentence with a figure; the facts where there is no text."""
    if not request.texts:
        return brief(request)
    stated = _stated(request.sentences)
    if not stated:
        return say("no_answer", request.language)
    return f"{say('figures', request.language)}\n{bullets(stated)}"


def keywords(request: Request) -> str:
    """The key terms of the texts, else of the request."""
    terms = key_phrases(request.text or request.asked, most=10)
    return f"{say('key_terms', request.language)}\n{bullets(terms)}" if terms else ""


def answer(request: Request) -> str:
    """The sentences that meet the question best."""
    found = closest(request.sentences, request.about)
    if found:
        return "\n".join(found)
    stated = [
        say("named", request.language, key, listed(values, request.language))
        for key, values in request.facts.pairs
        if set(content(key)) & set(content(request.instruction))
    ]
    if stated:
        return "\n".join(stated)
    if request.texts:
        # The results of tools are the answer even if they share no word with the question.
        short = [source.text.strip() for source in request.texts if source in request.earlier]
        return "\n".join(short) or say("no_answer", request.language)
    return brief(request)


def passed_on(request: Request) -> str:
    """The text unchanged, saying that it is not translated."""
    text = request.text.strip("\n") or request.instruction
    return f"{say('no_translation', request.language)}\n\n{text}"


def options(text: str) -> list[str]:
    """The options that `text` offers: "one of: urgent, normal"."""
    match = _OPTIONS.search(text)
    if not match:
        return []
    return [option for o in _OPTION_SPLIT.split(match.group(1)) if (option := o.strip(_QUOTES))]


def best_option(offered: Sequence[str], about: str) -> str:
    """The option that shares most words with `about`; the first of equals."""
    wanted = content(about)
    return max(offered, key=lambda option: sum(wanted.count(w) for w in set(content(option))))


def choose(request: Request) -> str:
    """One of the options offered, as it is written; the one most spoken of."""
    offered = options(request.instruction) or options(request.system)
    if not offered:
        return summary(request)
    values = " ".join(value for _, given in request.facts.pairs for value in given)
    beside = _OPTIONS.sub("", request.instruction)
    return best_option(offered, f"{request.text} {values} {beside}")
