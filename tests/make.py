"""Things tests need, one usual value each; plain functions over the public services."""

from __future__ import annotations

import datetime as dt
from typing import Any

from archive import grants, items, volumes
from archive.acts import Act
from archive.circulation import clearance
from archive.custody import handover
from archive.papers import Paper
from archive.values import Family
from archive.volumes import Matter

FIELDS = {
    Family.CONTRACT: {"contract_no": "HT-2024-0032", "counterparty": "清源保洁有限公司"},
    Family.CORRESPONDENCE: {"direction": "IN", "correspondent": "东城供电局"},
}


def matter(class_code: str = "ZX·02", **given: Any) -> Matter:
    """A matter of the given class with what its volumes are kept for."""
    usual: dict[str, Any] = {"year": 2025, "department": "KF"}
    if class_code.startswith(("YH", "ZX")):
        usual |= {"premises": "A1203", "party": "P001"}
    if class_code.startswith("ZX"):
        usual |= {"dossier": "A1203-2025-1"}
    if class_code.startswith("HT"):
        usual |= {"dossier": "HT-2024-0032"}
    if class_code == "WS·LW":
        usual |= {"party": "U001"}
    return Matter(class_code, **{**usual, **given})


def paper(title: str = "A1203 装修平面图", class_code: str = "ZX·02", **given: Any) -> Paper:
    """One paper of two pages, dated, with the fields its family demands."""
    usual: dict[str, Any] = {"dated": dt.date(2025, 3, 2), "pages": 2}
    if class_code.startswith("HT"):
        usual["fields"] = FIELDS[Family.CONTRACT]
    if class_code in {"WS·LW", "WS·DW", "YH·04"}:
        usual["fields"] = FIELDS[Family.CORRESPONDENCE]
    return Paper(title, **{**usual, **given})


def filed(
    office: Any, class_code: str = "ZX·02", count: int = 2, *, by: str = "archivist", **given: Any
) -> list[str]:
    """File *count* papers; returns the uids of the items."""
    with office.work(by, Act.ITEM_FILE) as unit:
        papers = [paper(f"{class_code} 文件之{n}", class_code) for n in range(1, count + 1)]
        return [
            item.uid
            for item in items.file_matter(
                unit, matter(class_code, **given), papers, volume_title=f"{class_code} 案卷"
            )
        ]


def volume(
    office: Any,
    class_code: str = "ZX·02",
    count: int = 2,
    *,
    held: bool = False,
    by: str = "archivist",
    **given: Any,
) -> str:
    """A volume with *count* papers, accepted if *held*; returns its uid."""
    uids = filed(office, class_code, count, by=by, **given)
    with office.ask(by, Act.RECORD_SEE) as unit:
        uid = unit.item(uids[0]).volume_uid
    assert uid is not None
    if held:
        with office.work("archivist", Act.VOLUME_CLOSE) as unit:
            volumes.close(unit, uid)
        with office.work("archivist", Act.HANDOVER_SIGN) as unit:
            handover.accept(unit, [uid], given_by="clerk")
    return uid


def approved(
    office: Any,
    code: str,
    *,
    to: str = "staff",
    acts: Any = (Act.LOAN_LEND,),
    days: int = 300,
    times: int = 1,
) -> None:
    """The general manager opens a record to somebody for these acts: what a use rests on without a request.

    Lending spends a grant: *times* of them are good for as many loans.
    """
    with office.work("gm", Act.GRANT_GIVE) as unit:
        until = unit.today + dt.timedelta(days=days)
        for _ in range(times):
            grants.give(unit, code, to=to, acts=acts, expires_on=until, reason="工作需要")


def cleared(office: Any, account: str) -> str:
    """A clean certificate for *account*, signed by the general manager; returns its number."""
    with office.work("hr", Act.CLEARANCE_BEGIN) as unit:
        number = clearance.begin(unit, account, unit.today).number
    with office.work("gm", Act.CLEARANCE_SIGN) as unit:
        clearance.sign(unit, number)
    with office.work("archivist", Act.CLEARANCE_CERTIFY) as unit:
        return str(clearance.certify(unit, number).certificate)
