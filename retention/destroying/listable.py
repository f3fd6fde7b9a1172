"""What could be put on a destruction list: what closed appraisals let go and no list bears yet; reads only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from archive.acts import Act
from archive.custody.wholes import by_uid
from archive.errors import BadValue, NotFound
from archive.model import Appraisal, AppraisalLine, Item, Volume
from archive.statuses import AppraisalState, Verdict
from archive.unit import Unit
from retention.destroying import gate
from retention.destroying.gate import Obstacle
from retention.destroying.standing import LETS_GO, listed, verdicts

Record = Volume | Item


@dataclass(frozen=True, slots=True)
class Candidate:
    """A record that an appraisal lets go and no list bears yet; what stands against listing it, if anything."""

    code: str
    title: str
    appraisal: str
    verdict: Verdict
    obstacles: Sequence[Obstacle]


def candidates(unit: Unit, appraisals: Sequence[str] = ()) -> list[Candidate]:
    """What closed appraisals let go and no list bears yet, with what stands against it; only what may be seen."""
    unit.look(Act.DESTRUCTION_SEE)
    records = appraised(unit, appraisals)
    unit.listed(Act.DESTRUCTION_SEE, records)
    opinions = verdicts(unit, [record.uid for record in records])
    found = by_code(gate.of_records(unit, [record.uid for record in records]))
    return [
        Candidate(
            record.reference_code, card.title, opinions[record.uid].number, opinions[record.uid].verdict,
            found.get(record.reference_code, []),
        )
        for record, card in zip(records, unit.cards(records), strict=True)
    ]  # fmt: skip


def by_code(found: Sequence[Obstacle]) -> Mapping[str, list[Obstacle]]:
    """Obstacles by the reference code they speak of."""
    sorted_out: dict[str, list[Obstacle]] = {}
    for obstacle in found:
        sorted_out.setdefault(obstacle.code, []).append(obstacle)
    return sorted_out


def appraised(unit: Unit, appraisals: Sequence[str]) -> list[Record]:
    """What closed appraisals let go and no list bears, still here, as far as this person may see it, by code."""
    rows = (
        select(AppraisalLine.record_uid)
        .join(Appraisal, Appraisal.uid == AppraisalLine.appraisal_uid)
        .where(Appraisal.state == AppraisalState.CLOSED, AppraisalLine.verdict.in_(LETS_GO))
    )
    if appraisals:
        rows = rows.where(Appraisal.uid.in_([_closed(unit, number).uid for number in appraisals]))
    uids = set(unit.session.scalars(rows))
    let_go = {uid for uid, one in verdicts(unit, uids).items() if one.verdict in LETS_GO}
    free = let_go - listed(unit, let_go).keys()
    return [record for record in by_uid(unit, free) if unit.may(Act.RECORD_SEE, record)]


def _closed(unit: Unit, number: str) -> Appraisal:
    found = unit.session.scalar(select(Appraisal).where(Appraisal.number == number))
    if found is None:
        raise NotFound(what="appraisal", code=number)
    if found.state is not AppraisalState.CLOSED:
        raise BadValue(field="appraisal", value=number, expected=AppraisalState.CLOSED)
    return found
