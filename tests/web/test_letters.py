"""收发文登记: the service, the command line, and the page (R60, R68, F17, F18)."""

from __future__ import annotations

import datetime as dt

import pytest

from archive import letters, registering
from archive.acts import Act
from archive.entrance import Direction
from archive.errors import ArchiveError, LetterAgain, NotAllowed, NotFound
from archive.forms.kinds import ALL, Wanted, named
from archive.registering import Home, Letter
from archive.unit import Unit
from archive.values import Level
from archive.words import Language
from tests.archive.counter import counter as a_counter

IN, OUT = Direction.IN, Direction.OUT


def registered(office, direction=IN, by="clerk", home=Home(), *, again=False, **told):
    """Register a letter; its number."""
    usual = {"title": "关于检修停电的函", "correspondent": "东城供电局", "document_no": "供函〔2026〕12号"}
    with office.work(by, Act.LETTER_REGISTER) as unit:
        return registering.register(unit, Letter(direction, **usual | told), home, again=again).number


def book(office, direction=IN, by="clerk", **wanted):
    with office.ask(by) as unit:
        return letters.book(unit, direction, **wanted)


def test_req_R60_a_received_letter_is_filed_and_numbered_in_one_act(office):
    """The number of the year's register, the volume of its own outside unit (R20), the day it came."""
    number = registered(office, handled_on=dt.date(2026, 2, 27), dated=dt.date(2026, 2, 25))
    second = registered(office, correspondent="西城水务公司", document_no="水〔2026〕3号")

    (water, power) = book(office).letters
    assert (number, second) == ("SW2026-00001", "SW2026-00002") == (power.number, water.number)
    assert (power.handled_on, power.dated, power.direction) == (
        dt.date(2026, 2, 27),
        dt.date(2026, 2, 25),
        IN,
    )
    assert power.volume != water.volume and power.code.startswith(power.volume)


def test_req_R68_sent_letters_have_a_register_of_their_own_and_each_year_begins_anew(office):
    """FW for what is sent; a day of last year belongs to last year's register."""
    registered(office)
    assert registered(office, OUT, document_no="和函〔2026〕1号") == "FW2026-00001"
    assert (
        registered(office, OUT, document_no="和函〔2025〕9号", handled_on=dt.date(2025, 12, 30))
        == "FW2025-00001"
    )
    assert registered(office, OUT, document_no="和函〔2026〕2号") == "FW2026-00002"

    assert [2026, 2025] == book(office, OUT).years
    assert ["FW2025-00001"] == [one.number for one in book(office, OUT, year=2025).letters]


def test_req_R72_an_answer_is_found_beside_what_it_answers(office):
    """By the number in the register, by the document number, by the reference code."""
    number = registered(office)
    registered(office, OUT, document_no="和函〔2026〕1号", title="复函", reply_to=number)

    (letter,) = book(office).letters
    assert "和函〔2026〕1号" == letter.answer


def test_req_R60_the_same_letter_twice_is_noticed_and_entered_only_if_said_so(office):
    """Same correspondent, same document number, however it is spaced; the number that is there is named."""
    first = registered(office)
    with pytest.raises(LetterAgain) as refused:
        registered(office, document_no=" 供函 〔2026〕12号")
    assert refused.value.facts["number"] == first
    assert registered(office, correspondent="西城水务公司")  # another unit counts its own
    assert registered(office, again=True) == "SW2026-00003"


def test_inv_decision_6_a_letter_one_may_not_see_is_not_a_double_and_leaves_no_gap(office):
    """What is 秘密 is numbered apart, shown and counted to nobody who may not see it, and is no double for him."""
    hidden = registered(office, by="archivist", level=Level.CONFIDENTIAL, document_no="密1号")
    assert hidden == "JS2026-00001"
    assert registered(office, by="records", document_no="密1号") == "SW2026-00001"
    seen = book(office, by="records")
    assert (seen.total, [one.number for one in seen.letters]) == (1, ["SW2026-00001"])
    assert {"JS2026-00001", "SW2026-00001"} >= {one.number for one in book(office, by="archivist").letters}
    with office.ask("records") as unit, pytest.raises(NotFound):
        letters.numbered(unit, hidden)


def test_witness_one_series_for_all_would_show_a_gap(office, monkeypatch):
    """The same question to a register that numbers everything together."""
    monkeypatch.setattr(registering, "SERIES", dict.fromkeys(registering.SERIES, "SW"))
    registered(office, by="archivist", level=Level.CONFIDENTIAL, document_no="密1号")
    assert "SW2026-00002" == registered(office, by="records", document_no="密1号")


WRONG = (
    {"handled_on": dt.date(2026, 3, 3)}, {"correspondent": "  "}, {"title": "x"},
    {"direction": Direction.INTERNAL}, {"home": Home(class_code="HT·02")},
)  # fmt: skip


def test_req_R60_what_is_no_letter_is_refused_and_leaves_nothing(office):
    """A day to come, nobody it is from, no title, no register, no class of letters: nothing is filed or numbered."""
    for wrong in WRONG:
        given = dict(wrong)
        with pytest.raises(ArchiveError):
            registered(office, given.pop("direction", IN), home=given.pop("home", Home()), **given)
    assert book(office).total == 0 and registered(office) == "SW2026-00001"


