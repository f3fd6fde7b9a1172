"""Recall, precision and nDCG, and the plain ranking ours is held against."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from indexer.language.analysis import GAP, words


@dataclass(frozen=True, slots=True)
class Share:
    """What was found of what is right."""

    right: int = 0
    found: int = 0
    wanted: int = 0

    def __add__(self, other: Share) -> Share:
        return Share(self.right + other.right, self.found + other.found, self.wanted + other.wanted)

    @property
    def recall(self) -> float:
        """Of the records wanted, the share that was found."""
        return self.right / self.wanted if self.wanted else 1.0

    @property
    def precision(self) -> float:
        """Of the records found, the share that was wanted."""
        return self.right / self.found if self.found else 1.0


def share(found: AbstractSet[str], wanted: AbstractSet[str]) -> Share:
    """The answer *found* to a question that wants *wanted*."""
    return Share(len(found & wanted), len(found), len(wanted))


def ndcg(ranked: Sequence[str], grades: Mapping[str, int], depth: int = 10) -> float:
    """nDCG of the first *depth*, gain 2^grade - 1, discount log2 of the place plus one."""
    best = _gain(sorted(grades.values(), reverse=True)[:depth])
    return _gain([grades.get(uid, 0) for uid in ranked[:depth]]) / best if best else 1.0


def _gain(row: Iterable[int]) -> float:
    return sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(row))


class Bm25:
    """Plain BM25 (k1 = 1.2, b = 0.75) over character bigrams of title and text together, any of them sufficing."""

    def __init__(self, texts: Mapping[str, str], *, k1: float = 1.2, b: float = 0.75) -> None:
        self._k1, self._b = k1, b
        self._times: dict[str, dict[str, int]] = defaultdict(dict)
        self._lengths: dict[str, int] = {}
        for uid, text in texts.items():
            terms = bigrams(text)
            self._lengths[uid] = len(terms)
            for term, times in Counter(terms).items():
                self._times[term][uid] = times
        self._mean = sum(self._lengths.values()) / max(1, len(self._lengths))

    def ranked(self, question: str) -> list[str]:
        """The records that share a term with *question*, best first; equal ones by uid."""
        scores: Counter[str] = Counter()
        for term in dict.fromkeys(bigrams(question)):
            having = self._times.get(term, {})
            rarity = math.log(1 + (len(self._lengths) - len(having) + 0.5) / (len(having) + 0.5))
            for uid, times in having.items():
                scores[uid] += rarity * times * (self._k1 + 1) / (times + self._stretch(uid))  # type: ignore[assignment]
        return sorted(scores, key=lambda uid: (-scores[uid], uid))

    def _stretch(self, uid: str) -> float:
        return self._k1 * (1 - self._b + self._b * self._lengths[uid] / self._mean)


def bigrams(text: str) -> list[str]:
    """The bigrams of *text* and its other words, as any bigram analyser gives them: no single characters of a run."""
    row = words(text)
    return [
        term
        for at, term in enumerate(row)
        if term != GAP and not (len(term) == 1 and at and len(row[at - 1]) == 2 and row[at - 1][1] == term)
    ]
