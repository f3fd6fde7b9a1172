"""Stocktakes: the frozen books, the scans, the findings, each difference settled, closed by a third person."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter as Tally

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text, update

from archive import registry, volumes
from archive.acts import Act
from archive.circulation import incidents, lending
from archive.custody import counts, handover, inspections, stocktake, tallies
from archive.errors import (
    BadValue,
    BlindCount,
    CountOpen,
    DifferencesOpen,
    InspectionMissing,
    NoDifference,
    NotAllowed,
    NotCounter,
    NotEmployed,
    NotFound,
    NothingToCount,
    NotLockable,
    SameSigner,
    WrongState,
)
from archive.model import Location, Person, Seal, SealLine, Stocktake, StocktakeLine
from archive.statuses import (
    Finding,
    IncidentKind,
    Protection,
    SealState,
    StocktakeKind,
    StocktakeState,
    Whereabouts,
)
from archive.values import Employment, PlaceKind
from tests import make
from tests.archive.counter import counter as a_counter

TWO = ("clerk", "records")
SOUND = dict.fromkeys(Protection, (True, ""))
MONTH = StocktakeKind.MONTH


@pytest.fixture
def counter(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


# --- what tests do again and again ------------------------------------------------------------


def shelved(office, count=3, class_code="YH·05", to="R1-C1") -> list[str]:
    """Codes of volumes that are held and stand in a place."""
    codes = []
    for premises in ("A1203", "A1204", "B0101")[:count]:
        uid = make.volume(office, class_code, 1, held=True, premises=premises)
        with office.work("archivist", Act.VOLUME_MOVE) as unit:
            codes.append(volumes.move(unit, uid, to).reference_code)
    return codes


def begin(office, kind=MONTH, period=None, by="archivist", **given) -> str:
    with office.work(by, Act.STOCKTAKE_BEGIN) as unit:
        return stocktake.begin(unit, kind, period, counters=given.pop("counters", TWO), **given).number


def scan(office, number, *codes, by="clerk", **given):
    with office.work(by, Act.STOCKTAKE_COUNT) as unit:
        return counts.scan(unit, number, codes, **given)


def compare(office, number, by="archivist"):
    with office.work(by, Act.STOCKTAKE_COMPARE) as unit:
        counts.compare(unit, number)
    return findings(office, number)


def findings(office, number) -> dict[str, Finding]:
    with office.instance.engine.connect() as raw:
        rows = select(StocktakeLine.code, StocktakeLine.finding).join(
            Stocktake, Stocktake.uid == StocktakeLine.stocktake_uid
        )
        return dict(raw.execute(rows.where(Stocktake.number == number)).all())


def settle(office, number, code, text="已放回原位", **given):
    with office.work("archivist", Act.STOCKTAKE_SETTLE) as unit:
        counts.settle(unit, number, code, text, **given)


def inspect(office, number, by="archivist"):
    with office.work(by, Act.INSPECTION_RECORD) as unit:
        inspections.record(unit, "R1", SOUND, stocktake=number)


def close(office, number, by="archivist", **given):
    with office.work(by, Act.STOCKTAKE_CLOSE) as unit:
        return tallies.close(unit, number, **given).agrees


def report(office, number, by="archivist"):
    with office.ask(by, Act.STOCKTAKE_SEE) as unit:
        return tallies.report(unit, number)


def differences(office, number, by="archivist", **given):
    with office.ask(by, Act.STOCKTAKE_SEE) as unit:
        return tallies.differences(unit, number, **given)


def closed(office, kind=MONTH, period=None, **given) -> str:
    """A whole run over whatever is held, with everything found."""
    number = begin(office, kind, period, **given)
    with office.instance.engine.connect() as raw:
        codes = raw.scalars(
            select(StocktakeLine.code).join(Stocktake).where(Stocktake.number == number)
        ).all()
    scan(office, number, *codes)
    compare(office, number)
    inspect(office, number)
    close(office, number)
    return number


def lend(office, code, to="staff"):
    make.approved(office, code, to=to)
    with office.work("archivist", Act.LOAN_LEND) as unit:
        return lending.lend(unit, code, to=to, purpose="核对图纸", days=7).number


def state(office) -> str:
    """All rows of the ledgers that a stocktake writes: equal means nothing changed."""
    with office.instance.engine.connect() as raw:
        tables = (
            "stocktake",
            "stocktake_line",
            "stocktake_scan",
            "inspection",
            "incident",
            "movement",
            "volume",
        )
        return json.dumps([[str(row) for row in raw.execute(text(f"SELECT * FROM {one}"))] for one in tables])


# --- the story --------------------------------------------------------------------------------


def test_req_R24_form_F16_a_month_end_stocktake_from_the_frozen_books_to_the_signed_sheet(office):
    """Books, out, expected, counted, short, misplaced, damaged; an incident, a correction, seven lines, a third signer."""
    office.now = dt.datetime(2026, 3, 31, 8, 0, tzinfo=dt.UTC)
    lent, present, missing = shelved(office)
    moved, torn = shelved(office, 2, "FW·01")
    lend(office, lent)
    number = begin(office)
    scan(office, number, "R1-C1", present, "R1-C2", moved)
    scan(office, number, torn, damaged=True, by="records")
    assert compare(office, number) == {
        lent: Finding.AWAY, present: Finding.PRESENT, missing: Finding.MISSING, moved: Finding.MISPLACED,
        torn: Finding.DAMAGED,
    }  # fmt: skip
    settle(office, number, missing, "架上没有，查无借阅", incident=IncidentKind.LOST)
    settle(office, number, torn, "封面脱落", incident=IncidentKind.DAMAGED)
    settle(office, number, moved, "就放二号柜", keep_here=True)
    inspect(office, number)
    assert close(office, number, mend_by=dt.date(2026, 4, 15), remarks="见差异表") is False
    told = report(office, number)
    assert (told.number, told.period, told.state) == ("QD2026-0001", "2026-03", StocktakeState.CLOSED)
    assert (told.volumes, told.items, told.out, told.lost, told.expected, told.counted) == (5, 0, 1, 0, 4, 3)
    assert (told.short, told.misplaced, told.damaged, told.over) == ((missing,), (moved,), (torn,), ())
    assert (told.counters, told.checked_by, told.agrees) == (("周文员", "吴资料"), "郑档案", False)
    assert told.protections == tuple(Protection) and told.amiss == () and told.unsettled == 0
    assert (told.mend_by, told.remarks) == ("2026-04-15", "见差异表")
    lines = {line.code: line for line in differences(office, number)}
    assert lines[missing].incident and lines[moved].correction == "就放二号柜" and lines[moved].settled
    with office.ask("archivist") as unit:
        assert registry.stands(unit, unit.record(moved)).code == "R1-C2"
        assert incidents.lost(unit, unit.record(missing))


def test_inv_V16_the_books_agree_when_all_expected_was_there_and_nothing_else(office):
    """帐物相符: books less what is lent equals what was counted, by code; also where one was only misplaced."""
    lent, *rest = shelved(office)
    lend(office, lent)
    number = begin(office)
    scan(office, number, "R1-C2", *rest)
    compare(office, number)
    for code in rest:
        settle(office, number, code)
    inspect(office, number)
    assert close(office, number) is True
    told = report(office, number)
    assert told.volumes - told.out - told.lost == told.expected == told.counted == 2


def test_inv_V16_what_is_there_though_the_books_have_it_elsewhere_is_unexpected(office):
    """A lent volume on the shelf, a paper out of its volume, a wrong label, a file of another archive: settled in words."""
    lent, other = shelved(office, 2)
    lend(office, lent)
    number = begin(office)
    strays = [f"{other}-001", "K001-写错", "K999-ZY·YH·2025·D30-0001"]
    told = scan(office, number, lent, other, *strays)
    assert told.other_fonds == ("K999-ZY·YH·2025·D30-0001",)
    assert compare(office, number)[lent] is Finding.UNEXPECTED
    assert report(office, number).over == tuple(sorted([lent, *strays]))
    for code in (lent, *strays):
        settle(office, number, code, "已查明")
    inspect(office, number)
    assert close(office, number) is False
    assert {line.correction for line in differences(office, number)} == {"已查明"}


# --- scanning ---------------------------------------------------------------------------------


def test_req_R24_twice_the_same_code_is_one(office):
    """In one batch and in two, by both counters; the place seen last counts; damage once seen stays."""
    one, two, _ = shelved(office)
    number = begin(office)
    told = scan(office, number, one, one, two)
    assert (told.taken, told.again, told.places) == (2, 1, 0)
    told = scan(office, number, "R1-C2", two, by="records", damaged=True)
    assert (told.taken, told.again, told.places) == (1, 1, 1)
    scan(office, number, "R1-C1", two)
    assert compare(office, number)[two] is Finding.DAMAGED
    assert report(office, number).scanned == 2
    wide = "".join(
        chr(ord(letter) + 0xFEE0) if letter.isascii() and letter.isalnum() else letter for letter in one
    )
    assert scan(office, number, f"  {wide}\t").again == 1


def sealed(office, code, state_="SEALED") -> None:
    """A bag D1 with this volume in it under a seal, by the tables."""
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        if not unit.session.scalar(select(Location).where(Location.code == "D1")):
            registry.add_location(unit, "D1", kind=PlaceKind.BAG, name="一号袋", inside="R1-C1")
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        uid, bag = volumes.move(unit, code, "D1").uid, registry.location(unit, "D1").uid
        who = [unit.person(account).uid for account in ("archivist", "clerk")]
        seal = Seal(
            number="FC2026-0001", seal_no="0451", bag_uid=bag, sealed_on=unit.today, sealed_by=who[0],
            checked_by=who[1], state=SealState(state_),
        )  # fmt: skip
        unit.session.add(seal)
        unit.session.flush()
        unit.session.add(SealLine(seal_uid=seal.uid, record_uid=uid))


def test_req_R21_a_sealed_bag_is_counted_by_its_whole_seal(office):
    """Its code counts what is in it, nobody opens it; codes after it stand where they stood before it."""
    inside, beside, _ = shelved(office)
    sealed(office, inside)
    number = begin(office)
    told = scan(office, number, "R1-C1", "D1", beside)
    assert (told.taken, told.places, told.bags) == (1, 1, 1)
    found = compare(office, number)
    assert (found[inside], found[beside]) == (Finding.PRESENT, Finding.PRESENT)


def test_req_R21_a_bag_without_its_seal_is_a_place_like_any_other(office):
    """Opened, its volumes are scanned one by one: the code of the bag alone counts nothing."""
    inside, *_ = shelved(office)
    sealed(office, inside, "UNSEALED")
    number = begin(office)
    with pytest.raises(BadValue):
        scan(office, number, "D1")
    assert compare(office, number)[inside] is Finding.MISSING
    assert scan(office, number, "D1", inside).bags == 0
    assert compare(office, number)[inside] is Finding.PRESENT


def test_req_R24_a_wrong_scan_is_taken_back_and_the_run_compared_again(office):
    """Void, scan again, compare again; what was settled stays settled only where the finding is the same."""
    one, two, three = shelved(office)
    number = begin(office)
    scan(office, number, one)
    assert Tally(compare(office, number).values())[Finding.MISSING] == 2
    settle(office, number, two, "登记有误")
    settle(office, number, three, "登记有误")
    with office.work("clerk", Act.STOCKTAKE_COUNT) as unit:
        counts.unscan(unit, number, one)
    scan(office, number, two)
    with pytest.raises(WrongState):
        settle(office, number, one)
    assert compare(office, number) == {
        one: Finding.MISSING, two: Finding.PRESENT, three: Finding.MISSING,
    }  # fmt: skip
    assert {line.code: line.settled for line in differences(office, number)} == {one: False, three: True}
    assert [line.code for line in differences(office, number, open_only=True)] == [one]
    with pytest.raises(NotFound), office.work("clerk", Act.STOCKTAKE_COUNT) as unit:
        counts.unscan(unit, number, one)


def test_req_R24_a_layer_scanned_for_what_stands_in_a_position_of_it_is_right(office):
    """The scanned place may be coarser or finer than the booked one; a neighbour is wrong."""
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        for code in ("L1", "L2"):
            registry.add_location(unit, code, kind=PlaceKind.LAYER, name=code, inside="R1-C1")
        registry.add_location(unit, "P1", kind=PlaceKind.POSITION, name="P1", inside="L1")
    (fine,) = shelved(office, 1, to="P1")
    (coarse,) = shelved(office, 1, "FW·01", to="R1-C1")
    for where, expected in (("L1", Finding.PRESENT), ("P1", Finding.PRESENT), ("L2", Finding.MISPLACED)):
        number = begin(office)
        scan(office, number, fine, coarse, place=where)
        found = compare(office, number)
        assert (found[fine], found[coarse]) == (expected, Finding.PRESENT)
        with office.work("archivist", Act.STOCKTAKE_CANCEL) as unit:
            stocktake.cancel(unit, number, reason="重来")


def test_req_R24_the_counter_stays_open_while_counting(office):
    """Lent after the freeze is away, brought back after it is there: no false difference."""
    out, back, stays = shelved(office)
    lend(office, back)
    number = begin(office)
    office.tick(hours=1)
    with office.work("archivist", Act.LOAN_RETURN) as unit:
        lending.take_back(unit, back)
    lend(office, out)
    scan(office, number, stays, back)
    assert compare(office, number) == {out: Finding.AWAY, back: Finding.PRESENT, stays: Finding.PRESENT}


def test_req_R24_what_nobody_placed_is_told_its_place_by_the_count(office):
    """No place on the books, found in one: misplaced, and kept there the books follow."""
    uid = make.volume(office, "YH·05", 1, held=True)
    with office.ask("archivist") as unit:
        code = unit.record(uid).reference_code
    number = begin(office)
    scan(office, number, code, place="R1-C2")
    assert compare(office, number) == {code: Finding.MISPLACED}
    settle(office, number, code, "上架", keep_here=True)
    with office.ask("archivist") as unit:
        assert registry.stands(unit, unit.record(code)).code == "R1-C2"


def test_what_is_electronic_only_or_not_accepted_is_not_looked_for(office):
    """Files are counted by reading them; an open volume is not the archive's yet; an item kept alone is."""
    make.volume(office, "YH·05", 1)
    alone = make.filed(office, "ZK·01", 1)[0]
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [alone], given_by="clerk")
        code = unit.record(alone).reference_code
    number = begin(office)
    assert compare(office, number) == {code: Finding.MISSING}
    told = report(office, number)
    assert (told.volumes, told.items, told.electronic) == (0, 1, 0)
    assert (told.blobs, told.unread, told.oldest_read) == (0, 0, None)


