"""Codes, unit numbers, plates, telephone numbers and dates in running text: one key each, however written.

A *key* is what such a thing is compared by: `ht20190032` for HT-2019-0032, `a1203` for A座1203 and A-1203,
`13800138000` for 138 0013 8000, `d:20190514` for 2019年5月14日, `wifi` for Wi-Fi. Ordinary words have none; they are found as
words (`indexer.language.analysis`).

A unit of several numbers has two keys: `3-2-501` for 3栋2单元501 and 3-2-501, which is not 32栋501, and, as any
code, `32501` for who types it without separators.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from indexer.language import dates
from indexer.language.dates import Placed
from indexer.language.folding import normalise

#: Fewer characters are a word, not a code; more are no code that anybody types.
_LEAST, _MOST = 4, 64
#: Figures alone are a code from here on; shorter ones are amounts.
_LEAST_FIGURES = 7
_JOINERS = "-/._·"
_NOT_CODE = re.compile(r"[\W_]+")
#: Signs around a term: 《HT-2019-0032》, +86.
_EDGES = re.compile(r"\A[\W_]+|[\W_]+\Z")
_END = rf"(?![a-z0-9]|[{_JOINERS}][a-z0-9])"
_AMOUNT = r"(?! ?[年月日元万千百亿米平人户个间套台次度份件%㎡])"
_PLATE = (
    r"(?<=[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼])"
    rf"[a-z][-· .]?(?=[a-z]{{0,5}}\d)(?:[a-z0-9]{{5,6}}|[a-z0-9]{{4}}[挂学警港澳领]){_END}"
)
_BUILDING = r" ?(?:号楼|#楼?|[座栋幢塔区期]|单元)[-· ]?"
_UNIT = (
    rf"(?P<building>(?:[a-z]{{1,2}}(?:{_BUILDING}| ?[{_JOINERS}] ?| ?(?=\d))|\d{{1,3}}(?:{_BUILDING}|-)){{1,3}})"
    rf"(?:\d{{1,2}} ?[层楼] ?)?(?P<room>\d{{3,4}}[a-z]?){_END}{_AMOUNT}(?: ?[室房铺](?![a-z0-9]))?"
)
_NUMBER = (
    rf"(?:86[- ]?)?(?P<mobile>1[3-9]\d[- ]?\d{{4}}[- ]?\d{{4}}){_END}"
    rf"|0\d{{2,3}}\)?[- ]?[2-9]\d{{2,3}}[- ]?\d{{4}}{_END}"  # a telephone with its area
    rf"|\d{{4}}(?: \d{{4}}){{2,4}}(?: \d{{1,3}})?{_END}"  # an account in groups
)
_DAY = r"(?:19|20)\d\d(?: (?P<sign>[-/.]) ?|(?P<other>[-/.]) )\d{1,2} ?(?(sign)(?P=sign)|(?P=other)) ?\d{1,2}(?!\d)"
_RUN = rf"[a-z0-9]++(?:[{_JOINERS}][a-z0-9]++)*+"
_ISLAND = re.compile(_RUN)
#: What may follow the short beginning of a unit, a number or a day.
_LEADS_ON = re.compile(r" ?[号#座栋幢塔区期单]| ?[-/.·]? ?[a-z0-9]|\)[- ]?\d")
_MARKED = re.compile(
    rf"(?P<plate>{_PLATE})|(?P<unit>{_UNIT})|(?P<number>{_NUMBER})|(?P<day>{_DAY})|(?P<run>{_RUN})"
)
_ONE_PLATE = re.compile(rf"\w{_PLATE}")
_ONE_UNIT = re.compile(_UNIT)
_ONE_NUMBER = re.compile(_NUMBER)
_DECIMAL = re.compile(r"\d+\.\d+")
_PARTS = re.compile(r"[a-z]+|\d+")


@dataclass(frozen=True, slots=True)
class Key:
    """What a question's term may mean as a whole; *prefix*: every key that begins so."""

    term: str
    prefix: bool = False


def code_key(text: str) -> str:
    """A code without its separators, for comparison: K001-ZY·ZX·2025 and k001zyzx2025 are one."""
    return _NOT_CODE.sub("", normalise(text))


def keys(text: str) -> list[str]:
    """The keys of everything in *text* that has one; dates in words first, the rest in order."""
    return keys_of(normalise(text))


def keys_of(folded: str) -> list[str]:
    """`keys` of a text that is folded already."""
    return [key for key, _, _ in placed(folded)]


