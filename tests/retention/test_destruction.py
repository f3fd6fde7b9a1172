"""Destruction lists: what may be listed, how it is frozen, pulled and withdrawn; nothing half done on a refusal."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from archive import items, volumes
from archive.acts import Act
from archive.custody import handover
from archive.errors import (
    AskedTwice,
    BadValue,
    GateClosed,
    InVolume,
    LinesUnseen,
    NotAllowed,
    NotForDestruction,
    NotFound,
    NothingToDestroy,
    NotListed,
    WitnessedAlready,
    WrongState,
)
from archive.model import DestructionLine, DestructionList, DestructionSignature, Item
from archive.statuses import AppraisalState, DestructionState, DestructionStep, Method, Verdict
from archive.values import Level, VolumeState
from archive.words import Language
from retention.destroying import destruction, destruction_book, freezing, listable
from retention.destroying.freezing import digest, frozen, method_fits, method_for
from retention.holding import placing
from tests import make
from tests.retention import campaigns, lists
from tests.retention.letting_go import contract, letters

D = dt.date.fromisoformat


def record(office, uid):
    with office.ask("archivist") as unit:
        return unit.record(uid)


def refused(office, error, uids, *, by="archivist", **given):
    """Drafting is refused with *error* and leaves no trace but the log's; what was said."""
    before = lists.state(office)
    with pytest.raises(error) as found:
        lists.drafted(office, uids, by=by, **given)
    assert lists.state(office) == before
    return found.value


# --- drafting -------------------------------------------------------------------------------------


def test_form_F23_a_line_takes_what_the_register_will_say(office):
    """
    Class, level, year, counts, period with its three days, opinion and method stand on the line.
    """
    uids = [*letters(office, 1), contract(office, 2)]
    opinion = lists.judged(office, uids)
    _, (letter, volume) = lists.made(office, lists.drafted(office, uids))
    assert ("WS·BG", Level.INTERNAL, 2012, 1, 2, "D10") == (
        letter.class_code, letter.level, letter.archive_year, letter.items, letter.pages, letter.period,
    )  # fmt: skip
    assert (D("2013-01-01"), D("2022-12-31"), D("2023-01-01")) == (
        letter.started_on, letter.expires_on, letter.review_due,
    )  # fmt: skip
    assert (2, 4, True, opinion, Method.SHRED, DestructionStep.LISTED) == (
        volume.items, volume.pages, volume.on_paper, volume.opinion, volume.method, volume.step,
    )  # fmt: skip


def test_inv_V18_without_codes_all_that_appraisals_let_go_is_listed_and_nothing_else(office):
    """
    Destroy and taken-out verdicts of closed appraisals; not extensions, open appraisals, held or listed ones.
    """
    going, taken, kept, still_open, held, done = letters(office, 6)
    lists.judged(office, [going])
    lists.judged(office, [taken], Verdict.TAKE_OUT)
    lists.judged(office, [kept], Verdict.EXTEND)
    lists.judged(office, [still_open], state=AppraisalState.OPEN)
    lists.judged(office, [held, done])
    lists.drafted(office, [done])
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="诉讼", records=[held])
    with office.ask("archivist") as unit:
        found = {one.code: [bar.check for bar in one.obstacles] for one in listable.candidates(unit)}
    codes = {uid: record(office, uid).reference_code for uid in (going, taken, held)}
    assert {codes[going]: [], codes[taken]: [], codes[held]: ["held"]} == found
    _, lines = lists.made(office, lists.drafted(office, []))
    assert [going, taken] == [line.record_uid for line in lines]
    assert "destruction candidates" in refused(office, NothingToDestroy, []).message(Language.EN)


def test_ret_T15_what_is_held_cannot_be_listed_and_is_due_at_once_when_released(office):
    """
    A hold bars the draft, naming the clause; released, the same record is listed.
    """
    (uid,) = letters(office, 1)
    lists.judged(office, [uid])
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        number = placing.place(unit, reason="诉讼", records=[uid]).number
    assert "V18" in refused(office, NotForDestruction, [uid]).message(Language.ZH)
    with office.work("archivist", Act.HOLD_RELEASE) as unit:
        placing.release(unit, number, reason="结案")
    assert lists.drafted(office, [uid])