# --- who may ----------------------------------------------------------------------------------


def test_form_F16_two_count_and_a_third_checks(office):
    """The same person twice, somebody who left, a counter who checks, a checker who scans: each refused."""
    shelved(office, 1)
    with pytest.raises(SameSigner):
        begin(office, counters=("clerk", "clerk"))
    with office.instance.engine.begin() as raw:
        raw.execute(update(Person).where(Person.account == "staff").values(employment=Employment.LEFT))
    with pytest.raises(NotEmployed):
        begin(office, counters=("clerk", "staff"))
    with pytest.raises(NotAllowed):
        begin(office, by="clerk")
    number = begin(office, counters=("archivist", "clerk"))
    with pytest.raises(NotCounter):
        scan(office, number, "K001-X", by="records")
    compare(office, number)
    settle(office, number, next(iter(findings(office, number))))
    inspect(office, number)
    with pytest.raises(SameSigner):
        close(office, number)
    assert close(office, number, by="secretary") is False


def test_form_F16_the_database_itself_wants_three_people(office):
    """A counter as checker is refused by the table whatever program asks."""
    shelved(office, 1)
    number = closed(office)
    with office.instance.engine.connect() as raw, pytest.raises(Exception, match="own_checker"):
        raw.execute(text("UPDATE stocktake SET checked_by = counter_one WHERE number = :n"), {"n": number})


