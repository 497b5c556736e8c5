"""The fixed sentences the model prints, and how it knows them again in its input."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from nodes.models.offline.words import Language

Kind = Literal["heading", "line", "list", "notice"]

_PLURAL = 10  # 3 to 10 take the plural in Arabic, more the singular


@dataclass(frozen=True)
class Frame:
    """A sentence in both languages; each `{}` takes words of the input or a counted number.

    A `heading` opens a section, with or without what stands after its colon; a `line` stands in
    one, a `list` is drawn anew by each agent, a `notice` speaks of the answer itself. Lists and
    notices are never taken over from an input.
    """

    kind: Kind
    en: str
    ar: str
    patterns: tuple[re.Pattern[str], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Prepare what `slots` looks for."""
        texts = [self.en, self.ar]
        if self.kind == "heading":
            texts += [text.removesuffix(": {}") for text in texts]
        made = (re.escape(text).replace(r"\{\}", "(.+)") for text in texts)
        object.__setattr__(self, "patterns", tuple(map(re.compile, made)))

    def say(self, language: Language, *slots: object) -> str:
        """The sentence with its places filled; headings are bold."""
        text = (self.ar if language == "ar" else self.en).format(*slots)
        return f"**{text}**" if self.kind == "heading" else text

    def slots(self, text: str) -> tuple[str, ...] | None:
        """What fills the places where `text`, without marks, is this sentence; else None."""
        found = (pattern.fullmatch(text) for pattern in self.patterns)
        return next((match.groups() for match in found if match), None)


def _frames(kind: Kind, **texts: tuple[str, str]) -> dict[str, Frame]:
    return {name: Frame(kind, *pair) for name, pair in texts.items()}


_MARK = re.compile(r"^\s*(?:[-*•–—]\s+|\d{1,3}[.)]\s+|#{1,6}\s+)?")


def unmarked(line: str) -> str:
    """`line` without list marks and bold marks."""
    text = _MARK.sub("", line).strip()
    if text.startswith("**") and text.endswith("**"):
        text = text.strip("*").strip()
    return text


FRAMES = (
    _frames(
        "notice",
        no_text=(
            "Made from the request alone; no text was given.",
            "أُعِد من الطلب وحده؛ لم يُعطَ نص.",
        ),
        no_translation=(
            "Passed on untranslated: this model does not translate.",
            "مرر دون ترجمة: هذا النموذج لا يترجم.",
        ),
        thanks=("Thank you for your message.", "شكرًا على رسالتك."),
        no_answer=("The given text does not say.", "النص المعطى لا يذكر ذلك."),
        nothing=("Nothing was given to work on.", "لم يُعطَ شيء للعمل عليه."),
    )
    | _frames(
        "list",
        key_terms_of=("Key terms: {}", "المصطلحات الرئيسة: {}"),
        not_given=("Not given: {}", "لم يُذكر: {}"),
        no_mention=("The given text names none.", "لا يذكر النص المعطى شيئًا منها."),
    )
    | _frames(
        "heading",
        main_points=("Main points", "أهم النقاط"),
        agreed=("Said by several inputs", "ورد في أكثر من مدخل"),
        key_terms=("Key terms", "المصطلحات الرئيسة"),
        figures=("Figures", "الأرقام"),
        notes=("From the notes", "من الملاحظات"),
        asked=("Asked for", "المطلوب"),
        review_of=("Review: {}", "المراجعة: {}"),
        review=("Review", "المراجعة"),
        plan=("Plan", "الخطة"),
        plan_of=("Plan: {}", "الخطة: {}"),
        outline=("Outline: {}", "المخطط: {}"),
        itinerary=("Day by day: {}", "يومًا بيوم: {}"),
        budget=("Budget: {}", "الميزانية: {}"),
        flights=("Getting there: {}", "كيفية الوصول: {}"),
        hotels=("Where to stay: {}", "مكان الإقامة: {}"),
        food=("Food: {}", "الطعام: {}"),
        transport=("Getting around: {}", "التنقل: {}"),
        activities=("Things to do: {}", "الأنشطة: {}"),
        weather=("Weather: {}", "الطقس: {}"),
        trip=("Trip: {}", "الرحلة: {}"),
    )
    | _frames(
        "line",
        day=("Day {}: {}", "اليوم {}: {}"),
        days=("Days {} to {}: {}", "الأيام {} إلى {}: {}"),
        halves=("{} in the morning; {} in the afternoon", "{} صباحًا؛ {} بعد الظهر"),
        arrival=("arrival", "الوصول"),
        departure=("departure", "المغادرة"),
        free=("free", "حرة"),
        destination=("Destination: {}", "الوجهة: {}"),
        origin=("From: {}", "الانطلاق من: {}"),
        length=("Length: {}", "المدة: {}"),
        dates=("Dates: {}", "التاريخ: {}"),
        end=("Return: {}", "العودة: {}"),
        travellers=("Travellers: {}", "المسافرون: {}"),
        interests=("Interests: {}", "الاهتمامات: {}"),
        amount=("Budget: {}", "الميزانية: {}"),
        fares=("Look for: {} to {} and back", "ابحث عن: من {} إلى {} والعودة"),
        rooms=("Look for: {} in {}", "ابحث عن: {} في {}"),
        total=("Total: {}", "الإجمالي: {}"),
        a_day=("A day: {}", "لليوم: {}"),
        a_person=("A person: {}", "للشخص: {}"),
        a_person_a_day=("A person a day: {}", "للشخص في اليوم: {}"),
        an_item=("An equal share for each of {}: {}", "حصة متساوية لكل من {}: {}"),
        together=("Together: {}", "معًا: {}"),
        left=("Left: {}", "المتبقي: {}"),
        collect=("Collect sources: {}", "اجمع المصادر: {}"),
        pull=("Take figures and claims from them: {}", "استخرج الأرقام والادعاءات: {}"),
        compare=("Compare what they say: {}", "قارن ما تقوله المصادر: {}"),
        finish=(
            "Write it up, then check every figure against its source",
            "اكتب النص ثم طابق كل رقم بمصدره",
        ),
        what=("Introduction: {}", "مقدمة: {}"),
        known=("What is known, with sources: {}", "المعروف مع المصادر: {}"),
        open_questions=("Still open: {}", "ما لم يُحسم: {}"),
        long=("Long sentence, {} words: “{}”", "جملة طويلة، {} كلمة: «{}»"),
        repeated=("Said twice: “{}”", "مكرر: «{}»"),
        unsupported=("Not in what was given: {}", "لا يرد فيما أُعطي: {}"),
        wrong=("The arithmetic does not hold: {}", "حساب غير صحيح: {}"),
        unmentioned=("Asked for but not mentioned: {}", "مطلوب ولم يُذكر في النص: {}"),
        checked=("Lines checked: {}; figures: {}", "الأسطر المفحوصة: {}؛ الأرقام: {}"),
        checked_text=("Sentences checked: {}; figures: {}", "الجمل المفحوصة: {}؛ الأرقام: {}"),
        to_mend=("Points to mend: {}", "نقاط للإصلاح: {}"),
        approved=("Approved: nothing to mend was found", "مقبول: لا شيء يحتاج إلى إصلاح"),
        figure=("{} — {}", "{} — {}"),
        wrote=("You wrote: “{}”", "كتبت لنا: «{}»"),
        named=("{}: {}", "{}: {}"),
    )
)