def test_ret_T16_T18_on_the_last_day_nothing_is_listed_on_the_next_it_is(office):
    """
    2016 and ten years: the office's 31 December 2026 refuses to its last minute, 1 January 2027 does not, once it is
    appraised: a verdict from before its day is none.
    """
    with office.work("archivist", Act.ITEM_FILE) as unit:
        paper = make.paper("二〇一六年报告", "WS·BG", dated=D("2016-06-03"))
        uid = items.file_alone(unit, make.matter("WS·BG", year=2016), [paper])[0].uid
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    office.now = dt.datetime(2026, 12, 31, 15, 50, tzinfo=dt.UTC)
    lists.judged(office, [uid])
    told = refused(office, NotForDestruction, [uid])
    assert "2027-01-01" in told.message(Language.ZH)
    office.tick(minutes=10)
    assert "AR24" in refused(office, NotForDestruction, [uid]).message(Language.ZH)
    lists.judged(office, [uid])
    assert lists.drafted(office, [uid])


def test_ret_T17_what_has_no_date_is_never_listed(office):
    """
    An undated paper, long past its filing year and appraised, is refused until somebody enters the date.
    """
    with office.work("archivist", Act.ITEM_FILE) as unit:
        paper = make.paper("无日期便函", "WS·BG", dated=None)
        uid = items.file_alone(unit, make.matter("WS·BG", year=2010), [paper])[0].uid
    with office.work("archivist", Act.HANDOVER_SIGN) as unit:
        handover.accept(unit, [uid], given_by="clerk")
    lists.judged(office, [uid])
    assert "T17" in refused(office, NotForDestruction, [uid]).message(Language.EN)


def test_a_draft_is_refused_whole_for_codes_that_cannot_be_listed(office):
    """
    Unknown, twice, a paper of a volume, not appraised, on a list already, without a reason: nothing is written.
    """
    one, other, free = letters(office, 3)
    volume = contract(office, 1)
    lists.judged(office, [one, other, volume])
    with office.ask("archivist") as unit:
        inside = unit.session.query(Item).filter(Item.volume_uid == volume).first().uid
    refused(office, NotFound, [one, "K001-无此号"])
    refused(office, AskedTwice, [one, one])
    refused(office, InVolume, [one, inside])
    assert "AR24" in refused(office, NotForDestruction, [one, free]).message(Language.ZH)
    number = lists.drafted(office, [one])
    assert number in refused(office, NotForDestruction, [one, other]).message(Language.ZH)
    with pytest.raises(BadValue), office.work("archivist", Act.DESTRUCTION_DRAFT) as unit:
        destruction.draft(unit, reason="  ", codes=[other])
    for appraisals, error in ((["JD1999-0001"], NotFound),):
        with pytest.raises(error), office.work("archivist", Act.DESTRUCTION_DRAFT) as unit:
            destruction.draft(unit, reason="期满", appraisals=appraisals)
    refused(office, NotAllowed, [other], by="manager")


def test_inv_V21_what_is_confidential_or_personal_is_shredded_whatever_was_asked(office):
    """
    Tearing is asked for: it is used on plain papers only; what has no paper is erased; erasing paper is no answer.
    """
    plain, personal = letters(office, 1)[0], contract(office, 1, class_code="FW·03")
    (electronic,) = letters(office, 1, on_paper=False)
    lists.judged(office, [plain, personal, electronic])
    _, lines = lists.made(office, lists.drafted(office, [plain, personal, electronic], method=Method.TEAR))
    found = {line.record_uid: line.method for line in lines}
    assert {plain: Method.TEAR, personal: Method.SHRED, electronic: Method.ERASE} == found
    with pytest.raises(BadValue):
        method_for(lines[0], Method.ERASE)


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("personal", [False, True])
def test_inv_V21_req_R54_conf_C9_the_method_of_every_level(method, level, personal):
    """
    On paper only shredding fits what is confidential or personal; below, tearing and pulping do; no paper, erasing.
    """
    content = freezing.Content(
        "c", "WS·BG", level, personal, 2012, 1, 1, on_paper=True, period="D10", started_on=None,
        expires_on=None, review_due=None, version=1,
    )  # fmt: skip
    strict = level >= Level.CONFIDENTIAL or personal
    right = {Method.SHRED} if strict else {Method.SHRED, Method.TEAR, Method.PULP}
    assert (method in right) == method_fits(content, method)
    if method is not Method.ERASE:
        assert method_fits(content, method_for(content, method))


