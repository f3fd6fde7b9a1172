"""What tests of transfer do again and again: records whose service has ended, lists in each state."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from archive import objects, reckoning, volumes
from archive.acts import Act
from archive.custody import handover
from archive.model import Appraisal, AppraisalLine, new_uid
from archive.statuses import AppraisalState, Verdict
from retention.transferring import packing, receipts, transfer
from retention.transferring.packing import Package
from retention.transferring.receipts import Receipt
from tests import make

ENDED = dt.date(2026, 2, 1)
FILES = (("业主名册.pdf", b"roll of owners"),)


def roll(
    office: Any, papers: int = 2, *, files: Sequence[tuple[str, bytes]] = FILES, class_code: str = "YH·09",
    ended: bool = True, by: str = "archivist", **matter: Any,
) -> str:  # fmt: skip
    """A held volume of *papers*, the first with *files*; its service has ended unless said otherwise; its uid."""
    uids = make.filed(office, class_code, papers, by=by, **matter)
    with office.work(by, Act.ITEM_ATTACH) as unit:
        uid = unit.item(uids[0]).volume_uid
        for name, body in files:
            objects.attach(unit, uids[0], body, name=name)
    with office.work(by, Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, uid)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    if ended:
        over(office, uid, by=by)
    return uid


def over(office: Any, uid: str, by: str = "archivist") -> None:
    """The service a record belongs to ends."""
    with office.work(by, Act.TRIGGER_RECORD) as unit:
        reckoning.record_trigger(unit, uid, "SERVICE_ENDED", ENDED, note="登记表")


def verdict(office: Any, uid: str, said: Verdict) -> None:
    """A closed appraisal whose panel said *said* of a record."""
    with office.work("archivist", Act.APPRAISAL_BEGIN) as unit:
        unit.act(Act.APPRAISAL_BEGIN)
        record = unit.record(uid)
        nth = unit.session.scalar(select(func.count()).select_from(Appraisal))
        closed = unit.now + dt.timedelta(seconds=nth)
        panel = Appraisal(
            uid=new_uid(), number=f"JD2026-{nth + 1:04d}", year=2026, as_of=unit.today, state=AppraisalState.CLOSED,
            begun_at=unit.now, begun_by=unit.actor.uid, closed_at=closed, closed_by=unit.actor.uid, card=b"",
        )  # fmt: skip
        unit.session.add(panel)
        unit.session.flush()
        line = AppraisalLine(
            uid=new_uid(), appraisal_uid=panel.uid, nth=1, record_uid=record.uid, code=record.reference_code,
            period=record.period, verdict=said, decided_at=closed, decided_by=unit.actor.uid, card=b"",
        )  # fmt: skip
        unit.session.add(line)


def drafted(office: Any, *codes: str, by: str = "archivist", **given: Any) -> str:
    """The number of a list of *codes* for the power office."""
    usual = {"to": "U001", "reason": "物业服务合同终止"}
    with office.work(by, Act.TRANSFER_DRAFT) as unit:
        return transfer.draft(unit, codes=codes, **{**usual, **given}).made.number


def approved(office: Any, *codes: str, by: str = "archivist") -> str:
    """As `drafted`, approved by the general manager."""
    number = drafted(office, *codes, by=by)
    with office.work("gm", Act.TRANSFER_APPROVE) as unit:
        transfer.approve(unit, number)
    return number


def packed(office: Any, number: str, folder: Path, by: str = "archivist", **given: Any) -> Package:
    """The package of a list in a new *folder*."""
    return packing.pack(office.instance, office.who(by), number, folder, **given)


def receipt(**given: Any) -> Receipt:
    """A receipt as the receiver usually signs it."""
    usual = {"receiver_name": "高主任", "receipt_no": "收2026-7", "on": dt.date(2026, 3, 2)}
    return Receipt(**{**usual, **given})


def signed(office: Any, number: str, by: str = "archivist", **given: Any) -> receipts.Signed:
    """Enter the receipt of a list."""
    with office.work(by, Act.TRANSFER_SIGN) as unit:
        return receipts.sign(unit, number, receipt(**given))
