"""The mapping of a list: which kind it is, which row heads it, which column is which, what stands above.

Guessed from what offices write, shown to the person, corrected by him, kept as a profile. Pure.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

from archive.errors import ColumnLacking, ColumnUnknown, HeadingsUnclear, HeadingUnknown, KindUnclear
from archive.exchange import SheetKind
from archive.sheets.kinds import ABOVE, TABLE, ColumnRule, SheetRule
from archive.sheets.rows import Row
from archive.words import Language, knows, say

#: Rows looked at for the heading.
LOOKED = 30
#: Columns that must be understood before a row counts as a heading.
LEAST = 2
#: What a heading adds to a kind that a title above names.
_NAMED = 3.0
_TRADITIONAL = str.maketrans(
    "號檔題備註頁數責級單戶電話閱發記錄編門業買機構員間時額標內關當實還經辦處應費價稱類別歸書歷國際總開層樓棟號區積",
    "号档题备注页数责级单户电话阅发记录编门业买机构员间时额标内关当实还经办处应费价称类别归书历国际总开层楼栋号区积",
)
_ASIDE = re.compile(r"[(\[【][^)\]】]*[)\]】]")
_YEAR = re.compile(r"(?<!\d)((?:19|20)\d\d)\s*年?度")


@dataclass(frozen=True, slots=True)
class Layout:
    """How one list is read: kind, rows of the heading, columns by name, what stands above, what was not understood.

    `header_row` is the last row of the heading; `sure` is a percentage; `headings` are the texts by column.
    """

    kind: SheetKind
    header_row: int
    columns: Mapping[str, int]
    titles: Mapping[str, str] = field(default_factory=dict)
    headings: Mapping[int, str] = field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    sure: int = 100

    @property
    def rule(self) -> SheetRule:
        """The table of its kind."""
        return TABLE[self.kind]


@dataclass(frozen=True, slots=True)
class Corrections:
    """What a person, or a profile, says about the mapping: our name of a column (or its label) -> the list's heading."""

    kind: SheetKind | None = None
    header_row: int | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Try:
    """One row, or two, tried as the heading of one kind."""

    rule: SheetRule
    row: int
    first_row: int
    headings: Mapping[int, str]
    columns: Mapping[str, int]
    score: float


def folded(text: str) -> str:
    """A heading without what offices vary: width, blanks, brackets and their content, colons, traditional signs."""
    text = unicodedata.normalize("NFKC", text).translate(_TRADITIONAL)
    text = "".join(text.split()).strip("*:#.、,;").lower()
    return _ASIDE.sub("", text) or text


@cache
def _known(kind: SheetKind) -> Mapping[str, str]:
    """Every way to head a column of *kind* -> its name; the first column that claims a heading has it."""
    found: dict[str, str] = {}
    for rule in TABLE[kind].columns:
        for heading in rule.headings:
            found.setdefault(folded(heading), rule.name)
    for rule in TABLE[kind].columns:
        for name in _labels(rule.name):
            found.setdefault(folded(name), rule.name)
    return found


def _labels(name: str) -> Iterator[str]:
    """The names we give a column ourselves: our own lists come back."""
    yield name
    for language in Language:
        keys = (f"sheet-column.{name}", f"field.{name}", f"column.{name}")
        yield from (say(key, language) for key in keys if knows(key, language))


def column_named(kind: SheetKind, text: str) -> ColumnRule:
    """The column called *text*, by name, label or usual heading; raises `ColumnUnknown`."""
    rule = TABLE[kind].column(text) or TABLE[kind].column(_known(kind).get(folded(text), ""))
    if rule is None:
        raise ColumnUnknown(column=text, kind=kind, known=[one.headings[0] for one in TABLE[kind].columns])
    return rule


def guess(
    rows: Sequence[Row], kind: SheetKind | None = None, *, named: str = "", said: Corrections | None = None
) -> Layout:
    """The mapping of a list that begins with *rows*; *named* is what the file and the sheet are called.

    Raises `HeadingsUnclear`, `KindUnclear`, `ColumnLacking`, `HeadingUnknown`, `ColumnUnknown`.
    """
    said = said or Corrections(kind=kind)
    kind = said.kind or kind
    looked = (
        [row for row in rows if row.number <= said.header_row] if said.header_row else list(rows[:LOOKED])
    )
    tries = sorted(_tries(looked, kind, named, said), key=lambda one: -one.score)
    if not tries:
        raise HeadingsUnclear(kind=kind or "—", looked=len(looked), nearest=_widest(looked))
    best = tries[0]
    rivals = {one.rule.kind for one in tries if one.score == best.score and one.row == best.row}
    if len(rivals) > 1:
        raise KindUnclear(kinds=sorted(rivals))
    layout = _layout(best, looked)
    _complete(layout)
    return layout


