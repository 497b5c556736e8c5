"""What the model can do, and which of it a request asks for."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from nodes.models.offline import combining, extracting, money, planning, reviewing, trips
from nodes.models.offline.facts import Facts
from nodes.models.offline.reading import Request
from nodes.models.offline.words import QUOTED

Skill = Callable[[Request], str]


@dataclass(frozen=True)
class _Trigger:
    """The words that ask for a skill, and the facts that call for it without a word."""

    en: str
    ar: str
    needs: tuple[str, ...] = ()

    def at(self, text: str) -> int | None:
        """Where in `text` the skill is asked for."""
        match = re.search(rf"\b(?:{self.en})|(?<!\w)(?:{self.ar})", text, re.I)
        return match.start() if match else None


# These need a text; without one, what else is asked for is done.
_ON_TEXTS = frozenset({"review", "merge", "edit", "reply"})
_TOPICS = frozenset(
    {"flights", "hotels", "food", "transport", "weather", "activities", "budget", "itinerary"}
)

_BESIDE = 12  # characters from "plan" to what is to be planned

# In this order where two are asked for at the same place.
SKILLS: dict[str, tuple[Skill, _Trigger]] = {
    "choose": (
        extracting.choose,
        _Trigger(
            r"(?:one of(?: these| the following)?:|one word:|classify|either \W?\w+\W? or\b)",
            r"(?:ب?كلمة واحدة|واحد(?:ة)? من|إحدى|صنف)",
        ),
    ),
    "reply": (
        extracting.reply,
        _Trigger(r"(?:reply|respond) to\b", r"(?:أجب عن|رد على) (?:هذه )?(?:ال)?رسالة"),
    ),
    "brief": (
        extracting.briefing,
        _Trigger(r"(?:brief (?:the|us|me|our)|briefing)\b", r"أطلع الفريق|إحاطة"),
    ),
    "translate": (extracting.passed_on, _Trigger(r"translat", r"ترجم")),
    "edit": (
        combining.edit,
        _Trigger(
            r"(?:edit|polish|finali[sz]e|improve|revise|rewrite|proofread)", r"حرّ?ر|نقّ?ح|حسّ?ن|صقل"
        ),
    ),
    "review": (
        reviewing.review,
        _Trigger(
            r"(?:critic|critique|review|check|verif|evaluat|quality|validat)",
            r"راجع|مراجع|انقد|ناقد|دقق|مدقق|قيّ?م|تحقق",
        ),
    ),
    "merge": (
        combining.merge,
        _Trigger(
            r"(?:merg|combin|synthesi[sz]|aggregat|reconcil|assembl|consolidat|join|compare)",
            r"ادمج|دمج|اجمع|وحّ?د|قارن|وفّ?ق",
        ),
    ),
    "keywords": (
        extracting.keywords,
        _Trigger(
            r"(?:keywords?|key ?phrases?|key terms|topics|tags)\b",
            r"(?:ال)?كلمات (?:ال)?مفتاحية|المصطلحات|الموضوعات|وسوم",
        ),
    ),
    "extract": (
        extracting.figures,
        _Trigger(
            r"(?:extract|numbers|figures|data analyst)", r"استخرج|استخراج|أرقام|الأرقام|تواريخ"
        ),
    ),
    "flights": (
        trips.flights,
        _Trigger(
            r"(?:flights?|fly|airlines?|airfare)\b",
            r"(?:ال)?رحلات (?:ال)?جوية|طيران|الطيران|تذاكر",
            ("destination",),
        ),
    ),
    "hotels": (
        trips.hotels,
        _Trigger(
            r"(?:hotels?|hostels?|accommodation|lodging|places? to stay)\b",
            r"(?:ال)?فنادق|فندق|(?:ال)?إقامة|سكن",
            ("destination", "days"),
        ),
    ),
    "food": (
        trips.food,
        _Trigger(r"(?:restaurants?|where to eat|dining|cuisine)\b", r"(?:ال)?مطاعم|مطعم|مأكولات"),
    ),
    "transport": (
        trips.transport,
        _Trigger(
            r"(?:transport\w*|getting around|public transit|car rental)\b",
            r"مواصلات|المواصلات|تنقل|التنقل",
        ),
    ),
    "weather": (
        trips.weather,
        _Trigger(r"(?:weather|climate|forecast)\b", r"(?:ال)?طقس|(?:ال)?مناخ"),
    ),
    "activities": (
        trips.activities,
        _Trigger(
            r"(?:activit\w+|attractions?|sights?|sightseeing|things to do|highlights)\b",
            r"(?:ال)?أنشطة|معالم|المعالم",
            ("interests",),
        ),
    ),
    "budget": (
        money.budget,
        _Trigger(
            r"(?:budget|cost|expenses|spending|price)\w*",
            r"(?:ال)?ميزانية|(?:ال)?تكلفة|تكاليف|مصاريف",
            ("budget",),
        ),
    ),
    "itinerary": (
        trips.itinerary,
        _Trigger(
            r"(?:itinerar\w+|day[- ]by[- ]day|trip|travel|schedule)\b",
            r"برنامج|جدول|رحلة|الرحلة|سفر|السفر",
            ("destination", "days"),
        ),
    ),
    "summarise": (
        extracting.summary,
        _Trigger(r"(?:summar|brief|digest|tl;?dr|condens|shorten)", r"لخّ?ص|ملخص|تلخيص|موجز|اختصر"),
    ),
    "plan": (
        planning.plan,
        _Trigger(
            r"(?:plan|steps|break (?:it )?down|decompos|organi[sz])",
            r"خطّ?ط|خطة|الخطة|خطوات|نظّ?م",
        ),
    ),
    "outline": (planning.outline, _Trigger(r"outline", r"مخطط|المخطط")),
    "write": (
        combining.write,
        _Trigger(
            r"(?:writ|draft|report|article|compos|blog|post\b|guide|content)",
            r"اكتب|كتابة|كاتب|تقرير|مقال|مسودة|صغ|دليل|محتوى",
        ),
    ),
    "research": (
        extracting.research,
        _Trigger(r"(?:research|investigat|find out|analy[sz])", r"بحث|ابحث|باحث|حلل|حلّل|محلل"),
    ),
    "answer": (
        extracting.answer,
        _Trigger(
            r"(?:who|what|when|where|why|how|which)\b[^.\n]*\?",
            r"(?:من|ما|متى|أين|لماذا|كيف|كم|هل|أي)\s[^.\n]*؟",
        ),
    ),
}


def skill_for(request: Request) -> str:
    """The skill that the instruction asks for first, else the system prompt, else the data."""
    for text in (request.instruction, request.system, request.wish):
        asked = sorted((place, rank, name) for rank, (name, place) in enumerate(_asked_for(text)))
        names = {name: place for place, _, name in asked if request.texts or name not in _ON_TEXTS}
        if names:
            return _settled(_narrowed(names, request), request.facts)
    return _by_material(request)


def _asked_for(text: str) -> Iterator[tuple[str, int]]:
    for name, (_, trigger) in SKILLS.items():
        place = trigger.at(text)
        if place is not None:
            yield name, place


def _narrowed(names: Mapping[str, int], request: Request) -> str:
    """The first of `names`; but to research or write about flights, say, is to do flights.

    To plan something is to do that where it stands right after ("plan the flights").
    """
    first = next(iter(names))
    if first == "research" and request.texts and QUOTED.search(request.instruction):
        return first  # of what is quoted
    general = {"research"} if request.texts else {"research", "write", "answer"}
    topics = [name for name in names if name in _TOPICS]
    if first == "plan":
        topics = [name for name in topics if names[name] - names[first] <= _BESIDE]
    return topics[0] if first in general | {"plan"} and topics else first


def _settled(name: str, facts: Facts) -> str:
    """`name`, or what the facts make of it: a plan of days is an itinerary, and only that."""
    if name == "plan" and facts.days and (facts.one("destination") or facts.interests):
        return "itinerary"
    if name == "itinerary" and not (facts.one("destination") or facts.days):
        return "plan"
    return name


def _by_material(request: Request) -> str:
    """What one would do with such material if nothing is said."""
    if len(request.sources) > 1:
        return "merge"
    if request.texts:
        return "summarise"
    facts = request.facts
    if facts.one("destination") and facts.days:
        return "itinerary"
    return "brief"


def answer(request: Request) -> tuple[str, str]:
    """The name of the skill and what it says; never empty."""
    name = skill_for(request)
    return name, SKILLS[name][0](request).strip() or planning.brief(request)


def calls_for(option: str, request: Request) -> bool:
    """The facts of `request` call for the skill that `option` (`flight_search`) names."""
    plain = option.replace("_", " ").replace("-", " ").replace(".", " ")
    held = {key for key, _ in request.facts.pairs} | ({"days"} if request.facts.days else set())
    return any(
        trigger.needs and trigger.at(plain) is not None and set(trigger.needs) <= held
        for _, trigger in SKILLS.values()
    )