def test_a_draft_takes_more_and_gives_back_and_a_pulled_record_may_return(office):
    """
    Added, pulled with a reason sealed under the record's key, added again: one line, listed, the reason gone.
    """
    one, two = letters(office, 2)
    lists.judged(office, [one, two])
    number = lists.drafted(office, [one])
    with office.work("archivist", Act.DESTRUCTION_DRAFT) as unit:
        destruction.add(unit, number, [two], method=Method.PULP)
    with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, [two], reason="仍在使用")
    with office.ask("archivist") as unit:
        line = unit.session.get(DestructionLine, (destruction.one(unit, number).uid, two))
        assert ("PULLED", "仍在使用") == (line.step, destruction.why_pulled(unit, line))
        assert "仍在使用".encode() not in line.card
    with pytest.raises(NotListed), office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, [two], reason="再撤一次")
    with office.work("archivist", Act.DESTRUCTION_DRAFT) as unit:
        destruction.add(unit, number, [two])
    _, lines = lists.made(office, number)
    assert [DestructionStep.LISTED] * 2 == [line.step for line in lines]
    assert {one, two} == {line.record_uid for line in lines} and all(line.card == b"" for line in lines)


def test_inv_V23_a_list_of_what_one_may_not_see_is_not_there(office):
    """
    The staff member learns of lists with a record he may see, with those counted; of the personnel list nothing.
    """
    open_list = lists.frozen(office, [contract(office, 1)])
    hidden = lists.frozen(office, [lists.personnel(office)])
    with office.ask("staff") as unit:
        assert [(open_list, 1)] == [(row.number, row.lines) for row in destruction_book.rows(unit)]
        for number in (hidden, "XH2026-9999"):
            with pytest.raises(NotFound) as found:
                destruction_book.show(unit, number)
            assert number in str(found.value)
    with office.ask("auditor") as unit:
        assert {open_list: 0, hidden: 0} == {row.number: row.lines for row in destruction_book.rows(unit)}
    assert [hidden] == [row.number for row in _rows(office, "hr") if row.lines and row.number == hidden]


def _rows(office, who):
    with office.ask(who) as unit:
        return destruction_book.rows(unit)


# --- freezing -------------------------------------------------------------------------------------


def test_inv_V18_a_frozen_list_takes_nothing_and_gives_nothing(office):
    """
    Neither add nor pull nor a second freeze; and the schema refuses a new line whatever asks for it.
    """
    one, two = letters(office, 2)
    lists.judged(office, [two])
    number = lists.frozen(office, [one])
    before = lists.state(office)
    for act, call in (
        (Act.DESTRUCTION_DRAFT, lambda unit: destruction.add(unit, number, [two])),
        (Act.DESTRUCTION_PULL, lambda unit: destruction.pull(unit, number, [one], reason="不毁")),
        (Act.DESTRUCTION_FREEZE, lambda unit: destruction.freeze(unit, number)),
    ):
        with pytest.raises(WrongState), office.work("archivist", act) as unit:
            call(unit)
    made, (line,) = lists.made(office, number)
    columns = {column.name: getattr(line, column.name) for column in DestructionLine.__table__.columns}
    with pytest.raises((IntegrityError, OperationalError)), office.work("archivist") as unit:
        unit.act(Act.DESTRUCTION_DRAFT)
        unit.session.add(DestructionLine(**{**columns, "record_uid": two}))
        unit.session.flush()
    assert lists.state(office) == before
    assert made.state is DestructionState.FROZEN and line.nth == 1


def test_inv_V18_the_hash_covers_every_word_of_every_line(office):
    """
    Another value in any covered column is another hash; what happens to a line later is not covered.
    """
    made, lines = lists.made(office, lists.frozen(office, letters(office, 2)))
    assert digest(frozen(lines)) == made.content_hash
    line = lines[0]
    other = {
        str: "x", int: 9, bool: True, dt.date: D("1999-01-01"), Level: Level.SECRET, Method: Method.PULP,
        DestructionStep: DestructionStep.PULLED,
    }  # fmt: skip
    for name in (*freezing.ALSO, *freezing.NAMES):
        kept = getattr(line, name)
        setattr(line, name, not kept if isinstance(kept, bool) else other[type(kept)])
        assert digest(lines) != made.content_hash, name
        setattr(line, name, kept)
    assert digest(lines) == made.content_hash
    assert digest(lines[::-1]) != made.content_hash
    line.step, line.keys = DestructionStep.PULLED, 5
    assert digest(frozen(lines)) == made.content_hash


