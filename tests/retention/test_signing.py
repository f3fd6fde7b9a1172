"""Signatures on a destruction list: who may give which, over which content, once, and with what in the log."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from archive import items, people
from archive.acts import Act
from archive.errors import (
    BadValue,
    FingerprintDiffers,
    GateClosed,
    MissingPeople,
    NotAllowed,
    NotFound,
    NothingToDestroy,
    NotToSign,
    NotUnlocked,
    SelfApproval,
    SignedAlready,
    WrongState,
)
from archive.model import DestructionSignature, Person, Post
from archive.statuses import DestructionState, SignedAs
from archive.values import Role, VolumeState
from archive.words import Language
from retention.destroying import destruction, destruction_book, freezing, signing
from tests.retention import lists
from tests.retention.letting_go import contract, letters

D = dt.date.fromisoformat


@pytest.fixture
def frozen(office):
    """A frozen list of one letter; its number."""
    return lists.frozen(office, letters(office, 1))


def hash_of(office, number):
    return lists.made(office, number)[0].content_hash


def refused(office, error, who, act, call):
    """*call* by *who* is refused with *error* and changes nothing; the error."""
    before = lists.state(office)
    with pytest.raises(error) as found, office.work(who, act) as unit:
        call(unit)
    assert lists.state(office) == before
    return found.value


# --- approving ------------------------------------------------------------------------------------


def test_req_R53_the_general_manager_approves_over_the_fingerprint(office, frozen):
    """
    Short with dashes, long, or spaced: it is his signature over the content, from the day he says; once.
    """
    content = hash_of(office, frozen)
    with office.work("gm", Act.DESTRUCTION_APPROVE) as unit:
        short = freezing.fingerprint(destruction.one(unit, frozen))
        signing.approve(unit, frozen, fingerprint=short.upper().replace("-", " "), not_before=D("2027-01-04"))
    made, _ = lists.made(office, frozen)
    assert (DestructionState.APPROVED, D("2027-01-04")) == (made.state, made.earliest_on)
    with office.ask("auditor") as unit:
        (signed,) = destruction_book.signed(unit, frozen)
    assert (SignedAs.APPROVER, "褚总", content) == (signed.signed_as, signed.person, signed.content)
    call = lambda unit: signing.approve(unit, frozen, fingerprint=content)  # noqa: E731
    refused(office, WrongState, "gm", Act.DESTRUCTION_APPROVE, call)


def test_rel_K4_an_approval_without_authority_or_over_something_else_is_refused(office, frozen):
    """
    No post, another fingerprint, a beginning of it, none, a day gone by or ages ahead: nothing is approved.
    """
    content = hash_of(office, frozen)
    for who in ("manager", "secretary", "archivist", "auditor"):
        call = lambda unit: signing.approve(unit, frozen, fingerprint=content)  # noqa: E731
        refused(office, NotAllowed, who, Act.DESTRUCTION_APPROVE, call)
    for wrong in ("", content[:15], content[:17], content[::-1], "0" * 16):
        call = lambda unit, wrong=wrong: signing.approve(unit, frozen, fingerprint=wrong)  # noqa: E731
        error = refused(office, FingerprintDiffers, "gm", Act.DESTRUCTION_APPROVE, call)
        assert f"destruction fingerprint {frozen}" in error.message(Language.ZH)
    for day in (D("2026-03-01"), D("2037-01-01")):
        call = lambda unit, day=day: signing.approve(  # noqa: E731
            unit, frozen, fingerprint=content, not_before=day
        )
        refused(office, BadValue, "gm", Act.DESTRUCTION_APPROVE, call)
    assert "destruction.approve" == lists.last_line(office, "fingerprint-differs").act


def test_rel_K4_nobody_approves_or_countersigns_his_own_draft(office):
    """
    The archivist was made general manager after drafting: his own list waits for another one, in the schema too.
    """
    number = lists.frozen(office, letters(office, 1))
    content = hash_of(office, number)
    with office.work("admin", Act.PERSON_EDIT) as unit:
        people.set_roles(unit, "archivist", [Role.ARCHIVIST, Role.GM])
    lists.represented(office, "archivist")
    for act, call in (
        (Act.DESTRUCTION_APPROVE, lambda unit: signing.approve(unit, number, fingerprint=content)),
        (Act.DESTRUCTION_COUNTERSIGN, lambda unit: signing.countersign(unit, number, fingerprint=content)),
    ):
        refused(office, SelfApproval, "archivist", act, call)
    before = lists.state(office)
    with pytest.raises((IntegrityError, OperationalError)), office.work("gm") as unit:
        unit.act(Act.DESTRUCTION_APPROVE)
        made = destruction.one(unit, number)
        made.approved_by = made.drafted_by
        unit.session.flush()
    assert lists.state(office) == before


def test_inv_V18_a_list_that_changed_is_not_approved(office):
    """
    The record was edited after the list was frozen: the general manager is told which, and does not sign.
    """
    (uid,) = letters(office, 1)
    number = lists.frozen(office, [uid])
    content = hash_of(office, number)
    with office.work("archivist", Act.ITEM_EDIT) as unit:
        code = items.edit(unit, uid, title="事后改过").reference_code
    call = lambda unit: signing.approve(unit, number, fingerprint=content)  # noqa: E731
    error = refused(office, GateClosed, "gm", Act.DESTRUCTION_APPROVE, call)
    assert code in error.message(Language.ZH) and "V18" in error.message(Language.ZH)


def test_decision_3_too_few_people_and_it_is_said_who_is_missing(office, frozen):
    """
    Four people are needed; with three left in the house neither freeze, approval nor beginning goes through.
    """
    content = hash_of(office, frozen)
    with office.work("admin", Act.PERSON_EDIT) as unit:
        unit.act(Act.PERSON_EDIT)
        stay = {unit.person(account).uid for account in ("archivist", "gm", "clerk")}
        for person in unit.session.query(Person):
            if person.uid not in stay:
                for post in unit.session.query(Post).filter(Post.person_uid == person.uid):
                    post.ended_at = unit.now
    call = lambda unit: signing.approve(unit, frozen, fingerprint=content)  # noqa: E731
    assert "4" in refused(office, MissingPeople, "gm", Act.DESTRUCTION_APPROVE, call).message(Language.ZH)


def test_a_refused_list_lets_its_records_go_to_another(office):
    """
    Refused with a reason; nothing more can be done with it, and its records are listed anew.
    """
    uids = letters(office, 1)
    number = lists.frozen(office, uids)
    refused(
        office, BadValue, "gm", Act.DESTRUCTION_REFUSE, lambda unit: signing.refuse(unit, number, reason="")
    )
    with office.work("gm", Act.DESTRUCTION_REFUSE) as unit:
        signing.refuse(unit, number, reason="合同尚有争议")
    with office.ask("archivist") as unit:
        row = destruction_book.show(unit, number)
    assert (DestructionState.REFUSED, "合同尚有争议") == (row.state, row.refused)
    call = lambda unit: signing.refuse(unit, number, reason="再说一次")  # noqa: E731
    refused(office, WrongState, "gm", Act.DESTRUCTION_REFUSE, call)
    assert lists.drafted(office, uids)


# --- countersigning -------------------------------------------------------------------------------


def test_only_those_the_list_asks_for_countersign_once(office):
    """
    The legal representative, before or after the approval; not HR where no personnel file goes, nobody twice.
    """
    number = lists.frozen(office, letters(office, 1))
    content = hash_of(office, number)
    sign = lambda unit: signing.countersign(unit, number, fingerprint=content)  # noqa: E731
    for who in ("supervisor", "hr"):
        refused(office, NotToSign, who, Act.DESTRUCTION_COUNTERSIGN, sign)
    lists.represented(office, "supervisor")
    wrong = lambda unit: signing.countersign(unit, number, fingerprint="feed")  # noqa: E731
    refused(office, FingerprintDiffers, "supervisor", Act.DESTRUCTION_COUNTERSIGN, wrong)
    with office.work("supervisor", Act.DESTRUCTION_COUNTERSIGN) as unit:
        assert DestructionState.FROZEN is sign(unit).state
    refused(office, SignedAlready, "supervisor", Act.DESTRUCTION_COUNTERSIGN, sign)
    lists.approve(office, number)
    lists.begin(office, number)
    refused(office, WrongState, "supervisor", Act.DESTRUCTION_COUNTERSIGN, sign)
    with office.ask("gm") as unit:
        assert ["王主管"] == destruction_book.show(unit, number).countersigned_by


def test_the_legal_representative_may_be_the_general_manager_himself(office):
    """
    One person, two signatures: he approves and countersigns, and then neither supervises.
    """
    number = lists.frozen(office, letters(office, 1))
    lists.represented(office, "gm")
    lists.approve(office, number)
    refused(office, GateClosed, "archivist", Act.DESTRUCTION_BEGIN,
            lambda unit: signing.begin(unit, number, supervisors=["manager", "secretary"]))  # fmt: skip
    with office.work("gm", Act.DESTRUCTION_COUNTERSIGN) as unit:
        signing.countersign(unit, number, fingerprint=destruction.one(unit, number).content_hash)
    lists.begin(office, number)


# --- beginning and witnessing ---------------------------------------------------------------------


def test_a_list_is_begun_by_who_may_before_two(office):
    """
    One, three, an unknown supervisor; the general manager, a clerk; a list that is not approved: refused.
    """
    number = lists.frozen(office, letters(office, 1))
    begin = lambda *who: lambda unit: signing.begin(unit, number, supervisors=who)  # noqa: E731
    refused(office, WrongState, "archivist", Act.DESTRUCTION_BEGIN, begin("manager", "secretary"))
    lists.approve(office, number)
    for who in ((), ("manager",), ("manager", "secretary", "clerk")):
        refused(office, BadValue, "archivist", Act.DESTRUCTION_BEGIN, begin(*who))
    refused(office, NotFound, "archivist", Act.DESTRUCTION_BEGIN, begin("manager", "nobody"))
    for who in ("gm", "clerk", "auditor"):
        refused(office, NotAllowed, who, Act.DESTRUCTION_BEGIN, begin("manager", "secretary"))
    lists.begin(office, number)
    refused(office, WrongState, "archivist", Act.DESTRUCTION_BEGIN, begin("manager", "secretary"))


def test_inv_V18_each_supervisor_signs_for_himself_with_time_and_place(office):
    """
    Place and remark are sealed and read back; the hour is what he says, in the office's zone; nobody else signs.
    """
    number = lists.approved(office, [*letters(office, 1), contract(office, 1)])
    lists.begin(office, number)
    office.tick(hours=3)
    with office.work("manager", Act.DESTRUCTION_CONFIRM) as unit:
        at = dt.datetime(2026, 3, 2, 11, 30)
        signing.confirm(unit, number, place="碎纸室", at=at, remark="清点无误")
    sign = lambda unit: signing.confirm(unit, number, place="碎纸室")  # noqa: E731
    for who in ("archivist", "gm", "clerk"):
        refused(office, NotToSign, who, Act.DESTRUCTION_CONFIRM, sign)
    refused(office, SignedAlready, "manager", Act.DESTRUCTION_CONFIRM, sign)
    with office.ask("secretary") as unit:
        (signed,) = [one for one in destruction_book.signed(unit, number) if one.place]
        (row,) = [
            one for one in unit.session.query(DestructionSignature) if one.signed_as is SignedAs.SUPERVISOR
        ]
    assert ("冯经理", "碎纸室", "清点无误") == (signed.person, signed.place, signed.remark)
    assert dt.datetime(2026, 3, 2, 3, 30, tzinfo=dt.UTC) == signed.happened_at
    assert "碎纸室".encode() not in row.card
    with pytest.raises((IntegrityError, OperationalError)), office.work("archivist") as unit:
        unit.act(Act.DESTRUCTION_CONFIRM)
        unit.session.query(DestructionSignature).update({"content_hash": "0" * 64})


def test_a_supervisor_cannot_sign_for_another_hour_nor_for_nothing(office):
    """
    Before it was begun, in the future, without a place, with another list's fingerprint, with nothing left.
    """
    uids = letters(office, 1)
    number = lists.approved(office, uids)
    office.tick(hours=2)
    lists.begin(office, number)
    office.tick(hours=1)
    hour = dt.timedelta(hours=1)
    for given, error in (
        ({"place": "甲", "at": office.now - 2 * hour}, BadValue), ({"place": "甲", "at": office.now + hour}, BadValue),
        ({"place": " "}, BadValue), ({"place": "甲", "fingerprint": "abcd"}, FingerprintDiffers),
    ):  # fmt: skip
        call = lambda unit, given=given: signing.confirm(unit, number, **given)  # noqa: E731
        refused(office, error, "manager", Act.DESTRUCTION_CONFIRM, call)
    with office.work("archivist", Act.DESTRUCTION_PULL) as unit:
        destruction.pull(unit, number, uids, reason="遗失")
    call = lambda unit: signing.confirm(unit, number, place="甲")  # noqa: E731
    refused(office, NothingToDestroy, "manager", Act.DESTRUCTION_CONFIRM, call)


def test_decision_4_a_supervisor_whose_password_was_reset_does_not_sign(office):
    """
    Reset after it was begun: his signature waits for the security administrator's word, and counts after it.
    """
    number = lists.approved(office, letters(office, 1))
    lists.begin(office, number)
    with office.work("admin", Act.PERSON_RESET) as unit:
        people.reset(unit, "manager")
    lists.tampered(office, Person, Person.account == "manager", one_time=False)
    sign = lambda unit: signing.confirm(unit, number, place="甲")  # noqa: E731
    refused(office, NotUnlocked, "manager", Act.DESTRUCTION_CONFIRM, sign)
    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.confirm(unit, "manager")
    lists.confirm(office, number)


def test_witness_a_signature_over_other_content_does_not_count(office):
    """
    The secretary's signature is swapped for one over another list's content: the last stage misses it.
    """
    number = lists.approved(office, letters(office, 2))
    other = lists.frozen(office, letters(office, 1))
    lists.begin(office, number)
    lists.confirm(office, number, "manager")
    with office.work("archivist") as unit:
        unit.act(Act.DESTRUCTION_CONFIRM)
        made = destruction.one(unit, number)
        unit.session.add(
            DestructionSignature(
                list_uid=made.uid, signed_as=SignedAs.SUPERVISOR, person_uid=unit.person("secretary").uid,
                content_hash=destruction.one(unit, other).content_hash, signed_at=unit.now,
                happened_at=unit.now,
            )
        )  # fmt: skip
    with office.ask("archivist") as unit:
        (found,) = destruction_book.ready(unit, number)
    assert ("confirmed", ["secretary"]) == (found.check, found.detail)


def test_a_supervisor_who_has_signed_may_leave(office):
    """
    Suspended before signing he stops it; suspended after it he does not.
    """
    number = lists.approved(office, letters(office, 1))
    lists.begin(office, number)
    lists.confirm(office, number, "manager")
    with office.work("admin", Act.PERSON_SUSPEND) as unit:
        people.suspend(unit, "manager", reason="停职")
        people.suspend(unit, "secretary", reason="停职")
    with office.ask("archivist") as unit:
        assert {("supervisor-gone", "secretary"), ("confirmed", "secretary")} == {
            (one.check, one.detail[0]) for one in destruction_book.ready(unit, number)
        }
        assert (
            VolumeState.DUE
            is unit.record(destruction.lines(unit, destruction.one(unit, number))[0].code).state
        )
