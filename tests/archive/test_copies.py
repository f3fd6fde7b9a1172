"""复制、摘抄: each on its own approval, spent by it, entered with pages and reader (R48, R42, 7-1.4)."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError

from archive import items, objects, people, volumes
from archive.acts import Act
from archive.circulation import (
    authority,
    copies,
    decisions,
    lending,
    reading_book,
    readings,
    requests,
)
from archive.custody import handover
from archive.errors import (
    AboveClearance,
    AlreadyOut,
    ApprovalNeeded,
    BadValue,
    LetterExpired,
    NotAllowed,
    NotApprovable,
    NotEmployed,
    NotFound,
    NothingToLend,
    PieceLost,
    SelfApproval,
    WrongState,
)
from archive.model import CopyOrder, Event, Holding, Item, RequestLine
from archive.statuses import RequestKind, RequestState
from archive.values import Employment, Level
from tests import make
from tests.archive.counter import counter as a_counter
from tests.archive.test_visitors import add as visitor

COPY, EXTRACT = RequestKind.COPY, RequestKind.EXTRACT


@pytest.fixture
def volume(office) -> str:
    """A held ZX·02 volume of two papers and four pages."""
    return make.volume(office, held=True)


def let(office, uid: str, kind: RequestKind = COPY, *, to: str = "staff", visitor: str | None = None) -> str:
    """A request for this use, asked for by the archivist and approved by who must; its number."""
    reader = {"visitor": visitor} if visitor else {"for_": to}
    with office.work("archivist", Act.REQUEST_ASK) as unit:
        number = requests.ask(unit, kind, [uid], purpose="报送消防", **reader).number
        steps = unit.session.scalars(select(RequestLine.steps).where(RequestLine.record_uid == uid)).all()[-1]
    who = {"DEPT_MANAGER": "manager", "GM": "gm", "GM_SECRETARY": "secretary"}
    for step in steps.split():
        with office.work(who[step], Act.REQUEST_APPROVE) as unit:
            decisions.decide(unit, [number], Act.REQUEST_APPROVE, reason="同意")
    return number


def copy(office, code, by="archivist", **given) -> str:
    """A copy of one page for staff, with what *given* changes; its number."""
    usual: dict[str, Any] = {"reader": "staff", "pages": 1, "which": "第1页", "purpose": "报送消防"}
    if "visitor" in given:
        usual["reader"] = None
    with office.work(by, Act.COPY_MAKE) as unit:
        return copies.make(unit, code, **{**usual, **given}).number


def listed(office, by="archivist", **wanted):
    with office.ask(by, Act.COPY_SEE) as unit:
        return copies.rows(unit, **wanted)


def count(office, kind) -> int:
    with office.instance.engine.connect() as raw:
        return raw.scalar(select(func.count()).select_from(kind)) or 0


def papers(office, uid) -> list[str]:
    with office.ask("archivist") as unit:
        rows = select(Item.reference_code).where(Item.volume_uid == uid).order_by(Item.seq_no)
        return list(unit.session.scalars(rows))


# --- making --------------------------------------------------------------------------------------


def test_req_R48_a_copy_is_made_on_an_approval_and_spends_it(office, volume):
    """Once: the line is fulfilled, the second copy needs another approval."""
    with pytest.raises(ApprovalNeeded):
        copy(office, volume)
    let(office, volume)
    assert copy(office, volume, pages=2, which="第3–4页", certified=True) == "FZ2026-00001"
    with pytest.raises(ApprovalNeeded):
        copy(office, volume)
    (row,) = listed(office)
    assert (row.kind, row.pages, row.which, row.certified, row.kept) == (COPY, 2, "第3–4页", True, 0)
    assert (row.reader, row.made_by, row.approved_by, row.purpose) == (
        "孙员工",
        "郑档案",
        "冯经理",
        "报送消防",
    )
    with office.instance.engine.connect() as raw:
        assert raw.scalars(select(RequestLine.state)).all() == [RequestState.FULFILLED]


def test_req_R48_witness_an_approval_that_is_not_spent_copies_twice(office, volume, monkeypatch):
    """Without spending, one word of the manager would do for ever: the test above would notice."""
    monkeypatch.setattr(authority, "spend", lambda *given: None)
    let(office, volume)
    copy(office, volume)
    copy(office, volume)
    assert count(office, CopyOrder) == 2


def test_an_extract_and_a_copy_are_different_acts(office, volume):
    """An approved extract lets nobody copy, nor the other way round; a loan is no copy at all."""
    let(office, volume, EXTRACT)
    with pytest.raises(ApprovalNeeded):
        copy(office, volume)
    assert copy(office, volume, kind=EXTRACT) == "FZ2026-00001"
    for kind in (RequestKind.READ, RequestKind.LOAN, RequestKind.SEAL):
        with pytest.raises(BadValue):
            copy(office, volume, kind=kind)


@pytest.mark.parametrize(
    "wrong",
    [
        {"pages": 0},
        {"pages": -1},
        {"pages": 5},
        {"which": " "},
        {"purpose": ""},
        {"reader": None},
        {"visitor": "LF2026-00001", "reader": "staff"},
        {"keep_holding": True, "pages": 3},
        {"keep_holding": True, "pages": 4, "kind": EXTRACT},
    ],
)
def test_a_slip_is_refused_and_spends_nothing(office, volume, wrong):
    """No pages, too many, nothing said; the approval is as good as before."""
    let(office, volume)
    let(office, volume, EXTRACT)
    with pytest.raises(BadValue):
        copy(office, volume, **wrong)
    assert count(office, CopyOrder) == 0
    assert copy(office, volume, pages=4)


def test_an_unknown_and_a_hidden_record_answer_alike(office):
    """A clerk without the right: as if it were not there."""
    for code in (make.volume(office, "YH·04", held=True), "K001-没有"):
        with pytest.raises(NotFound):
            copy(office, code, by="records")


def test_nobody_copies_for_himself(office, volume):
    """The archivist's own copy is made by somebody else."""
    let(office, volume, to="clerk")
    let(office, volume, to="supervisor")
    with pytest.raises(SelfApproval):
        copy(office, volume, by="clerk", reader="clerk")
    assert copy(office, volume, by="clerk", reader="supervisor")


