"""What tests of destruction lists share: verdicts as an appraisal leaves them, and every step up to the gate."""

from __future__ import annotations

import dataclasses
import os
import shutil

from sqlalchemy import select, update

from archive import reckoning
from archive.acts import Act
from archive.custody.wholes import by_uid
from archive.model import Appraisal, AppraisalLine, Event, new_uid
from archive.statuses import AppraisalState, Verdict
from retention.destroying import destruction, signing
from tests import make
from tests.archive.counter import contents
from tests.conftest import Office, opened


def judged(office, uids, verdict=Verdict.DESTROY, *, state=AppraisalState.CLOSED):
    """An appraisal, closed if not said otherwise, with this verdict on whole records; its number."""
    office.tick(minutes=1)
    with office.work("archivist", Act.APPRAISAL_DECIDE) as unit:
        unit.act(Act.APPRAISAL_DECIDE)
        leader = unit.person("manager").uid
        made = Appraisal(
            uid=new_uid(), number=f"JD2026-{new_uid()[:8].upper()}", year=2026, as_of=unit.today, state=state,
            leader_uid=leader, begun_at=unit.now, begun_by=leader, closed_at=unit.now, closed_by=leader,
        )  # fmt: skip
        unit.session.add(made)
        unit.session.flush()
        for nth, record in enumerate(by_uid(unit, uids), 1):
            line = AppraisalLine(
                uid=new_uid(), appraisal_uid=made.uid, nth=nth, record_uid=record.uid, code=record.reference_code,
                period=record.period, expires_on=record.expires_on, review_due=record.review_due,
                verdict=verdict, decided_at=unit.now, decided_by=leader,
            )  # fmt: skip
            unit.session.add(line)
        return made.number


def drafted(office, uids, *, by="archivist", **given):
    """A draft of these records; its number."""
    with office.work(by, Act.DESTRUCTION_DRAFT) as unit:
        return destruction.draft(unit, reason="期满，无保存价值", codes=uids, **given).number


def frozen(office, uids, **given):
    """A frozen list of these records, appraised first; its number."""
    judged(office, uids)
    number = drafted(office, uids, **given)
    with office.work("archivist", Act.DESTRUCTION_FREEZE) as unit:
        destruction.freeze(unit, number)
    return number


def approve(office, number, **given):
    """The general manager quotes the fingerprint and approves."""
    with office.work("gm", Act.DESTRUCTION_APPROVE) as unit:
        fingerprint = destruction.one(unit, number).content_hash
        signing.approve(unit, number, fingerprint=fingerprint, **given)


def approved(office, uids, **given):
    """An approved list of these records; its number."""
    number = frozen(office, uids, **given)
    approve(office, number)
    return number


def begin(office, number, *supervisors, by="archivist"):
    """The papers come off their shelves before these supervisors."""
    with office.work(by, Act.DESTRUCTION_BEGIN) as unit:
        signing.begin(unit, number, supervisors=supervisors or ("manager", "secretary"))


def confirm(office, number, *who, place="碎纸房"):
    """These supervisors sign."""
    for account in who or ("manager", "secretary"):
        with office.work(account, Act.DESTRUCTION_CONFIRM) as unit:
            signing.confirm(unit, number, place=place)


def tampered(office, kind, where, **columns):
    """Columns changed behind the services' back, as somebody with the database could."""
    with office.work("archivist", Act.ITEM_EDIT) as unit:
        unit.act(Act.ITEM_EDIT)
        unit.session.execute(update(kind).where(where).values(**columns))


def personnel(office):
    """A personnel file whose person left in 1990, held; its uid."""
    uid = make.volume(office, "RS·01", 1, year=1989, department="RS", party="P001", held=True)
    with office.work("archivist", Act.TRIGGER_RECORD) as unit:
        reckoning.record_trigger(unit, uid, "EMPLOYMENT_ENDED", make.dt.date(1990, 5, 1), note="登记表")
    return uid


def represented(office, account):
    """The office with a legal representative who countersigns."""
    office.instance.settings = dataclasses.replace(office.instance.settings, legal_representative=account)


def state(office):
    """Every row but the log's: equal means that nothing changed."""
    return contents(office.home / "catalogue.db")


def copied(folder, key, target):
    """The office kept in *folder*, in a copy of its own under *target*; the caller closes it."""
    home = target / "copied"
    shutil.copytree(folder, home)
    os.chmod(home, 0o700)
    made = Office(None)
    made.instance = opened(home, key, lambda: made.now)
    return made


def last_line(office, outcome):
    """The newest line of the log with this outcome."""
    with office.ask("archivist") as unit:
        rows = select(Event).where(Event.outcome == outcome).order_by(Event.seq.desc())
        return unit.session.scalars(rows.limit(1)).first()


def made(office, number, by="archivist"):
    """The list and its lines, as they are."""
    with office.ask(by) as unit:
        found = destruction.one(unit, number)
        return found, destruction.lines(unit, found)
