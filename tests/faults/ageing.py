"""Old records, and the whole road of their going, by the people who may: appraisal, list, approval, two supervisors."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from archive import items, objects, volumes
from archive.acts import Act
from archive.circulation import lending, readings
from archive.custody import handover
from archive.statuses import Verdict
from retention.appraising import appraisal, deciding, opinions
from retention.destroying import destruction, freezing, signing
from retention.destroying.execution import execute
from tests import make

LEADER, MEMBERS, SUPERVISORS = "gm", ("manager", "secretary"), ("clerk", "supervisor")


def volumes_due(
    office, count: int, *, class_code: str = "FW·01", year: int = 2018, files: bool = False
) -> list[str]:
    """Volumes of two papers each that may be lent, held, and due since long, with stored files if asked; their uids."""
    return [_volume_due(office, class_code, year, files) for _ in range(count)]


def _volume_due(office, class_code: str, year: int, files: bool) -> str:
    papers = make.filed(office, class_code, 2, year=year)
    with office.ask("archivist") as unit:
        uid = str(unit.item(papers[0]).volume_uid)
    if files:
        with office.work("archivist", Act.ITEM_ATTACH) as unit:
            for paper in papers:
                objects.attach(unit, paper, f"正文 {paper}".encode() * 50, name="正文.txt")
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, uid)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    return uid


def items_due(office, count: int, *, class_code: str = "WS·BG") -> list[str]:
    """Items kept alone that may only be read, held, and due since long; their uids."""
    old = [make.paper(f"旧报告之{n}", class_code, dated=dt.date(2012, 5, 4)) for n in range(count)]
    with office.work("archivist", Act.ITEM_FILE) as unit:
        filed = items.file_alone(unit, make.matter(class_code, year=2012), old)
        uids = [item.uid for item in filed]
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, uids, given_by="clerk")
    return uids


def codes(office, uids: Sequence[str]) -> list[str]:
    """The reference codes of these records."""
    with office.ask("archivist") as unit:
        return [unit.record(uid).reference_code for uid in uids]


def appraised(office, uids: Sequence[str], verdict: Verdict = Verdict.DESTROY) -> str:
    """A closed appraisal that decided *verdict* on all of them; its number."""
    with office.work("archivist", Act.APPRAISAL_BEGIN) as unit:
        number = appraisal.begin(unit, leader=LEADER, members=MEMBERS, codes=uids).number
    for member in MEMBERS:
        with office.work(member, Act.APPRAISAL_OPINE) as unit:
            opinions.opine(unit, number, verdict=verdict, reason="已无保存价值", every_open=True)
    with office.work(LEADER, Act.APPRAISAL_DECIDE) as unit:
        deciding.decide_agreed(unit, number)
    with office.work(LEADER, Act.APPRAISAL_CLOSE) as unit:
        appraisal.close(unit, number)
    return number


def listed(office, uids: Sequence[str]) -> str:
    """A frozen list of these records; its number."""
    with office.work("archivist", Act.DESTRUCTION_DRAFT) as unit:
        number = destruction.draft(unit, reason="期满鉴定", codes=uids).number
    with office.work("archivist", Act.DESTRUCTION_FREEZE) as unit:
        destruction.freeze(unit, number)
    return number


def approve(office, number: str) -> None:
    """The general manager approves what he read."""
    with office.work("gm", Act.DESTRUCTION_APPROVE) as unit:
        signing.approve(unit, number, fingerprint=freezing.fingerprint(destruction.one(unit, number)))


def begin(office, number: str) -> None:
    """The archivist takes the papers off their shelves before two supervisors."""
    with office.work("archivist", Act.DESTRUCTION_BEGIN) as unit:
        signing.begin(unit, number, supervisors=SUPERVISORS)


def confirm(office, number: str) -> None:
    """Both supervisors sign."""
    for supervisor in SUPERVISORS:
        with office.work(supervisor, Act.DESTRUCTION_CONFIRM) as unit:
            signing.confirm(unit, number, place="一楼碎纸间")


def carry_out(office, number: str):
    """The archivist carries it out."""
    return execute(office.instance, office.who("archivist"), number)


def destroyed(office, uids: Sequence[str]) -> str:
    """The whole road; the number of the list."""
    appraised(office, uids)
    number = listed(office, uids)
    approve(office, number)
    begin(office, number)
    confirm(office, number)
    carry_out(office, number)
    return number


def lend(office, uid: str, *, to: str = "staff", approved: bool = False) -> None:
    """Over the counter with the general manager's word."""
    if not approved:
        make.approved(office, uid, to=to)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to=to, purpose="核对")


def show(office, uid: str, *, reader: str = "staff", approved: bool = False) -> None:
    """On site, with the general manager's word."""
    if not approved:
        make.approved(office, uid, to=reader, acts=(Act.RECORD_READ,))
    with office.work("archivist", Act.READING_BEGIN) as unit:
        readings.begin(unit, uid, reader=reader, place="R1", purpose="查看")