def test_a_list_is_frozen_as_its_records_are_that_day(office):
    """
    Edited and relevelled between draft and freeze: the frozen line says what is true now, with the stricter method.
    """
    volume, *others = [contract(office, 1), *letters(office, 2)]
    lists.judged(office, [volume, *others])
    number = lists.drafted(office, [volume, *others], method=Method.TEAR)
    with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, [others[0]], reason="另议")
    with office.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, volume, Level.CONFIDENTIAL, reason="含商业秘密")
    with office.work("archivist", Act.DESTRUCTION_FREEZE) as unit:
        made = destruction.freeze(unit, number)
        assert 19 == len(freezing.fingerprint(made))
    _, lines = lists.made(office, number)
    found = {line.record_uid: (line.nth, line.level, line.method) for line in lines}
    assert found[others[0]][0] == 0
    assert (Level.CONFIDENTIAL, Method.SHRED) == found[volume][1:]
    assert {1, 2} == {nth for nth, _, _ in found.values()} - {0}


def test_inv_V18_a_draft_is_not_frozen_over_an_obstacle_or_empty(office):
    """
    Held since it was drafted: refused; pulled, the list is empty: refused too; the draft stays a draft.
    """
    (uid,) = letters(office, 1)
    lists.judged(office, [uid])
    number = lists.drafted(office, [uid])
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="诉讼", records=[uid])
    for broken in ({"held"}, {"empty"}):
        with pytest.raises(GateClosed) as found, office.work("archivist", Act.DESTRUCTION_FREEZE) as unit:
            destruction.freeze(unit, number)
        assert broken == {one.check for one in found.value.facts["why"].obstacles}
        with office.ask("archivist") as unit:
            assert broken == {one.check for one in destruction_book.ready(unit, number)}
            assert DestructionState.DRAFT is destruction.one(unit, number).state
        if broken == {"held"}:
            with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
                destruction.pull(unit, number, [uid], reason="冻结")


def test_nobody_freezes_lines_he_may_not_see(office):
    """
    The secretary may not see the personnel file: she cannot answer for the list, and the log has it.
    """
    lists.judged(office, [uid := lists.personnel(office)])
    number = lists.drafted(office, [uid])
    with pytest.raises(LinesUnseen), office.work("secretary", Act.DESTRUCTION_FREEZE) as unit:
        destruction.freeze(unit, number)
    assert "destruction.freeze" == lists.last_line(office, "lines-unseen").act


# --- withdrawing, pulling while it is carried out ---------------------------------------------------


def states(office, *uids):
    return [record(office, uid).state for uid in uids]


def test_req_R52_begun_records_wait_as_due_and_come_back_when_the_list_is_withdrawn(office):
    """
    Volume and papers are 待销毁, then held again; what had been kept of their titles is wiped; they may be listed anew.
    """
    volume, letter = contract(office, 2), letters(office, 1)[0]
    number = lists.approved(office, [volume, letter])
    lists.begin(office, number)
    with office.ask("archivist") as unit:
        papers = list(unit.session.query(Item).filter(Item.volume_uid == volume))
        assert {VolumeState.DUE} == {one.state for one in (*papers, unit.volume(volume), unit.record(letter))}
    _, lines = lists.made(office, number)
    assert all(line.card for line in lines)
    with office.work("archivist", Act.DESTRUCTION_WITHDRAW) as unit:
        destruction.withdraw(unit, number, reason="暂缓")
    with office.ask("archivist") as unit:
        papers = list(unit.session.query(Item).filter(Item.volume_uid == volume))
        assert {VolumeState.HELD} == {
            one.state for one in (*papers, unit.volume(volume), unit.record(letter))
        }
        assert "暂缓" == destruction_book.show(unit, number).withdrawn
    assert all(line.card == b"" for line in lists.made(office, number)[1])
    assert lists.drafted(office, [volume, letter])
    with pytest.raises(WrongState), office.work("archivist", Act.DESTRUCTION_WITHDRAW) as unit:
        destruction.withdraw(unit, number, reason="再撤")


def test_inv_V18_what_cannot_be_destroyed_is_pulled_and_the_signature_says_what_it_covers(office):
    """
    Missing before the supervisors sign, held after the first has signed: both are held again; each signature stays
    good for what is left, and after it the list cannot be withdrawn until nothing is left to go.
    """
    missing, held, left = letters(office, 3)
    number = lists.approved(office, [missing, held, left])
    lists.begin(office, number)
    with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, [missing], reason="原件遗失")
    lists.confirm(office, number, "manager")
    with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, [held], reason="法院来函")
    lists.confirm(office, number, "secretary")
    assert [VolumeState.HELD, VolumeState.HELD, VolumeState.DUE] == states(office, missing, held, left)
    with office.ask("archivist") as unit:
        assert [] == destruction_book.ready(unit, number)
        first, second = [one for one in destruction_book.signed(unit, number) if one.place]
        assert first.content != second.content
    before = lists.state(office)
    with pytest.raises(WitnessedAlready), office.work("archivist", Act.DESTRUCTION_WITHDRAW) as unit:
        destruction.withdraw(unit, number, reason="改主意")
    assert lists.state(office) == before
    with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, [left], reason="一并停办")
    with office.work("archivist", Act.DESTRUCTION_WITHDRAW) as unit:
        assert DestructionState.WITHDRAWN is destruction.withdraw(unit, number, reason="停办").state