@pytest.mark.parametrize("by", ["staff", "manager", "gm"])
def test_who_keeps_nothing_copies_nothing(office, volume, by):
    """The policy refuses whatever was approved."""
    let(office, volume, to="supervisor")
    with pytest.raises(NotAllowed):
        copy(office, volume, by=by, reader="supervisor")


def test_what_is_not_held_cannot_be_copied(office):
    """An open volume is still being filed."""
    uid = make.volume(office)
    make.approved(office, uid, acts=(Act.ITEM_GET,))
    with pytest.raises(WrongState):
        copy(office, uid)


def test_who_has_gone_or_lost_his_clearance_gets_no_copy(office, volume):
    """Judged on the day, not on the day of the approval."""
    confidential = make.volume(office, "YH·04", held=True)
    make.approved(office, confidential, to="supervisor", acts=(Act.ITEM_GET,))
    let(office, volume)
    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, "supervisor", Level.INTERNAL)
    with pytest.raises(AboveClearance):
        copy(office, confidential, reader="supervisor")
    with office.work("admin", Act.PERSON_EDIT) as unit:
        unit.act(Act.PERSON_EDIT, unit.person("staff"))
        unit.person("staff").employment = Employment.SUSPENDED
    with pytest.raises(NotEmployed):
        copy(office, volume)


def test_req_R48_a_confidential_copy_rests_on_the_gm_and_is_logged(office):
    """Without his word none; with it one line names act and record, the pages in clear, the words sealed."""
    uid = make.volume(office, "YH·04", held=True)
    with pytest.raises(ApprovalNeeded) as refused:
        copy(office, uid, reader="supervisor")
    assert [step.value for step in refused.value.facts["steps"]] == ["GM"]
    let(office, uid, to="supervisor")
    copy(office, uid, reader="supervisor", which="姓名页")
    assert [row.approved_by for row in listed(office)] == ["褚总"]
    with office.instance.engine.connect() as raw:
        (facts,) = raw.scalars(
            select(Event.facts).where(Event.act == Act.COPY_MAKE.value, Event.outcome == "done")
        )
    assert '"pages":1' in facts and "姓名页" not in facts


def test_req_R49_personnel_files_are_never_copied(office):
    """Nobody can approve it, though the GM opened the file to somebody."""
    uid = make.volume(office, "RS·01", by="hr", department="RS", dossier="E001")
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, uid)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="hr")
    make.approved(office, uid, to="secretary", acts=(Act.ITEM_GET,))
    for kind in (COPY, EXTRACT):
        with pytest.raises(NotApprovable):
            copy(office, uid, reader="secretary", kind=kind)
    assert count(office, CopyOrder) == 0


