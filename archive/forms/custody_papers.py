"""Papers of custody: stocktakes (F16), the register of seals (F25), the register of repairs and copies (F26).

| form | `tables`           | values beside the boxes' names |
| ---- | ------------------ | ------------------------------ |
| f16  | differences, seven | –                              |
| f25  | seals              | since, until, count            |
| f26  | repairs            | since, until, count            |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archive.custody import inspections, repairs, seals, tallies
from archive.custody.repairs import RepairRow
from archive.custody.seals import SealRow
from archive.custody.tallies import Difference, Report
from archive.forms.kinds import Wanted
from archive.forms.narrowing import days, only, single
from archive.forms.page import Align, Block, Form, Shown
from archive.forms.ruled import (
    Ruled,
    day,
    grid,
    lines,
    nth,
    of,
    signatures,
    table,
    values,
    written,
)
from archive.forms.use import confidential, register, title
from archive.statuses import Finding, Protection
from archive.unit import Unit
from archive.words import Language, say

CENTRE = Align.CENTRE


# --- 清点表 (F16) ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Looked:
    """One of the seven protections in a count: where it was looked at, whether all was in order, what was seen."""

    protection: Protection
    sound: bool | None
    seen: str


def stocktake(unit: Unit, wanted: Wanted) -> Form:
    """月末清点表、年度核对表 (F16, R24, R26, R28) by its number: figures, differences, the seven protections, who counted.

    Figures count what the reader may see; for one who counts blind they are left to the pen.
    """
    language, number = wanted.language, single(wanted)
    report = tallies.report(unit, number)
    differing = tallies.differences(unit, report.number)
    looked, places = _seven(unit, report.number, language)
    head, end = _figures(report, language), _concluded(unit, report, places, language)
    columns, seven = _difference_columns(language), _seven_columns(language)
    blocks: list[Block] = [
        grid(head, language, across=3, wide=("short", "over", "misplaced", "damaged")),
        table(columns, differing, language, over="differences", none=True),
        table(seven, looked, language, over="seven"),
        grid(end, language, wide=("files_read", "remarks"), tall={"remarks": 12}),
        signatures(("counter_one", "counter_two", "checker"), language),
    ]
    return Form(
        kind="f16",
        title=say(f"paper.stocktake-{report.kind.value.lower()}", language),
        blocks=blocks,
        company=unit.settings.company,
        number=report.number,
        values=values({"files_read": "", **head, **end}, language),
        tables={
            "differences": lines(columns, differing, language),
            "seven": lines(seven, looked, language),
        },
        language=language,
        shown=Shown(confidential=confidential(unit)),
    )


def _figures(report: Report, language: Language) -> dict[str, object]:
    """账面、借出、应在库、实点、盈亏: the figures of the count, and the codes that differ."""
    return {
        "stocktake_number": report.number,
        "stocktake_kind": report.kind,
        "period": report.period,
        "scope": report.scope or say("paper.everything", language),
        "volumes_booked": report.volumes,
        "items_booked": report.items,
        "out": report.out,
        "lost": report.lost,
        "expected": report.expected,
        "present": report.counted,
        "electronic": report.electronic,
        "short": _codes(report.short, language),
        "over": _codes(report.over, language),
        "misplaced": _codes(report.misplaced, language),
        "damaged": _codes(report.damaged, language),
    }


def _codes(codes: Sequence[str], language: Language) -> str:
    """How many, and which."""
    return say("paper.counted-codes", language, count=len(codes), codes=codes) if codes else ""


def _concluded(unit: Unit, report: Report, places: str, language: Language) -> dict[str, object]:
    read = {"blobs": report.blobs, "unread": report.unread, "oldest": report.oldest_read}
    return {
        "checked_places": places,
        "closed_on_count": day(report.closed_at, unit.settings.zone),
        "counters": [name for name in report.counters if name],
        "checked_by": report.checked_by,
        "agrees": report.agrees,
        "mend_by": report.mend_by,
        **({"files_read": say("paper.files-read", language, **read)} if report.blobs else {}),
        "remarks": report.remarks,
    }


def _seven(unit: Unit, number: str, language: Language) -> tuple[list[_Looked], str]:
    """The seven in their order, each once, whatever number of places was looked at; and those places."""
    found = inspections.rows(unit, stocktake=number)
    places = sorted({row.place for row in found})
    by_protection: dict[Protection, list[str]] = {one: [] for one in Protection}
    sound: dict[Protection, bool] = {}
    for row in found:
        sound[row.protection] = sound.get(row.protection, True) and row.sound
        if row.text:
            where = f"{row.place}：" if len(places) > 1 else ""
            by_protection[row.protection].append(f"{where}{row.text}")
    looked = [_Looked(one, sound.get(one), "\n".join(by_protection[one])) for one in Protection]
    return looked, written(places, language)


def _seven_columns(language: Language) -> Sequence[Ruled[_Looked]]:
    def found(_: int, row: _Looked) -> object:
        return (
            row.sound if row.sound is None else say(f"paper.{'in_order' if row.sound else 'amiss'}", language)
        )

    return (
        Ruled("nth", 12, nth, CENTRE),
        Ruled("protection", 30, of("protection")),
        Ruled("sound", 26, found, CENTRE),
        Ruled("seen", 112, of("seen")),
    )


def _difference_columns(language: Language) -> Sequence[Ruled[Difference]]:
    return (
        Ruled("nth", 10, nth, CENTRE),
        Ruled("code", 34, of("code")),
        Ruled("title", 36, lambda _, row: _title(row, language)),
        Ruled("difference", 16, of("finding"), CENTRE),
        Ruled("booked_place", 24, of("place")),
        Ruled("seen_place", 24, of("seen")),
        Ruled("incident", 22, of("incident")),
        Ruled("correction", 26, of("correction")),
    )


def _title(row: Difference, language: Language) -> str:
    """A code that is on no book has no title to leave out."""
    return row.title if row.finding is Finding.UNEXPECTED else title(row.title, language)


# --- 封存登记 (F25) -------------------------------------------------------------------------------


def sealings(unit: Unit, wanted: Wanted) -> Form:
    """封存登记 (F25, R21): the seals of a range of days, or those of one bag, each with its opening."""
    only(wanted, "year", "since", "until", codes=1)
    since, until = days(wanted)
    bag = wanted.codes[0].strip() if wanted.codes else None
    rows = seals.rows(unit, bag=bag, since=since, until=until)
    return register(unit, wanted, "f25", "seals", _seal_columns(wanted.language), rows)


def _seal_columns(language: Language) -> Sequence[Ruled[SealRow]]:
    return (
        Ruled("nth", 8, nth, CENTRE),
        Ruled("bag", 18, of("bag")),
        Ruled("seal_no", 18, of("seal_no")),
        Ruled("sealed_range", 36, lambda _, row: _range(row, language)),
        Ruled("sealed_count", 12, of("count"), CENTRE),
        Ruled("year_over", 20, of("year_over"), CENTRE),
        Ruled("sealed_on", 20, of("sealed_on"), CENTRE),
        Ruled("sealed_by", 15, of("sealed_by")),
        Ruled("checked", 15, of("checked_by")),
        Ruled("place", 28, of("place")),
        Ruled("opened_on", 20, of("opened_on"), CENTRE),
        Ruled("reason", 26, of("reason")),
        Ruled("approved_by", 16, of("approved_by")),
        Ruled("present_at", 15, of("witness")),
        Ruled("resealed_on", 20, of("resealed_on"), CENTRE),
    )


def _range(row: SealRow, language: Language) -> str:
    """The first code and, of several, the last."""
    if row.first_code == row.last_code:
        return row.first_code
    return say("paper.from-to-codes", language, first=row.first_code, last=row.last_code)


# --- 修复、复制登记 (F26) ----------------------------------------------------------------------------


def repairs_book(unit: Unit, wanted: Wanted) -> Form:
    """修复、复制登记 (F26, R25): what was damaged, what was done about it, where the copy is kept."""
    only(wanted, "year", "since", "until")
    since, until = days(wanted)
    rows = repairs.rows(unit, since=since, until=until)
    return register(unit, wanted, "f26", "repairs", _repair_columns(wanted.language), rows)


def _repair_columns(language: Language) -> Sequence[Ruled[RepairRow]]:
    return (
        Ruled("nth", 8, nth, CENTRE),
        Ruled("repair_number", 22, of("number")),
        Ruled("code", 34, of("code")),
        Ruled("title", 36, lambda _, row: title(row.title, language)),
        Ruled("damage", 34, of("damage")),
        Ruled("found_on", 20, of("found_on"), CENTRE),
        Ruled("method", 14, of("method"), CENTRE),
        Ruled("handler", 18, of("handler")),
        Ruled("ended_on", 20, of("ended_on"), CENTRE),
        Ruled("copy_kept", 24, of("copy_kept")),
        Ruled("original", 24, of("original")),
        Ruled("remarks", 24, of("result")),
    )
