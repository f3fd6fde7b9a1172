"""外来查档人: letters, documents, hosts; the number of a document is sealed apart (R42, R43, F15)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from archive.acts import Act
from archive.circulation import authority, identity_papers, visitors
from archive.circulation.matrix import Reader, shipped
from archive.errors import BadValue, FieldMissing, NotAllowed, NotEmployed, NotFound, SealBroken
from archive.model import Event, Visitor
from archive.statuses import DocumentKind, RequestKind, VisitorKind
from archive.values import Employment
from tests import make
from tests.archive.counter import counter as a_counter

#: Made up, with the right check digit.
RESIDENT = "11010519491231002X"
DAY = dt.date(2026, 3, 1)
LETTER = {"organisation": "东城供电局", "letter_no": "介字12号", "letter_date": DAY}


def add(office, by="archivist", **given) -> str:
    """An outside visitor, with what *given* changes; his number."""
    usual = {
        "kind": VisitorKind.OUTSIDE,
        "name": "钱外宾",
        "document_no": RESIDENT,
        "host": "clerk",
        **LETTER,
    }
    with office.work(by, Act.VISITOR_ADD) as unit:
        return visitors.add(unit, **{**usual, **given}).number


def shown(office, number, by="archivist"):
    with office.ask(by, Act.VISITOR_SEE) as unit:
        return visitors.show(unit, number)


def kept(office) -> list[Visitor]:
    with office.ask("archivist", Act.VISITOR_SEE) as unit:
        return list(unit.session.scalars(select(Visitor)))


# --- numbers of documents -----------------------------------------------------------------------


def test_req_R42_a_resident_number_is_judged_by_day_and_check_digit():
    """GB 11643: the check digit of the 17 places; width, capitals and spaces are set right first."""
    assert identity_papers.check_digit("44052418800101001") == "4"
    for written in (RESIDENT, " 110105 19491231 002x ", "１１０１０５１９４９１２３１００２Ｘ"):
        assert identity_papers.checked(DocumentKind.RESIDENT_ID, written, DAY) == RESIDENT


@pytest.mark.parametrize("day", ["18800101", "20260302", "19490230", "19491301"])
def test_req_R42_a_resident_was_born_on_a_day_that_has_been(day):
    """Too long ago, tomorrow, no day of any calendar: refused although the check digit fits."""
    digits = f"110105{day}002"
    with pytest.raises(BadValue):
        identity_papers.checked(DocumentKind.RESIDENT_ID, digits + identity_papers.check_digit(digits), DAY)


@given(st.integers(0, 17), st.integers(1, 10))
def test_req_R42_any_single_wrong_place_of_a_resident_number_is_noticed(place, shift):
    """A slip in one place never passes: the check digit of GB 11643 catches every one."""
    alphabet = "0123456789X" if place == 17 else "0123456789"
    right = alphabet.index(RESIDENT[place])
    wrong = alphabet[(right + shift) % len(alphabet)]
    slip = RESIDENT[:place] + wrong + RESIDENT[place + 1 :]
    if slip != RESIDENT:
        with pytest.raises(BadValue):
            identity_papers.checked(DocumentKind.RESIDENT_ID, slip, DAY)


def test_req_R42_witness_without_the_check_digit_a_slip_passes(monkeypatch):
    """A check that looks only at the outer form takes a mistyped number: the test above would notice."""
    slip = RESIDENT[:16] + "3X"
    monkeypatch.setattr(identity_papers, "resident", lambda number, today: True)
    assert identity_papers.checked(DocumentKind.RESIDENT_ID, slip, DAY) == slip


@pytest.mark.parametrize(
    ("kind", "right", "wrong"),
    [
        (DocumentKind.PASSPORT, "e12345678", "E1-2345"),
        (DocumentKind.HK_MACAO_PERMIT, "H12345678", "X12345678"),
        (DocumentKind.TAIWAN_PERMIT, "12345678", "1234567"),
        (DocumentKind.RESIDENCE_PERMIT, "CHN110105491231", "CHN"),
        (DocumentKind.WORK_CARD, "GW-0012", "工作证12"),
        (DocumentKind.RESIDENT_ID, RESIDENT, "１１０１０５１９４９１２３１００２１"),
    ],
)
def test_each_kind_of_document_has_its_form(kind, right, wrong):
    """A number of another form is refused, and the refusal does not repeat it."""
    assert identity_papers.checked(kind, right, DAY) == right.upper()
    with pytest.raises(BadValue) as refused:
        identity_papers.checked(kind, wrong, DAY)
    assert wrong not in str(refused.value)
    assert refused.value.facts["field"] == "identity_no"


@given(st.text(alphabet="0123456789ABCX", max_size=40))
def test_a_mask_shows_five_places_at_most_and_keeps_the_length(number):
    """Of every number at least half stays covered."""
    mask = identity_papers.masked(number)
    assert len(mask) == len(number)
    assert sum(one != "*" for one in mask) <= min(5, len(number) // 2)


def test_a_mask_shows_the_first_three_and_last_two_of_a_resident_number():
    """110*************2X."""
    assert identity_papers.masked(RESIDENT) == "110" + "*" * 13 + "2X"


# --- entering -----------------------------------------------------------------------------------


def test_req_R42_an_outside_visitor_is_entered_with_letter_document_and_host(office):
    """Numbered LF; the list shows the mask; the letter is good for thirty days."""
    number = add(office, phone="13800000000")
    row = shown(office, number)
    assert (number, row.name, row.organisation, row.letter_no) == (
        "LF2026-00001",
        "钱外宾",
        "东城供电局",
        "介字12号",
    )
    assert (row.document, row.host, row.valid_until) == (
        "110" + "*" * 13 + "2X",
        "周文员",
        dt.date(2026, 3, 31),
    )
    assert row.valid


@pytest.mark.parametrize(
    ("kind", "left_out"),
    [
        *(
            (VisitorKind.OUTSIDE, field)
            for field in ("name", "organisation", "letter_no", "letter_date", "host")
        ),
        (VisitorKind.OUTSIDE, "document_no"),
        *(
            (VisitorKind.PARENT_COMPANY, field)
            for field in ("name", "organisation", "letter_no", "letter_date")
        ),
        (VisitorKind.OWNER, "document_no"),
        (VisitorKind.OWNER, "premises"),
    ],
)
def test_req_R42_R43_what_a_visitor_must_bring_is_demanded_by_his_kind(office, kind, left_out):
    """One thing left out: refused by name, nothing kept."""
    nothing = None if left_out in {"letter_date", "host", "premises"} else " "
    whole = {"kind": kind, "premises": "A-1203" if kind is VisitorKind.OWNER else None}
    with pytest.raises(FieldMissing) as refused:
        add(office, **{**whole, left_out: nothing})
    assert refused.value.facts["field"] == left_out.replace("document", "identity")
    assert kept(office) == []


def test_req_R43_the_parent_company_comes_with_a_letter_alone_and_an_owner_without_one(office):
    """No document is asked of the one, no letter of the other."""
    parent = add(office, kind=VisitorKind.PARENT_COMPANY, document_no="", host=None)
    owner = add(
        office, kind=VisitorKind.OWNER, premises="A-1203", party="P001", organisation="", letter_no="", letter_date=None
    )  # fmt: skip
    assert (shown(office, parent).document, shown(office, parent).host) == ("", "郑档案")
    row = shown(office, owner)
    assert (row.premises, row.party, row.letter_date, row.valid_until) == (
        "A1203",
        "P001",
        None,
        dt.date(2026, 4, 1),
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"letter_date": dt.date(2026, 3, 3)},
        {"letter_date": dt.date(2026, 1, 30)},
        {"valid_until": dt.date(2026, 4, 1)},
        {"valid_until": dt.date(2026, 3, 1)},
        {"document_no": "110105194912310021"},
        {"document_no": "1" * 5000},
        {"name": "钱\x07外宾"},
        {"organisation": "长" * 121},
        {"kind": VisitorKind.OWNER, "premises": "A1203", "party": "P002"},
    ],
)
def test_req_R42_a_letter_from_tomorrow_or_long_ago_and_other_slips_are_refused(office, wrong):
    """A clear refusal, and nothing is kept."""
    with pytest.raises(BadValue) as refused:
        add(office, **wrong)
    assert len(str(refused.value)) < 300
    assert kept(office) == []


@pytest.mark.parametrize("wrong", [{"host": "nobody"}, {"premises": "Z9999"}, {"party": "P999"}])
def test_a_host_premises_or_party_that_is_not_there_is_not_found(office, wrong):
    """Nothing is kept."""
    with pytest.raises(NotFound):
        add(office, **wrong)
    assert kept(office) == []


def test_a_host_works_here(office):
    """Somebody suspended answers for nobody; a visitor whose host went is not welcome."""
    number = add(office)
    with office.work("admin", Act.PERSON_EDIT) as unit:
        unit.act(Act.PERSON_EDIT, unit.person("clerk"))
        unit.person("clerk").employment = Employment.SUSPENDED
    with pytest.raises(NotEmployed):
        add(office)
    with pytest.raises(NotEmployed), office.ask("archivist", Act.VISITOR_SEE) as unit:
        visitors.welcome(unit, visitors.one(unit, number))


@pytest.mark.parametrize("by", ["staff", "manager", "gm", "auditor", "admin"])
def test_who_keeps_no_counter_enters_no_visitor(office, by):
    """The policy refuses, and the refusal is logged."""
    with pytest.raises(NotAllowed):
        add(office, by)
    assert kept(office) == []


# --- changing -----------------------------------------------------------------------------------


def test_req_R42_a_new_letter_makes_an_expired_entry_good_again(office):
    """The old letter cannot be stretched past its thirty days; a new one counts from its own date."""
    number = add(office)
    office.tick(days=40)
    assert not shown(office, number).valid
    with pytest.raises(BadValue), office.work("archivist", Act.VISITOR_EDIT) as unit:
        visitors.edit(unit, number, valid_until=dt.date(2026, 4, 20))
    with office.work("archivist", Act.VISITOR_EDIT) as unit:
        visitors.edit(unit, number, letter_no="介字30号", letter_date=dt.date(2026, 4, 10), host="secretary")
    row = shown(office, number)
    assert (row.letter_no, row.valid_until, row.host, row.valid) == (
        "介字30号",
        dt.date(2026, 5, 10),
        "陈秘书",
        True,
    )
    assert (row.name, row.document) == ("钱外宾", "110" + "*" * 13 + "2X")


@pytest.mark.parametrize("changes", [{"letter_no": " "}, {"organisation": ""}])
def test_what_was_demanded_cannot_be_emptied_afterwards(office, changes):
    """As on entering: refused, and unchanged."""
    number = add(office)
    before = shown(office, number)
    with pytest.raises(FieldMissing), office.work("archivist", Act.VISITOR_EDIT) as unit:
        visitors.edit(unit, number, **changes)
    assert shown(office, number) == before


def test_an_unknown_visitor_is_not_found(office):
    """To show, to change, to open: the same answer."""
    for look in (
        visitors.show,
        visitors.edit,
        lambda unit, number: visitors.identity(unit, number, reason="查"),
    ):
        with pytest.raises(NotFound), office.work("archivist", Act.VISITOR_EDIT) as unit:
            look(unit, "LF2026-99999")


# --- who sees what ------------------------------------------------------------------------------


def test_req_R42_the_whole_number_is_opened_only_by_few_with_a_reason_and_always_logged(office):
    """Archivist, secretary and GM; the reason is sealed; a clerk is refused and that is logged too."""
    number = add(office)
    with office.ask("secretary", Act.VISITOR_IDENTITY) as unit:
        assert visitors.identity(unit, number, reason="公安机关核查") == RESIDENT
    with pytest.raises(BadValue), office.ask("gm", Act.VISITOR_IDENTITY) as unit:
        visitors.identity(unit, number, reason=" ")
    with pytest.raises(NotAllowed), office.ask("clerk", Act.VISITOR_IDENTITY) as unit:
        visitors.identity(unit, number, reason="好奇")
    with office.instance.engine.connect() as raw:
        lines = raw.execute(
            select(Event.account, Event.outcome, Event.facts).where(Event.act == Act.VISITOR_IDENTITY.value)
        ).all()
    assert [(account, outcome) for account, outcome, _ in lines] == [
        ("secretary", "done"), ("gm", "done"), ("gm", "bad-value"), ("clerk", "not-allowed"),
    ]  # fmt: skip
    assert "核查" not in str(lines) and RESIDENT not in str(lines)


def test_a_visitor_without_a_document_has_no_number_to_open(office):
    """Not found, rather than an empty answer."""
    number = add(office, kind=VisitorKind.PARENT_COMPANY, document_no="")
    with pytest.raises(NotFound), office.ask("gm", Act.VISITOR_IDENTITY) as unit:
        visitors.identity(unit, number, reason="核对")


def test_names_and_numbers_of_visitors_stand_nowhere_in_clear(office):
    """Neither in the database nor in the exported log: only ids, dates and kinds are clear."""
    number = add(office, phone="13912345678")
    with office.work("archivist", Act.VISITOR_EDIT) as unit:
        visitors.edit(unit, number, phone="13987654321")
    kept_bytes = b"".join(path.read_bytes() for path in office.home.glob("catalogue.db*"))
    for word in (
        "钱外宾",
        RESIDENT,
        RESIDENT[3:16],
        "13912345678",
        "13987654321",
        "介字12号",
    ):
        assert word.encode() not in kept_bytes
    assert number.encode() in kept_bytes  # the witness: what is clear is found


def test_the_two_seals_of_a_visitor_open_only_their_own_place(office):
    """The identity is sealed under a key of its own, bound to the visitor: it does not open as another's."""
    add(office)
    add(office, name="孙外宾")
    with office.ask("archivist", Act.VISITOR_SEE) as unit:
        first, second = unit.session.scalars(select(Visitor).order_by(Visitor.number))
        for key, place in (("visitors", first.uid), ("visitor-identity", second.uid)):
            with pytest.raises(SealBroken):
                unit.keys.open_with(key, place.encode(), first.identity)
        assert (
            unit.keys.open_with("visitor-identity", first.uid.encode(), first.identity).decode() == RESIDENT
        )