def code_keys(text: str) -> list[str]:
    """The keys of a field of codes, one code a line: the whole line without separators, and as a unit."""
    found: list[str] = []
    for line in text.splitlines():
        folded = normalise(line).strip()
        unit = _ONE_UNIT.fullmatch(folded)
        found += dict.fromkeys(_of_unit(unit)) if unit else filter(None, [_NOT_CODE.sub("", folded)])
    return found


@lru_cache(maxsize=1024)
def asked(text: str, prefix: bool = False) -> tuple[Key, ...]:
    """The keys that *text* as a whole may mean, any of which answers; none for ordinary words.

    A unit is asked for by its most telling key, a period by everything within it.
    """
    folded = _EDGES.sub("", normalise(text))
    if period := dates.read(folded):
        return (Key(period.key, prefix=not period.day),)
    if year := dates.year_of(folded):
        return (Key(dates.annual(year)),)
    if unit := _ONE_UNIT.fullmatch(folded):
        plain, telling = _of_unit(unit)
        return (Key(plain if _is_code(plain) and not _is_worded(unit) else telling, prefix),)
    number = _ONE_NUMBER.fullmatch(folded)
    key = _NOT_CODE.sub("", number["mobile"] or folded if number else folded)
    if not _LEAST <= len(key) <= _MOST or not (key.isascii() or any(map(str.isdigit, key))):
        return ()
    return (Key(key, prefix), *_months(key if prefix else ""))


def placed(folded: str) -> Iterator[Placed]:
    """Every key in a folded text, and where what it stands for begins and ends."""
    yield from dates.spoken(folded)
    done = 0
    for island in _ISLAND.finditer(folded):
        start, run = island.start(), island.group()
        short = len(run) < (_LEAST_FIGURES if run.isdecimal() else _LEAST)
        if start < done or (not _LEADS_ON.match(folded, island.end()) if short else run.isalpha()):
            continue
        if match := _MARKED.match(folded, start):
            done = match.end()
            yield from _of_match(match)


def _of_match(match: re.Match[str]) -> Iterator[Placed]:
    """The keys of one match of `_MARKED`."""
    kind, (start, end) = match.lastgroup, match.span()
    if kind == "run":
        yield from _of_run(match)
    elif kind == "unit":
        plain, telling = _of_unit(match)
        for key in dict.fromkeys((plain, telling) if _is_code(plain) else (telling,)):
            yield key, start, end
    elif kind == "plate":
        key = _NOT_CODE.sub("", match.group())
        yield match.string[start - 1] + key, start - 1, end
        yield key, start, end
    elif kind == "number":
        yield _NOT_CODE.sub("", match["mobile"] or match.group()), start, end
    else:
        for key, _, _ in dates.figured(match.group().replace(" ", ""), "", ""):
            yield key, start, end


def _of_run(match: re.Match[str]) -> Iterator[Placed]:
    """The keys of a run of letters, figures and separators: its dates, or itself without separators."""
    run, start, end = match.group(), match.start(), match.end()
    if run[0] in "12" and (
        row := dates.figured(run, match.string[start - 1 : start], match.string[end : end + 2])
    ):
        yield from ((key, start + first, start + last) for key, first, last in row)
        return
    if run.isalpha() or _DECIMAL.fullmatch(run):
        return
    days = [(key, start + first, start + last) for key, first, last in dates.compact(run)]
    yield from days
    key = _NOT_CODE.sub("", run)
    if _is_code(key) and not (days and len(run) == 8):
        yield key, start, end


def _of_unit(match: re.Match[str]) -> tuple[str, str]:
    """The key of a unit as of any code, and the one that keeps its numbers apart."""
    parts = _PARTS.findall(match["building"]) + _PARTS.findall(match["room"])
    telling = parts[0]
    for part in parts[1:]:
        telling += f"-{part}" if telling[-1].isdigit() and part.isdigit() else part
    return "".join(parts), telling


def _is_worded(unit: re.Match[str]) -> bool:
    """True if a unit is written with 座, 栋, 单元 or their like."""
    return any(not (sign.isascii() or sign == "·") or sign == "#" for sign in unit["building"])


def _is_code(key: str) -> bool:
    """True if a key without separators can stand for a code in running text."""
    return (_LEAST_FIGURES if key.isdecimal() else _LEAST) <= len(key) <= _MOST


def _months(key: str) -> Iterator[Key]:
    """201905* also means the days of that month."""
    if len(key) == 6 and key.isdecimal() and (period := dates.Period.of(key[:4], key[4:])):
        yield Key(period.key, prefix=True)
