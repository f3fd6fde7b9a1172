"""The words of new documents, gathered text by text and put in order all at once, by arithmetic.

A term is a number that sorts as its name: its first character, then, of a pair, the second, of a word its
place among the words that begin so. No word begins with a character that begins pairs.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from indexer.embedded.postings import DOCUMENT, Numbers, Postings
from indexer.language.analysis import NONE, Pieces

#: Bits of a character; as many, or more where there are very many words, hold what comes second in a term.
_CHARACTER = 21


class _Numbered(dict[str, int]):
    """Words numbered as they come."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


class Gathering:
    """The words of one field of the documents being added."""

    def __init__(self) -> None:
        self._numbers = _Numbered()
        self._words, self._sizes, self._cells = array("I"), array("I"), array("q")
        self._runs: list[str] = []
        self._nexts: list[str] = []

    def add(self, document: int, words: Sequence[str]) -> int:
        """Take in the words of *document*, in order; returns how many they were."""
        return self.add_pieces(document, Pieces([], [], [0] * len(words), list(words)))

    def add_pieces(self, document: int, pieces: Pieces) -> int:
        """The same in pieces; returns how many words they make."""
        while len(self._cells) < document:
            self._cells.append(0)
        self._runs += pieces.runs
        self._nexts += pieces.nexts
        self._sizes.extend(pieces.sizes)
        self._words.extend(map(self._numbers.__getitem__, pieces.words))
        cells = len(pieces.words) + sum(pieces.sizes)
        self._cells.append(cells)
        return cells

    def postings(self) -> Postings:
        """Everything gathered, term by term in order of their names."""
        if len(self._cells) == 1:
            return _of_one(self._words_of_one())
        words = sorted(self._numbers)
        second = max(_CHARACTER, len(words).bit_length())
        numbers = _numbers(words, second)
        term, place = _sorted(self._terms(words, numbers, second), 64 - _CHARACTER - second)
        cells = np.frombuffer(self._cells, np.int64)
        document = np.repeat(np.arange(len(cells), dtype=DOCUMENT), cells)[place]
        new = np.ones(len(term), bool)
        new[1:] = term[1:] != term[:-1]
        names = _names(term[new], words, numbers, second)
        return _grouped(names, np.cumsum(new) - 1, document, place - (np.cumsum(cells) - cells)[document])

    def _words_of_one(self) -> Iterator[str]:
        """The words of the only document, one by one: for few words quicker than arithmetic on all."""
        runs, words, named = zip(self._runs, self._nexts, strict=True), iter(self._words), list(self._numbers)
        for size in self._sizes:
            if not size:
                yield named[next(words)]
                continue
            run, further = next(runs)
            row = run + further
            for at in range(size):
                yield row[at : at + 2].rstrip(NONE)

    def _terms(self, words: Sequence[str], numbers: Numbers, second: int) -> Numbers:
        """The number of the term at each place, document after document."""
        of_word = np.empty(len(words), np.uint64)
        of_word[[self._numbers[word] for word in words]] = numbers
        pairs = _pairs(self._runs, self._nexts, second)
        sizes = np.frombuffer(self._sizes, np.uint32).astype(np.int64)
        runs = sizes > 0
        starts = np.cumsum(np.maximum(sizes, 1)) - np.maximum(sizes, 1)
        lengths = sizes[runs]
        terms = np.empty(len(pairs) + len(self._words), np.uint64)
        terms[np.repeat(starts[runs] - (np.cumsum(lengths) - lengths), lengths) + np.arange(len(pairs))] = (
            pairs
        )
        terms[starts[~runs]] = of_word[np.frombuffer(self._words, np.uint32)]
        return terms


def _of_one(words: Iterable[str]) -> Postings:
    """The postings of one document."""
    places: dict[str, list[int]] = {}
    for position, word in enumerate(words):
        places.setdefault(word, []).append(position)
    named = sorted((word.encode("utf-8", "surrogatepass"), found) for word, found in places.items())
    times = np.array([len(found) for _, found in named], np.int64)
    return Postings(
        [name for name, _ in named],
        np.ones(len(named), np.int64),
        times,
        np.zeros(len(named), DOCUMENT),
        times,
        np.array([position for _, found in named for position in found], np.int64),
    )


def _pairs(runs: Sequence[str], nexts: Sequence[str], second: int) -> Numbers:
    """Every character of *runs* with its right neighbour; at the end of a run with what *nexts* says."""
    characters = _points("".join(runs))
    following = np.empty_like(characters)
    following[:-1] = characters[1:]
    following[np.cumsum(np.fromiter(map(len, runs), np.int64, len(runs))) - 1] = _points("".join(nexts))
    return characters << np.uint64(second) | following


def _points(text: str) -> Numbers:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), "<u4").astype(np.uint64)


def _numbers(words: Sequence[str], second: int) -> Numbers:
    """The numbers of *words*, which are in order."""
    first = _points("".join(word[0] for word in words))
    begins = np.ones(len(words), bool)
    begins[1:] = first[1:] != first[:-1]
    place = np.arange(len(words), dtype=np.uint64)
    numbers: Numbers = first << np.uint64(second) | (place - place[begins][np.cumsum(begins) - 1])
    return numbers


def _sorted(terms: Numbers, free: int) -> tuple[Numbers, Numbers]:
    """*terms* in order, equal ones as they stood, and where each stood: beside the term, if *free* bits hold that."""
    if len(terms) >> free:
        place = np.argsort(terms, kind="stable")
        return terms[place], place
    packed = terms << np.uint64(free) | np.arange(len(terms), dtype=np.uint64)
    packed.sort()
    return packed >> np.uint64(free), (packed & np.uint64((1 << free) - 1)).astype(np.int64)


def _names(terms: Numbers, words: Sequence[str], numbers: Numbers, second: int) -> list[bytes]:
    """The names of the terms with these numbers, UTF-8."""
    of_words = np.searchsorted(terms, numbers)
    both = np.empty((len(terms), 2), "<u4")
    both[:, 0], both[:, 1] = terms >> np.uint64(second), terms & np.uint64((1 << second) - 1)
    both[of_words, 1] = 0  # a place is no character
    text = both.tobytes().decode("utf-32-le", "surrogatepass")
    names = [text[at : at + 2].rstrip(NONE) for at in range(0, len(text), 2)]
    for at, word in zip(of_words.tolist(), words, strict=True):
        names[at] = word
    return [name.encode("utf-8", "surrogatepass") for name in names]


def _grouped(names: list[bytes], term: Numbers, document: Numbers, position: Numbers) -> Postings:
    """Rows of (term, document, position) in order, grouped by term and document."""
    new = np.ones(len(term), bool)
    new[1:] = (term[1:] != term[:-1]) | (document[1:] != document[:-1])
    first = np.flatnonzero(new)
    return Postings(
        names,
        np.bincount(term[first], minlength=len(names)),
        np.bincount(term, minlength=len(names)),
        document[first],
        np.diff(np.append(first, len(term))),
        position,
    )
