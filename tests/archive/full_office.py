"""An office in which everything has happened once: asked, lent, chased, damaged, mended, read, sealed, counted, cleared.

`populated` lives one spring of it through the public services; what came of it is told by number, so that every
printed form can be asked for.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from archive import items, registry, volumes
from archive.acts import Act
from archive.circulation import chasing, copies, decisions, incidents, lending, readings, requests
from archive.custody import bagging, counts, drafts, handover, inspections, repairs, stocktake, tallies
from archive.forms.kinds import FormKind, Takes, Wanted
from archive.forms.page import Form
from archive.instance import SYSTEM
from archive.model import RequestLine
from archive.papers import Paper
from archive.statuses import (
    ClearanceItem,
    IncidentKind,
    Protection,
    RepairMethod,
    RequestKind,
    StocktakeKind,
    VisitorKind,
)
from archive.values import PlaceKind
from archive.words import Language
from retention.destroying import destruction
from tests import make
from tests.archive import test_clearance, test_incidents
from tests.archive.test_visitors import add as add_visitor
from tests.retention import campaigns, handing, lists

WHO = {"DEPT_MANAGER": "manager", "GM": "gm", "GM_SECRETARY": "secretary", "HR": "hr"}
IN = {"direction": "IN", "correspondent": "东城供电局", "received_on": "2025-04-18"}
OUT = {"direction": "OUT", "correspondent": "东城供电局", "reply_to": "东供电函〔2025〕18号"}


@dataclass
class Full:
    """The office, and what came of its spring: codes of records by nickname, numbers of slips by form."""

    office: Any
    codes: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)

    #: Who prints what the archivist may not see.
    others = {"f6-secret": "secretary"}

    def wanted(self, kind: FormKind, language: Language = Language.ZH, **given: Any) -> Wanted:
        """What to ask for to have *kind* printed with something on it."""
        usual: dict[str, Any] = {}
        if kind.code in self.numbers:
            usual["codes"] = (self.numbers[kind.code],)
        elif kind.takes in {Takes.VOLUME, Takes.VOLUMES}:
            usual["codes"] = (self.codes["plans"],)
        return Wanted(language=language, **{**usual, **given})

    def form(
        self, kind: FormKind, language: Language = Language.ZH, by: str | None = None, **given: Any
    ) -> Form:
        """*kind* as somebody would have it printed; its tables are made lists, so that they can be read twice."""
        with self.office.work(by or self.others.get(kind.code, "archivist"), Act.FORM_PRINT) as unit:
            unit.act(Act.FORM_PRINT)
            return settled(kind.build(unit, self.wanted(kind, language, **given)))


def settled(form: Form) -> Form:
    """*form* with its blocks and tables read out, so that it can be drawn outside its unit, and more than once."""
    from dataclasses import replace

    from archive.forms.page import Table

    def read(block: Any) -> Any:
        return replace(block, rows=[tuple(row) for row in block.rows]) if isinstance(block, Table) else block

    return replace(
        form,
        blocks=[read(block) for block in form.blocks],
        tables={name: list(rows) for name, rows in form.tables.items()},
    )


def populated(office: Any) -> Full:
    """Live through the spring of 2026 from 2 March on."""
    full = Full(office)
    for step in (
        _filed,
        _asked,
        _lent,
        _damaged,
        _read,
        _sealed,
        _chased,
        _counted,
        _leaving,
        _handed,
        _kept,
        _retired,
    ):
        step(full)
    return full


# --- what is filed ----------------------------------------------------------------------------------


def _volume(
    full: Full, name: str, class_code: str, title: str, *papers: Paper, held: bool = True, **given: Any
) -> None:
    office = full.office
    with office.work("archivist", Act.ITEM_FILE) as unit:
        made = items.file_matter(unit, make.matter(class_code, **given), papers, volume_title=title)
        uid = made[0].volume_uid or made[0].uid
        full.codes |= {f"{name}/{nth}": item.reference_code for nth, item in enumerate(made, 1)}
        full.codes[name] = unit.record(uid).reference_code
    if held:
        with office.work("archivist", Act.VOLUME_CLOSE) as unit:
            volumes.close(unit, uid)
        with office.work("archivist", Act.HANDOVER_SIGN) as unit:
            handover.accept(unit, [uid], given_by="clerk")
        with office.work("archivist", Act.VOLUME_MOVE) as unit:
            volumes.move(unit, uid, "R1-C1")


def _paper(title: str, class_code: str = "ZX·02", **given: Any) -> Paper:
    return make.paper(title, class_code, **given)


def _filed(full: Full) -> None:
    with full.office.work("archivist", Act.LOCATION_ADD) as unit:
        for code in ("D1", "D2"):
            registry.add_location(unit, code, kind=PlaceKind.BAG, name=f"档案袋 {code}", inside="R1-C1")
    _volume(
        full, "plans", "ZX·02", "A座1203室二次装修平面、水电、消防图纸及审图意见（含业户与施工单位签收）",
        _paper("A座1203室装修平面布置图", creator="和诚装饰工程有限公司", document_no="HC-2025-011"),
        _paper("A座1203室水电改造图", pages=4, creator="和诚装饰工程有限公司", document_no="HC-2025-012"),
        _paper("工程部审图意见书", pages=1, creator="工程部", document_no="工审〔2025〕7号"),
    )  # fmt: skip
    _volume(
        full, "second", "ZX·02", "A座1204室装修图纸", _paper("A座1204室装修平面图"), _paper("A座1204室吊顶图"),
        premises="A1204", dossier="A1204-2025-1",
    )  # fmt: skip
    _volume(
        full, "third", "ZX·02", "B座0101铺位装修图纸", _paper("B座0101铺位平面图"), premises="B0101",
        dossier="B0101-2025-1",
    )  # fmt: skip
    _volume(
        full, "letters", "WS·LW", "东城供电局来文（2025）",
        _paper("关于夏季高峰错峰用电的通知", "WS·LW", fields=IN, document_no="东供电函〔2025〕18号", creator="东城供电局"),
        _paper("关于配电房例行停电检修的函", "WS·LW", fields={**IN, "received_on": "2025-05-06"}, document_no="东供电函〔2025〕22号"),
    )  # fmt: skip
    _volume(
        full, "answer", "WS·DW", "关于错峰用电安排的复函",
        _paper("关于错峰用电安排的复函", "WS·DW", fields=OUT, document_no="和物函〔2025〕5号", dated=dt.date(2025, 4, 25), creator="工程部"),
        department="GC", held=False,
    )  # fmt: skip
    _volume(
        full, "tenant", "YH·01", "A座1203室入住资料", _paper("收楼验收记录表", "YH·01"),
        _paper("消防安全责任书", "YH·01"),
    )  # fmt: skip
    full.numbers |= {"f19": full.codes["letters/1"], "f20": full.codes["answer/1"]}


# --- what is asked for ------------------------------------------------------------------------------


def let(
    full: Full, kind: RequestKind, *names: str, by: str = "archivist", reason: str = "同意", **given: Any
) -> str:
    """A request for these records, approved by everybody whose word it needs; its number."""
    office, codes = full.office, [full.codes[name] for name in names]
    with office.work(by, Act.REQUEST_ASK) as unit:
        asked = requests.ask(unit, kind, codes, **{"purpose": "核对管线走向", **given})
        number, rows = asked.number, unit.session.query(RequestLine).filter_by(request_uid=asked.uid)
        steps = max((line.steps.split() for line in rows), key=len)
    for step in steps:
        with office.work(WHO[step], Act.REQUEST_APPROVE) as unit:
            decisions.decide(unit, [number], Act.REQUEST_APPROVE, reason=reason)
    return number


def _asked(full: Full) -> None:
    full.numbers["f10"] = let(
        full, RequestKind.LOAN, "plans", "second", by="staff", reason="同意借阅，按期归还", purpose="A座给排水立管改造，核对隐蔽管线走向"
    )  # fmt: skip


def _lent(full: Full) -> None:
    office = full.office
    office.tick(days=1)
    for name, days in (("plans", 14), ("second", 7)):
        with office.work("archivist", Act.LOAN_LEND) as unit:
            loan = lending.lend(
                unit, full.codes[name], to="staff", purpose="A座给排水立管改造，核对隐蔽管线走向", days=days
            )
            full.numbers[f"loan/{name}"] = loan.number
    full.numbers["slip"] = full.numbers["loan/plans"]


# --- damaged and mended -----------------------------------------------------------------------------


def _damaged(full: Full) -> None:
    office = full.office
    office.tick(days=3)
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, full.codes["second"], by="staff", intact=False, note="第2件右下角撕裂约3厘米")
    with office.work("staff", Act.INCIDENT_REPORT) as unit:
        number = incidents.report(
            unit, full.codes["second"], kind=IncidentKind.DAMAGED, found_on=unit.today,
            course="现场核对时被风吹落，拾起时图纸右下角被脚手架钩破。", extent="吊顶图一件，图签处撕裂，内容无缺失。",
            measures="当即停止使用，装入硬夹送回档案室。", concerned=("staff",), pieces=(full.codes["second/2"],),
            loan=full.numbers["loan/second"],
        ).number  # fmt: skip
    test_incidents.judge(office, number)
    test_incidents.decide(office, number)
    full.numbers["f13"] = number
    with office.work("archivist", Act.REPAIR_ORDER) as unit:
        mend = repairs.order(
            unit, full.codes["second"], method=RepairMethod.MEND, damage="图签处撕裂约3厘米", handler="吴资料",
            found_on=unit.today, pieces=(full.codes["second/2"],), incident=number,
        ).number  # fmt: skip
    office.tick(days=2)
    with office.work("archivist", Act.REPAIR_DONE) as unit:
        repairs.done(unit, mend, result="已托裱", original="归还原卷")
    test_incidents.close(office, number)


# --- read on site -----------------------------------------------------------------------------------


def _read(full: Full) -> None:
    office = full.office
    guest = add_visitor(
        office, kind=VisitorKind.OUTSIDE, name="钱外宾", organisation="西城区住房和城乡建设局", letter_no="西建介〔2026〕12号",
        letter_date=office.now.date(), phone="13800138000",
    )  # fmt: skip
    full.numbers["visitor"] = guest
    let(full, RequestKind.READ, "letters", for_="staff")
    full.numbers["visitor/request"] = let(
        full, RequestKind.READ, "letters", visitor=guest, purpose="核查供用电往来函件"
    )
    let(full, RequestKind.COPY, "letters", visitor=guest, purpose="报送主管部门")
    with office.work("archivist", Act.READING_BEGIN) as unit:
        first = readings.begin(
            unit, full.codes["letters"], reader="staff", place="R1", purpose="拟复函"
        ).number
    office.tick(hours=1)
    with office.work("archivist", Act.READING_END) as unit:
        readings.end(unit, first, effect="据以拟定复函")
    with office.work("archivist", Act.READING_BEGIN) as unit:
        second = readings.begin(
            unit,
            full.codes["letters"],
            visitor=guest,
            place="R1",
            purpose="核查供用电往来函件",
            companion="clerk",
        ).number
    office.tick(minutes=30)
    with office.work("archivist", Act.COPY_MAKE) as unit:
        copies.make(
            unit,
            full.codes["letters"],
            visitor=guest,
            pages=2,
            which="第1件",
            purpose="报送主管部门",
            certified=True,
        )
    office.tick(minutes=20)
    with office.work("archivist", Act.READING_END) as unit:
        readings.end(unit, second)


# --- sealed and opened ------------------------------------------------------------------------------


def _sealed(full: Full) -> None:
    office = full.office
    let(full, RequestKind.SEAL, "third", purpose="存满一年装袋")
    _close(full, "third", "D1", "000123")
    let(full, RequestKind.UNSEAL, "third", purpose="复查图签", by="archivist")
    office.tick(days=1)
    with office.work("archivist", Act.SEAL_OPEN) as unit:
        bagging.open_bag(unit, "D1", witness="clerk", reason="业主对铺位面积有异议，复查原图")
    _close(full, "third", "D1", "000124")


def _close(full: Full, name: str, bag: str, seal_no: str) -> None:
    with full.office.work("archivist", Act.SEAL_CLOSE) as unit:
        bagging.close(unit, [full.codes[name]], bag=bag, seal_no=seal_no, checked_by="clerk")


# --- chased -----------------------------------------------------------------------------------------


def _chased(full: Full) -> None:
    office = full.office
    for _ in range(17):  # a day without a line in the log is a clock that jumped
        office.tick(days=1)
        chasing.all_due(office.instance, SYSTEM)
        with office.work("archivist", Act.FORM_PRINT) as unit:
            unit.act(Act.FORM_PRINT)
    with office.ask("archivist", Act.CHASE_SEE) as unit:
        line = chasing.rows(unit, code=full.numbers["loan/plans"])[0]
    with office.work("staff", Act.CHASE_REPLY) as unit:
        chasing.reply(unit, line.number, "现场尚未完工，下周一送还。")
    full.numbers["f12"] = line.number


# --- counted ----------------------------------------------------------------------------------------


def _counted(full: Full) -> None:
    office = full.office
    with office.work("archivist", Act.STOCKTAKE_BEGIN) as unit:
        number = stocktake.begin(unit, StocktakeKind.MONTH, counters=("clerk", "records")).number
    here = [full.codes[name] for name in ("letters", "tenant")]
    with office.work("clerk", Act.STOCKTAKE_COUNT) as unit:
        counts.scan(unit, number, ["R1-C1", *here, "D1"])
        counts.scan(unit, number, ["R1-C1", full.codes["second"]], damaged=True)
        counts.scan(unit, number, ["K001-QT·2020·D10-0009"])
    with office.work("archivist", Act.STOCKTAKE_COMPARE) as unit:
        counts.compare(unit, number)
    with office.work("archivist", Act.INSPECTION_RECORD) as unit:
        found = dict.fromkeys(Protection, (True, "")) | {
            Protection.DAMP: (False, "北墙湿度计读数 72%，已开除湿机"),
            Protection.FIRE: (True, "灭火器压力正常"),
        }
        inspections.record(unit, "R1", found, stocktake=number)
    with office.ask("archivist", Act.STOCKTAKE_SEE) as unit:
        open_ones = [one.code for one in tallies.differences(unit, number, open_only=True)]
    for code in open_ones:
        with office.work("archivist", Act.STOCKTAKE_SETTLE) as unit:
            counts.settle(unit, number, code, "已查明，见修复登记")
    with office.work("archivist", Act.STOCKTAKE_CLOSE) as unit:
        tallies.close(
            unit, number, mend_by=unit.today + dt.timedelta(days=30), remarks="账外一件系错放，已退回原部门。"
        )
    full.numbers["f16"] = number


# --- leaving and handing over -----------------------------------------------------------------------


def _leaving(full: Full) -> None:
    office = full.office
    full.numbers["f14"] = test_clearance.begin(office, on=office.now.date() + dt.timedelta(days=14))
    test_clearance.add(office, what="一季度设备巡检表三份")
    test_clearance.add(office, kind=ClearanceItem.CONFIDENTIAL_PAPER, what="A座1203室业户联系单复印件")
    test_clearance.add(office, kind=ClearanceItem.KEY, what="A座弱电井钥匙一把")
    test_clearance.settle(office, 2)


def _handed(full: Full) -> None:
    _volume(
        full,
        "drafted",
        "ZX·02",
        "A座1203室装修图纸（第二期）",
        _paper("A座1203室阳台封闭图"),
        dossier="A1203-2025-2",
        held=False,
    )
    with full.office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, full.codes["drafted"])
    with full.office.work("clerk", Act.HANDOVER_DRAFT) as unit:
        made = drafts.draft(unit, [full.codes["drafted"]], reason="工程竣工归档", to_department="ZJB")
        full.numbers["f9"] = made.number


# --- kept one by one, in a box, and let go -----------------------------------------------------------


def _kept(full: Full) -> None:
    """Papers kept alone, one of them secret; a box with a volume in it."""
    office = full.office
    with office.work("secretary", Act.ITEM_FILE) as unit:
        matter = make.matter("WS·MM", department="ZJB")
        (secret,) = items.file_alone(unit, matter, [_paper("年度薪酬调整方案", "WS·MM", creator="总经办")])
        full.codes["secret"] = secret.reference_code
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        registry.add_location(unit, "B1", kind=PlaceKind.BOX, name="一号盒", inside="R1-C1")
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        volumes.move(unit, full.codes["letters"], "B1")
    full.numbers |= {"f5-box": "B1", "f7": full.codes["answer"]}


def _retired(full: Full) -> None:
    """Old papers appraised and destroyed, accounts among them; a roll of owners handed over to others."""
    office = full.office
    accounts = campaigns.volume(office, "KU·05", 2, year=2012, department="CW")
    old = campaigns.alone(office, 2)
    full.numbers["f21"] = full.numbers["f22"] = campaigns.judged(office, *old)
    lists.judged(office, [accounts])
    number = lists.drafted(office, [*old, accounts])
    with office.work("archivist", Act.DESTRUCTION_FREEZE) as unit:
        destruction.freeze(unit, number)
    lists.approve(office, number)
    lists.begin(office, number)
    lists.confirm(office, number)
    full.numbers["f23"] = full.numbers["f24"] = number
    full.numbers["f9-out"] = handing.drafted(office, handing.roll(office))