def test_req_R24_who_counts_blind_is_told_nothing_and_does_not_compare(office):
    """No expected list, no figures, no comparing for the counters until a third person compares; then all."""
    (code,) = shelved(office, 1)
    number = begin(office, blind=True)
    assert (
        differences(office, number, by="clerk") == [] and report(office, number, by="clerk").volumes is None
    )
    assert report(office, number).volumes == 1
    assert [line.code for line in differences(office, number)] == [code]
    with pytest.raises(BlindCount):
        compare(office, number, by="clerk")
    compare(office, number)
    assert report(office, number, by="clerk").short == (code,)
    with office.work("archivist", Act.STOCKTAKE_CANCEL) as unit:
        stocktake.cancel(unit, number, reason="只看盲点")
    open_run = begin(office)
    assert [line.code for line in differences(office, open_run, by="clerk")] == [code]
    compare(office, open_run, by="clerk")


def test_inv_V23_scanning_and_lists_tell_nobody_what_exists(office):
    """A clerk scans a hidden code and a code of nothing: taken alike, listed to her neither; the archivist sees all."""
    (seen,) = shelved(office, 1)
    (hidden,) = shelved(office, 1, "ZX·01")
    number = begin(office, counters=("staff", "records"))
    assert scan(office, number, hidden, by="records") == scan(office, number, "K001-没有", by="records")
    compare(office, number)
    for by, codes, books in (("records", {seen}, 1), ("archivist", {seen, "K001-没有"}, 2)):
        assert {line.code for line in differences(office, number, by=by)} == codes, by
        told = report(office, number, by=by)
        assert (told.volumes, set(told.short + told.over)) == (books, codes)
    with pytest.raises(NotFound), office.work("secretary", Act.STOCKTAKE_SETTLE) as unit:
        counts.settle(unit, number, "K001-没有", "已查明")
    with pytest.raises(NothingToCount):
        begin(office, by="secretary", class_code="ZX·01")
    assert begin(office, class_code="ZX·01")


