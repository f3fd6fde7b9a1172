"""Covers, backs and notes of volumes and boxes (F4, F5), stamps (F7) and handover lists (F9)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from archive.acts import Act
from archive.cells import label
from archive.custody import handed
from archive.custody.handed import HandoverRecord, HandoverRow
from archive.errors import BadValue, NotFound
from archive.forms import holdings, looks, ruled
from archive.forms.catalogue import CENTRE, LINES, drawn, fonds_name, heading, level_told, pairs, paper
from archive.forms.holdings import ItemRow, Names, VolumeRow, day8
from archive.forms.kinds import Wanted
from archive.forms.page import Block, Break, Cover, Facts, Form, Shown, Signatures, Spine, Stamp, Text
from archive.forms.ruled import Ruled, of
from archive.model import Item, Location, Volume
from archive.statuses import HandoverState
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Period, PlaceKind
from archive.words import Language, say

#: Millimetres to write in on a note sheet.
_NOTED = 150.0


def _looked(unit: Unit, wanted: Wanted, shown: Shown, names: Names) -> list[VolumeRow]:
    """The volumes that were named, as rows; a look at a confidential one is logged (V25)."""
    found = holdings.each(unit, wanted.codes)
    for volume in found:
        unit.look(Act.RECORD_SEE, volume)
    return list(holdings.volume_rows(unit, found, shown, names))


# --- covers and backs (F4) -------------------------------------------------------------------------


def cover_9705(unit: Unit, wanted: Wanted) -> Form:
    """案卷封面 (GB/T 9705); the filing number is left to the pen (F4)."""
    shown, names = Shown(), Names(unit, wanted.language)
    rows = _looked(unit, wanted, shown, names)
    told = [_cover_9705(unit, row, names) for row in rows]
    return _covers(unit, wanted, "f4-9705", rows, told, shown)


def _cover_9705(unit: Unit, row: VolumeRow, names: Names) -> dict[str, object]:
    return {
        "fonds_name": fonds_name(unit),
        "series_title": names.class_of(row.class_code),
        "time": span8(row, names.language),
        "period": names.period(row.period),
        "item_count": row.items,
        "pages": row.pages,
        "filing_no": "",
        "code": row.code,
    }


def cover_11822(unit: Unit, wanted: Wanted) -> Form:
    """案卷封面 (GB/T 11822) (F4)."""
    shown, names = Shown(), Names(unit, wanted.language)
    rows = _looked(unit, wanted, shown, names)
    told: list[dict[str, object]] = [
        {
            "compiled_by": names.department(row.department),
            "span": span8(row, names.language),
            "period": names.period(row.period),
            "level": level_told(row.level, names.language),
            "code": row.code,
        }
        for row in rows
    ]
    return _covers(unit, wanted, "f4-11822", rows, told, shown)


def _covers(
    unit: Unit, wanted: Wanted, kind: str, rows: Sequence[VolumeRow], told: Sequence[dict[str, object]], shown: Shown
) -> Form:  # fmt: skip
    shown.rows = len(rows)
    blocks = [Cover(row.title, pairs(one, wanted.language)) for row, one in zip(rows, told, strict=True)]
    values = {"volume_title": rows[0].title, **told[0]} if len(rows) == 1 else None
    return paper(unit, wanted, kind, blocks, shown, values=values)


def span8(row: VolumeRow, language: Language) -> str:
    """时间: from the first day to the last."""
    days = list(dict.fromkeys(filter(None, (day8(row.first_date), day8(row.last_date)))))
    return (
        say("catalogue.from-to", language, first=days[0], last=days[-1]) if len(days) > 1 else "".join(days)
    )


def spine(unit: Unit, wanted: Wanted) -> Form:
    """脊背 of volumes (GB/T 11822) and of boxes (DA/T 22), as broad as is said (F4)."""
    if wanted.width is not None and wanted.width not in looks.SPINES:
        allowed = ", ".join(map(str, looks.SPINES))
        raise BadValue(field="width", value=wanted.width, expected=allowed)
    shown, names = Shown(), Names(unit, wanted.language)
    if not wanted.codes:
        raise NotFound(what="volume", code="—")
    wide = wanted.width or 20
    strips = [_strip(unit, code, wide, shown, names) for code in wanted.codes]
    return paper(unit, wanted, "f4-spine", strips, shown)


def _strip(unit: Unit, code: str, wide: int, shown: Shown, names: Names) -> Spine:
    box = unit.session.scalar(select(Location).where(Location.code == code))
    if box is not None and box.kind in {PlaceKind.BOX, PlaceKind.BAG}:
        return Spine(wide, pairs(_box_facts(unit, box, shown, names), names.language))
    volume = unit.volume(code)
    unit.look(Act.RECORD_SEE, volume)
    (row,) = holdings.volume_rows(unit, [volume], shown, names)
    told = {"period": names.period(row.period), "code": row.code}
    return Spine(wide, pairs(told, names.language), row.title)


def _box_facts(unit: Unit, box: Location, shown: Shown, names: Names) -> dict[str, object]:
    """全宗号、年度、保管期限、起止件号、盒号 of what may be seen in a box (DA/T 22)."""
    unit.look(Act.LOCATION_SEE)
    volumes, items = holdings.in_place(unit, box)
    inside: list[Volume | Item] = [*volumes, *items]
    shown.confidential += sum(one.level >= CONFIDENTIAL for one in inside)
    codes = [one.reference_code for one in inside]
    periods = sorted({one.period for one in inside}, key=lambda code: Period.parse(code).least)
    return {
        "fonds": unit.settings.fonds,
        "year": "、".join(map(str, sorted({one.archive_year for one in inside}))),
        "period": "、".join(names.period(period) for period in periods),
        "item_span": "\n".join(dict.fromkeys([min(codes), max(codes)])) if codes else "",
        "box_no": box.code,
    }


# --- note sheets (F5) ---------------------------------------------------------------------------------


def note_9705(unit: Unit, wanted: Wanted) -> Form:
    """卷内备考表 (GB/T 9705): 本卷情况说明, 立卷人, 检查人, 立卷时间 (F5)."""
    return _notes(unit, wanted, "f5-9705", "volume_state", ("compiler", "checker"))


def note_11822(unit: Unit, wanted: Wanted) -> Form:
    """卷内备考表 (GB/T 11822): 档号, 互见号, 说明, 立卷人, 检查人 (F5)."""
    return _notes(unit, wanted, "f5-11822", "explanation", ("compiler", "checker"), see_also=True)


def _notes(
    unit: Unit, wanted: Wanted, kind: str, box: str, signers: Sequence[str], *, see_also: bool = False
) -> Form:  # fmt: skip
    shown, names = Shown(), Names(unit, wanted.language)
    rows = _looked(unit, wanted, shown, names)
    shown.rows = len(rows)
    language = wanted.language
    told = [_said_of(unit, row, box, language) for row in rows]
    blocks: list[Block] = []
    for place, (row, one) in enumerate(zip(rows, told, strict=True)):
        blocks += [Break(facts=_noted(row, language))] if place else []
        blocks += _note_blocks(row, one, box, signers, language, see_also=see_also)
    values = {"code": rows[0].code, "volume_title": rows[0].title, **told[0]} if len(rows) == 1 else None
    return paper(unit, wanted, kind, blocks, shown, facts=_noted(rows[0], language), values=values)


def _noted(row: VolumeRow, language: Language) -> list[tuple[str, str]]:
    return pairs({"code": row.code, "volume_title": row.title}, language)


def _said_of(unit: Unit, row: VolumeRow, box: str, language: Language) -> dict[str, object]:
    """What the books know already: counts, the note of the catalogue, that it was destroyed."""
    volume = unit.volume(row.code)
    note = unit.card(volume).note
    counted = say("catalogue.holds", language, items=row.items, pages=row.pages)
    gone = " ".join(one for one in (say(row.state.word, language), row.destroyed)) if row.destroyed else ""
    return {box: "\n".join(one for one in (counted, note, gone) if one)}


def _note_blocks(
    row: VolumeRow, told: dict[str, object], box: str, signers: Sequence[str], language: Language, *, see_also: bool
) -> list[Block]:  # fmt: skip
    above = {"code": row.code, "see_also": ""} if see_also else {}
    grid = pairs({**above, **told}, language)
    label = heading(box, language)
    wide = frozenset({label})
    blocks: list[Block] = [Facts(grid, wide=wide, tall={label: _NOTED})]
    return [*blocks, Signatures([heading(name, language) for name in signers], across=2 if see_also else 1)]


def note_box(unit: Unit, wanted: Wanted) -> Form:
    """备考表 of a box (DA/T 22): 盒内文件情况说明, 整理人, 检查人 with their days (F5)."""
    if not wanted.codes:
        raise NotFound(what="location", code="—")
    unit.look(Act.LOCATION_SEE)
    shown, names = Shown(rows=len(wanted.codes)), Names(unit, wanted.language)
    told = [_box_facts(unit, holdings.place_with(unit, code), shown, names) for code in wanted.codes]
    blocks: list[Block] = []
    for place, one in enumerate(told):
        blocks += [Break(facts=pairs(one, wanted.language))] if place else []
        blocks += _box_note(wanted.language)
    values = {**told[0], "box_state": ""} if len(told) == 1 else None
    return paper(unit, wanted, "f5-box", blocks, shown, facts=pairs(told[0], wanted.language), values=values)


def _box_note(language: Language) -> list[Block]:
    label = heading("box_state", language)
    signers = [heading(name, language) for name in ("arranger", "checker")]
    return [
        Facts([(label, "")], wide=frozenset({label}), tall={label: _NOTED}),
        Signatures(signers, across=1),
    ]


# --- stamps (F7) ------------------------------------------------------------------------------------------


def stamps(unit: Unit, wanted: Wanted) -> Form:
    """归档章 for the items given, or for those of a class, year and department kept one by one (F7, DA/T 22)."""
    shown, names = Shown(), Names(unit, wanted.language)
    holdings.checked(unit, wanted)
    if not wanted.codes and not (wanted.class_code or wanted.year or wanted.department):
        raise BadValue(field="codes", value="—", expected="…")
    rows = _named(unit, wanted, shown) if wanted.codes else holdings.items_alone(unit, wanted, shown)
    return paper(unit, wanted, "f7", (_stamp(unit, row, names) for row in rows), shown)


def _named(unit: Unit, wanted: Wanted, shown: Shown) -> list[ItemRow]:
    found = [unit.item(code) for code in wanted.codes]
    for item in found:
        unit.look(Act.RECORD_SEE, item)
    return list(holdings.item_rows(unit, found, shown, wanted.language))


def _stamp(unit: Unit, row: ItemRow, names: Names) -> Stamp:
    told = {
        "fonds": unit.settings.fonds,
        "year": row.year,
        "item_no": row.code.rpartition("-")[2],
        "problem": names.department(row.department),
        "period": names.period(row.period),
        "pages": row.pages,
    }
    return Stamp(pairs(told, names.language), row.code)


# --- handover (F9) ----------------------------------------------------------------------------------------


def handover(unit: Unit, wanted: Wanted) -> Form:
    """档案移交清单 of a list, in two copies; one that was withdrawn says so (F9, R11)."""
    if len(wanted.codes) != 1:
        raise NotFound(what="handover", code=" ".join(wanted.codes) or "—")
    number, shown, names = wanted.codes[0], Shown(), Names(unit, wanted.language)
    lines = handed.show(unit, number)
    row = handed.head(unit, number)
    shown.confidential = sum(line.level >= CONFIDENTIAL for line in lines)
    columns, told = _handover_columns(names), _handover_head(unit, row, names)
    language = wanted.language
    signed = pairs({name: told[name] for name in _SIGNED}, language)
    blocks: list[Block] = [
        drawn(columns, lines, wanted),
        Facts(signed, across=2),
        Text(say("catalogue.two-copies", language), note=True),
        Signatures([heading(name, language) for name in ("giver", "taker", "witness")], across=2),
    ]
    head = pairs({name: fact for name, fact in told.items() if name not in _SIGNED}, language)
    if row.state is HandoverState.WITHDRAWN:  # not to be taken for one that counts
        head.append((label("state", language), ruled.written(row.state, language)))
    return paper(
        unit, wanted, "f9", blocks, shown, facts=head, values=told, number=row.handover_number or row.number,
        tables={LINES: ruled.lines(columns, lines, language)},
    )  # fmt: skip


_SIGNED = ("handed_on", "giver", "taker", "witness")


def _handover_head(unit: Unit, row: HandoverRow, names: Names) -> dict[str, object]:
    day = row.signed_on or row.drafted_on or unit.today
    return {
        "year": day.year,
        "from_department": names.department(row.from_department),
        "to_department": names.department(row.to_department),
        "handover_kind": row.kind,
        "reason": row.reason,
        "handed_on": row.signed_on,
        "giver": row.given_by,
        "taker": row.accepted_by,
        "witness": row.witness,
    }


def _handover_columns(names: Names) -> Sequence[Ruled[HandoverRecord]]:
    language = names.language
    return (
        Ruled("nth", 10, of("ordinal"), CENTRE),
        Ruled("code", 40, of("code")),
        Ruled("title", 56, of("title")),
        Ruled("period", 13, lambda _, row: names.period(row.period), CENTRE),
        Ruled("items", 10, of("items"), CENTRE),
        Ruled("pages", 10, of("pages"), CENTRE),
        Ruled("level", 11, lambda _, row: level_told(row.level, language), CENTRE),
        Ruled("original", 14, lambda _, row: _original(row, language), CENTRE),
        Ruled("remarks", 22, lambda _, row: _remark(row)),
    )


def _original(row: HandoverRecord, language: Language) -> str:
    if row.originals is None:
        return ""
    return say("catalogue.is-original" if row.originals else "catalogue.is-copy", language)


def _remark(row: HandoverRecord) -> str:
    return "\n".join(one for one in (row.reason, row.original_at) if one)
