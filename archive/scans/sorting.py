"""Which pages of a scan belong to which record: by separator sheets, or by ranges of pages; pure.

A separator sheet begins a record and is put aside. A page that bears the code of a record without being one begins it
too, and stays: a label glued on a first page is read, and no page is ever taken for a separator by mistake.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from archive.codes import half_width
from archive.errors import BadValue
from archive.scans.fates import Why
from archive.scans.stacks import Page

_SIGNS = str.maketrans({"，": ",", "；": ";", "、": ",", "–": "-", "—": "-", "～": "-", "~": "-", "：": "="})
_INLINE = re.compile(r"([^\s=,;]+)=([0-9]{1,6})(?:-([0-9]{1,6}))?")
_ROW = re.compile(r"([^\s,;]+)\s*[,;\t]\s*([0-9]{1,6})(?:\s*[-,;\t]\s*([0-9]{1,6}))?")


@dataclass(slots=True)
class Section:
    """Pages in a row, from 1, that belong to the record *code*, or to none, and *why* not."""

    code: str | None = None
    why: Why | None = None
    numbers: list[int] = field(default_factory=list)

    @property
    def told(self) -> str:
        """The pages as `3-7`."""
        first, last = self.numbers[0], self.numbers[-1]
        return f"{first}-{last}" if first != last else f"{first}"


@dataclass(frozen=True, slots=True)
class Range:
    """The pages *first* to *last* belong to the record called *key*: its code, or its number in the volume."""

    key: str
    first: int
    last: int


def sections(
    pages: Sequence[Page], known: Callable[[str], str | None], *, keep: bool = False, begun: Section | None = None
) -> list[Section]:  # fmt: skip
    """The sections of a stack, the one that goes on from the stack before (*begun*) first, though empty.

    *known* gives the code of a record for what a QR code says, or None; with *keep* separator sheets stay.
    """
    found = [Section(begun.code, begun.why) if begun else Section(why=Why.BEFORE_FIRST)]
    for number, page in enumerate(pages, 1):
        codes = sorted({code for told in page.codes if (code := known(told)) is not None})
        if page.separator or len(codes) > 1 or (codes and codes[0] != found[-1].code):
            found.append(_begun(codes))
        if keep or not page.separator:
            found[-1].numbers.append(number)
    return found


def _begun(codes: Sequence[str]) -> Section:
    if len(codes) == 1:
        return Section(codes[0])
    return Section(why=Why.SEVERAL if codes else Why.UNKNOWN)


def ranges(text: str) -> list[Range]:
    """`001=1-3,002=4-9`, or lines of a list with number, first and last page; raises `BadValue`."""
    found = [made for line in text.splitlines() if line.strip() for made in _ranges(line.strip())]
    if not found:
        raise BadValue(field="ranges", value=text[:40] or "—", expected="001=1-3,002=4-9")
    return found


def _ranges(line: str) -> Iterator[Range]:
    told = half_width(line).translate(_SIGNS)
    matches = [_ROW.fullmatch(told)] if "=" not in told else map(_INLINE.fullmatch, _parts(told))
    for match in matches:
        if match is None:
            if not re.search(r"[0-9]\s*[-,;\t]?\s*$", told):  # the headings of a list
                return
            raise BadValue(field="ranges", value=line[:40], expected="001=1-3,002=4-9")
        first = int(match[2])
        yield Range(match[1], first, int(match[3]) if match[3] else first)


def _parts(told: str) -> list[str]:
    return [part.strip() for part in re.split(r"[,;]", told) if part.strip()]


def cut(total: int, wanted: Iterable[Range]) -> list[Section]:
    """Sections for a stack of *total* pages by ranges, what they leave over apart; raises `BadValue`."""
    found: list[Section] = []
    reached = 0
    for one in sorted(wanted, key=lambda one: one.first):
        if not reached < one.first <= one.last <= total:
            raise BadValue(
                field="ranges", value=f"{one.key}={one.first}-{one.last}", expected=f"{reached + 1}–{total}"
            )
        found += _left_over(reached, one.first - 1)
        found.append(Section(one.key, None, list(range(one.first, one.last + 1))))
        reached = one.last
    return [*found, *_left_over(reached, total)]


def _left_over(after: int, last: int) -> list[Section]:
    return [Section(None, Why.LEFT_OVER, list(range(after + 1, last + 1)))] if last > after else []