def test_inv_V23_a_list_of_confidential_differences_leaves_a_line(office):
    """V25: the log says how many confidential records a list showed."""
    (code,) = shelved(office, 1, "ZX·01")
    number = begin(office)
    compare(office, number)
    assert [line.title for line in differences(office, number)] == ["ZX·01 案卷"]
    with office.instance.engine.connect() as raw:
        facts = raw.scalar(
            text("SELECT facts FROM event WHERE act = 'stocktake.see' ORDER BY seq DESC LIMIT 1")
        )
        assert json.loads(facts) == {"confidential": 1, "listed": True}
        sealed = raw.scalar(text("SELECT group_concat(facts) FROM event"))
    assert code not in (sealed or "")


# --- refusals ---------------------------------------------------------------------------------


def test_inv_V16_no_run_closes_with_a_difference_open_or_without_its_inspection(office):
    """The refusal says how many and which; then the inspection is asked for; then it closes."""
    codes = sorted(shelved(office))
    number = begin(office)
    with pytest.raises(WrongState):
        close(office, number)
    compare(office, number)
    before = state(office)
    with pytest.raises(DifferencesOpen) as told:
        close(office, number)
    assert told.value.facts == {"number": number, "count": 3, "codes": codes} and state(office) == before
    for code in codes:
        settle(office, number, code)
    with pytest.raises(InspectionMissing):
        close(office, number)
    inspect(office, number)
    close(office, number)
    for act in (
        lambda: scan(office, number, "K001-X"),
        lambda: compare(office, number),
        lambda: close(office, number),
    ):
        with pytest.raises(WrongState):
            act()


