"""Key phrases: the longest frequent runs of content words of a text."""

import re
from collections import Counter

from nodes.models.offline.lexicon import CURRENCIES, NUMBERS, VERBS
from nodes.models.offline.words import is_asking, is_stop, normal, without_and

_CLAUSE = re.compile(r"""[.,;:!?؟،؛()\[\]{}\n"“”«»*|/÷×=–—·]+""")
_WORD = re.compile(r"[\w'’\-]+")
_PAST = re.compile(r"\w{3}[^e\W]ed$")  # English verbs: "replaced", not "speed" or "red"
_LONGEST = 3
_NAMELESS = frozenset(NUMBERS) | VERBS | {currency.strip("?").lower() for currency in CURRENCIES}


def _runs(clause: str) -> list[list[str]]:
    """Neighbouring content words; an "and" in Arabic begins a new run, as it does in English."""
    runs: list[list[str]] = [[]]
    end = 0
    for match in _WORD.finditer(clause):
        bare = without_and(match.group())
        if bare != match.group() or clause[end : match.start()].strip():
            runs.append([])
        end = match.end()
        if not _names_something(bare):
            runs.append([])
        else:
            runs[-1].append(bare)
    return [run for run in runs if run]


def _names_something(word: str) -> bool:
    is_nameless = word.isdecimal() or word.lower() in _NAMELESS or _PAST.search(word)
    return not (is_nameless or is_stop(word) or is_asking(word))


def _candidates(text: str) -> tuple[Counter[str], dict[str, str]]:
    """How much each phrase weighs, and how it is first written, both by its normal form."""
    weight: Counter[str] = Counter()
    written: dict[str, str] = {}
    for clause in _CLAUSE.split(text):
        for run in _runs(clause):
            for start in range(len(run)):
                for size in range(min(_LONGEST, len(run) - start), 0, -1):
                    words = run[start : start + size]
                    key = " ".join(map(normal, words))
                    written.setdefault(key, " ".join(words))
                    weight[key] += size if size < _LONGEST else 2
    return weight, written


def key_phrases(text: str, most: int = 6) -> list[str]:
    """At most `most` phrases, heaviest first, as first written; no two share a word."""
    weight, written = _candidates(text)
    chosen: list[str] = []
    order = {key: place for place, key in enumerate(written)}
    for key in sorted(weight, key=lambda key: (-weight[key], -len(key.split()), order[key])):
        words = set(key.split())
        if not any(words & set(other.split()) for other in chosen):
            chosen.append(key)
        if len(chosen) == most:
            break
    return [written[key] for key in chosen]