def _tries(rows: Sequence[Row], kind: SheetKind | None, named: str, said: Corrections) -> Iterator[_Try]:
    """Every row tried as the heading of every kind; raises `HeadingUnknown`, `ColumnUnknown` if a correction fits none of them."""
    missed: list[tuple[float, HeadingUnknown | ColumnUnknown]] = []
    fits = False
    for rule in [TABLE[kind]] if kind else list(TABLE.values()):
        for at, row in enumerate(rows):
            if said.header_row is not None and row.number != said.header_row:
                continue
            for first, headings in _headings(rule.kind, rows, at):
                columns, worth = _matched(rule.kind, headings)
                try:
                    columns = _corrected(rule.kind, headings, columns, said)
                except (
                    HeadingUnknown,
                    ColumnUnknown,
                ) as unknown:  # another row, another kind may well have it
                    missed.append((worth, unknown))
                    continue
                if len(columns) >= min(LEAST, len(headings)) or said.header_row is not None:
                    fits = True
                    marks = len(columns.keys() & set(rule.marks)) / 2
                    score = (
                        worth
                        + marks
                        + _bonus(rule, rows[:at], named)
                        - 2 * _lacking(rule, columns)
                        - at / 100
                    )
                    yield _Try(rule, row.number, first, headings, columns, score)
    if missed and not fits:
        raise max(missed, key=lambda one: one[0])[1]


def _bonus(rule: SheetRule, above: Sequence[Row], named: str) -> float:
    told = folded(" ".join([named, *(text for row in above for text in _texts(row).values())]))
    return _NAMED if any(title in told for title in rule.titles) else 0.0


def _lacking(rule: SheetRule, columns: Mapping[str, int]) -> int:
    return sum(not any(name in columns for name in names) for names in needed(rule))


def _headings(kind: SheetKind, rows: Sequence[Row], at: int) -> Iterator[tuple[int, Mapping[int, str]]]:
    """The texts of a row as a heading, by itself and, where the row above is one too, together with it."""
    low = _texts(rows[at])
    yield rows[at].number, low
    if at and rows[at - 1].number == rows[at].number - 1:
        high = _texts(rows[at - 1])
        if len(high) >= LEAST and not any(":" in folded(text) for text in high.values()):
            yield rows[at - 1].number, _together(_known(kind), high, low)


def _together(known: Mapping[str, str], high: Mapping[int, str], low: Mapping[int, str]) -> Mapping[int, str]:
    """Two rows of heading as one: what stands above holds for the columns under it until the next begins."""
    found: dict[int, str] = {}
    over = ""
    for at in range(max([*high, *low], default=-1) + 1):
        over = high.get(at, over if at in low else "")
        under = low.get(at, "")
        both = f"{over}{under}" if folded(over) != folded(under) else over
        found[at] = under if under and folded(both) not in known and folded(under) in known else both
    return {at: text for at, text in found.items() if text}


def _texts(row: Row) -> dict[int, str]:
    return {at: row.text(at) for at in range(len(row.cells)) if row.text(at)}


def _matched(kind: SheetKind, headings: Mapping[int, str]) -> tuple[dict[str, int], float]:
    """Columns understood, and how much that says: a heading known to the letter counts one, a likeness a half."""
    columns: dict[str, int] = {}
    worth = 0.0
    plain = {at: folded(text) for at, text in headings.items()}
    for alike in (False, True):
        for at, text in plain.items():
            name = _name(kind, text, alike=alike)
            if name and name not in columns and at not in columns.values():
                columns[name] = at
                worth += 0.5 if alike else 1.0
    strange = len(plain) - len(columns)
    return columns, worth - 0.25 * strange


def _name(kind: SheetKind, text: str, *, alike: bool) -> str | None:
    known = _known(kind)
    if not alike:
        return known.get(text)
    if len(text) > 16:
        return None
    inside = [one for one in known if len(one) > 1 and (one in text) and not one.isascii()]
    return known[max(inside, key=len)] if inside else None


