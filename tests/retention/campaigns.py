"""Records that have run out, and panels that judge them: one usual value each."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select

from archive import items, reckoning, volumes
from archive.acts import Act
from archive.custody import handover
from archive.model import AppraisalLine, Item, Volume
from archive.statuses import Verdict
from retention.appraising import appraisal, deciding, opinions
from tests import make

D = dt.date.fromisoformat
#: The panel of most tests: the general manager leads, archivist and clerk sit on it.
MEMBERS = ("archivist", "clerk")


def alone(
    office: Any, count: int = 1, class_code: str = "WS·BG", *, dated: str | None = "2012-05-01", **given: Any
) -> list[str]:
    """*count* held items kept alone, of a class of ten years, long run out; their uids."""
    year = int(dated[:4]) if dated else given.pop("year", 2012)
    day = D(dated) if dated else None
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper(f"{class_code} 旧文件之{n}", class_code, dated=day) for n in range(1, count + 1)]
        matter = make.matter(class_code, year=year, **given)
        uids = [item.uid for item in items.file_alone(unit, matter, papers)]
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, uids, given_by="clerk")
    return uids


def volume(
    office: Any, class_code: str = "FW·01", count: int = 3, *, year: int = 2015, events: Any = (),
    fields: Any = None, **given: Any,
) -> str:  # fmt: skip
    """A held volume of *count* papers, run out; its uid. *events* are (kind, day) recorded for it."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [
            make.paper(f"{class_code} 旧卷文件之{n}", class_code, dated=dt.date(year, n, 1), **(fields or {}))
            for n in range(1, count + 1)
        ]
        filed = items.file_matter(
            unit, make.matter(class_code, year=year, **given), papers, volume_title=f"{class_code} 旧卷"
        )
        uid = str(filed[0].volume_uid)
        volumes.close(unit, uid)
    with office.work("archivist", Act.TRIGGER_RECORD) as unit:
        for kind, on in events:
            reckoning.record_trigger(unit, uid, kind, D(on), note="登记表")
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    return uid


def begun(
    office: Any, *, by: str = "archivist", leader: str | None = "gm", members: Any = MEMBERS, **given: Any
) -> str:
    """An appraisal of what is due; its number."""
    with office.work(by, Act.APPRAISAL_BEGIN) as unit:
        return str(appraisal.begin(unit, leader=leader, members=members, **given).number)


def opine(
    office: Any, who: str, number: str, *codes: str, verdict: Verdict = Verdict.DESTROY, **given: Any
) -> Any:
    """One opinion, with a reason."""
    given.setdefault("reason", "" if given.get("standard") else "已核对")
    with office.work(who, Act.APPRAISAL_OPINE) as unit:
        return opinions.opine(unit, number, codes, verdict=verdict, every_open=not codes, **given)


def agreed(office: Any, number: str, *codes: str, members: Any = MEMBERS, **given: Any) -> None:
    """The same opinion from every member."""
    for who in members:
        opine(office, who, number, *codes, **given)


def decide(office: Any, number: str, *codes: str, by: str = "gm", **given: Any) -> Any:
    """The leader decides: what is agreed, or *codes* by his own word."""
    with office.work(by, Act.APPRAISAL_DECIDE) as unit:
        if not codes:
            return deciding.decide_agreed(unit, number)
        return deciding.decide(unit, number, codes, **{"reason": "组长裁定", **given})


def closed(office: Any, number: str, *, by: str = "gm") -> None:
    """The leader closes it."""
    with office.work(by, Act.APPRAISAL_CLOSE) as unit:
        appraisal.close(unit, number)


def judged(office: Any, *codes: str, verdict: Verdict = Verdict.DESTROY, **given: Any) -> str:
    """An appraisal begun, agreed, decided and closed over *codes* (or all that is due); its number."""
    number = begun(office, codes=codes)
    agreed(office, number, verdict=verdict, **given)
    decide(office, number)
    closed(office, number)
    return number


def record(office: Any, uid: str) -> Any:
    """The volume or item as it stands."""
    with office.ask("gm") as unit:
        return unit.session.get(Volume, uid) or unit.session.get_one(Item, uid)


def line(office: Any, number: str, uid: str) -> AppraisalLine:
    """The line of a record on an appraisal."""
    with office.ask("gm") as unit:
        made = appraisal.one(unit, number)
        return unit.session.scalars(
            select(AppraisalLine).where(
                AppraisalLine.appraisal_uid == made.uid, AppraisalLine.record_uid == uid
            )
        ).one()


def begun_line(office: Any, number: str, class_code: str) -> int:
    """The number of the first line whose record is of *class_code*."""
    with office.ask("gm") as unit:
        made = appraisal.one(unit, number)
        return next(
            found.nth
            for found, one in appraisal.seen(unit, appraisal.lines(unit, made))
            if one.class_code == class_code
        )
