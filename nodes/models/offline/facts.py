"""What a request says in so many words: where, how long, for how much, what for."""

# ruff: noqa: RUF001  Arabic letters and signs are data here

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from nodes.models.offline.frames import FRAMES, unmarked
from nodes.models.offline.lexicon import CURRENCIES, NUMBERS, ROLES
from nodes.models.offline.words import FIGURE, whole, without_and

_CURRENCY = rf"(?:{'|'.join(sorted(CURRENCIES, key=len, reverse=True))})"
_NUMBER = r"\d(?:[\d.,٬٫]*\d)?"
_COUNT = rf"(?P<n>\d{{1,3}}|{'|'.join(NUMBERS)})"
_NOT_PLACES = (
    r"(?!January|February|March|April|May|June|July|August|September|October|November|December"
    r"|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday|I\b|The\b)"
)
_PLACE = rf"{_NOT_PLACES}[A-Z][\w'’-]+(?: {_NOT_PLACES}[A-Z][\w'’-]+){{0,2}}"
_LIST_END = r"(?=[.;\n!?؟؛]|\s(?:with|for|on a|under|within|in \d)\b|\s(?:بميزانية|لمدة|خلال)|$)"
_WEEK = 7

# The first group (or the one called `n`) is what is found, as it stands in the text.
_SAID: dict[str, tuple[re.Pattern[str], ...]] = {
    "days": (
        re.compile(rf"\b{_COUNT}[\s-]*days?\b", re.I),
        re.compile(rf"(?<!\w){_COUNT}\s+(?:أيام|ايام|يوما|يومًا|يوم)(?!\w)"),
    ),
    "weeks": (
        re.compile(rf"\b{_COUNT}[\s-]*weeks?\b", re.I),
        re.compile(rf"(?<!\w){_COUNT}\s+(?:أسابيع|اسابيع)(?!\w)"),
    ),
    "budget": (
        re.compile(rf"((?:[$€£]\s?{_NUMBER})|(?:{_NUMBER}\s?(?:{_CURRENCY}|[$€£])(?!\w)))", re.I),
        re.compile(rf"(?:budget|ميزانية|ميزانيتها|الميزانية)[^\d\n]{{0,15}}({_NUMBER})", re.I),
    ),
    "travellers": (
        re.compile(rf"\b{_COUNT}\s+(?:people|persons|adults|travell?ers|guests|friends)\b", re.I),
        re.compile(rf"(?<!\w){_COUNT}\s+(?:أشخاص|اشخاص|مسافرين|أفراد|افراد|أصدقاء)(?!\w)"),
    ),
    "origin": (
        re.compile(rf"\b(?:from|From|leaving) ({_PLACE})"),
        re.compile(r"(?:انطلاقا|انطلاقًا|قادمين|قادما|سفر)\s+من\s+([^\W\d]+)"),
    ),
    "destination": (
        re.compile(rf"\b(?:to|To|in|In|visit|Visit|around|for|[Ff]lights to) ({_PLACE})"),
        re.compile(r"(?:رحلة|السفر|سفر|طيران|زيارة)\s+(?:إلى|الى|في)\s+([^\W\d]+)"),
        re.compile(r"(?:لزيارة|زيارة)\s+([^\W\d]+)"),
    ),
    "interests": (
        re.compile(
            r"(?:interests?|interested in|we (?:like|love|enjoy)|i (?:like|love|enjoy)"
            rf"|focus(?:ed|ing)? on)\s*:?\s+([^\n]+?){_LIST_END}",
            re.I,
        ),
        re.compile(
            r"(?:الاهتمامات|اهتماماتنا|اهتماماتي|نحب|أحب|مهتمون ب|المهتمين ب)\s*:?\s*"
            rf"([^\n]+?){_LIST_END}"
        ),
    ),
}
_SPLIT = re.compile(r"\s*(?:[,;،؛/+]|\band\b|&|\s-\s)\s*", re.I)
_MOST = 24  # values of one fact
_PAIR = re.compile(r"([^\W\d][^\n:]{0,40}?)\s*:\s+(\S[^\n]{0,300})")

# Lines by which an earlier answer of this model passes a fact on.
_LINES = {
    "destination": "destination", "origin": "origin", "days": "length", "dates": "dates",
    "end": "end", "travellers": "travellers", "interests": "interests", "budget": "total",
}  # fmt: skip

# Headings of this model that begin with where and for how long.
_TITLED = (
    "itinerary", "trip", "flights", "hotels", "food", "transport", "activities", "weather",
    "budget",
)  # fmt: skip
_TRIP = re.compile(
    r"\b(?:trips?|travel\w*|visit\w*|flights?|fly|hotels?|stay|itinerary|holiday|vacation|tour"
    r"|weekend|days?)\b|رحل|سفر|زيار|طيران|فندق|فنادق|إقامة|يوم|أيام|ايام",
    re.I,
)

Pairs = Iterable[tuple[str, tuple[str, ...]]]


