"""A destruction list in the browser: its gate, its different people, the end nobody takes back, the certificate."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import func, select

from archive import backups
from archive.acts import Act
from archive.model import Event, Item
from archive.statuses import DestructionState, DestructionStep
from archive.values import Level
from archive.words import Language, say
from retention.destroying import certificate, conditions, destruction, destruction_book, freezing, gate
from retention.holding import placing
from tests.retention import campaigns, letting_go, lists
from tests.web.conftest import site_of
from web.pages import destroying

ROOT = "/retention/destructions"


def text(answer) -> str:
    return answer.get_data(as_text=True)


def plain(answer) -> str:
    """What a person reads on the page."""
    return html.unescape(re.sub(r"<[^>]+>", "", text(answer)))


def state(office, number):
    return lists.made(office, number)[0].state


def fingerprint(office, number):
    return freezing.fingerprint(lists.made(office, number)[0])


@pytest.fixture(scope="module")
def still(template, tmp_path_factory):
    """Lists at every stage, for what changes nothing: the site, and the numbers by stage."""
    office = lists.copied(template / "home", template / "key", tmp_path_factory.mktemp("still"))
    numbers = {
        "frozen": lists.frozen(office, campaigns.alone(office, 2)),
        "approved": lists.approved(office, campaigns.alone(office, 2)),
        "begun": letting_go.begun(office, letting_go.letters(office, 2), confirmed=False),
        "hidden": lists.approved(office, campaigns.alone(office, 1, level=Level.SECRET)),
        "destroyed": letting_go.destroyed(office, letting_go.letters(office, 2)),
    }
    yield site_of(office), numbers
    office.instance.close()


# --- the gate -------------------------------------------------------------------------------------


def test_inv_V18_every_check_of_the_gate_is_a_condition_with_its_sentence_and_whose_act_mends_it():
    names = [check.name for checks in (gate.LISTS, gate.LINES) for check in checks]

    assert sorted(conditions.MENDED_BY) == sorted(names)
    for name in names:
        assert all(say(f"demand.{name}", tongue) for tongue in Language)


def broken_on(page) -> int:
    return page.count('class="met-no"')


def test_inv_V18_the_page_shows_the_gate_as_the_service_judges_it(site):
    """A held record, a lent one, and one edited since: each breach stands under its condition, nothing else is broken."""
    office = site.office
    uids = campaigns.alone(office, 3)
    number = lists.approved(office, uids)
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="诉讼", records=[uids[0]])
    lists.tampered(office, Item, Item.uid == uids[1], page_count=9)
    with office.ask("archivist") as unit:
        found = destruction_book.ready(unit, number)
        told = conditions.conditions(unit, number)

    answer = site.visitor("archivist").get(f"{ROOT}/{number}")

    assert (
        {one.check for one in told if one.met is conditions.Met.NO}
        == {one.check for one in found}
        >= {"held", "changed"}
    )
    assert [one for cond in told for one in cond.broken] and sum(len(cond.broken) for cond in told) == len(
        found
    )
    assert broken_on(text(answer)) == len({one.check for one in found})
    for one in found:
        assert one.told(Language.ZH) in plain(answer)
    assert f"/do/destruction/begin?number={number}" not in text(answer)


def test_witness_a_gate_that_forgets_a_check_is_caught(still, monkeypatch):
    """The page is compared with the gate itself: a table that misses one of its checks no longer covers it."""
    monkeypatch.delitem(conditions.MENDED_BY, "held")

    with pytest.raises(AssertionError):
        test_inv_V18_every_check_of_the_gate_is_a_condition_with_its_sentence_and_whose_act_mends_it()


@pytest.mark.parametrize("stage", ["frozen", "approved", "begun"])
def test_conditions_to_come_are_shown_as_such(still, stage):
    site, numbers = still
    with site.office.ask("archivist") as unit:
        told = {one.check: one for one in conditions.conditions(unit, numbers[stage])}

    later = {name for name, one in told.items() if one.met is conditions.Met.LATER}

    assert len(told) == len(conditions.MENDED_BY)
    assert ("confirmed" in later) == (stage != "begun")
    assert ("approved" in later) == (stage == "frozen")
    assert ("two-supervisors" in later) == (stage != "begun")


# --- the whole road -------------------------------------------------------------------------------


def drafted_through_the_page(site, uids):
    """Drafted and frozen by the archivist in the browser; the number and the fingerprint on the page."""
    office, archivist = site.office, site.visitor("archivist")
    campaigns.judged(office, *[campaigns.record(office, uid).reference_code for uid in uids])
    candidates = archivist.get(f"{ROOT}/candidates")
    codes = re.findall(r'name="codes" value="([^"]+)"', text(candidates))
    archivist.post("/do/destruction/draft", {"codes": "\n".join(codes), "reason": "期满，无保存价值"})
    number = re.findall(r"XH2026-\d{4}(?=</a>)", text(archivist.get(ROOT)))[0]
    archivist.post("/do/destruction/freeze", {"number": number})
    (found,) = re.findall(
        r'class="code">([0-9a-f]{4}(?:-[0-9a-f]{4}){3})<', text(archivist.get(f"{ROOT}/{number}"))
    )
    return number, found


def test_inv_V18_a_whole_destruction_goes_through_the_pages_by_its_different_people(site):
    office = site.office
    uids = campaigns.alone(office, 2)
    number, found = drafted_through_the_page(site, uids)
    who = {name: site.visitor(name) for name in ("archivist", "gm", "manager", "secretary")}

    assert (
        who["gm"].post("/do/destruction/approve", {"number": number, "fingerprint": found}).status_code == 303
    )
    begun = {"number": number, "supervisors": "manager\nsecretary", "confirm": number}
    assert who["archivist"].post("/do/destruction/begin", begun).status_code == 303
    page = who["secretary"].get(f"{ROOT}/{number}")
    assert "<svg" in text(page)  # the code for the other supervisor's phone
    assert "请您签字" in text(page)
    for name in ("manager", "secretary"):
        signed = {"number": number, "place": "碎纸室", "fingerprint": found}
        assert who[name].post("/do/destruction/confirm", signed).status_code == 303
    assert (
        who["archivist"].post("/do/destruction/execute", {"number": number, "confirm": number}).status_code
        == 303
    )

    assert letting_go.steps(office, number) == [DestructionStep.DESTROYED] * 2
    with office.ask("auditor") as unit:
        made = destruction.one(unit, number)
        people = {made.drafted_by, made.approved_by, made.supervisor_one, made.supervisor_two}
    assert len(people) == 4
    assert certificate_of(site, number).status_code == 200


def certificate_of(site, number, who="archivist"):
    return site.visitor(who).get(f"{ROOT}/{number}/certificate")


# --- segregation ----------------------------------------------------------------------------------


REFUSED = [
    ("frozen", "archivist", "approve", {"fingerprint": "{fingerprint}"}),
    ("frozen", "secretary", "approve", {"fingerprint": "{fingerprint}"}),
    ("approved", "archivist", "begin", {"supervisors": "archivist\nmanager"}),
    ("approved", "archivist", "begin", {"supervisors": "gm\nmanager"}),
    ("approved", "archivist", "begin", {"supervisors": "manager\nmanager"}),
    ("approved", "secretary", "begin", {"supervisors": "archivist\nmanager"}),
    ("approved", "archivist", "begin", {"supervisors": "manager"}),
    ("begun", "archivist", "confirm", {"place": "碎纸室"}),
    ("begun", "gm", "confirm", {"place": "碎纸室"}),
    ("begun", "archivist", "execute", {}),
    ("begun", "manager", "execute", {}),
    ("destroyed", "manager", "finalize", {}),
]


@pytest.mark.parametrize(("stage", "who", "verb", "given"), REFUSED)
def test_inv_V18_nobody_does_two_of_the_steps_through_the_page(still, stage, who, verb, given):
    """Drafter and approver, operator and supervisor, approver and supervisor: each pair is two people."""
    site, numbers = still
    number = numbers[stage]
    before = lists.state(site.office)
    filled = {
        name: value.format(fingerprint=fingerprint(site.office, number)) for name, value in given.items()
    }

    where = f"{ROOT}/{number}/finalize" if verb == "finalize" else f"/do/destruction/{verb}"
    answer = site.visitor(who).post(where, {"number": number, "confirm": number, **filled})

    assert answer.status_code in {403, 409, 422}
    assert 'role="alert"' in text(answer) or verb == "finalize"
    assert lists.state(site.office) == before


@pytest.mark.parametrize(
    ("verb", "more"), [("begin", {"supervisors": "manager\nsecretary"}), ("execute", {})]
)
@pytest.mark.parametrize("typed", ["", "XH2026-9999", "yes"])
def test_what_cannot_be_taken_back_is_typed_again(still, verb, more, typed):
    site, numbers = still
    number = numbers["approved" if verb == "begin" else "begun"]
    before = state(site.office, number)

    answer = site.visitor("archivist").post(
        f"/do/destruction/{verb}", {"number": number, "confirm": typed, **more}
    )

    assert answer.status_code == 422
    assert 'name="confirm"' in text(answer)
    assert state(site.office, number) is before


def test_a_stale_fingerprint_is_refused(site):
    """The general manager has read another list than the one he would approve: it was withdrawn and drawn up anew."""
    office = site.office
    uids = campaigns.alone(office, 2)
    first = lists.frozen(office, uids)
    read = fingerprint(office, first)
    site.visitor("archivist").post("/do/destruction/withdraw", {"number": first, "reason": "重拟"})
    second = lists.drafted(office, uids)
    site.visitor("archivist").post("/do/destruction/freeze", {"number": second})

    answer = site.visitor("gm").post("/do/destruction/approve", {"number": second, "fingerprint": read})

    assert read != fingerprint(office, second)
    assert answer.status_code == 422
    assert state(office, second) is DestructionState.FROZEN
    link = html.unescape(text(site.visitor("gm").get(f"{ROOT}/{second}")))
    assert f"fingerprint={fingerprint(office, second)}" in link


def test_rel_P6_a_form_sets_nothing_but_what_it_asks_for(site):
    office = site.office
    number = lists.frozen(office, campaigns.alone(office, 1))
    forged = {
        "approved_by": "gm", "state": "APPROVED", "supervisor_one": "clerk", "operator_uid": "clerk", "earliest_on": "2020-01-01",
        "content_hash": "0" * 64, "method": "ERASE", "legal": "true", "hands": "[]",
    }  # fmt: skip

    found = fingerprint(office, number)
    answer = site.visitor("gm").post(
        "/do/destruction/approve", {"number": number, "fingerprint": found, **forged}
    )

    made, _ = lists.made(office, number)
    assert answer.status_code == 303
    assert (made.state, made.supervisor_one, made.operator_uid) == (DestructionState.APPROVED, None, None)
    assert made.earliest_on.isoformat() == "2026-03-02"
    assert freezing.fingerprint(made) == found


def test_rel_X1_executing_twice_destroys_once(site):
    office = site.office
    uids = letting_go.letters(office, 2, text="第{n}件正文")
    number = letting_go.begun(office, uids)
    archivist = site.visitor("archivist")

    answers = [
        archivist.post("/do/destruction/execute", {"number": number, "confirm": number}) for _ in range(2)
    ]
    note = text(archivist.get(f"{ROOT}/{number}/certificate.txt"))

    assert answers[0].status_code == 303
    assert answers[1].status_code in {303, 409}
    assert text(archivist.get(f"{ROOT}/{number}/certificate.txt")) == note
    assert [gone(office, uid) for uid in uids] == [1, 1]
    with office.ask("archivist") as unit:
        keys = [line.keys for line in destruction.lines(unit, destruction.one(unit, number))]
        assert sum(keys) == certificate.show(unit, number).keys


def gone(office, uid) -> int:
    """How often the log says that this record was destroyed."""
    with office.ask("auditor") as unit:
        rows = (
            select(func.count())
            .select_from(Event)
            .where(Event.object_uid == uid, Event.act == Act.DESTRUCTION_EXECUTE)
        )
        return unit.session.scalar(rows.where(Event.outcome == "done"))


# --- what is hidden -------------------------------------------------------------------------------


def counted(site, who, number) -> tuple[int, int]:
    """How many lines a person is told of, and how many he is shown."""
    page = text(site.visitor(who).get(f"{ROOT}/{number}"))
    return int(re.search(r"(\d+) 卷（件），", page)[1]), len(
        re.findall(r'<td class="num" data-label="[^"]*">\d+</td><td data-label', page)
    )


def test_rel_P2_hidden_lines_are_neither_shown_nor_counted(site, monkeypatch):
    """The clerk sees one record of the list; the other is above his clearance."""
    office = site.office
    open_, secret = campaigns.alone(office, 1), campaigns.alone(office, 1, level=Level.SECRET)
    number = lists.frozen(office, [*open_, *secret])
    code = campaigns.record(office, secret[0]).reference_code

    assert counted(site, "archivist", number) == (2, 2)
    assert counted(site, "clerk", number) == (1, 1)
    assert code not in text(site.visitor("clerk").get(f"{ROOT}/{number}"))
    assert code not in text(site.visitor("clerk").get(f"{ROOT}/{number}/register"))

    monkeypatch.setattr(destruction_book, "shown", destruction.lines)  # witness: a book that forgets to ask
    assert counted(site, "clerk", number) != (1, 1)


@pytest.mark.parametrize("page", ["", "/register", "/register.docx", "/certificate", "/certificate.txt"])
def test_rel_P5_a_list_of_hidden_records_answers_as_none(still, page):
    """Who sees nothing on it is told what he would be told of a number nobody has given."""
    site, numbers = still
    staff = site.visitor("staff")

    hidden = staff.get(f"{ROOT}/{numbers['hidden']}{page}")
    absent = staff.get(f"{ROOT}/XH2026-9999{page}")

    assert hidden.status_code == absent.status_code == 404
    assert masked(hidden, numbers["hidden"]) == masked(absent, "XH2026-9999")


def masked(answer, number) -> str:
    return re.sub(r'(?:name="csrf_token" value|name="csrf-token" content)="[^"]*"', "", text(answer)).replace(
        number, "N"
    )


# --- certificate, slip ----------------------------------------------------------------------------


def test_the_certificate_is_shown_downloaded_and_recognised_again(still):
    site, numbers = still
    number = numbers["destroyed"]
    shown = certificate_of(site, number)
    note = site.visitor("archivist").get(f"{ROOT}/{number}/certificate.txt")

    pasted = site.visitor("auditor").post(f"{ROOT}/verify", {"note": text(note).replace("\n", "\r\n")})

    assert shown.status_code == 200
    assert "attachment" in note.headers["Content-Disposition"]
    assert (note.headers["X-Content-Type-Options"], note.headers["Cache-Control"]) == ("nosniff", "no-store")
    assert pasted.status_code == 200
    assert number in text(pasted)


@pytest.mark.parametrize(
    "change", [("records: 2", "records: 3"), ("2026", "2027"), ("—", "-"), ("anjuan", "anjuam")]
)
def test_a_changed_certificate_is_told_apart(still, change):
    """Witness of the one above: a letter makes the difference."""
    site, numbers = still
    note = text(site.visitor("archivist").get(f"{ROOT}/{numbers['destroyed']}/certificate.txt"))
    assert change[0] in note

    answer = site.visitor("auditor").post(f"{ROOT}/verify", {"note": note.replace(*change, 1)})

    assert answer.status_code == 422
    assert "note-good" not in text(answer)


@pytest.mark.parametrize("note", ["", "x", "\x00" * 50, "— " * 40_000, "anjuan/destruction\n\n— a b c"])
def test_rel_W10_whatever_is_pasted_is_no_certificate_and_no_error(still, note):
    site, _ = still

    assert site.visitor("auditor").post(f"{ROOT}/verify", {"note": note}).status_code in {413, 422}


def test_conf_K3_ending_shows_the_new_slip_once_and_nowhere_else(site):
    office = site.office
    number = letting_go.destroyed(office, letting_go.letters(office, 1))
    archivist = site.visitor("archivist")

    wrong = archivist.post(f"{ROOT}/{number}/finalize", {"confirm": "x"})
    before = state(office, number)
    done = archivist.post(f"{ROOT}/{number}/finalize", {"confirm": number})
    after = archivist.get(f"{ROOT}/{number}")

    slip = backups.current_slip(office.instance.keys).text()
    assert (wrong.status_code, before) == (422, DestructionState.DESTROYED)
    assert done.headers["Cache-Control"] == "no-store"
    assert slip.partition("-")[0] in text(done)
    assert slip.split("-")[3] not in text(after)
    with archivist.client.session_transaction() as kept:
        assert slip.split("-")[3] not in str(dict(kept))
    assert state(office, number) is DestructionState.FINAL


@pytest.mark.parametrize("who", ["clerk", "gm", "auditor", "staff"])
def test_ending_is_offered_to_nobody_else(still, who):
    site, numbers = still

    assert site.visitor(who).get(f"{ROOT}/{numbers['destroyed']}/finalize").status_code in {403, 404}


def test_every_page_of_a_list_holds_no_script_of_its_own_and_its_forms_a_token(still):
    site, numbers = still
    for number in numbers.values():
        page = text(site.visitor("archivist").get(f"{ROOT}/{number}"))
        assert not re.search(r"\son\w+=|style=|<script>|javascript:", page)
        for form in re.findall(r"<form[^>]*method=\"post\".*?</form>", page, re.DOTALL):
            assert "csrf_token" in form


def test_the_offered_acts_are_those_of_the_life_cycle():
    """Nothing is offered that no state leaves open, and what nobody takes back is never the first button."""
    steps = {step.act for step in destroying.DESTRUCTION}

    assert set(destroying.OFFERED) <= steps
    assert set(destroying.FOR_GOOD) <= set(destroying.OFFERED)
    assert destroying.OFFERED[0] not in destroying.FOR_GOOD
