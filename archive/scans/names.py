"""Which record a file name speaks of: reference codes as people and machines write them into names; pure.

A name is compared with every code three ways, the strictest first: letter by letter with any separators, with
numbers by their value (`1` for `001`), and with no separators at all. What does not point to one record points to none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from archive.filenames import LONGEST, portable

#: A run of digits, of Latin letters, or of other letters.
_RUN = re.compile(r"[0-9]+|[a-z]+|[^\W0-9a-z_]+")
#: What may follow a code to number its files: `_2`, `(2)`, ` p2`, `第2页`.
_PART = re.compile(r"[\W_]*(?:第|p|pg|page|图|附件)?[\W_]*([0-9]{1,4})(?![0-9])", re.IGNORECASE)
#: Bytes that a name cut by `archive.filenames` has at least, its ending and number put aside.
_CUT = LONGEST - 20


def folded(text: str) -> str:
    """*text* in half width and small letters."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def spelt(text: str) -> str:
    """The runs of *text* as they stand, whatever separates them."""
    return " ".join(re.findall(r"[^\W_]+", folded(text)))


def counted(text: str) -> str:
    """The runs of *text*, numbers by their value."""
    runs = _RUN.findall(folded(text))
    return " ".join(run.lstrip("0") or "0" if run.isdigit() else run for run in runs)


def squashed(text: str) -> str:
    """The letters and digits of *text* alone."""
    return "".join(_RUN.findall(folded(text)))


@dataclass(frozen=True, slots=True)
class Found:
    """The one code a name speaks of, and which of its files it is (None: it does not say)."""

    code: str
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Several:
    """More than one code fits."""

    codes: tuple[str, ...]


class Codes:
    """Reference codes, to be found again in file names."""

    def __init__(self, codes: Iterable[str]) -> None:
        self._codes = list(codes)

    def find(self, stem: str) -> Found | Several | None:
        """The code that *stem*, a file name without its ending, speaks of; None if none does."""
        near = [
            hit
            for hit in (self._first(stem, self._spelt, spelt), self._first(stem, self._counted, counted))
            if hit
        ]
        hits = near or [hit for hit in (self._first(stem, self._squashed, squashed),) if hit]
        if not hits:
            return self._cut_off(stem)
        best = hits[0] if len(hits[0][0]) >= len(hits[-1][0]) else hits[-1]
        codes = {code for _, some in (hits if best is not hits[0] else [best]) for code in some}
        if len(codes) > 1:
            return Several(tuple(sorted(codes)))
        return Found(codes.pop(), _part(stem[len(best[0]) :]))

    def _first(
        self, stem: str, table: dict[str, tuple[str, ...]], key: Callable[[str], str]
    ) -> tuple[str, tuple[str, ...]] | None:
        """The longest beginning of *stem* that is a code by *key*, with all the codes it is."""
        for head in _heads(stem):
            some = table.get(key(head))
            if some and (head == stem or len(_RUN.findall(folded(head))) > 1):
                return head, some
        return None

    def _cut_off(self, stem: str) -> Found | Several | None:
        """A code too long for a file name, known by its beginning."""
        for head in _heads(stem):
            if len(head.encode()) < _CUT:
                return None
            some = tuple(code for code in self._long if portable(code, longest=1 << 12).startswith(head))
            if some:
                return Found(some[0], _part(stem[len(head) :])) if len(some) == 1 else Several(some)
        return None

    @cached_property
    def _spelt(self) -> dict[str, tuple[str, ...]]:
        return _table(self._codes, spelt)

    @cached_property
    def _counted(self) -> dict[str, tuple[str, ...]]:
        return _table(self._codes, counted)

    @cached_property
    def _squashed(self) -> dict[str, tuple[str, ...]]:
        return _table(self._codes, squashed)

    @cached_property
    def _long(self) -> list[str]:
        return [code for code in self._codes if len(code.encode()) > _CUT]


def _table(codes: Iterable[str], key: Callable[[str], str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for code in codes:
        if name := key(code):
            found[name] = (*found.get(name, ()), code)
    return found


def _heads(stem: str) -> Iterator[str]:
    """*stem*, then its beginnings up to each end of a run of letters or digits, longest first."""
    ends = [match.end() for match in _RUN.finditer(_same_length(stem))]
    yield stem
    for end in reversed(ends):
        if end < len(stem):
            yield stem[:end]


def _same_length(text: str) -> str:
    """*text* folded sign for sign, so that places in it stay the same."""
    return "".join(one if len(one := folded(sign)) == 1 else sign for sign in text)


def _part(rest: str) -> int | None:
    match = _PART.match(unicodedata.normalize("NFKC", rest))
    return int(match[1]) if match else None


def reading_order(name: str) -> tuple[object, ...]:
    """What sorts names as people count: `2` before `10`, `001` before `001_2`."""
    runs = _RUN.findall(folded(name.rpartition(".")[0] or name))
    return tuple((0, int(run), "") if run.isdigit() else (1, 0, run) for run in runs), name
