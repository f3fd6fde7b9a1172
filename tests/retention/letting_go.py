"""What tests of erasing share: old records, appraised and listed, up to the moment where `execute` takes over."""

from __future__ import annotations

import datetime as dt
import io

from sqlalchemy import select

from archive import items, objects
from archive.acts import Act
from archive.custody import handover
from archive.custody.wholes import by_uid
from archive.model import Appraisal, AppraisalLine, DestructionLine, Item, new_uid
from archive.papers import Paper
from archive.statuses import AppraisalState, Verdict
from archive.volumes import Matter
from retention.destroying import destruction, execution, signing
from tests import make

OLD = dt.date(2012, 5, 1)


def letters(
    office, count, *, title="停车场例会纪要", note="旧事附注", text=None, class_code="WS·BG", **given
):
    """*count* old papers kept alone and held, each with *text* (a `{n}` in it is its number) attached; their uids."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        matter = Matter(class_code, year=2012, department="KF", period="D10")
        papers = [
            Paper(f"{title}{n}", dated=OLD, pages=2, note=f"{note}{n}", creator="客服部", **given)
            for n in range(1, count + 1)
        ]
        made = items.file_alone(unit, matter, papers)
        for n, item in enumerate(made, 1):
            if text is not None:
                objects.attach_to(unit, item, io.BytesIO(text.format(n=n).encode()), name=f"附件{n}.txt")
        uids = [item.uid for item in made]
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, uids, given_by="clerk")
    return uids


def contract(office, count=2, **given):
    """An old volume of a personal, confidential or plain class, closed and held; its uid."""
    return make.volume(office, given.pop("class_code", "FW·01"), count, held=True, year=2010, **given)


def appraised(office, uids):
    """A closed appraisal that lets these whole records go; the rows as `retention.appraising.appraisal` leaves them."""
    with office.work("archivist", Act.APPRAISAL_DECIDE) as unit:
        unit.act(Act.APPRAISAL_DECIDE)
        keeper = unit.person("manager").uid
        taken = Appraisal(
            uid=new_uid(), number=f"JD2026-{new_uid()[:8]}", year=2026, as_of=unit.today,
            state=AppraisalState.CLOSED, leader_uid=keeper, begun_at=unit.now, begun_by=keeper,
            closed_at=unit.now, closed_by=keeper,
        )  # fmt: skip
        unit.session.add(taken)
        unit.session.flush()
        for nth, record in enumerate(by_uid(unit, uids), 1):
            unit.session.add(
                AppraisalLine(
                    uid=new_uid(), appraisal_uid=taken.uid, nth=nth, record_uid=record.uid,
                    code=record.reference_code, period=record.period, expires_on=record.expires_on,
                    review_due=record.review_due, verdict=Verdict.DESTROY, decided_at=unit.now,
                    decided_by=keeper,
                )
            )  # fmt: skip
        return taken.number


def approved(office, uids):
    """A list of these records, frozen and approved; its number."""
    appraised(office, uids)
    with office.work("archivist", Act.DESTRUCTION_DRAFT) as unit:
        number = destruction.draft(unit, reason="期满无保存价值", codes=uids).number
    with office.work("archivist", Act.DESTRUCTION_FREEZE) as unit:
        fingerprint = destruction.freeze(unit, number).content_hash
    with office.work("gm", Act.DESTRUCTION_APPROVE) as unit:
        signing.approve(unit, number, fingerprint=fingerprint)
    return number


def begun(office, uids, *, confirmed=True):
    """A list of these records that is being carried out, witnessed by both supervisors; its number."""
    number = approved(office, uids)
    with office.work("archivist", Act.DESTRUCTION_BEGIN) as unit:
        signing.begin(unit, number, supervisors=["manager", "secretary"])
    for who in ("manager", "secretary") if confirmed else ():
        with office.work(who, Act.DESTRUCTION_CONFIRM) as unit:
            signing.confirm(unit, number, place="碎纸房")
    return number


def destroyed(office, uids):
    """These records destroyed the whole way; the number of the list."""
    number = begun(office, uids)
    execution.execute(office.instance, office.who("archivist"), number)
    return number


def steps(office, number):
    """The steps of a list's lines, in order."""
    with office.ask("archivist") as unit:
        made = destruction.one(unit, number)
        return [line.step for line in destruction.lines(unit, made)]


def rows(office, kind=Item):
    """Every row of a kind by uid, as it stands."""
    with office.ask("archivist") as unit:
        return {row.uid: row for row in unit.session.scalars(select(kind))}


def line_of(office, uid):
    """The line of a record."""
    with office.ask("archivist") as unit:
        return unit.session.scalar(select(DestructionLine).where(DestructionLine.record_uid == uid))


def states(office, uids):
    """The states of these records."""
    with office.ask("archivist") as unit:
        return {record.state for record in by_uid(unit, uids)}