def test_lists_can_be_narrowed_and_are_for_who_may_see_visitors(office):
    """By kind, by host, to those still valid; an ordinary reader sees none."""
    add(office)
    office.tick(days=20)
    later = add(office, host="secretary", letter_date=dt.date(2026, 3, 20), kind=VisitorKind.PARENT_COMPANY)
    office.tick(days=15)
    with office.ask("manager", Act.VISITOR_SEE) as unit:
        assert [row.number for row in visitors.rows(unit)] == [later, "LF2026-00001"]
        assert [row.number for row in visitors.rows(unit, valid_only=True)] == [later]
        assert [row.number for row in visitors.rows(unit, kind=VisitorKind.OUTSIDE)] == ["LF2026-00001"]
        assert [row.number for row in visitors.rows(unit, host="secretary")] == [later]
    with pytest.raises(NotAllowed), office.ask("staff", Act.VISITOR_SEE) as unit:
        visitors.rows(unit)


# --- what a visitor may ask for -------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(VisitorKind))
def test_req_R42_visitors_only_read_a_loan_is_refused_by_the_matrix(office, kind):
    """No rule of the shipped matrix lets anybody lend to, or take out for, a visitor of any kind."""
    whole = {"premises": "A1203"} if kind is VisitorKind.OWNER else {}
    number = add(office, kind=kind, **whole)
    volume = make.volume(office, held=True)
    with office.ask("archivist", Act.VISITOR_SEE) as unit:
        for use in (RequestKind.LOAN, RequestKind.TAKE_OUT):
            assert authority.rule_for(unit, use, unit.record(volume), visitors.one(unit, number)).refused
    assert {one.value for one in Reader} == {"STAFF", *(one.value for one in VisitorKind)}
    assert shipped().version


