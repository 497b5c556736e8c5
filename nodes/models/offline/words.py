"""Words, languages and sentences of a text, in English and Arabic."""

# ruff: noqa: RUF001  Arabic letters and signs are data here

import re
import unicodedata
from typing import Literal

from nodes.models.offline.lexicon import INSTRUCTIONS, NUMBERS, ROOT_WAW, STOP

Language = Literal["en", "ar"]

WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
PIECE = re.compile(r"\s*\S+")
BULLET = re.compile(r"^[ \t]*(?:[-*•–—]|\d{1,3}[.)]|#{1,6})[ \t]+")
QUOTED = re.compile(r"""["'“«]([^"'”»\n]{1,200})["'”»]""")
FIGURE = re.compile(r"\d(?:[\d.,٬٫]*\d)?")

_TITLES = "".join(
    rf"(?<!\b{title}\.)" for title in ("Dr", "Mr", "Ms", "Mrs", "St", "vs", "e.g", "i.e")
)
_SENTENCE_END = re.compile(rf"(?<=[.!?؟…۔]){_TITLES}\s+(?=\S)|\n+")
_ARABIC = re.compile("[\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff]")  # letters
_MARKS = re.compile("[\u064b-\u0652\u0640\u200e\u200f\u061c\u2066-\u2069]")
_ALEF = str.maketrans("إأآٱىة", "اااايه")
_CLITIC = re.compile("^(?:وال|ولل|وبال|فال|بال|كال|لل|ال)(?=.{3})")
_ENDING_AR = re.compile("(?:ها|ات|ون|ين|ان|يه|ه)$")
_ENDING_EN = re.compile("(?:ies|ing|ed|es|s|ly)$")
_STEM = 4  # words this short keep their ending
_ARABIC_SHARE = 0.25
_SHORTEST: dict[Language, int] = {"ar": 3, "en": 4}  # words a sentence has at least


def language(text: str) -> Language:
    """Arabic where more than a quarter of the letters are, else English."""
    letters = sum(map(str.isalpha, text))
    return "ar" if len(_ARABIC.findall(text)) > letters * _ARABIC_SHARE else "en"


def without_and(word: str) -> str:
    """The Arabic `word` without the particle "and" that is written onto it."""
    bare = word[1:]
    if not word.startswith("و") or word in ROOT_WAW or len(bare) < _STEM:
        return word
    return bare


def normal(word: str) -> str:
    """A form in which inflections of one word are mostly equal; never printed."""
    word = _MARKS.sub("", unicodedata.normalize("NFKC", word.lower()))
    if not _ARABIC.match(word):
        return _ENDING_EN.sub("", word) if len(word) > _STEM else word
    word = _CLITIC.sub("", without_and(word).translate(_ALEF))
    return _ENDING_AR.sub("", word) if len(word) > _STEM else word


_STOP = frozenset(normal(word) for word in STOP)
_ASKING = frozenset(normal(word) for word in INSTRUCTIONS)


def is_stop(word: str) -> bool:
    """`word` carries no content of its own."""
    return len(word) == 1 or word.lower() in STOP or normal(word) in _STOP


def is_asking(word: str) -> bool:
    """`word` tells the model what to do."""
    return normal(word) in _ASKING


def content(text: str) -> list[str]:
    """The words of `text` that carry content, normalised, in order."""
    return [normal(word) for word in WORD.findall(text) if not is_stop(word)]


def subject(text: str) -> list[str]:
    """The words of a request that say what it is about."""
    return [word for word in content(text) if word not in _ASKING]


def sentences(text: str) -> list[str]:
    """The sentences of `text` as they stand there, without list marks; fragments are left out."""
    found = []
    for line in text.split("\n"):
        for piece in _SENTENCE_END.split(BULLET.sub("", line)):
            sentence = piece.strip()
            if len(sentence.split()) >= _SHORTEST[language(sentence)]:
                found.append(sentence)
    return found


def whole(figure: str) -> int | None:
    """The number that `figure` (digits of any script, or a word up to ten) stands for."""
    if figure.isdecimal():
        return int(figure)
    return NUMBERS.get(figure.lower())
