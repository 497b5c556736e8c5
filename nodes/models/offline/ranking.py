"""Which sentences of a text matter most: TextRank over TF-IDF, without repeats."""

import math
import re
from collections import Counter
from collections.abc import Collection, Sequence

from nodes.models.offline.words import FIGURE, content

LIMIT = 400  # sentences; ranking is quadratic
_ROUNDS = 25
_DAMPING = 0.85
_NEAR = 0.85  # share of common words from which two lines say the same
_NEGATION = re.compile(
    r"\b(?:not?|never|without|cannot|لا|لم|لن|ليس|ليست|غير|بدون|دون)\b|n['’]t\b", re.I
)

Matrix = list[list[float]]


def _similarities(bags: Sequence[Counter[str]]) -> Matrix:
    frequency = Counter(word for bag in bags for word in bag)
    rarity = {word: math.log(1 + len(bags) / count) for word, count in frequency.items()}
    vectors = [{w: (1 + math.log(c)) * rarity[w] for w, c in bag.items()} for bag in bags]
    norms = [math.sqrt(sum(x * x for x in vector.values())) or 1.0 for vector in vectors]
    matrix = [[0.0] * len(bags) for _ in bags]
    for i, left in enumerate(vectors):
        for j in range(i):
            right = vectors[j]
            common = sum(x * right[w] for w, x in left.items() if w in right)
            matrix[i][j] = matrix[j][i] = common / (norms[i] * norms[j])
    return matrix


def _centrality(matrix: Matrix) -> list[float]:
    """PageRank of each sentence, the highest being 1."""
    size = len(matrix)
    shares = []
    for row in matrix:
        total = sum(row) or 1.0
        shares.append([x / total for x in row])
    columns = list(zip(*shares, strict=True))
    rank = [1 / size] * size
    for _ in range(_ROUNDS):
        rank = [
            (1 - _DAMPING) / size + _DAMPING * sum(map(float.__mul__, column, rank))
            for column in columns
        ]
    return [x / max(rank) for x in rank]


def summarise(found: Sequence[str], most: int, about: Collection[str] = ()) -> list[str]:
    """The `most` telling sentences of `found`, in their order; `about` are words asked for."""
    found = unique(found)[:LIMIT]
    if len(found) <= most:
        return found
    bags = [Counter(content(sentence)) for sentence in found]
    matrix = _similarities(bags)
    wanted = set(about)
    score = [
        rank
        + 0.18 / (1 + i)
        + (0.12 if FIGURE.search(found[i]) else 0.0)
        + 0.6 * len(wanted & set(bags[i])) / (len(wanted) or 1)
        for i, rank in enumerate(_centrality(matrix))
    ]
    chosen: list[int] = []
    repeats = [0.0] * len(found)
    while len(chosen) < most:
        left = (i for i in range(len(found)) if i not in chosen)
        best = max(left, key=lambda i: 0.75 * score[i] - 0.25 * repeats[i])
        chosen.append(best)
        repeats = [max(r, matrix[best][i]) for i, r in enumerate(repeats)]
    return [found[i] for i in sorted(chosen)]


def matching(found: Sequence[str], about: Collection[str], most: int) -> list[str]:
    """The at most `most` sentences with most of the words `about`, best first; none without any."""
    wanted = set(about)
    scored = [(len(wanted & set(content(sentence))), sentence) for sentence in unique(found)]
    best = sorted((pair for pair in scored if pair[0]), key=lambda pair: -pair[0])
    return [sentence for _, sentence in best[:most]]


def closest(found: Sequence[str], about: Collection[str]) -> list[str]:
    """The at most two sentences that share the most words with `about`."""
    best = matching(found, about, 2)
    wanted = set(about)
    shared = [len(wanted & set(content(sentence))) for sentence in best]
    return [sentence for sentence, count in zip(best, shared, strict=True) if count == shared[0]]


def _signature(line: str) -> tuple[frozenset[str], tuple[str, ...]]:
    exact = FIGURE.findall(line) + [word.lower() for word in _NEGATION.findall(line)]
    return frozenset(content(line)), tuple(sorted(exact))


class Seen:
    """Remembers lines, and knows one that nearly repeats another: same figures, same negations."""

    def __init__(self) -> None:
        self._words: dict[tuple[str, ...], list[frozenset[str]]] = {}
        self._lines: set[str] = set()

    def knows(self, line: str) -> bool:
        """Whether `line` says nothing new."""
        words, figures = _signature(line)
        peers = self._words.get(figures, ())
        return line in self._lines or (
            bool(words) and any(len(words & o) >= _NEAR * len(words | o) for o in peers)
        )

    def add(self, line: str) -> bool:
        """Whether `line` was new; from now on it is known."""
        known = self.knows(line)
        words, figures = _signature(line)
        self._words.setdefault(figures, []).append(words)
        self._lines.add(line)
        return not known


def unique(lines: Sequence[str]) -> list[str]:
    """`lines` without those that nearly say what an earlier one says."""
    seen = Seen()
    return [line for line in lines if seen.add(line)]