# --- over the counter ---------------------------------------------------------------------------


@pytest.fixture
def desk(template, tmp_path, monkeypatch):
    return a_counter(template, tmp_path, monkeypatch)


OUTSIDE = (
    "visitor", "add", "--kind", "outside", "--organisation", "东城供电局", "--letter", "介字12号", "--letter-date",
    "2026-03-01", "--host", "clerk",
)  # fmt: skip


def test_a_visitor_goes_through_the_counter(desk):
    """add from standard input, list, show, edit, identity: the number is never on the command line."""
    told = desk.run(
        "archivist", *OUTSIDE, "--name-file", "-", "--document-file", "-", typed=f"钱外宾\n{RESIDENT}\n"
    )
    assert "LF2026-00001" in told.check().out and RESIDENT not in told.out + told.err
    rows = desk.rows("clerk", "visitor", "list", "--valid")
    assert [(row["name"], row["document"]) for row in rows] == [("钱外宾", "110" + "*" * 13 + "2X")]
    desk.run("archivist", "visitor", "edit", "LF2026-00001", "--phone", "13800000000").check()
    assert desk.rows("clerk", "visitor", "show", "LF2026-00001")["phone"] == "13800000000"
    told = desk.run("archivist", "visitor", "identity", "LF2026-00001", "--for", "公安机关核查").check()
    assert RESIDENT in told.out
    assert desk.run("clerk", "visitor", "identity", "LF2026-00001", "--for", "好奇").check(3).out == ""


@pytest.mark.parametrize(
    ("given", "typed", "status"),
    [
        (("--document-file", "-", "--name-file", "-"), "钱外宾\n12345\n", 2),
        (("--document-file", "gone.txt", "--name-file", "-"), "钱外宾\n", 4),
        (("--name-file", "-"), f"钱外宾\n{RESIDENT}\n", 2),
    ],
)
def test_a_slip_at_the_counter_is_told_and_changes_nothing(desk, given, typed, status):
    """A bad number, a file that is not there, nobody to ask: one clear sentence."""
    desk.run("archivist", "visitor", "list").check()
    before = desk.state()
    told = desk.run("archivist", *OUTSIDE, *given, typed=typed)
    assert told.status == status and told.out == "" and re.search("[请。]", told.err), told.err
    assert desk.state() == before