# What a list of things not given names.
LABELS: dict[Language, dict[str, str]] = {
    "en": {
        "destination": "destination", "origin": "where from", "days": "number of days",
        "dates": "dates", "budget": "budget", "travellers": "number of travellers",
        "interests": "interests",
    },
    "ar": {
        "destination": "الوجهة", "origin": "نقطة الانطلاق", "days": "عدد الأيام",
        "dates": "التاريخ", "budget": "الميزانية", "travellers": "عدد المسافرين",
        "interests": "الاهتمامات",
    },
}  # fmt: skip

_PASSING = tuple(frame for frame in FRAMES.values() if frame.kind in ("notice", "list"))


def is_passing(line: str) -> bool:
    """`line` is a notice or a list of an earlier answer, not content."""
    text = unmarked(line)
    return any(frame.slots(text) is not None for frame in _PASSING)


_LABELLED = tuple(
    frame for frame in FRAMES.values() if frame.kind != "notice" and not frame.en.startswith("{}")
)


def is_framed(line: str) -> bool:
    """`line` is one this model draws around words of the input, not a sentence of somebody."""
    return any(frame.slots(line) is not None for frame in _LABELLED)


def say(name: str, language: Language, *slots: object) -> str:
    """The frame called `name` with its places filled."""
    return FRAMES[name].say(language, *slots)


def listed(words: Iterable[str], language: Language) -> str:
    """`words` in a row, with the comma of the language."""
    return ("، " if language == "ar" else ", ").join(words)


def bullets(lines: Iterable[str]) -> str:
    """A list, a line each."""
    return "\n".join(f"- {line}" for line in lines)


def steps(lines: Iterable[str]) -> str:
    """A numbered list, from 1."""
    return "\n".join(f"{number}. {line}" for number, line in enumerate(lines, 1))


def _counted(count: int, language: Language, en: str, ar: tuple[str, str, str, str]) -> str:
    """A number with its noun; in Arabic one, two, a few and many are said each in its own way."""
    if language == "en":
        return f"{count} {en}" if count == 1 else f"{count} {en}s"
    one, two, few, many = ar
    return {1: one, 2: two}.get(count) or f"{count} {few if count <= _PLURAL else many}"


def day_count(days: int, language: Language) -> str:
    """A number of days, in words that agree with it."""
    return _counted(days, language, "day", ("يوم واحد", "يومان", "أيام", "يومًا"))


def night_count(nights: int, language: Language) -> str:
    """A number of nights, in words that agree with it."""
    return _counted(nights, language, "night", ("ليلة واحدة", "ليلتان", "ليالٍ", "ليلة"))