def test_inv_V16_closing_witness(office, monkeypatch):
    """Were nobody to look for open differences, the same run would close."""
    shelved(office, 1)
    number = begin(office)
    compare(office, number)
    inspect(office, number)
    monkeypatch.setattr(tallies, "_all_settled", lambda *_: None)
    assert close(office, number) is False


def test_inv_V16_hidden_differences_hold_a_run_open_without_being_named(office):
    """The secretary checks: a confidential volume is missing that is not hers to see; none is named."""
    shelved(office, 1, "ZX·01")
    number = begin(office)
    compare(office, number)
    inspect(office, number)
    with pytest.raises(DifferencesOpen) as told:
        close(office, number, by="secretary")
    assert told.value.facts == {"number": number, "count": 0, "codes": []}


def test_what_is_refused_at_the_beginning(office):
    """A period to come, a period that is none, unknown scopes, nothing held, a run of the same scope still open."""
    with pytest.raises(NothingToCount):
        begin(office)
    shelved(office, 1)
    bad = [
        ({"period": "2026-04"}, BadValue), ({"period": "2026-13"}, BadValue), ({"period": "2026"}, BadValue),
        ({"kind": StocktakeKind.YEAR, "period": "2027"}, BadValue), ({"period": "２０２６-03"}, BadValue),
        ({"class_code": "没有"}, NotFound), ({"department": "没有"}, NotFound), ({"place": "没有"}, NotFound),
        ({"counters": ("clerk", "nobody")}, NotFound), ({"department": "RS"}, NothingToCount),
    ]  # fmt: skip
    before = state(office)
    for given_, refusal in bad:
        with pytest.raises(refusal):
            begin(office, **given_)
    assert state(office) == before
    number = begin(office)
    with pytest.raises(CountOpen) as told:
        begin(office)
    assert told.value.facts == {"number": number}
    assert begin(office, department="KF") and begin(office, StocktakeKind.SPOT)


