"""What the registers of use show in common: who approved each line, and whose name may be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select

from archive import people
from archive.acts import Act
from archive.circulation import visitors
from archive.model import Decision, Grant, Person, Visitor
from archive.unit import Unit

BATCH = 500


def at_hand(unit: Unit, wanted: Iterable[tuple[type[Any], str | None]]) -> list[object]:
    """The rows of these kinds and uids, read together; as long as the list is kept, `get` need not ask again."""
    by_kind: dict[type[Any], set[str]] = {}
    for kind, uid in wanted:
        if uid is not None:
            by_kind.setdefault(kind, set()).add(uid)
    rows: list[object] = []
    for kind, uids in by_kind.items():
        ordered = sorted(uids)
        for start in range(0, len(ordered), BATCH):
            batch = ordered[start : start + BATCH]
            rows += unit.session.scalars(select(kind).where(kind.uid.in_(batch)))
    return rows


def approvers(unit: Unit, warrants: Sequence[tuple[str | None, str | None]]) -> list[str]:
    """Who approved each (line, grant), by name; empty where nothing had to be approved."""
    by_line = _deciders(unit, sorted({line for line, _ in warrants if line}))
    by_grant = _givers(unit, sorted({grant for line, grant in warrants if grant and not line}))
    uids = [by_line.get(line or "") or by_grant.get(grant or "") for line, grant in warrants]
    return [people.name_of(unit, unit.session.get_one(Person, uid)) if uid else "" for uid in uids]


def _deciders(unit: Unit, lines: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(lines), BATCH):
        rows = select(Decision.line_uid, Decision.decided_by).where(
            Decision.line_uid.in_(lines[start : start + BATCH]),
            Decision.act == Act.REQUEST_APPROVE.value,
        )
        found |= {
            row.line_uid: row.decided_by for row in unit.session.execute(rows.order_by(Decision.decided_at))
        }
    return found


def _givers(unit: Unit, grants: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(grants), BATCH):
        rows = select(Grant.uid, Grant.approved_by).where(Grant.uid.in_(grants[start : start + BATCH]))
        found |= {row.uid: row.approved_by for row in unit.session.execute(rows)}
    return found


def seen_name(unit: Unit, person: Person | None, visitor: Visitor | None) -> str:
    """The reader's name; a visitor's for who may see the visitors, to others his number."""
    if person is not None:
        return people.name_of(unit, person)
    assert visitor is not None
    return visitors.row(unit, visitor).name if unit.may(Act.VISITOR_SEE) else visitor.number