def test_req_R42_a_visitors_copy_needs_manager_and_gm_and_a_valid_letter(office, volume):
    """Its pages stand on the line of his reading (F15); after the letter's last day there is none."""
    number = visitor(office)
    with pytest.raises(ApprovalNeeded) as refused:
        copy(office, volume, visitor=number)
    assert [step.value for step in refused.value.facts["steps"]] == ["DEPT_MANAGER", "GM"]
    for kind in (RequestKind.READ, COPY):
        let(office, volume, kind, visitor=number)
    with office.work("archivist", Act.READING_BEGIN) as unit:
        readings.begin(unit, volume, visitor=number, companion="clerk", place="R1", purpose="查档")
    copy(office, volume, visitor=number, pages=3)
    with office.ask("archivist", Act.READING_SEE) as unit:
        assert [row.copied for row in reading_book.rows(unit, visitor=number)] == [3]
    assert [row.reader for row in listed(office, visitor=number)] == ["钱外宾"]
    office.tick(days=30)
    with pytest.raises(LetterExpired):
        copy(office, volume, visitor=number)


# --- what can be copied ----------------------------------------------------------------------------


def lent(office, uid) -> None:
    make.approved(office, uid, to="staff")
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, uid, to="staff", purpose="核对")


def test_what_is_out_cannot_be_copied_but_its_picture_can(office, volume):
    """On loan: refused; scanned: the picture is copied though the paper is away."""
    let(office, volume)
    lent(office, volume)
    with pytest.raises(AlreadyOut):
        copy(office, volume)
    assert count(office, CopyOrder) == 0
    scanned = make.filed(office, count=1, premises="A1204", dossier="A1204-2025-1")
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        objects.attach(unit, scanned[0], io.BytesIO(b"%PDF-1.4 plan"), name="plan.pdf")
        uid = unit.item(scanned[0]).volume_uid
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, uid)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    let(office, uid)
    lent(office, uid)
    assert copy(office, uid)


def test_what_is_being_read_can_be_copied_for_its_reader(office, volume):
    """The paper is in the house: copying it is what many come for."""
    let(office, volume, RequestKind.READ)
    let(office, volume)
    with office.work("archivist", Act.READING_BEGIN) as unit:
        readings.begin(unit, volume, reader="staff", place="R1", purpose="核对")
    assert copy(office, volume)


def test_req_R40_what_is_lost_cannot_be_copied(office, volume):
    """Nothing is left of it."""
    let(office, volume)
    with office.instance.engine.begin() as raw:
        raw.execute(text("UPDATE holding SET condition = 'LOST'"))
    with pytest.raises(PieceLost):
        copy(office, volume)


