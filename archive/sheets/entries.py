"""The rows of a list as the archive understands them: values by name, and what could not be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

from archive.errors import ArchiveError, BadValue, CellBroken, FormulaUnreckoned
from archive.exchange import SheetKind
from archive.sheets import values
from archive.sheets.headers import Layout, folded, needed
from archive.sheets.kinds import ABOVE, ColumnRule
from archive.sheets.rows import Row
from archive.values import Level, Worded


@dataclass(frozen=True, slots=True)
class Defaults:
    """What was said for the whole list; a row that says otherwise goes its own way."""

    class_code: str | None = None
    department: str | None = None
    year: int | None = None
    premises: str | None = None
    party: str | None = None
    dossier: str | None = None
    level: Level | None = None
    period: str | None = None
    volume: str | None = None
    place: str | None = None

    def said(self) -> dict[str, object]:
        """What was said, by name."""
        told = ((one.name, getattr(self, one.name)) for one in fields(self))
        return {name: value for name, value in told if value is not None}


@dataclass(frozen=True, slots=True)
class Slip:
    """A cell that cannot be taken as it stands, why, and what was surely meant (as it should be typed) if that is certain."""

    column: str
    error: ArchiveError
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row: its number as the sheet counts, its values by column name, its slips.

    Values are `str`, `int`, `date`, `Level`, `PartyKind` or `bool`; amounts are text with two decimals; an empty cell has no value.
    What was said for the whole list, or stands above the heading, is among the values of every row.
    """

    row: int
    values: Mapping[str, object]
    slips: tuple[Slip, ...] = ()


class Aside(Worded):
    """Why a row is no entry: the heading again, a foot or a remark of the list, a number and nothing else."""

    HEADING = "HEADING"
    FOOT = "FOOT"
    BLANK = "BLANK"


#: How rows begin that sum up or sign a list.
_FOOT = re.compile(
    r"(合计|总计|共计|小计|累计|本页|制表|填表|审核|复核|立卷人|检查人|打印|编制|制作|页码|移交人|接收人|第.{1,6}页|共.{1,6}[卷件页条户份]|total)",
    re.IGNORECASE,
)
#: What a sum is headed with and nothing else, so that it is one even where it stands in the column of titles.
_SUM = frozenset({"合计", "总计", "共计", "小计", "累计", "本页合计", "本页小计", "total"})
DITTO = frozenset({"同上", "〃", "″", "''", '"', "“", "”", "ditto", "同前"})


def entries(rows: Iterable[Row], layout: Layout, defaults: Defaults | None = None) -> Iterator[Entry]:
    """The entries of a list; headings, feet and blank forms are left out."""
    return (entry for _, entry, _ in listed(rows, layout, defaults) if entry is not None)


def listed(
    rows: Iterable[Row], layout: Layout, defaults: Defaults | None = None
) -> Iterator[tuple[Row, Entry | None, Aside | None]]:
    """Every row below the heading: as an entry, or why it is none.

    Raises `BadValue` for what stands above the heading and cannot be read, unless it was said otherwise.
    """
    reader = _Reader(layout, common(layout, defaults or Defaults()))
    for row in rows:
        if row.number > layout.header_row:
            aside = reader.aside(row)
            yield (row, None, aside) if aside else (row, reader.entry(row), None)


def common(layout: Layout, defaults: Defaults) -> dict[str, object]:
    """What holds for every row: what was said, and what stands above the heading; raises `BadValue` for the latter."""
    said = defaults.said()
    above = {
        name: told
        for name, told in layout.titles.items()
        if name not in said and (name != "volume" or layout.kind is SheetKind.CONTENTS)
    }
    if defaults.period is not None:  # `--period 3年`, as a cell may say it
        above["period"] = defaults.period
    for name, told in above.items():
        try:
            said |= values.read(ABOVE[name], told)
        except values.Unsure as unsure:
            raise unsure.error from None
    return said


class _Reader:
    """Reads the rows of one list in order; what a ditto mark stands for is the cell above it."""

    def __init__(self, layout: Layout, said: Mapping[str, object]) -> None:
        rules = ((layout.rule.column(name), at) for name, at in layout.columns.items())
        self._columns: list[tuple[ColumnRule, int]] = [(rule, at) for rule, at in rules if rule is not None]
        self._said, self._needed = said, needed(layout.rule)
        self._headings = {at: folded(text) for at, text in layout.headings.items()}
        self._main = {at for rule, at in self._columns if rule.required or rule.name in layout.rule.one_of}
        self._number = layout.columns.get("number", layout.columns.get("register_no"))
        self._above: dict[int, object] = {}

    def aside(self, row: Row) -> Aside | None:
        """Why *row* is no entry, or None."""
        texts = {at: text for rule, at in self._columns if (text := row.text(at))}
        if not set(texts) - {self._number}:
            return self._lone(row)
        if (
            len(texts) > 1
            and sum(folded(text) == self._headings.get(at) for at, text in texts.items()) > len(texts) // 2
        ):
            return Aside.HEADING
        first = "".join(next(iter(sorted(texts.items())))[1].split())
        if first.rstrip(":：").casefold() in _SUM:
            return Aside.FOOT
        lacking = self._main - set(texts)
        return Aside.FOOT if _FOOT.match(first) and (lacking or len(texts) <= 2) else None

    def _lone(self, row: Row) -> Aside:
        told = "".join(row.text(at) for at in range(len(row.cells)) if at != self._number)
        return Aside.FOOT if told else Aside.BLANK

    def entry(self, row: Row) -> Entry:
        """*row* read column by column."""
        found = dict(self._said)
        slips: list[Slip] = []
        for rule, at in self._columns:
            try:
                found |= self._read(rule, at, row)
            except values.Unsure as unsure:
                slips.append(Slip(rule.name, unsure.error, unsure.suggestion))
        slips += self._missing(found, {slip.column for slip in slips})
        return Entry(row.number, found, tuple(slips))

    def _read(self, rule: ColumnRule, at: int, row: Row) -> dict[str, object]:
        if at in row.broken:
            told = row.broken[at]
            broken = CellBroken(field=rule.name, value=told) if told else FormulaUnreckoned(field=rule.name)
            raise values.Unsure(broken)
        cell = row.cell(at)
        if cell is None:
            return {}
        if isinstance(cell, str) and cell.strip() in DITTO:
            cell = self._above.get(at, cell)  # type: ignore[assignment]
        self._above[at] = cell
        return values.read(rule, cell)

    def _missing(self, found: Mapping[str, object], slipped: set[str]) -> Iterator[Slip]:
        """What every entry of this kind must say."""
        for names in self._needed:
            if not any(name in found or name in slipped for name in names):
                yield Slip(names[0], BadValue(field=names[0], value="—", expected="…"))
