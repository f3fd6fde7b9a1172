"""The worklist of an appraisal: opinions given and decided line by line, what is hidden neither shown nor counted."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event, func, select

from archive.model import AppraisalOpinion
from archive.statuses import Verdict
from archive.values import Level
from retention.appraising import appraisal, desk, worklist
from retention.appraising.desk import DeskView
from retention.appraising.opinions import LineState
from tests.retention import campaigns, lists
from tests.web.conftest import site_of

PANEL = ("archivist", "clerk")


def text(answer) -> str:
    return answer.get_data(as_text=True)


def given(office) -> int:
    with office.ask("gm") as unit:
        return unit.session.scalar(select(func.count()).select_from(AppraisalOpinion))


@pytest.fixture
def worked(site):
    """An appraisal of five papers, led by the general manager; its number."""
    campaigns.alone(site.office, 5)
    return campaigns.begun(site.office, members=PANEL)


@pytest.fixture(scope="module")
def still(template, tmp_path_factory):
    """The same, for what is refused and changes nothing: one office for all of it, and the number."""
    office = lists.copied(template / "home", template / "key", tmp_path_factory.mktemp("still"))
    campaigns.alone(office, 5)
    yield site_of(office), campaigns.begun(office, members=PANEL)
    office.instance.close()


def where(number, line):
    return f"/retention/appraisals/{number}/lines/{line}"


def test_form_F21_an_opinion_is_saved_from_its_line_and_the_line_comes_back_with_the_progress(site, worked):
    clerk = site.visitor("clerk")

    answer = clerk.hx_post(
        where(worked, 2), {"act": "opine", "verdict": "EXTEND", "period": "D10", "reason": "诉讼可能再起"}
    )

    assert answer.status_code == 200
    assert 'id="line-2"' in text(answer)
    assert 'hx-swap-oob="true"' in text(answer)
    with site.office.ask("gm") as unit:
        (told,) = worklist.opinion_rows(unit, worked, "2")
    assert (told.account, told.verdict, told.new_period, told.reason) == (
        "clerk",
        Verdict.EXTEND,
        "D10",
        "诉讼可能再起",
    )


def test_without_scripts_a_saved_line_leads_back_to_itself(site, worked):
    answer = site.visitor("clerk").post(
        where(worked, 3), {"act": "opine", "verdict": "DESTROY", "standard": "S1"}
    )

    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/retention/appraisals/{worked}#line-3"


def test_what_is_wrong_is_told_on_the_line_and_what_was_typed_stays(still):
    site, worked = still
    answer = site.visitor("clerk").hx_post(
        where(worked, 1), {"act": "opine", "verdict": "DESTROY", "reason": ""}
    )

    assert answer.status_code == 422
    assert 'role="alert"' in text(answer)
    assert 'value="DESTROY" checked' in text(answer)
    assert given(site.office) == 0


@pytest.mark.parametrize("who", ["manager", "secretary", "gm", "auditor"])
def test_inv_V18_nobody_but_a_member_gives_an_opinion(still, who):
    site, worked = still
    answer = site.visitor(who).hx_post(
        where(worked, 1), {"act": "opine", "verdict": "DESTROY", "standard": "S1"}
    )

    assert answer.status_code in {403, 404, 409}
    assert given(site.office) == 0


def test_conf_the_same_person_does_not_give_the_opinions_and_decide_on_them(site, worked):
    """A member is no leader; the leader does not decide before two others have spoken."""
    clerk, gm = site.visitor("clerk"), site.visitor("gm")
    clerk.hx_post(where(worked, 1), {"act": "opine", "verdict": "DESTROY", "standard": "S1"})

    own = clerk.hx_post(where(worked, 1), {"act": "decide", "verdict": "DESTROY", "standard": "S1"})
    early = gm.hx_post(where(worked, 1), {"act": "decide", "verdict": "DESTROY", "standard": "S1"})

    assert own.status_code == 403
    assert early.status_code in {409, 422}
    with site.office.ask("gm") as unit:
        assert worklist.sheet(unit, worked, "1").line.verdict is None


FORGED = {
    "person_uid": "x", "seat": "2", "given_at": "2020-01-01", "decided_by": "gm", "by_leader": "true",
    "decided_at": "2020-01-01", "lines": "2", "number": "JD2026-9999", "every_open": "1", "state": "CLOSED",
    "confirmed": "true", "roles": "GM", "uid": "1", "counts": "[]",
}  # fmt: skip


def test_rel_P6_fields_that_nobody_asked_for_change_nothing(site, worked):
    """Another line, another person, another appraisal, a decision: none of it is taken from the form."""
    site.visitor("clerk").hx_post(
        where(worked, 1), {"act": "opine", "verdict": "DESTROY", "standard": "S1", **FORGED}
    )

    with site.office.ask("gm") as unit:
        rows = [worklist.opinion_rows(unit, worked, str(nth)) for nth in range(1, 6)]
        row = worklist.show(unit, worked)
    assert [len(one) for one in rows] == [1, 0, 0, 0, 0]
    assert (rows[0][0].account, rows[0][0].seat) == ("clerk", 2)
    assert (row.state.value, row.decided) == ("OPEN", 0)


@pytest.mark.parametrize(
    "slip",
    [
        {"act": "close"},
        {"act": ""},
        {"verdict": "BURN"},
        {"verdict": "EXTEND", "period": "D99999"},
        {"verdict": "TAKE_OUT", "papers": "K001=Y"},
        {"standard": "T1"},
    ],
)
def test_rel_P6_a_forged_verdict_is_refused_with_its_sentence(still, slip):
    site, worked = still
    answer = site.visitor("clerk").hx_post(
        where(worked, 1), {"act": "opine", "verdict": "DESTROY", "standard": "S1", **slip}
    )

    assert 400 <= answer.status_code < 500
    assert 'role="alert"' in text(answer)
    assert given(site.office) == 0


def test_as_the_others_fills_in_what_the_others_agree_on_and_saves_nothing(site, worked):
    campaigns.opine(
        site.office, "archivist", worked, "1", verdict=Verdict.EXTEND, period="D30", reason="从长"
    )

    answer = site.visitor("clerk").hx_get(where(worked, 1), like="others")

    assert 'value="EXTEND" checked' in text(answer)
    assert 'value="D30"' in text(answer)
    assert given(site.office) == 1


def test_an_appraisal_is_judged_decided_closed_and_reported_through_its_page_by_its_people(site):
    office = site.office
    uids = campaigns.alone(office, 2)
    archivist, clerk, gm = (site.visitor(who) for who in ("archivist", "clerk", "gm"))
    codes = [campaigns.record(office, uid).reference_code for uid in uids]
    archivist.post(
        "/do/appraisal/begin",
        {"codes": "\n".join(codes), "leader": "gm", "members": "archivist\nclerk", "basis": "年度计划"},
    )
    (number,) = re.findall(r"JD2026-\d{4}(?=</a>)", text(archivist.get("/retention/appraisals")))
    for who in (archivist, clerk):
        for line in (1, 2):
            assert (
                who.hx_post(
                    where(number, line), {"act": "opine", "verdict": "DESTROY", "standard": "S1"}
                ).status_code
                == 200
            )

    assert gm.post("/do/appraisal/decide", {"number": number, "agreed": "1"}).status_code == 303
    early = archivist.get(f"/retention/appraisals/{number}/report.docx")
    assert gm.post("/do/appraisal/close", {"number": number}).status_code == 303
    report = archivist.get(f"/retention/appraisals/{number}/report.docx")

    assert early.status_code == 409
    assert report.get_data()[:2] == b"PK"
    assert report.headers["X-Content-Type-Options"] == "nosniff"
    with office.ask("gm") as unit:
        row = worklist.show(unit, number)
    assert (row.state.value, row.decided, row.report) == ("CLOSED", 2, "")


# --- what is hidden -------------------------------------------------------------------------------


@pytest.fixture
def mixed(site):
    """Two papers anybody of the panel may see, one above the clerk's clearance; the number."""
    open_, secret = (
        campaigns.alone(site.office, 2),
        campaigns.alone(site.office, 1, "WS·MM", level=Level.SECRET),
    )
    return campaigns.begun(site.office, codes=[*open_, *secret], members=("clerk", "secretary")), secret[0]


