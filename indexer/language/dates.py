"""Days, months and years as people write them, and the one key that each has however it is written.

2019-05-14, 2019.5.14, 2019/5/14, 20190514, 2019年5月14日, 二〇一九年五月十四日, May 14, 2019: all one day.
Only days of the calendar count, from 1900 to 2099. Text is taken as folded (`indexer.language.folding`).
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from indexer.language.folding import normalise

_VALUES = str.maketrans(
    "o〇○◯零一壹二贰三叁四肆五伍六陆七柒八捌九玖拾", "00000112233445566778899十", ""
) | str.maketrans({"廿": "2十", "卅": "3十"})
_FIGURES = "0-9o〇○◯零一壹二贰三叁四肆五伍六陆七柒八捌九玖"
_B = r"[^\S\t]{0,2}"  # blanks, or the end of a line
_YEAR = rf"[1一壹2二贰][9九玖0o〇○◯零][{_FIGURES}]{{2}}"
_NUMBER = rf"[{_FIGURES}十拾廿卅]{{1,4}}"
#: The 14 of 14日, of 14、15日 and of 14-16日; of 14号, but not of 14号楼.
_DAY_WORD = rf"(?:{_B}日|{_B}号(?![楼栋幢座房室单铺机门院])|(?=[-~至到、,和及]{{1,2}}\d{{1,2}}[日号]))"
_CHINESE = re.compile(
    rf"({_YEAR}){_B}年"
    rf"(?:(度)|{_B}({_NUMBER}){_B}月(?:{_B}({_NUMBER}){_DAY_WORD})?)?"
)
_FIGURES_BEFORE = frozenset("0123456789〇○零一二三四五六七八九")
_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_HINT = re.compile("jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec")
#: 14 May 2019, 14-May-2019, 14th of May, 2019; May 14, 2019; May 2019.
_ENGLISH = re.compile(
    r"(?<![a-z0-9])(?:(\d{1,2})(?:st|nd|rd|th)?(?: of)?[ -])?"
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
    r"(?:[ -](\d{1,2})(?:st|nd|rd|th)?(?!\d))?(?:, ?|[ -])((?:19|20)\d\d)(?![a-z0-9])"
)
_PIECE = r"((?:19|20)\d\d)([-/._·])(\d{1,2})(?:\2(\d{1,2}))?(?!\d)"
#: One date, or several in a row: 2019.5.14-2020.5.13.
_ROW = re.compile(rf"(?:{_PIECE}(?:[-/]|t\d\d$|$))+")
_ONE = re.compile(_PIECE)
_COMPACT = re.compile(r"(?<!\d)((?:19|20)\d\d)(\d\d)(\d\d)(?!\d)")
#: What a month in figures must not stand before: 2019-05号 is a number, 2019.05元 an amount.
_NO_MONTH = {
    "-": re.compile(r" ?[号期次份%元万]"),
    "/": re.compile(r" ?[号期次份%元万]"),
    ".": re.compile(r" ?[%°‰]| ?(?![至到起止前后以间内])\w"),
}

_SPACED = re.compile(r"(?<=\d) ?([-/.]) ?(?=\d)")

#: A key, and where in a text it stands.
Placed = tuple[str, int, int]


class Period(NamedTuple):
    """A year, a month of it, or a day of that; 0: the whole of it."""

    year: int
    month: int = 0
    day: int = 0

    @classmethod
    @lru_cache(maxsize=4096)
    def of(cls, year: str, month: str | None = None, day: str | None = None) -> Period | None:
        """The period that these figures mean; None if the calendar has none such."""
        period = cls(_value(year), _value(month) if month else 0, _value(day) if day else 0)
        if not 1900 <= period.year <= 2099 or (month and not 1 <= period.month <= 12):
            return None
        return None if day and not 1 <= period.day <= _days(period.year, period.month) else period

    @property
    def key(self) -> str:
        """`d:2019`, `d:201905` or `d:20190514`: what lies within a period begins with its key."""
        if self.day:
            return f"d:{self.year}{self.month:02}{self.day:02}"
        return f"d:{self.year}{self.month:02}" if self.month else f"d:{self.year}"

    @property
    def first(self) -> str:
        """The first day, ISO."""
        return f"{self.year}-{self.month or 1:02}-{self.day or 1:02}"

    @property
    def last(self) -> str:
        """The last day, ISO."""
        month = self.month or 12
        return f"{self.year}-{month:02}-{self.day or _days(self.year, month):02}"


def annual(year: int) -> str:
    """The key of 2019年度, which is no day of 2019."""
    return f"y:{year}"


def spoken(folded: str) -> Iterator[Placed]:
    """The keys of dates written in words, with 年 or with English months."""
    if "年" in folded:
        for match in _CHINESE.finditer(folded):
            start, end = match.span()
            year, whole, month, day = match.groups()
            period = Period.of(year, month, day)
            if period and not (start and folded[start - 1] in _FIGURES_BEFORE):
                yield period.key, start, end
                if whole:
                    yield annual(period.year), start, end
    if _HINT.search(folded):
        for match in _ENGLISH.finditer(folded):
            if period := _english(match):
                yield period.key, *match.span()


def figured(run: str, before: str, after: str) -> list[Placed]:
    """The keys of a run of figures and separators that is wholly dates; *before*, *after*: the characters around it.

    A lone month needs two figures (2019-05) and surroundings that do not make an amount or a number of it.
    """
    if not _ROW.fullmatch(run):
        return []
    pieces = list(_ONE.finditer(run))
    periods = [Period.of(piece[1], piece[3], piece[4]) for piece in pieces]
    if any(piece[4] is None and piece[2] not in _NO_MONTH for piece in pieces):
        return []
    lone = len(pieces) == 1 and pieces[0][4] is None
    if lone and (len(run) != 7 or before in {"¥", "$", "第"} or _NO_MONTH[run[4]].match(after)):
        return []
    found = [(period.key, *piece.span()) for period, piece in zip(periods, pieces, strict=True) if period]
    return found if len(found) == len(pieces) else []


def compact(run: str) -> Iterator[Placed]:
    """The keys of days in eight figures, within a code as well: HT-20190514-003."""
    for match in _COMPACT.finditer(run):
        if period := Period.of(*match.groups()):
            yield period.key, *match.span()


def read(text: str) -> Period | None:
    """The period that *text* as a whole means, leniently: 2019.5, 2019/5/14, 2019年5月; a bare year is none."""
    folded = _SPACED.sub(r"\1", normalise(text).strip())
    if match := _ONE.fullmatch(folded) or _COMPACT.fullmatch(folded):
        year, month, day = match[1], match[match.re.groups - 1], match[match.re.groups]
        return Period.of(year, month, day)
    if (match := _CHINESE.fullmatch(folded.removesuffix("份"))) and not match[2]:
        return Period.of(match[1], match[3], match[4])
    if match := _ENGLISH.fullmatch(folded):
        return _english(match)
    return None


def year_of(text: str) -> int | None:
    """The year of 2019年度; None for any other text."""
    match = _CHINESE.fullmatch(normalise(text).strip())
    return _value(match[1]) if match and match[2] else None


# --- ranges ----------------------------------------------------------------------------------

_BETWEEN = re.compile(r"\s*(?:\.{2,}|~|至|到)\s*")
_YEARS = re.compile(r"((?:19|20)\d\d)-((?:19|20)\d\d)")
_SHORT = re.compile(r"((?:19|20)\d\d)(\d\d)?")


def day_range(text: str) -> tuple[str | None, str | None] | None:
    """The first and last day (ISO, both included; None: open) that *text* means as a date or a range of dates.

    2024, 2024-03, 2024年3月5日, 二〇二五年三月, 2024..2025, 2024-01-05.., ..2025, 2024至2025; None if it is no
    date or ends before it begins.
    """
    folded = normalise(text).strip()
    least, found, most = _split(folded)
    begins, ends = _bound(least), _bound(most)
    if (least and begins is None) or (most and ends is None) or not (begins or ends):
        return None
    if begins and ends and begins.first > ends.last:
        return None
    last = ends if found else begins
    return begins.first if begins else None, last.last if last else None


def _split(folded: str) -> tuple[str, bool, str]:
    """What stands before and after the sign of a range, and whether there is one."""
    if years := _YEARS.fullmatch(folded):
        return years[1], True, years[2]
    least, *rest = _BETWEEN.split(folded, maxsplit=1)
    return least, bool(rest), rest[0] if rest else ""


def _bound(text: str) -> Period | None:
    """One side of a range: also a bare year, a month in six figures, and 2024年度."""
    if match := _SHORT.fullmatch(text):
        return Period.of(match[1], match[2])
    return read(text.removesuffix("度"))


def _english(match: re.Match[str]) -> Period | None:
    before, name, after, year = match.groups()
    if before and after:
        return None
    return Period.of(year, str(_MONTHS.index(name[:3]) + 1), before or after)


def _value(figures: str) -> int:
    """A number in Arabic or Chinese figures; 0 if it is none."""
    if figures.isdecimal():
        return int(figures)
    plain = figures.translate(_VALUES)
    tens, ten, ones = plain.partition("十")
    if not ten:
        return int(plain)
    return int(tens or 1) * 10 + int(ones or 0) if "十" not in ones else 0


def _days(year: int, month: int) -> int:
    """How many days a month has."""
    return 29 if month == 2 and calendar.isleap(year) else _LENGTHS[month - 1]
