"""Printed lists of the catalogue: 卷内目录 (F1, F2), 案卷目录 (F3), 归档文件目录 (F6), 总目录 (F8), 移交清单 (F9).

Only visible rows, and counts of visible rows (decision 6); rows are drawn as they are read. The volumes, items and
pages of F8 are the sums of F3, those of F3 the sums of F1 (V5, R14).

| form | `tables` | values beside `form_title`, `company`                                      |
| ---- | -------- | -------------------------------------------------------------------------- |
| f1 f2 | lines   | code, volume_title                                                         |
| f3   | lines    | range                                                                      |
| f6   | lines    | fonds, fonds_name, year, period, problem                                   |
| f8   | lines    | volumes, items, pages                                                      |
| f9   | lines    | year, from_department, to_department, reason, handed_on, giver, taker, witness |
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from archive.acts import Act
from archive.forms import holdings, ruled, totals
from archive.forms.holdings import ItemRow, Names, VolumeRow, day8
from archive.forms.kinds import Wanted
from archive.forms.page import Align, Block, Break, Column, Cover, Form, Orientation, Shown, Table
from archive.forms.ruled import Ruled, nth, of, pen
from archive.forms.totals import SeriesRow
from archive.model import Fonds, Volume
from archive.unit import Unit
from archive.values import Level, VolumeState
from archive.words import Language, say

T = TypeVar("T")
CENTRE = Align.CENTRE
LINES = "lines"
#: Where the headings of these forms are said.
WORDS = "catalogue"


def paper(  # noqa: PLR0913
    unit: Unit, wanted: Wanted, kind: str, blocks: Iterable[Block], shown: Shown, *,
    facts: Sequence[tuple[str, str]] = (), values: Mapping[str, object] | None = None,
    tables: Mapping[str, Iterable[dict[str, str]]] | None = None, wide: bool = False, number: str = "",
) -> Form:  # fmt: skip
    """A paper of the catalogue with what all of them bear; *wide*: on its side."""
    return Form(
        kind=kind,
        title=say(f"form.{kind}", wanted.language),
        blocks=blocks,
        orientation=Orientation.LANDSCAPE if wide else Orientation.PORTRAIT,
        facts=facts,
        company=unit.settings.company,
        number=number,
        values=ruled.values(values or {}, wanted.language),
        tables=dict(tables or {}),
        language=wanted.language,
        shown=shown,
    )


def drawn(
    columns: Sequence[Ruled[T]], rows: Iterable[T], wanted: Wanted, *, fill: bool = False, dense: bool = False
) -> Table:
    """*rows* under *columns*, told as they are drawn; *fill* leaves room for the pen to the foot of the page."""
    language = wanted.language
    told = (
        [ruled.written(one.said(number, row), language) for one in columns]
        for number, row in enumerate(rows, 1)
    )
    heads = [Column(heading(one.name, language), one.wide, one.align) for one in columns]
    return Table(heads, told, blank=wanted.blank, fill=fill, dense=dense)


def heading(name: str, language: Language) -> str:
    """What stands over a column or beside a value of a catalogue form."""
    return ruled.heading(name, language, WORDS)


def pairs(told: Mapping[str, object], language: Language) -> list[tuple[str, str]]:
    """Labels and values, by the names of the labels."""
    return [(heading(name, language), ruled.written(fact, language)) for name, fact in told.items()]


# --- what is in a volume (F1, F2) ------------------------------------------------------------------


def contents(unit: Unit, wanted: Wanted) -> Form:
    """卷内文件目录 (GB/T 9705): page numbers, of the last line the first and the last (F1)."""
    return _contents(unit, wanted, "f1", _columns_9705(wanted.language))


def contents_technical(unit: Unit, wanted: Wanted) -> Form:
    """卷内目录 (GB/T 11822): counts of pages (F2)."""
    return _contents(unit, wanted, "f2", _columns_11822(wanted.language))


def _contents(unit: Unit, wanted: Wanted, kind: str, columns: Sequence[Ruled[Any]]) -> Form:
    found, shown, language = holdings.each(unit, wanted.codes), Shown(), wanted.language
    told = [head_of(unit, volume, language) for volume in found]
    first = found[0]
    alone = len(found) == 1
    return paper(
        unit, wanted, kind, _volume_by_volume(unit, wanted, found, told, columns, shown), shown,
        facts=pairs(told[0], language), values=told[0] if alone else None,
        tables={LINES: ruled.lines(columns, _numbered(unit, first, shown, language), language)} if alone else None,
    )  # fmt: skip


def head_of(unit: Unit, volume: Volume, language: Language) -> dict[str, object]:
    """What heads a list of a volume; a look at a confidential one is logged (V25)."""
    unit.look(Act.RECORD_SEE, volume)
    title = holdings.title_of(volume, unit.card(volume), language)
    return {"code": volume.reference_code, "volume_title": title}


def _volume_by_volume(
    unit: Unit, wanted: Wanted, found: Sequence[Volume], told: Sequence[dict[str, object]],
    columns: Sequence[Ruled[Any]], shown: Shown,
) -> Iterator[Block]:  # fmt: skip
    for place, volume in enumerate(found):
        if place:
            yield Break(facts=pairs(told[place], wanted.language))
        yield drawn(columns, _numbered(unit, volume, shown, wanted.language), wanted, fill=True)


def _numbered(
    unit: Unit, volume: Volume, shown: Shown, language: Language
) -> Iterator[tuple[ItemRow, str]]:  # fmt: skip
    """The items of a volume with their page number: the first, on the last line first and last."""
    before: ItemRow | None = None
    for item in holdings.items_of(unit, volume, shown, language):
        if before is not None:
            yield before, str(before.first_page)
        before = item
    if before is not None:
        yield before, f"{before.first_page}–{before.first_page + max(before.pages, 1) - 1}"


def _inner(attribute: str) -> Any:
    """One attribute of the item of a numbered row."""
    return lambda _, row: getattr(row[0], attribute)


def remark(state: VolumeState, note: str, destroyed: str, language: Language) -> str:
    """备注: what the catalogue notes, and the mark of what was destroyed with list and day (V19)."""
    gone = say(state.word, language) if state in {VolumeState.DESTROYED, VolumeState.TRANSFERRED} else ""
    return "\n".join(one for one in (" ".join(one for one in (gone, destroyed) if one), note) if one)


def _remarked(language: Language) -> Ruled[Any]:
    return Ruled("remarks", 20, lambda _, row: remark(row[0].state, row[0].note, row[0].destroyed, language))


def _columns_9705(language: Language) -> Sequence[Ruled[Any]]:
    return (
        Ruled("order", 15, _inner("seq_no"), CENTRE),
        Ruled("document_no", 30, _inner("document_no")),
        Ruled("creator", 26, _inner("creator")),
        Ruled("title", 60, _inner("title")),
        Ruled("dated", 21, lambda _, row: day8(row[0].dated), CENTRE),
        Ruled("page_no", 14, lambda _, row: row[1], CENTRE),
        _remarked(language),
    )


def _columns_11822(language: Language) -> Sequence[Ruled[Any]]:
    return (
        Ruled("nth", 12, _inner("seq_no"), CENTRE),
        Ruled("file_no", 30, _inner("document_no")),
        Ruled("creator", 26, _inner("creator")),
        Ruled("file_title", 60, _inner("title")),
        Ruled("dated", 21, lambda _, row: day8(row[0].dated), CENTRE),
        Ruled("pages", 14, _inner("pages"), CENTRE),
        _remarked(language),
    )


# --- volumes (F3) ------------------------------------------------------------------------------------


def volumes(unit: Unit, wanted: Wanted) -> Form:
    """案卷目录: the volumes the reader may see, destroyed ones marked (F3)."""
    unit.look(Act.RECORD_SEE)
    holdings.checked(unit, wanted)
    shown, names = Shown(), Names(unit, wanted.language)
    columns, scope = _volume_columns(names), scope_of(wanted, names)

    def rows() -> Iterator[VolumeRow]:
        return holdings.volumes(unit, wanted, shown, names)

    return paper(
        unit, wanted, "f3", [drawn(columns, rows(), wanted)], shown, wide=True,
        facts=pairs(scope, wanted.language), values={"range": "　".join(map(str, scope.values()))},
        tables={LINES: ruled.lines(columns, rows(), wanted.language)},
    )  # fmt: skip


def scope_of(wanted: Wanted, names: Names) -> dict[str, object]:
    """What a list was narrowed to, by the names of its labels."""
    told = {
        "class_name": names.class_of(wanted.class_code) if wanted.class_code else "",
        "year": wanted.year or "",
        "period": names.period(wanted.period) if wanted.period else "",
        "problem": names.department(wanted.department) if wanted.department else "",
    }
    return {name: fact for name, fact in told.items() if fact}


def _volume_columns(names: Names) -> Sequence[Ruled[VolumeRow]]:
    language = names.language
    return (
        Ruled("nth", 10, nth, CENTRE),
        Ruled("code", 46, of("code")),
        Ruled("volume_title", 78, of("title")),
        Ruled("span", 22, lambda _, row: between(row), CENTRE),
        Ruled("items", 11, of("items"), CENTRE),
        Ruled("all_pages", 13, of("pages"), CENTRE),
        Ruled("period", 14, lambda _, row: names.period(row.period), CENTRE),
        Ruled("place", 34, of("place")),
        Ruled("remarks", 26, lambda _, row: _volume_remark(row, language)),
    )


def between(row: Any) -> str:
    """起止日期: two days one above the other, one day alone."""
    days = dict.fromkeys(filter(None, (day8(row.first_date), day8(row.last_date))))
    return "\n".join(days)


def _volume_remark(row: VolumeRow, language: Language) -> str:
    if row.state in {VolumeState.OPEN, VolumeState.CLOSED}:
        return say(row.state.word, language)
    out = say("loanstate.out", language) if row.out else ""
    return remark(row.state, out, row.destroyed, language)


# --- items kept one by one (F6) ------------------------------------------------------------------------


def filed(unit: Unit, wanted: Wanted) -> Form:
    """归档文件目录 (DA/T 22) with its cover; nothing at 秘密 or above stands on it (F6)."""
    return _filed(unit, wanted, "f6", secret=False)


def filed_secret(unit: Unit, wanted: Wanted) -> Form:
    """涉密文件目录: only what is at 秘密 or above, and only to whom it is visible (F6)."""
    return _filed(unit, wanted, "f6-secret", secret=True)


def _filed(unit: Unit, wanted: Wanted, kind: str, *, secret: bool) -> Form:
    unit.look(Act.RECORD_SEE)
    holdings.checked(unit, wanted)
    shown, names = Shown(), Names(unit, wanted.language)
    columns = _filed_columns(names, secret=secret)
    head = cover_of(unit, wanted, names)

    def rows() -> Iterator[ItemRow]:
        return holdings.items_alone(unit, wanted, shown, secret=secret)

    title = say(f"form.{kind}", wanted.language)
    blocks: list[Block] = [Cover(title, pairs(head, wanted.language)), drawn(columns, rows(), wanted)]
    return paper(
        unit, wanted, kind, blocks, shown, wide=True, values=head,
        facts=pairs({name: fact for name, fact in head.items() if fact}, wanted.language),
        tables={LINES: ruled.lines(columns, rows(), wanted.language)},
    )  # fmt: skip


def cover_of(unit: Unit, wanted: Wanted, names: Names) -> dict[str, object]:
    """全宗号、全宗名称、年度、保管期限、机构（问题）; blank where the list is not narrowed."""
    return {
        "fonds": unit.settings.fonds,
        "fonds_name": fonds_name(unit),
        "year": wanted.year or "",
        "period": names.period(wanted.period) if wanted.period else "",
        "problem": names.department(wanted.department) if wanted.department else "",
    }


def fonds_name(unit: Unit) -> str:
    """全宗名称: as entered, else the company."""
    found = unit.session.get(Fonds, unit.settings.fonds)
    return found.name if found else unit.settings.company


def _filed_columns(names: Names, *, secret: bool) -> Sequence[Ruled[ItemRow]]:
    language = names.language
    first = Ruled[ItemRow]("order" if secret else "nth", 15 if secret else 12, nth, CENTRE)
    period = (Ruled[ItemRow]("period", 14, lambda _, row: names.period(row.period), CENTRE),)
    return (
        first,
        Ruled("code", 44, of("code")),
        Ruled("document_no", 32, of("document_no")),
        Ruled("creator", 32, of("creator")),
        Ruled("title", 82, of("title")),
        Ruled("dated", 21, lambda _, row: day8(row.dated), CENTRE),
        Ruled("level", 12, lambda _, row: level_told(row.level, language), CENTRE),
        Ruled("pages", 12, of("pages"), CENTRE),
        *(period if secret else ()),
        Ruled("remarks", 24, lambda _, row: remark(row.state, row.note, row.destroyed, language)),
    )


def level_told(level: Level, language: Language) -> str:
    """密级; what has none stays blank (DA/T 22)."""
    return "" if level is Level.PUBLIC else say(level.word, language)


# --- the whole archive (F8) --------------------------------------------------------------------------


def whole(unit: Unit, wanted: Wanted) -> Form:
    """总目录: a line for each class, year, period and department, and the sums (F8, V5, R14)."""
    unit.look(Act.RECORD_SEE)
    holdings.checked(unit, wanted)
    shown, names = Shown(), Names(unit, wanted.language)
    rows = totals.series(unit, wanted, names)
    columns = _series_columns(names.language)
    summed = totals.summed(rows, wanted.language)
    shown.confidential = sum(row.confidential for row in rows)
    return paper(
        unit, wanted, "f8", [drawn(columns, [*rows, summed], wanted)], shown, wide=True,
        facts=pairs(scope_of(wanted, names), wanted.language),
        values={"volumes": summed.volumes, "items": summed.items, "pages": summed.pages},
        tables={LINES: ruled.lines(columns, rows, wanted.language)},
    )  # fmt: skip


def _series_columns(language: Language) -> Sequence[Ruled[SeriesRow]]:
    del language
    return (
        Ruled("nth", 10, lambda number, row: number if row.class_code else "", CENTRE),
        Ruled("series", 16, of("class_code")),
        Ruled("series_name", 36, of("class_name")),
        Ruled("year", 12, of("year"), CENTRE),
        Ruled("period", 14, of("period"), CENTRE),
        Ruled("keeper", 20, of("department")),
        Ruled("codes", 30, of("codes")),
        Ruled("volumes", 11, of("volumes"), CENTRE),
        Ruled("items", 12, of("items"), CENTRE),
        Ruled("pages", 14, of("pages"), CENTRE),
        Ruled("standing", 26, of("standing"), CENTRE),
        Ruled("place", 30, of("place")),
        Ruled("remarks", 18, pen),
    )