def shown(site, who, number):
    page = text(site.visitor(who).get(f"/retention/appraisals/{number}"))
    total = re.search(r'<span class="tab-count">(\d+)</span>', page)
    return page, int(total[1])


def test_rel_P2_lines_of_hidden_records_are_neither_shown_nor_counted(site, mixed):
    number, secret = mixed
    code = campaigns.record(site.office, secret).reference_code

    page, count = shown(site, "clerk", number)
    whole, all_of_them = shown(site, "secretary", number)

    assert code not in page
    assert count == 2
    assert code in whole
    assert all_of_them == 3
    absent = site.visitor("clerk").get(where(number, 99))
    assert text(absent).replace("99", "3") == text(site.visitor("clerk").get(where(number, 3)))


def test_witness_a_desk_that_forgets_what_may_be_seen_is_caught(site, mixed, monkeypatch):
    number, _ = mixed

    def careless(unit, given):
        records = {
            record.uid: record for record in appraisal.by_uid(unit, [line.record_uid for line in given])
        }
        return [(line, records[line.record_uid]) for line in given]

    monkeypatch.setattr(appraisal, "seen", careless)

    assert shown(site, "clerk", number)[1] != 2


# --- pages ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def told(template, tmp_path_factory):
    """An appraisal with lines in every state of agreement."""
    office = lists.copied(template / "home", template / "key", tmp_path_factory.mktemp("told"))
    campaigns.alone(office, 5)
    number = campaigns.begun(office, members=PANEL)
    campaigns.agreed(office, number, "1", "2")
    campaigns.opine(office, "archivist", number, "3")
    campaigns.opine(office, "clerk", number, "3", verdict=Verdict.PERMANENT)
    yield site_of(office), number
    office.instance.close()