def role_of(key: str) -> str | None:
    """The role that `key` (`startDate`, `start_date`, `الوجهة`) names."""
    plain = spaced(key)
    return next((role for role, names in ROLES.items() if plain in names), None)


def spaced(key: str) -> str:
    """`key` as words in lower case."""
    return re.sub(r"[_\s-]+", " ", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", key)).strip().lower()


def number(text: str) -> Decimal | None:
    """The first number of `text`; commas between thousands are taken out."""
    match = FIGURE.search(text)
    if not match:
        return None
    plain = re.sub(r"[,٬](?=\d{3}(?!\d))", "", match.group()).replace("٫", ".").replace(",", ".")
    whole_part, _, rest = plain.partition(".")
    return Decimal(f"{int(whole_part)}.{rest}") if rest.isdecimal() else Decimal(int(whole_part))


def split_list(text: str) -> tuple[str, ...]:
    """The members of a list in a sentence: commas, "and", and the Arabic "and"."""
    members: list[str] = []
    for part in _SPLIT.split(text):
        for piece in re.split(r"\s+(?=و)", part.strip(" .!؟?")):
            first, space, rest = piece.partition(" ")
            bare = without_and(first) + space + rest
            if bare == piece and members and piece.startswith("و"):
                members[-1] += f" {piece}"
            elif bare:
                members.append(bare)
    return tuple(members[:_MOST])


@dataclass(frozen=True)
class Facts:
    """Facts by role, or by their own key where they have none; the first said counts."""

    pairs: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def all(self, name: str) -> tuple[str, ...]:
        """Everything said under `name`."""
        return next((values for key, values in self.pairs if key == name), ())

    def one(self, name: str) -> str:
        """What is said under `name`, "" where nothing is."""
        return next(iter(self.all(name)), "")

    def others(self) -> Pairs:
        """The facts that have no role."""
        return ((key, values) for key, values in self.pairs if key not in ROLES and key != "weeks")

    @property
    def days(self) -> int | None:
        """How many days: said, or counted from weeks or from two dates."""
        said = self.one("days")
        weeks = self.one("weeks") or (said if re.search(r"week|أسابيع|أسبوع", said) else "")
        for text, factor in ((weeks, _WEEK), (said, 1)):
            count = self._count(text)
            if count:
                return count * factor
        try:
            first, last = (date.fromisoformat(self.one(name)) for name in ("dates", "end"))
        except ValueError:
            return None
        return (last - first).days + 1 if last >= first else None

    @property
    def travellers(self) -> int | None:
        """How many people, where a number is said."""
        return self._count(self.one("travellers"))

    @property
    def amount(self) -> Decimal | None:
        """The budget, without its currency."""
        return number(self.one("budget"))

    @property
    def currency(self) -> str:
        """The currency as it is written, "" where none is."""
        match = re.search(rf"{_CURRENCY}(?!\w)|[$€£]", self.one("budget"), re.I)
        return self.one("currency") or (match.group() if match else "")

    @property
    def interests(self) -> tuple[str, ...]:
        """The interests, a list in one sentence taken apart."""
        said = self.all("interests")
        return split_list(said[0]) if len(said) == 1 else said

    @staticmethod
    def _count(text: str) -> int | None:
        match = re.search(_COUNT, text, re.I)
        return whole(match.group("n")) if match else None


def speaks_of_trip(text: str) -> bool:
    """`text` has a word of travelling."""
    return _TRIP.search(text) is not None


def said_in(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The facts that a request makes in plain sentences."""
    for role, patterns in _SAID.items():
        match = next((m for m in (p.search(text) for p in patterns) if m), None)
        if match and (role not in ("origin", "destination") or speaks_of_trip(text)):
            yield role, (match.group("n" if "n" in match.groupdict() else 1).strip(),)


def lines_of(text: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The facts on lines of their own: `Destination: Lisbon`, in the user's words or our frames."""
    for line in text.split("\n"):
        plain = unmarked(line)
        pair = _PAIR.fullmatch(plain)
        if pair and (role := role_of(pair.group(1))):
            yield role, (pair.group(2).strip(),)
        for role, name in _LINES.items():
            if slots := FRAMES[name].slots(plain):
                yield role, slots
        if line.strip().startswith("**"):
            yield from _title(plain)


def _title(heading: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Where and how long, from a heading such as `Where to stay: Lisbon, 5 days`."""
    for name in _TITLED:
        for title in FRAMES[name].slots(heading) or ():
            *places, last = re.split(r"[,،]\s", title)
            is_span = re.search(r"\bdays?$|يوم|أيام", last)
            span = Facts((("days", (last,)),)).days if is_span else None
            yield "destination", (places[0] if places else "" if span else last,)
            yield "days", (str(span or ""),)


def together(*groups: Pairs) -> Facts:
    """One `Facts` of many; what comes first counts."""
    found: dict[str, tuple[str, ...]] = {}
    for group in groups:
        for key, values in group:
            if any(values):
                found.setdefault(key, values)
    return Facts(tuple(found.items()))
