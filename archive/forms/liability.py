"""Papers of what people answer for: incidents (F13), the clearance of who leaves (F14).

| form | `tables`                                                                |
| ---- | ----------------------------------------------------------------------- |
| f13  | pieces                                                                  |
| f14  | unreturned, unfiled, confidential_in_hand, other_entries, ends_with_it  |
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from archive import people
from archive.circulation import clearance, incident_register
from archive.circulation.clearance import ClearancePage
from archive.circulation.incident_register import IncidentRow
from archive.circulation.inhand import OpenPoint, PointKind
from archive.errors import NotFound
from archive.forms.kinds import Wanted
from archive.forms.narrowing import single
from archive.forms.page import Align, Block, Form
from archive.forms.ruled import Ruled, grid, lines, nth, of, signatures, table, values
from archive.forms.slips import OPINION, paper
from archive.forms.use import departments, title
from archive.statuses import ClearanceItem
from archive.unit import Unit
from archive.words import Language, say

CENTRE = Align.CENTRE


# --- 档案丢失、损坏、泄密报告 (F13) ------------------------------------------------------------------


def incident_report(unit: Unit, wanted: Wanted) -> Form:
    """档案丢失/损坏/泄密报告 (F13, R40) by its number, as far as it has gone; the rest is room to write."""
    language, row = wanted.language, incident_register.show(unit, single(wanted))
    told = {**_reported(row, language), "concerned": _named(unit, row.concerned)}
    tall = dict.fromkeys(("course", "extent", "measures", "liability", "decision", "outcome"), float(OPINION))
    blocks: list[Block] = [
        grid(told, language, wide=("title", "concerned"), tall=tall),
        signatures(("reporter_signature", "judge_signature", "approver_signature"), language),
    ]
    pieces = [
        values({"code": one.code, "condition": one.condition, "copy": one.copy}, language)
        for one in row.pieces
    ]
    return paper(unit, "f13", row.number, blocks, told, language, {"pieces": pieces})


def _reported(row: IncidentRow, language: Language) -> dict[str, object]:
    done = "；".join(part for part in (row.outcome, *row.found_again) if part)
    return {
        "incident_number": row.number,
        "incident_kind": row.kind,
        "found_on": row.found_on,
        "reported_on": row.reported_on,
        "reported_by": row.reported_by,
        "loan_number": row.loan,
        "concerned": row.concerned,
        "code": row.code,
        "level": row.level,
        "title": title(row.title, language),
        "course": row.course,
        "extent": row.extent,
        "measures": row.measures,
        "liability": row.liability,
        "decision": row.decision,
        "judged_by": row.judged_by,
        "approved_by": row.decided_by,
        "outcome": done,
        "replaced": row.replaced,
        "closed_on": row.closed_on or row.recovered_on,
    }


def _named(unit: Unit, concerned: Sequence[str]) -> list[str]:
    """Those concerned by name: accounts are people of the house, all else are names already."""
    told = []
    for one in concerned:
        try:
            told.append(people.name_of(unit, unit.person(one)))
        except NotFound:
            told.append(one)
    return told


# --- 离职（调离）档案清缴单 (F14) --------------------------------------------------------------------

#: Under which heading an open point stands, and an entry made by hand.
HEADINGS: Mapping[PointKind | ClearanceItem, str] = {
    PointKind.LOAN: "unreturned",
    PointKind.READING: "unreturned",
    PointKind.INCIDENT: "unreturned",
    PointKind.SERIES: "unfiled",
    PointKind.HANDOVER: "unfiled",
    ClearanceItem.UNFILED: "unfiled",
    ClearanceItem.CONFIDENTIAL_PAPER: "confidential_in_hand",
    ClearanceItem.KEY: "other_entries",
    ClearanceItem.OTHER: "other_entries",
    PointKind.REQUEST: "ends_with_it",
    PointKind.WAITING: "ends_with_it",
    PointKind.GRANT: "ends_with_it",
    PointKind.DEPUTY: "ends_with_it",
}


@dataclass(frozen=True, slots=True)
class _Owed:
    """One thing a leaver must settle: found by the product, or entered by hand."""

    kind: PointKind | ClearanceItem
    slip_number: str
    what: str
    due_on: dt.date | None = None
    settled_on: dt.date | None = None
    settled_by: str = ""


def clearance_sheet(unit: Unit, wanted: Wanted) -> Form:
    """离职（调离）档案清缴单 (F14, R41) by its number, or the account of who leaves: what is open, what was settled."""
    language, page = wanted.language, clearance.show(unit, single(wanted))
    head, end = _leaver(unit, page, language), _concluded(page, language)
    owed, columns = _owed(page), _owed_columns()
    under = {
        name: [one for one in owed if HEADINGS[one.kind] == name] for name in dict.fromkeys(HEADINGS.values())
    }
    blocks: list[Block] = [
        grid(head, language),
        *(
            table(columns, rows, language, over=name, none=True)
            for name, rows in under.items()
            if rows or name != "ends_with_it"
        ),
        grid(end, language, wide=("conclusion",)),
        signatures(("leaver_signature", "archivist_signature", "manager_signature"), language),
    ]
    tables = {name: lines(columns, rows, language) for name, rows in under.items()}
    return paper(unit, "f14", page.number, blocks, {**head, **end}, language, tables)


def _leaver(unit: Unit, page: ClearancePage, language: Language) -> dict[str, object]:
    return {
        "clearance_number": page.number,
        "begun_on": page.begun_on,
        "name": page.name,
        "department": departments(unit, language).get(page.department, page.department),
        "leaving_on": page.leaving_on,
        "clearance_state": page.state,
    }


def _concluded(page: ClearancePage, language: Language) -> dict[str, object]:
    """Clear only with the certificate; not clear while anything blocks; between the two left to the pen."""
    verdict = "clear" if page.clear else "not-clear" if any(one.blocks for one in page.points) else ""
    return {
        "handover_list": sorted({one.handover for one in page.entries if one.handover}),
        "certificate": page.certificate,
        "archivist": page.certified_by,
        "certified_on": page.certified_on,
        "manager": page.signed_by,
        "manager_signed_on": page.signed_on,
        "conclusion": say(f"paper.{verdict}", language) if verdict else "",
    }


def _owed(page: ClearancePage) -> list[_Owed]:
    """What is open now, and every entry made by hand, settled or not."""
    found = [
        _Owed(one.kind, one.slip_number, _what(one), one.due_on)
        for one in page.points
        if one.kind is not PointKind.ENTRY
    ]
    return found + [
        _Owed(one.kind, one.handover, one.content, None, one.settled_on, one.settled_by)
        for one in page.entries
    ]


def _what(point: OpenPoint) -> str:
    many = str(point.count) if point.count > 1 else ""
    return " ".join(part for part in (point.code, point.content, many) if part)


def _owed_columns() -> Sequence[Ruled[_Owed]]:
    return (
        Ruled("nth", 12, nth, CENTRE),
        Ruled("open_kind", 28, of("kind")),
        Ruled("slip_or_list", 32, of("slip_number")),
        Ruled("code_or_content", 56, of("what")),
        Ruled("due_on", 22, of("due_on"), CENTRE),
        Ruled("settled_on", 22, of("settled_on"), CENTRE),
        Ruled("settled_by", 18, of("settled_by")),
    )