#: What the worklist service is asked for, to list what a view shows.
ASKED = {
    DeskView.MINE: {"mine": True},
    DeskView.UNDECIDED: {"undecided": True},
    DeskView.DISPUTED: {"disputed": True},
}


@pytest.mark.parametrize("view", list(DeskView))
def test_each_view_shows_what_the_worklist_service_lists(told, view):
    site, number = told
    with site.office.ask("clerk") as unit:
        rows = worklist.work(unit, number, **ASKED.get(view, {}))
        found = desk.page(unit, number, view)

    expected = [row.nth for row in rows if view is not DeskView.AGREED or row.progress is LineState.AGREED]
    assert [one.line.nth for one in found.lines] == expected
    assert found.count == len(expected)
    page = text(site.visitor("clerk").get(f"/retention/appraisals/{number}?view={view.value.lower()}"))
    assert [int(nth) for nth in re.findall(r'data-line="(\d+)"', page)] == expected


def test_a_long_worklist_turns_its_pages(site):
    office = site.office
    campaigns.alone(office, desk.PAGE + 3)
    number = campaigns.begun(office, members=PANEL)
    clerk = site.visitor("clerk")

    first = re.findall(r'data-line="(\d+)"', text(clerk.get(f"/retention/appraisals/{number}")))
    second = re.findall(r'data-line="(\d+)"', text(clerk.get(f"/retention/appraisals/{number}?page=2")))

    assert len(first) == desk.PAGE
    assert second == [str(desk.PAGE + n) for n in (1, 2, 3)]
    assert statements(office, number, 5) == statements(office, number, desk.PAGE)


def statements(office, number, limit) -> int:
    """How many questions the database is asked for a page of so many lines."""
    asked = []

    def heard(*given):
        asked.append(given[2])

    with office.ask("clerk") as unit:
        event.listen(office.instance.engine, "before_cursor_execute", heard)
        try:
            desk.page(unit, number, limit=limit)
        finally:
            event.remove(office.instance.engine, "before_cursor_execute", heard)
    return len(asked)


@pytest.mark.parametrize(
    "asked", ["?page=-1", "?page=abc", "?page=999999999999", "?view=%27", "?page=1&page=2"]
)
def test_rel_W3_odd_pages_and_views_are_no_error(still, asked):
    site, worked = still
    assert site.visitor("clerk").get(f"/retention/appraisals/{worked}{asked}").status_code == 200


def test_rel_P5_an_appraisal_that_is_not_there_is_told_so(site):
    assert site.visitor("clerk").get("/retention/appraisals/JD2026-9999").status_code == 404


def test_the_page_holds_no_script_and_no_style_of_its_own(still):
    site, worked = still
    page = text(site.visitor("clerk").get(f"/retention/appraisals/{worked}"))

    assert not re.search(r"\son\w+=|style=|<script>|javascript:", page)
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