def test_what_is_refused_while_scanning(office):
    """Unknown runs and places, nothing scanned, a code too long or with control letters: all codes or none."""
    (code,) = shelved(office, 1)
    number = begin(office)
    before = state(office)
    bad = [
        ((), {}, BadValue), (("", "  "), {}, BadValue), ((code, "x" * 121), {}, BadValue),
        ((code, "K001\x00"), {}, BadValue), ((code,), {"place": "没有"}, NotFound), (("R1-C1",), {}, BadValue),
    ]  # fmt: skip
    for codes, given_, refusal in bad:
        with pytest.raises(refusal):
            scan(office, number, *codes, **given_)
    with pytest.raises(NotFound):
        scan(office, "QD2026-9999", code)
    assert state(office) == before


def test_what_is_refused_when_settling(office):
    """No difference, no words, an incident that answers for something else, a place without a lock."""
    present, missing, moved = shelved(office)
    (secret,) = shelved(office, 1, "YH·01")
    number = begin(office)
    scan(office, number, present, "R1-C2", moved, secret)
    compare(office, number)
    before = state(office)
    bad = [
        ((present, "无"), {}, NoDifference), (("K001-没有", "无"), {}, NoDifference), ((missing, "  "), {}, BadValue),
        ((missing, "无"), {"incident": IncidentKind.DAMAGED}, BadValue),
        ((moved, "无"), {"incident": IncidentKind.LOST}, BadValue),
        ((missing, "无"), {"keep_here": True}, NoDifference), ((secret, "放这"), {"keep_here": True}, NotLockable),
        (("K001-没有", "无"), {"incident": IncidentKind.LOST}, NoDifference),
    ]  # fmt: skip
    for words, given_, refusal in bad:
        with pytest.raises(refusal):
            settle(office, number, *words, **given_)
    assert state(office) == before
    settle(office, number, missing)
    with pytest.raises(NoDifference):
        settle(office, number, missing)


def test_a_run_given_up_says_why_and_its_lines_stay(office):
    """Without a reason it goes on; given up it is over, and a new one may begin."""
    shelved(office, 1)
    number = begin(office)
    for reason, refusal in ((" ", BadValue), ("范围有误", None)):
        with office.work("archivist", Act.STOCKTAKE_CANCEL) as unit:
            if refusal is None:
                stocktake.cancel(unit, number, reason=reason)
            else:
                with pytest.raises(refusal):
                    stocktake.cancel(unit, number, reason=reason)
                unit.session.rollback()
    assert report(office, number).remarks == "范围有误" and len(findings(office, number)) == 1
    with pytest.raises(WrongState):
        compare(office, number)
    begin(office)