def test_pulling_wants_a_reason_and_codes_of_this_list(office):
    """
    No reason, no code, a code twice, of another list, unknown, a person without the post: nothing changes.
    """
    one, other = letters(office, 2)
    number = lists.approved(office, [one])
    lists.begin(office, number)
    before = lists.state(office)
    for codes, reason, error in (
        ([one], " ", BadValue), ([], "无", BadValue), ([one, one], "重", AskedTwice), ([other], "别单", NotListed),
        (["K001-无"], "无", NotFound),
    ):  # fmt: skip
        with pytest.raises(error), office.work("archivist", Act.DESTRUCTION_PULL) as unit:
            destruction.pull(unit, number, codes, reason=reason)
    for who in ("gm", "manager", "auditor"):
        with pytest.raises(NotAllowed), office.work(who, Act.DESTRUCTION_PULL) as unit:
            destruction.pull(unit, number, [one], reason="不毁")
    assert lists.state(office) == before


def test_decision_10_what_a_line_keeps_of_its_record(office, monkeypatch):
    """
    From the day it is begun: title, creator and number of plain records; nothing of personal ones, however begun.
    """
    (plain,), personal = letters(office, 1), contract(office, 1, class_code="FW·03")
    number = lists.approved(office, [plain, personal])
    assert [b"", b""] == [line.card for line in lists.made(office, number)[1]]
    lists.begin(office, number)
    with office.ask("archivist") as unit:
        lines = {line.record_uid: line for line in destruction.lines(unit, destruction.one(unit, number))}
        kept = freezing.description(unit, lines[plain])
        assert ("停车场例会纪要1", "客服部") == (kept.title, kept.creator)
        assert b"" == lines[personal].card and "" == freezing.description(unit, lines[personal]).title
    assert "停车场".encode() not in lines[plain].card
    assert record(office, personal).personal
    monkeypatch.setattr(freezing, "may_stay", lambda _: True)  # witness: without the rule the title is kept
    with office.work("archivist", Act.DESTRUCTION_BEGIN) as unit:
        unit.act(Act.DESTRUCTION_BEGIN)
        line = unit.session.get(DestructionLine, (destruction.one(unit, number).uid, personal))
        freezing.keep_descriptions(unit, [line], [unit.record(personal)])
        assert "FW·03 案卷" == freezing.description(unit, line).title


def test_inv_V20_rows_of_a_list_are_never_deleted(office):
    """
    The schema itself refuses, of lists, lines and signatures alike.
    """
    lists.approved(office, letters(office, 1))
    for kind in (DestructionSignature, DestructionLine, DestructionList):
        with pytest.raises((IntegrityError, OperationalError)), office.work("archivist") as unit:
            unit.act(Act.DESTRUCTION_DRAFT)
            unit.session.query(kind).delete()


def test_req_R53_from_a_real_appraisal_to_a_list_that_may_begin(office):
    """
    Appraised by a panel and closed: the letter goes whole, of the volume all but the paper taken out, which stays.
    """
    letter, volume = letters(office, 1)[0], contract(office, 3)
    with office.ask("archivist") as unit:
        papers = list(unit.session.query(Item).filter(Item.volume_uid == volume).order_by(Item.seq_no))
    number = campaigns.begun(office)
    campaigns.agreed(office, number, record(office, letter).reference_code)
    campaigns.agreed(
        office, number, record(office, volume).reference_code, verdict=Verdict.TAKE_OUT,
        papers={papers[1].reference_code: "D30"},
    )  # fmt: skip
    campaigns.decide(office, number)
    refused(office, NothingToDestroy, [])  # not before it is closed
    campaigns.closed(office, number)
    made = lists.drafted(office, [])
    with office.work("archivist", Act.DESTRUCTION_FREEZE) as unit:
        destruction.freeze(unit, made)
    lists.approve(office, made)
    lists.begin(office, made)
    _, lines = lists.made(office, made)
    assert {letter: 1, volume: 2} == {line.record_uid: line.items for line in lines}
    assert {number} == {line.opinion for line in lines}
    kept = record(office, papers[1].uid)
    assert (VolumeState.HELD, kept.uid) == (kept.state, kept.scope_uid)