def test_req_R57_only_who_keeps_records_registers(office):
    """A member of staff does not; the refusal is in the log."""
    with pytest.raises(NotAllowed):
        registered(office, by="staff")


def test_form_F17_and_F18_print_the_number_of_the_register(office):
    """A letter that was only filed keeps its place in the list."""
    number = registered(office)
    sent = registered(office, OUT, document_no="和函〔2026〕1号", handled_on=dt.date(2026, 3, 1))
    with office.ask("clerk") as unit:
        for code, wanted, day in (("f17", number, "2026-03-02"), ("f18", sent, "2026-03-01")):
            form = named(ALL, code).build(unit, Wanted(Language.ZH))
            told = [cell for block in form.blocks for row in getattr(block, "rows", ()) for cell in row]
            assert wanted in told and day in told


def test_req_R60_letters_go_their_way_at_the_command_line(template, tmp_path, monkeypatch):
    """register, list, show; a double is told with its number and goes in with --again."""
    counter = a_counter(template, tmp_path, monkeypatch)
    asked = ("letter", "register", "in", "--from", "东城供电局", "--title", "停电通知", "--number", "供1号")
    assert "SW2026-00001" in counter.run("clerk", *asked).check().out
    refused = counter.run("clerk", *asked).check(1)
    assert "SW2026-00001" in refused.err and "--again" in refused.err
    counter.run("clerk", *asked, "--again").check()
    assert ["SW2026-00002", "SW2026-00001"] == [
        row["number"] for row in counter.rows("clerk", "letter", "list", "收文")
    ]
    assert "停电通知" in counter.run("clerk", "letter", "show", "SW2026-00001").check().out


# --- the page ---------------------------------------------------------------------------------------

LETTER = {"correspondent": "东城供电局", "title": "关于检修停电的函", "document_no": "供函〔2026〕12号"}


def text(answer, status=200):
    told = answer.get_data(as_text=True)
    assert answer.status_code == status, told[:2000]
    return told


def test_req_R60_a_letter_is_registered_in_the_browser_and_shown_with_its_number(site):
    clerk = site.visitor("clerk")
    assert "登记收文" in text(clerk.get("/letters/in"))
    answer = clerk.post("/letters/in", {**LETTER, "pages": "2"})
    assert (answer.status_code, answer.location) == (303, "/letters/number/SW2026-00001")
    assert "关于检修停电的函" in text(clerk.get(answer.location))
    assert "SW2026-00001" in text(clerk.get("/letters/in"))
    assert "SW2026-00001" not in text(clerk.get("/letters/out"))


def test_req_R60_a_double_is_asked_about_and_what_was_typed_stays(site):
    clerk = site.visitor("clerk")
    clerk.post("/letters/in", LETTER)
    told = text(clerk.post("/letters/in", LETTER), 409)
    assert 'name="again"' in told and "SW2026-00001" in told and "供函〔2026〕12号" in told
    assert clerk.post("/letters/in", {**LETTER, "again": "1"}).status_code == 303


def test_issue_7_errors_stand_beside_their_field(site):
    told = text(site.visitor("clerk").post("/letters/in", {**LETTER, "handled_on": "2027-01-01"}), 422)
    assert 'id="f-handled-on-error"' in told


def test_rel_P6_what_nobody_asks_for_changes_nothing(site, office):
    """Extra fields of a form, in every shape: the letter is what the service makes of what is asked for."""
    extra = {
        "number": "SW2026-09999",
        "registered_by": "gm",
        "direction": "OUT",
        "year": "1999",
        "item_uid": "x",
    }
    site.visitor("clerk").post("/letters/in", {**LETTER, **extra})
    (letter,) = book(office).letters
    assert ("SW2026-00001", Direction.IN) == (letter.number, letter.direction)


def test_inv_decision_6_a_hidden_letter_is_answered_as_an_absent_one(site, office):
    hidden = registered(office, by="archivist", level=Level.CONFIDENTIAL, document_no="密1号")
    records = site.visitor("records")
    answers = [records.get(f"/letters/number/{number}") for number in (hidden, "JS2026-00009")]
    told = [
        answer.get_data().replace(code.encode(), b"")
        for answer, code in zip(answers, (hidden, "JS2026-00009"), strict=True)
    ]
    assert [404, 404] == [answer.status_code for answer in answers] and told[0] == told[1]


def test_req_R57_staff_sees_no_form_and_cannot_register(site):
    staff = site.visitor("staff")
    assert "登记收文" not in text(staff.get("/letters/in"))
    assert staff.post("/letters/in", LETTER).status_code == 403


def test_a_register_opens_the_letters_of_its_page_and_what_was_sent_since_they_came(office, monkeypatch):
    """What was sent before the first of them came answers none of them, and its card stays closed."""
    for n in range(6):
        registered(office, OUT, document_no=f"和函〔2026〕{n + 10}号")
    office.tick(days=20)
    number = registered(office)
    registered(office, OUT, document_no="和函〔2026〕99号", reply_to=number)
    opened, cards = [], Unit.cards
    monkeypatch.setattr(Unit, "cards", lambda unit, some: opened.append(len(some)) or cards(unit, some))
    (letter,) = book(office).letters

    assert letter.answer == "和函〔2026〕99号"
    assert sum(opened) == 2