def test_inv_V18_the_lines_of_a_run_are_never_deleted(office):
    """The database refuses it; a scan, which may be taken back, shows that the check can fail."""
    (code,) = shelved(office, 1)
    number = begin(office)
    scan(office, number, code)
    for table, kept in (("stocktake", True), ("stocktake_line", True), ("stocktake_scan", False)):
        with office.instance.engine.connect() as raw:
            raw.execute(text("PRAGMA defer_foreign_keys = ON"))
            if kept:
                with pytest.raises(Exception, match="is kept"):
                    raw.execute(text(f"DELETE FROM {table}"))
            else:
                raw.execute(text(f"DELETE FROM {table}"))
            raw.rollback()


# --- what is due ------------------------------------------------------------------------------


def missing(office) -> list[str]:
    with office.ask("archivist", Act.STOCKTAKE_SEE) as unit:
        return stocktake.missing_months(unit)


def due(office) -> list[tuple]:
    with office.ask("archivist", Act.STOCKTAKE_SEE) as unit:
        return [
            (one.kind.value, one.period, one.due_on.isoformat(), one.overdue_days)
            for one in stocktake.due(unit)
        ]


def test_inv_V16_a_month_without_a_closed_run_is_reported(office):
    """From the first month with something held to the last that is over; an open run does not count, a closed one does."""
    assert missing(office) == [] and due(office) == []
    shelved(office, 1)
    assert missing(office) == [] and due(office) == [("MONTH", "2026-03", "2026-03-31", 0)]
    office.tick(days=61)
    assert missing(office) == ["2026-03", "2026-04"]
    number = begin(office, period="2026-03")
    assert missing(office) == ["2026-03", "2026-04"]
    with office.work("archivist", Act.STOCKTAKE_CANCEL) as unit:
        stocktake.cancel(unit, number, reason="重来")
    closed(office, period="2026-03")
    assert missing(office) == ["2026-04"]
    assert due(office) == [("MONTH", "2026-04", "2026-04-30", 2), ("MONTH", "2026-05", "2026-05-31", 0)]
    with office.ask("archivist", Act.STOCKTAKE_SEE) as unit:
        assert stocktake.missing_months(unit, dt.date(2026, 5, 1)) == []


def test_inv_V16_departments_together_make_a_month_a_class_or_a_place_does_not(office):
    """Counted by every department that had something then, the month is counted; by a cabinet it is not."""
    shelved(office, 1)
    make.volume(office, "FW·01", 1, held=True, department="GC")
    office.tick(days=31)
    for scope in ({"place": "R1-C1"}, {"class_code": "YH·05"}, {"department": "KF"}):
        closed(office, period="2026-03", **scope)
        assert missing(office) == ["2026-03"]
    closed(office, period="2026-03", department="GC")
    assert missing(office) == []


def test_req_R28_the_annual_check_is_due_by_the_end_of_march(office):
    """Due from January where something was held before; done when a run of that year is closed."""
    shelved(office, 1)
    with office.ask("archivist") as unit:
        assert not stocktake.annual_done(unit, 2026)
    office.now = dt.datetime(2027, 4, 2, 8, 0, tzinfo=dt.UTC)
    assert due(office)[-1] == ("YEAR", "2027", "2027-03-31", 2)
    closed(office, StocktakeKind.YEAR)
    assert due(office)[-1][0] == "MONTH"
    with office.ask("archivist") as unit:
        assert stocktake.annual_done(unit, 2027) and not stocktake.annual_done(unit, 2026)


# --- any scans at all -------------------------------------------------------------------------


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_inv_V16_every_line_has_one_finding_that_the_scans_explain(office, data):
    """For any scans in any places: the findings are those of a plain loop over the same facts, and add up."""
    if not hasattr(office, "codes"):
        office.codes = shelved(office)
        office.lent = office.codes[0]
        lend(office, office.lent)
    places = {
        "R1": Finding.PRESENT,
        "R1-C1": Finding.PRESENT,
        "R1-C2": Finding.MISPLACED,
        "": Finding.PRESENT,
    }
    scans = data.draw(
        st.dictionaries(st.sampled_from([*office.codes, "K001-没有"]), st.sampled_from(sorted(places)))
    )
    number = begin(office)
    for code, where in scans.items():
        scan(office, number, code, place=where or None)
    found = compare(office, number)
    for code in office.codes:
        if code == office.lent:
            expected = Finding.UNEXPECTED if code in scans else Finding.AWAY
        else:
            expected = places[scans[code]] if code in scans else Finding.MISSING
        assert found[code] is expected
    told = report(office, number)
    assert told.volumes == told.out + told.expected and told.expected == told.counted + len(told.short)
    with office.work("archivist", Act.STOCKTAKE_CANCEL) as unit:
        stocktake.cancel(unit, number, reason="下一例")