def _corrected(
    kind: SheetKind, headings: Mapping[int, str], columns: Mapping[str, int], said: Corrections
) -> dict[str, int]:
    """*columns* as a person corrected them; `-` for a heading means that the column is not taken."""
    result = dict(columns)
    for name, heading in said.columns.items():
        rule = column_named(kind, name)
        result.pop(rule.name, None)
        if heading in {"-", ""}:
            continue
        at = _place(headings, heading)
        result = {other: place for other, place in result.items() if place != at} | {rule.name: at}
    return result


def _place(headings: Mapping[int, str], heading: str) -> int:
    """The column with this heading, or called so by its letters (`C`); raises `HeadingUnknown`."""
    wanted = folded(heading)
    for at, text in headings.items():
        if folded(text) == wanted or text == heading:
            return at
    if re.fullmatch(r"[A-Za-z]{1,2}", heading):
        at = 0
        for letter in heading.upper():
            at = at * 26 + ord(letter) - 64
        return at - 1
    raise HeadingUnknown(heading=heading, headings=list(headings.values()))


def needed(rule: SheetRule) -> list[tuple[str, ...]]:
    """What a list of this kind must have, each with what would do instead."""
    single = [(one.name,) for one in rule.columns if one.required]
    return [*single, *([rule.one_of] if rule.one_of else [])]


def _complete(layout: Layout) -> None:
    for names in needed(layout.rule):
        if not any(name in layout.columns for name in names):
            columns = [one.headings[0] for one in layout.rule.columns if one.name in names]
            raise ColumnLacking(
                kind=layout.kind,
                columns=columns,
                headings=list(layout.headings.values()) or "—",
                row=layout.header_row,
            )


def _layout(best: _Try, rows: Sequence[Row]) -> Layout:
    taken = set(best.columns.values())
    unknown = tuple(text for at, text in best.headings.items() if at not in taken)
    share = len(taken) / max(len(best.headings), 1)
    exact = sum(
        _name(best.rule.kind, folded(best.headings.get(at, "")), alike=False) is not None for at in taken
    )
    sure = round(100 * share * (0.7 + 0.3 * exact / max(len(taken), 1)))
    above = [row for row in rows if row.number < best.first_row]
    return Layout(
        best.rule.kind, best.row, best.columns, facts_above(above), best.headings, unknown, min(sure, 100)
    )


def facts_above(rows: Sequence[Row]) -> dict[str, str]:
    """What the rows above the heading say of the whole list: `档号：K001-…`, `保管期限 | 30年`, `2024年度`."""
    found: dict[str, str] = {}
    for row in rows:
        texts = list(_texts(row).values())
        for at, written in enumerate(texts):
            text = unicodedata.normalize("NFKC", written) if len(written) < 400 else ""
            for match in _fact().finditer(text):
                _noted(found, match["name"], match["told"])
            if at + 1 < len(texts) and folded(text) in _above():
                _noted(found, text, texts[at + 1])
            if (year := _YEAR.search(text)) and "year" not in found:
                found["year"] = year[1]
    return found


@cache
def _above() -> Mapping[str, str]:
    return {folded(heading): rule.name for rule in ABOVE.values() for heading in rule.headings}


@cache
def _fact() -> re.Pattern[str]:
    """A label that may stand above, a colon, and what follows up to the next label or mark."""
    label = "|".join(sorted(map(re.escape, _above()), key=len, reverse=True))
    return re.compile(rf"(?P<name>{label})\s*:\s*(?P<told>.*?)(?=\s*(?:{label})\s*:|\s{{2,}}|[,;)]|\s*$)")


def _noted(found: dict[str, str], name: str, told: str) -> None:
    column = _above().get(folded(name), "")
    if column and told.strip(" :-—_"):
        found.setdefault(column, told.strip())


def _widest(rows: Sequence[Row]) -> object:
    """The row that has most texts: what the person may have meant as the heading."""
    texts = max((list(_texts(row).values()) for row in rows), key=len, default=[])
    return [text[:20] for text in texts[:12]] or "—"


def corrected(said: Corrections, other: Corrections) -> Corrections:
    """*said* over *other*: a person over his profile."""
    return replace(
        other,
        kind=said.kind or other.kind,
        header_row=said.header_row or other.header_row,
        columns={**other.columns, **said.columns},
    )