def test_what_has_neither_paper_nor_picture_cannot_be_copied(office):
    """Only a line in the catalogue: there is nothing to copy."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper(on_paper=False)]
        uid = items.file_matter(unit, make.matter(), papers, volume_title="电子案卷")[0].volume_uid
    with office.work("archivist", Act.VOLUME_CLOSE) as unit:
        volumes.close(unit, uid)
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    let(office, uid)
    with pytest.raises(NothingToLend):
        copy(office, uid, pages=2)


def test_a_whole_copy_can_be_kept_and_is_lent_in_the_place_of_the_original(office, volume):
    """One more piece for each paper, marked as copies; the count of the volume stays what it was."""
    let(office, volume)
    copy(office, volume, pages=4, which="全卷", keep_holding=True)
    with office.instance.engine.connect() as raw:
        kept = raw.execute(select(Holding.item_uid, Holding.is_copy).order_by(Holding.item_uid)).all()
    assert [is_copy for _, is_copy in kept].count(True) == 2 and len(kept) == 4
    assert listed(office)[0].kept == 2
    let(office, volume, RequestKind.READ)
    with office.work("archivist", Act.READING_BEGIN) as unit:
        assert readings.begin(unit, volume, reader="staff", place="R1", purpose="核对", items=2, pages=4)


# --- the register ------------------------------------------------------------------------------------


def test_inv_V23_the_register_shows_lines_of_records_one_may_see_and_ones_own(office):
    """A confidential copy: its reader and who may see the record; nobody else, not even that there is one."""
    uid = make.volume(office, "YH·04", held=True)
    make.approved(office, uid, to="supervisor", acts=(Act.ITEM_GET,))
    copy(office, uid, reader="supervisor")
    assert [(row.number, row.approved_by) for row in listed(office)] == [("FZ2026-00001", "褚总")]
    assert listed(office, "staff") == listed(office, "records") == []
    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, "supervisor", Level.INTERNAL)
    (own,) = listed(office, "supervisor")
    assert (own.number, own.code, own.title, own.which) == ("FZ2026-00001", "", "", "")
    with pytest.raises(NotFound):
        listed(office, "staff", code=uid)


def test_inv_V23_witness_a_register_that_does_not_ask_the_policy_shows_it(office, monkeypatch):
    """Were every line thought visible, staff would see the confidential one: the test above would notice."""
    uid = make.volume(office, "YH·04", held=True)
    make.approved(office, uid, to="supervisor", acts=(Act.ITEM_GET,))
    copy(office, uid, reader="supervisor")
    monkeypatch.setattr(copies, "_seen", lambda unit: CopyOrder.number != "")
    assert len(listed(office, "staff")) == 1


def test_the_register_is_narrowed_by_record_and_reader(office, volume):
    """Of one record, of one person; an unknown one is not found."""
    other = make.volume(office, held=True, premises="A1204", dossier="A1204-2025-1")
    let(office, volume)
    let(office, other, to="supervisor")
    first, second = copy(office, volume), copy(office, other, reader="supervisor")
    assert [row.number for row in listed(office, code=volume)] == [first]
    assert [row.number for row in listed(office, reader="supervisor")] == [second]
    assert [row.number for row in listed(office)] == [second, first]
    with pytest.raises(NotFound):
        listed(office, reader="nobody")


@pytest.mark.parametrize("change", ["UPDATE copy_order SET pages = 9", "DELETE FROM copy_order"])
def test_the_schema_itself_keeps_the_register_as_it_was_written(office, volume, change):
    """Past the service, by plain SQL: no line is changed or taken out."""
    let(office, volume)
    copy(office, volume)
    with pytest.raises(IntegrityError, match="copy_order is kept"), office.instance.engine.begin() as raw:
        raw.execute(text(change))
    assert [row.pages for row in listed(office)] == [1]


def test_which_pages_and_why_stand_nowhere_in_clear(office, volume):
    """Sealed under the record's key on the line and in the log."""
    let(office, volume)
    copy(office, volume, which="第三页押金条款", purpose="应对仲裁案件")
    kept = b"".join(path.read_bytes() for path in office.home.glob("catalogue.db*"))
    for word in ("第三页押金条款", "应对仲裁案件"):
        assert word.encode() not in kept
    assert b"FZ2026-00001" in kept


# --- over the counter ----------------------------------------------------------------------------------


@pytest.fixture
def desk(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


def test_a_copy_goes_through_the_counter(desk):
    """Refused without approval; made on the GM's grant; listed; a slip changes nothing."""
    told = desk.run(
        "archivist", "item", "file", "--class", "ZX·02", "--department", "KF", "--premises", "A1203", "--dossier",
        "A1203-2025-1", "--title", "装修平面图", "--date", "2025-03-02", "--pages", "2",
    ).check()  # fmt: skip
    code = next(word for word in told.out.replace("，", " ").split() if word.startswith("K001")).removesuffix(
        "-001"
    )
    desk.run("archivist", "volume", "close", code, "--confirm", code).check()
    desk.run("archivist", "handover", "accept", code, "--from", "clerk").check()
    make_it = (
        "copy",
        "make",
        code,
        "--reader",
        "staff",
        "--pages",
        2,
        "--which",
        "全卷",
        "--for",
        "报送消防",
    )
    assert "批准" in desk.run("archivist", *make_it).check(3).err
    until = desk.now.date() + dt.timedelta(days=9)
    desk.run(
        "gm", "grant", "give", code, "--to", "staff", "--act", "get", "--until", until, "--reason", "急"
    ).check()
    before = desk.state()
    assert desk.run("archivist", *make_it[:6], 99, *make_it[7:]).check(2).out == ""
    assert desk.state() == before
    told = desk.run("archivist", *make_it, "--certified", "--keep").check()
    assert "FZ2026-00001" in told.out
    (row,) = desk.rows("staff", "copy", "list", "--code", code)
    assert (row["pages"], row["certified"], row["kept"], row["code"]) == (2, True, 1, code)
    assert desk.run("archivist", "copy", "list", "--csv").check().out.count("FZ2026-00001") == 1