def test_req_R24_freezing_witness(office):
    """A line lost between the books and the frozen list would show: the sheet counts what the books hold."""
    shelved(office)
    number = begin(office)
    books = report(office, number).volumes
    with office.instance.engine.begin() as raw:
        raw.execute(text("DROP TRIGGER IF EXISTS stocktake_line_is_kept"))
        triggers = raw.scalars(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'stocktake_line'")
        ).all()
        for name in triggers:
            raw.execute(text(f'DROP TRIGGER "{name}"'))
        raw.execute(delete(StocktakeLine).where(StocktakeLine.expected == Whereabouts.SHELF))
    assert books == 3 and report(office, number).volumes == 0


# --- the command line -------------------------------------------------------------------------


def test_a_stocktake_by_the_command_line(counter):
    """begin, count from a file and from standard input, compare, differences, settle, inspect, close, show, list, due."""
    who = "archivist"
    filed = (
        "item",
        "file",
        "--class",
        "YH·05",
        "--department",
        "KF",
        "--premises",
        "A1203",
        "--party",
        "P001",
    )
    told = counter.run(who, *filed, "--title", "通知", "--date", "2025-03-02", "--pages", "2").check().out
    item = next(
        word for word in told.replace("，", " ").replace("。", " ").split() if word.startswith("K001-")
    )
    volume = item.rsplit("-", 1)[0]
    counter.run(who, "volume", "close", volume, "--confirm", volume).check()
    counter.run(who, "handover", "accept", volume, "--from", "clerk").check()
    counter.run(who, "volume", "move", volume, "--to", "R1-C1").check()
    counter.run(who, "stocktake", "begin", "month", "--counter", "clerk").check(2)
    counter.run(who, "stocktake", "begin", "month", "--counter", "clerk", "--counter", "records").check()
    run = "QD2026-0001"
    path = counter.desk / "codes.txt"
    path.write_text(f"R1-C2\n{volume}\n{volume}\n", "utf-8")
    assert "其中重复 1" in counter.run("clerk", "stocktake", "count", run, "--file", path).check().out
    told = counter.run("records", "stocktake", "count", run, "--file", "-", typed="K999-1\n").check()
    assert "不是本全宗" in told.out
    counter.run("records", "stocktake", "unscan", run, "K999-1").check()
    counter.run(who, "stocktake", "compare", run).check()
    (row,) = counter.rows(who, "stocktake", "differences", run, "--open")
    assert (row["finding"], row["seen"]) == ("MISPLACED", "一号库房 / 二号柜")
    told = counter.run(who, "stocktake", "close", run).check(1)
    assert "您能看到 1 处" in told.err and volume in told.err
    counter.run(who, "stocktake", "settle", run, volume, "--with", "放回").check()
    counter.run(who, "inspection", "record", "R1", "--rest-sound", "--stocktake", run).check()
    assert "账物相符 是" in counter.run(who, "stocktake", "close", run).check().out
    shown = json.loads(counter.run(who, "stocktake", "show", run, "--json").check().out)
    assert (shown["counted"], shown["agrees"], len(shown["protections"])) == (1, True, 7)
    assert [one["number"] for one in counter.rows(who, "stocktake", "list")] == [run]
    assert counter.rows(who, "stocktake", "due") == []
    counter.run(
        who, "stocktake", "begin", "spot", "--counter", "clerk", "--counter", "records", "--blind"
    ).check()
    counter.run(who, "stocktake", "cancel", "QD2026-0002", "--reason", "演示").check()
