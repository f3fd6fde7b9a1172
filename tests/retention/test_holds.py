"""Holds: what they name, what they stop, who reviews and releases them (V18, T15)."""

import datetime as dt
import random

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError

from archive import items, people
from archive.acts import Act
from archive.errors import (
    BadValue,
    GoneForGood,
    NotAllowed,
    NotFound,
    NothingToHold,
    NotHisHold,
    OnHold,
    OwnerUnfit,
    WrongState,
)
from archive.instance import SYSTEM
from archive.model import Event, Hold, HoldTarget, Item, Party, Premises, Volume
from archive.statuses import HoldScope, HoldState
from archive.values import VolumeState
from retention.holding import hold_book, holds, placing
from tests import make

D = dt.date.fromisoformat


def old_paper(office, class_code="WS·BG", dated="2012-06-03", **given) -> str:
    """A paper of 2012 kept alone, long due; its uid."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        matter = make.matter(class_code, year=int(dated[:4]), **given)
        (item,) = items.file_alone(
            unit, matter, [make.paper(f"{class_code} 旧件", class_code, dated=D(dated))]
        )
        return item.uid


def place(office, who="archivist", **given) -> str:
    """A hold for a lawsuit; its number."""
    with office.work(who, Act.HOLD_PLACE) as unit:
        return placing.place(unit, **{"reason": "诉讼保全", **given}).number


def holds_on(office, uid, who="archivist") -> list[str]:
    """The numbers of the holds that name a record."""
    with office.ask(who) as unit:
        return [hold.number for hold in holds.held_by(unit, unit.record(uid))]


# --- one rule, three formulations -----------------------------------------------------------------


def catalogue(office, chance: random.Random) -> list[str]:
    """Volumes, papers in them and papers kept alone, about several parties and flats."""
    for nth in range(6):
        kind = chance.choice(["YH·01", "ZX·02", "FW·01", "HT·05"])
        given = {
            "premises": chance.choice(["A1203", "A1204", "B0101"]),
            "party": chance.choice(["P001", "P002"]),
        }
        if kind.startswith("ZX"):
            given["dossier"] = f"{given['premises']}-2025-{nth}"
        if kind.startswith("HT"):
            given = {"dossier": f"HT-2024-{nth}"}
        make.filed(office, kind, chance.randint(1, 3), **({} if kind == "FW·01" else given))
    for year in (2012, 2013):
        old_paper(office, "WS·BG", f"{year}-05-05")
    with office.ask("archivist") as unit:
        return [*unit.session.scalars(select(Volume.uid)), *unit.session.scalars(select(Item.uid))]


def strewn(office, chance: random.Random) -> None:
    """Parties and premises on volumes and items at random: links that cataloguing makes one by one."""
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        unit.act(Act.VOLUME_EDIT)
        parties = [None, *unit.session.scalars(select(Party.uid))]
        flats = [None, *unit.session.scalars(select(Premises.uid))]
        for volume in unit.session.scalars(select(Volume)):
            volume.party_uid = chance.choice(parties)
        for item in unit.session.scalars(select(Item)):
            item.party_uid, item.premises_uid = chance.choice(parties), chance.choice(flats)


def random_hold(office, chance: random.Random, uids) -> str:
    """A hold on a record and perhaps on things of other kinds."""
    return place(
        office,
        records=chance.sample(uids, 1),
        parties=chance.sample(["P001", "P002", "U001"], chance.randint(0, 1)),
        premises=chance.sample(["A1203", "B0101"], chance.randint(0, 1)),
        classes=chance.sample(["YH·01", "YH", "ZX", "WS·BG", "HT·05", "FW"], chance.randint(0, 1)),
    )


def by_python(unit, kind) -> set[str]:
    return {record.uid for record in unit.session.scalars(select(kind)) if holds.held_by(unit, record)}


def by_sql(unit, kind) -> set[str]:
    return set(unit.session.scalars(select(kind.uid).where(holds.held(kind))))


def by_trigger(office, uids) -> set[str]:
    """The records whose way out the schema refuses because they are held."""
    refused = set()
    with office.instance.engine.connect() as connection:
        for uid in uids:
            for table in ("volume", "item"):
                begun = connection.begin()
                try:
                    connection.execute(
                        text(f"UPDATE {table} SET state = 'TRANSFERRED' WHERE uid = :uid"), {"uid": uid}
                    )
                except (IntegrityError, OperationalError) as no:
                    assert "is held" in str(no.orig)
                    refused.add(uid)
                begun.rollback()
    return refused


@pytest.mark.parametrize("seed", range(4))
def test_inv_V18_python_sql_and_schema_agree_on_what_is_held(office, seed):
    """
    Over random catalogues and holds the three formulations name the same records, and none is neither held nor free.
    """
    chance = random.Random(seed)
    uids = catalogue(office, chance)
    strewn(office, chance)
    numbers = [random_hold(office, chance, uids) for _ in range(3)]
    with office.work("archivist", Act.HOLD_RELEASE) as unit:
        placing.release(unit, chance.choice(numbers), reason="撤诉")

    with office.ask("archivist") as unit:
        python = by_python(unit, Volume) | by_python(unit, Item)
        sql = by_sql(unit, Volume) | by_sql(unit, Item)
        free = {
            uid
            for kind in holds.KINDS
            for uid in unit.session.scalars(select(kind.uid).where(~holds.held(kind)))
        }
        among = holds.held_among(unit, uids)
    assert python == sql == among == by_trigger(office, uids)
    assert set(uids) - sql == free
    assert python


def test_inv_V18_witness_a_rule_that_forgets_papers_in_volumes_is_caught(office):
    """
    The same comparison finds a Python rule that asks a volume only for itself.
    """
    volume = make.volume(office, "ZX·02", 2)
    with office.ask("archivist") as unit:
        paper = unit.session.scalars(select(Item.uid).where(Item.volume_uid == volume)).first()
    place(office, records=[paper])

    with office.ask("archivist") as unit:
        forgetful = {
            one.uid
            for one in unit.session.scalars(select(Volume))
            if unit.session.scalar(select(HoldTarget).where(HoldTarget.target == one.uid))
        }
        assert forgetful != by_sql(unit, Volume) == {volume}


# --- what a hold stops, and what it does not ------------------------------------------------------


def let_go(office, uid) -> None:
    """Try to hand a record on behind the services: what the schema itself says."""
    with office.work("archivist", Act.VOLUME_EDIT) as unit:
        unit.act(Act.VOLUME_EDIT)
        unit.session.execute(update(Item).where(Item.uid == uid).values(state=VolumeState.TRANSFERRED))


def test_ret_T15_a_hold_freezes_disposition_and_not_the_clock(office):
    """
    Held: still due since 2026-01-01, still edited, and the schema lets it not go; released in 2028: free at once.
    """
    uid = old_paper(office, dated="2015-06-03")
    number = place(office, records=[uid])
    with office.work("archivist", Act.ITEM_EDIT) as unit:
        items.edit(unit, uid, note="原告已起诉")
    with pytest.raises(IntegrityError, match="item is held"):
        let_go(office, uid)

    office.tick(days=700)
    with office.ask("archivist") as unit:
        record = unit.item(uid)
        with pytest.raises(OnHold) as told:
            holds.not_held(unit, record)
        assert D("2026-01-01") == record.review_due
        assert {"code": record.reference_code, "numbers": [number]} == told.value.facts
    with office.work("archivist", Act.HOLD_RELEASE) as unit:
        assert 2028 == unit.today.year
        placing.release(unit, number, reason="判决已执行完毕")
        holds.not_held(unit, unit.item(uid))
    let_go(office, uid)

    with office.ask("archivist") as unit:
        assert VolumeState.TRANSFERRED is unit.item(uid).state


@pytest.mark.parametrize(
    "named", [{"parties": ["P001"]}, {"premises": ["A-1203"]}, {"classes": ["ZX"]}, {"classes": ["ZX·02"]}]
)
def test_req_R54_what_is_filed_later_is_held_too(office, named):
    """
    A hold on a party, premises or class names what comes under it afterwards.
    """
    number = place(office, **named)
    uid = make.volume(office, "ZX·02", held=True)
    other = make.volume(office, "FW·01", held=True)

    assert [number] == holds_on(office, uid)
    assert [] == holds_on(office, other)


def test_inv_V18_one_release_leaves_the_other_holds(office):
    """
    Held twice, released once: still held, and the way out still refused.
    """
    uid = old_paper(office)
    first, second = place(office, records=[uid]), place(office, classes=["WS"])
    with office.work("archivist", Act.HOLD_RELEASE) as unit:
        placing.release(unit, first, reason="撤诉")

    assert [second] == holds_on(office, uid)
    with pytest.raises(IntegrityError, match="item is held"):
        let_go(office, uid)


def test_inv_V18_a_hold_on_a_paper_holds_its_volume(office):
    """
    The volume is named through its paper; another volume is not.
    """
    uid, other = make.volume(office, "ZX·02"), make.volume(office, "FW·01")
    with office.ask("archivist") as unit:
        paper = unit.session.scalars(select(Item).where(Item.volume_uid == uid)).first().reference_code
    number = place(office, records=[paper])
    with office.ask("archivist") as unit:
        (why,) = hold_book.check(unit, uid)

    assert (number, HoldScope.RECORD, paper) == (why.number, why.scope, why.through)
    assert [] == holds_on(office, other)


# --- who answers, reviews, releases ---------------------------------------------------------------


def test_a_hold_has_a_reason_an_owner_and_a_review_date(office):
    """
    Not said: oneself, and as many days as the settings say; numbers run on.
    """
    uid = old_paper(office)
    assert "DJ2026-0001" == place(office, records=[uid])
    place(office, "gm", records=[uid], owner="manager", review_on=D("2026-06-30"), reason="欠费追讨")
    with office.ask("archivist") as unit:
        first, second = hold_book.rows(unit)

    assert ("诉讼保全", "郑档案", D("2026-08-29"), 1) == (
        first.reason,
        first.owner,
        first.review_on,
        first.records,
    )
    assert ("欠费追讨", "冯经理", "褚总") == (second.reason, second.owner, second.placed_by)


def test_a_hold_is_released_by_its_owner_or_the_general_manager_alone(office):
    """
    Another keeper is refused by clause; after a release there is nothing to release.
    """
    uid = old_paper(office)
    mine, bosses = place(office, records=[uid], owner="secretary"), place(office, records=[uid])
    for act, call in (
        (Act.HOLD_RELEASE, lambda unit: placing.release(unit, mine, reason="了结")),
        (Act.HOLD_REVIEW, lambda unit: placing.review(unit, mine, review_on=D("2027-01-01"), remark="续")),
    ):
        with pytest.raises(NotHisHold) as told, office.work("archivist", act) as unit:
            call(unit)
        assert {"number": mine, "owner": "secretary", "act": act, "clause": "令79-18"} == told.value.facts
    with office.work("secretary", Act.HOLD_RELEASE) as unit:
        placing.release(unit, mine, reason="了结")
    with office.work("gm", Act.HOLD_RELEASE) as unit:
        placing.release(unit, bosses, reason="了结")
    with pytest.raises(WrongState), office.work("secretary", Act.HOLD_RELEASE) as unit:
        placing.release(unit, mine, reason="再了结")
    with office.ask("gm") as unit:
        page = hold_book.show(unit, mine)

    assert (HoldState.RELEASED, "陈秘书", "了结") == (page.state, page.released_by, page.ending)
    assert [] == holds_on(office, uid)


def test_a_review_moves_the_date_and_keeps_what_was(office):
    """
    The remark, the day before and the day after stay; an owner who leaves passes it on.
    """
    number = place(office, records=[old_paper(office)], review_on=D("2026-04-01"))
    office.tick(days=30)
    with office.ask("archivist") as unit:
        assert [number] == [row.number for row in hold_book.rows(unit, due=True) if row.overdue]
        assert 1 == holds.overdue_count(unit)
    with office.instance.ask(SYSTEM, Act.HOLD_SEE) as unit:
        assert 1 == holds.overdue_count(unit)
    with office.work("archivist", Act.HOLD_REVIEW) as unit:
        placing.review(unit, number, review_on=D("2026-12-31"), remark="二审未结", owner="manager")
    with office.ask("archivist") as unit:
        (seen,) = hold_book.show(unit, number).reviews
        assert ([], 0) == (hold_book.rows(unit, due=True), holds.overdue_count(unit))

    assert (D("2026-04-01"), D("2026-12-31")) == (seen.was, seen.review_on)
    assert ("二审未结", "郑档案", "冯经理") == (seen.remark, seen.by, seen.owner)
    with pytest.raises(NotHisHold), office.work("archivist", Act.HOLD_RELEASE) as unit:
        placing.release(unit, number, reason="不再是我的")


# --- bad input ------------------------------------------------------------------------------------


SLIPS = (
    ({"reason": "  "}, BadValue),
    ({"records": []}, NothingToHold),
    ({"records": ["K001-无此件"]}, NotFound),
    ({"parties": ["P999"]}, NotFound),
    ({"premises": ["Z9999"]}, NotFound),
    ({"classes": ["WS·没有"]}, NotFound),
    ({"owner": "nobody"}, NotFound),
    ({"owner": "staff"}, OwnerUnfit),
    ({"review_on": D("2026-03-02")}, BadValue),
    ({"review_on": D("1999-01-01")}, BadValue),
    ({"records": [], "found": placing.Found("没有", [])}, NothingToHold),
)


def test_bad_input_of_a_hold_is_refused_and_changes_nothing(office):
    """
    Each slip has its error; no hold, no target, no number is left behind.
    """
    uid = old_paper(office)
    for given, error in SLIPS:
        with pytest.raises(error):
            place(office, **{"records": [uid], **given})
    with office.ask("archivist") as unit:
        counts = [unit.session.scalar(select(func.count()).select_from(one)) for one in (Hold, HoldTarget)]

    assert [0, 0] == counts
    assert "DJ2026-0001" == place(office, records=[uid])


def test_an_owner_who_has_left_is_refused(office):
    """
    Who is suspended answers for nothing; the sentence names the posts that may.
    """
    uid = old_paper(office)
    with office.work("admin", Act.PERSON_SUSPEND) as unit:
        people.suspend(unit, "manager", reason="停职")
    with pytest.raises(OwnerUnfit) as told:
        place(office, records=[uid], owner="manager")

    assert "总经理" in str(told.value)


def test_what_is_gone_cannot_be_held(office):
    """
    Handed on already: a clear error when named, passed over when found by a search.
    """
    gone, here = old_paper(office), old_paper(office)
    let_go(office, gone)
    with pytest.raises(GoneForGood) as told:
        place(office, records=[here, gone])
    number = place(office, found=placing.Found("旧件", [gone, here]))
    with office.ask("archivist") as unit:
        page = hold_book.show(unit, number)

    assert "已移交" in str(told.value)
    assert ("旧件", 1, 1) == (page.question, page.records, len(page.targets))


def test_a_review_and_a_release_want_their_words(office):
    """
    An empty remark or reason, a day that is over, an unknown number, an unfit owner: refused, nothing changed.
    """
    number = place(office, records=[old_paper(office)])
    slips = (
        (BadValue, lambda unit: placing.review(unit, number, review_on=D("2027-01-01"), remark=" ")),
        (BadValue, lambda unit: placing.review(unit, number, review_on=unit.today, remark="续")),
        (
            OwnerUnfit,
            lambda unit: placing.review(unit, number, review_on=D("2027-01-01"), remark="续", owner="clerk"),
        ),
        (NotFound, lambda unit: placing.review(unit, "DJ2026-9999", review_on=D("2027-01-01"), remark="续")),
        (BadValue, lambda unit: placing.release(unit, number, reason="")),
        (NotFound, lambda unit: placing.release(unit, "DJ2026-9999", reason="了结")),
    )
    for error, call in slips:
        with pytest.raises(error), office.work("archivist", Act.HOLD_REVIEW) as unit:
            call(unit)
    with office.ask("archivist") as unit:
        page = hold_book.show(unit, number)

    assert (HoldState.ACTIVE, D("2026-08-29"), []) == (page.state, page.review_on, page.reviews)


def test_staff_place_no_hold(office):
    """
    The policy says who may; nothing is left behind.
    """
    uid = old_paper(office)
    with pytest.raises(NotAllowed):
        place(office, "staff", records=[uid])

    assert [] == holds_on(office, uid)


# --- what may be known ----------------------------------------------------------------------------


def told_of_hidden(office, who, number, other) -> tuple[object, ...]:
    """What somebody is told of a hold that names only what he may not see, and of one that is not there."""
    with office.ask(who) as unit:
        seen = [row.number for row in hold_book.rows(unit)]
        answers = []
        for wanted in (number, other):
            with pytest.raises(NotFound) as told:
                hold_book.show(unit, wanted)
            answers.append(str(told.value).replace(wanted, "…"))
    return seen, answers


def test_inv_V23_a_hold_on_hidden_records_is_as_if_absent(office):
    """
    Decision 6: neither list, page, review nor release tells that it is there; who sees the record sees it.
    """
    uid = old_paper(office, "WS·MM", department="CW")
    number = place(office, records=[uid])
    seen, (hidden, absent) = told_of_hidden(office, "records", number, "DJ2026-0077")

    assert [] == seen
    assert hidden == absent
    with pytest.raises(NotFound), office.work("manager", Act.HOLD_RELEASE) as unit:
        placing.release(unit, number, reason="了结")
    with office.ask("archivist") as unit:
        assert [number] == [row.number for row in hold_book.rows(unit)]


def test_inv_V23_counts_and_targets_are_those_the_viewer_may_see(office):
    """
    Of a hold on an open and a hidden record the uncleared clerk sees the one; a class group counts alike.
    """
    open_one, hidden = old_paper(office, "WS·BG"), old_paper(office, "WS·MM", department="CW")
    number = place(office, records=[open_one, hidden], classes=["WS"])

    def seen(who):
        with office.ask(who) as unit:
            page = hold_book.show(unit, number)
            return page.records, [(line.scope, line.records) for line in page.targets]

    assert (2, [(HoldScope.RECORD, 1), (HoldScope.RECORD, 1), (HoldScope.CLASS, 2)]) == seen("archivist")
    assert (1, [(HoldScope.RECORD, 1), (HoldScope.CLASS, 1)]) == seen("records")


def test_a_search_holds_only_what_the_searcher_may_see(office):
    """
    A uid of a hidden record among the hits is passed over, as the index would never give it.
    """
    open_one, hidden = old_paper(office, "WS·BG"), old_paper(office, "WS·MM", department="CW")
    place(office, "manager", found=placing.Found("旧件", [open_one, hidden]))

    assert ["DJ2026-0001"] == holds_on(office, open_one)
    assert [] == holds_on(office, hidden)


def test_the_auditor_sees_that_there_is_a_hold_and_none_of_its_words(office):
    """
    The line with number, owner and dates; no reason, no target, no count.
    """
    number = place(office, records=[old_paper(office)])
    with office.ask("auditor") as unit:
        (row,) = hold_book.rows(unit)
        page = hold_book.show(unit, number)

    assert (number, "", 0) == (row.number, row.reason, row.records)
    assert ([], [], "") == (page.targets, page.reviews, page.question)


def test_reasons_are_sealed_and_the_log_bears_counts(office):
    """
    No word of reason, question or remark stands in the database; the log line names ids, codes, counts and a hash.
    """
    place(
        office,
        reason="因与清源保洁的诉讼",
        found=placing.Found("清源保洁", [old_paper(office)]),
        parties=["P001"],
    )
    with office.work("archivist", Act.HOLD_RELEASE) as unit:
        placing.release(unit, "DJ2026-0001", reason="已与清源保洁和解")
        line = unit.session.scalars(select(Event).where(Event.act == "hold.place")).one()
        assert all(
            part in line.facts for part in ('"record":1', '"party":1', '"parties":["P001"]', '"content_hash"')
        )
    raw = b"".join(path.read_bytes() for path in office.home.rglob("*.db*") if path.is_file())

    assert raw
    assert "清源保洁".encode() not in raw
