"""The due board, the schedule with its editor, holds, transfers, secrecy, what is kept about a person."""

from __future__ import annotations

import dataclasses
import datetime as dt
import html
import re
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from archive.acts import Act
from archive.errors import OnHold
from archive.model import Adoption, Event, Hold
from archive.values import Disposition, Level, Period
from retention import board, due
from retention.board import Heap, Narrowed
from retention.decide import DueState
from retention.holding import catching, hold_book, holds, placing
from retention.holding.placing import Found, Named
from retention.scheduling import comparing, rules, schedules
from retention.scheduling.rules import Change
from tests import make
from tests.retention import campaigns, handing, lists, revisions
from tests.web.conftest import site_of

D = dt.date.fromisoformat


def text(answer) -> str:
    return answer.get_data(as_text=True)


def masked(answer) -> str:
    """A page without what differs from one asking to the next."""
    return re.sub(r'(?:name="csrf_token" value|name="csrf-token" content)="[^"]*"', "", text(answer))


@pytest.fixture(scope="module")
def lived(template, tmp_path_factory):
    """An office with something on every heap; the site over it."""
    office = lists.copied(template / "home", template / "key", tmp_path_factory.mktemp("lived"))
    campaigns.alone(office, 4)
    held = campaigns.alone(office, 1)
    campaigns.alone(office, 2, dated=None, year=2012)
    campaigns.alone(office, 3, dated="2020-06-01")
    campaigns.alone(office, 2, department="GC")
    with office.work("archivist", Act.HOLD_PLACE) as unit:
        placing.place(unit, reason="诉讼", records=held)
    handing.approved(office, handing.roll(office))
    yield site_of(office)
    office.instance.close()


# --- the board ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "end"),
    [("2026-01-01", "2026-03-31"), ("2026-03-31", "2026-03-31"), ("2026-04-01", "2026-06-30"), ("2026-11-15", "2026-12-31"),
     ("2024-02-29", "2024-03-31"), ("2026-09-30", "2026-09-30")],
)  # fmt: skip
def test_a_quarter_ends_with_its_third_month(day, end):
    assert board.quarter_end(D(day)) == D(end)


def heaps(page: str) -> list[int]:
    """The numbers on the heaps, in order."""
    return [int(number) for number in re.findall(r'class="kpi-number">(\d+)<', page)]


def test_req_R52_the_heaps_are_those_of_the_due_list(lived):
    with lived.office.ask("archivist") as unit:
        whole = due.count(unit, unit.today)
        counted = {one.heap: one.records for one in board.counts(unit, Narrowed(year=2031))}
        ahead = board.lines(unit, Heap.AHEAD, Narrowed(year=2031))

    page = text(lived.visitor("archivist").get("/retention"))

    assert heaps(page) == [
        whole.volumes + whole.items,
        0,
        0,
        whole.others[DueState.UNDATED],
        whole.others[DueState.HELD],
    ]
    assert (counted[Heap.OVERDUE], counted[Heap.UNDATED], counted[Heap.HELD], counted[Heap.AHEAD]) == (
        7,
        2,
        1,
        3,
    )
    assert len(ahead) == 3


@pytest.mark.parametrize(
    ("asked", "shown"),
    [("", 7), ("heap=undated", 2), ("heap=held", 1), ("class_code=WS", 6), ("department=GC", 2), ("year=2031", 3),
     ("class_code=YH", 1), ("year=2029", 0), ("heap=quarter", 0)],
)  # fmt: skip
def test_a_heap_lists_what_it_counts(lived, asked, shown):
    page = text(lived.visitor("archivist").get(f"/retention?{asked}"))

    rows = re.findall(r'<td class="code" data-label="档号"><a href="/records/', page)

    assert len(rows) == shown
    assert ("empty-state" in page) == (shown == 0)


@pytest.mark.parametrize("asked", ["heap=x", "year=abc", "year=99999999999", "class_code=ZZ", "department=ZZ", "heap=ahead", "class_code=%27%20OR%201=1--"])  # fmt: skip
def test_rel_W3_a_slip_in_the_filters_is_told_on_the_board(lived, asked):
    answer = lived.visitor("archivist").get(f"/retention?{asked}")

    assert answer.status_code == 422
    assert 'role="alert"' in text(answer)


def test_an_appraisal_begins_with_what_was_chosen(lived):
    archivist = lived.visitor("archivist")
    codes = re.findall(r'name="codes" value="([^"]+)"', text(archivist.get("/retention")))[:2]

    form = archivist.get("/do/appraisal/begin?" + urlencode({"codes": codes}, doseq=True))

    assert all(code in text(form) for code in codes)


def test_rel_P2_hidden_records_change_no_byte_of_the_board(site):
    """A confidential paper comes up: who is not cleared for it gets the page he got before."""
    office = site.office
    campaigns.alone(office, 2)
    campaigns.alone(office, 1, dated="2022-06-01")
    pages = ("/retention", "/retention?class_code=WS", "/retention?year=2033", "/retention?heap=undated")
    records = site.visitor("records")
    before = [masked(records.get(page)) for page in pages]

    campaigns.alone(office, 1, level=Level.SECRET)
    campaigns.alone(office, 1, dated="2022-06-01", level=Level.SECRET)

    assert [masked(records.get(page)) for page in pages] == before
    assert heaps(text(site.visitor("archivist").get("/retention")))[0] == 3


def test_witness_a_board_that_counts_what_is_hidden_is_caught(site, monkeypatch):
    office = site.office
    campaigns.alone(office, 2)
    records = site.visitor("records")
    before = masked(records.get("/retention"))
    campaigns.alone(office, 1, level=Level.SECRET)

    monkeypatch.setattr(due, "visible", lambda *_: due.false() == due.false())

    assert masked(records.get("/retention")) != before


@pytest.mark.parametrize("path", ["/retention", "/retention/secrecy", "/retention/subject", "/retention/holds", "/retention/transfers", "/retention/holds/new", "/retention/schedule/edit"])  # fmt: skip
def test_who_has_no_business_there_is_turned_away(lived, path):
    assert lived.visitor("staff").get(path).status_code == 403


# --- the schedule ---------------------------------------------------------------------------------


def edited(visitor, **given):
    return visitor.post("/retention/schedule/edit", given)


def test_AR10_a_revision_is_drafted_previewed_reviewed_and_adopted_by_three_people(site):
    office = site.office
    campaigns.alone(office, 2, dated="2022-06-01")
    archivist, manager, gm = (site.visitor(who) for who in ("archivist", "manager", "gm"))

    drafted = edited(
        archivist,
        codes=["WS·BG", "YH·04"],
        **{"period.WS·BG": "D30", "period.YH·04": "D30"},
        reason="年度修订",
        version="甲",
    )
    preview = text(archivist.get(drafted.headers["Location"]))
    own = gm.post("/do/schedule/adopt", {"version": "甲", "confirm": "甲"})
    assert manager.post("/do/schedule/review", {"version": "甲"}).status_code == 303
    untyped = gm.post("/do/schedule/adopt", {"version": "甲", "confirm": "乙"})
    assert gm.post("/do/schedule/adopt", {"version": "甲", "confirm": "甲"}).status_code == 303

    assert drafted.status_code == 303
    assert (own.status_code, untyped.status_code) == (409, 422)
    assert '<td class="num" data-label="推迟">2</td>' in preview
    with office.ask("gm") as unit:
        laid = {line.class_code: line.period for line in schedules.show(unit)}
    assert (laid["WS·BG"], laid["YH·04"]) == ("D30", "D30")


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"codes": ["RS·01"], "period.RS·01": "D1", "reason": "缩短"}, "has-error"),
        ({"codes": ["WS·BG"], "period.WS·BG": "D30", "reason": ""}, 'data-field="reason"'),
        ({"codes": ["WS·BG"], "period.WS·BG": "三十年", "reason": "改"}, "has-error"),
        ({"codes": ["WS·BG"], "trigger.WS·BG": "NEVER", "reason": "改"}, "alert"),
        ({"codes": ["WS·BG"], "reason": "没有改动"}, "alert"),
        ({"codes": [], "reason": "改"}, "empty-state"),
        ({"codes": ["WS·BG"], "period.WS·BG": "D30", "reason": "改", "version": "2026.1"}, "alert"),
    ],
)
def test_a_draft_that_cannot_be_is_told_beside_its_line_and_keeps_what_was_typed(lived, given, where):
    answer = edited(lived.visitor("archivist"), **given)

    assert answer.status_code in {409, 422}
    assert where in text(answer)
    if given.get("period.WS·BG"):
        assert f'value="{given["period.WS·BG"]}"' in text(answer)
    with lived.office.ask("archivist") as unit:
        assert unit.session.scalar(select(func.count()).select_from(Adoption)) == 1


def test_rel_P6_only_the_classes_chosen_and_their_four_cells_are_taken(site):
    edited(
        site.visitor("archivist"),
        codes=["WS·BG"], reason="改", **{
            "period.WS·BG": "D30", "period.WS·ZC": "Y", "level.WS·BG": "0", "ceiling.WS·BG": "", "state": "ADOPTED",
            "adopted_by": "gm", "base": "",
        },
    )  # fmt: skip

    with site.office.ask("archivist") as unit:
        (made,) = unit.session.scalars(select(Adoption).where(Adoption.text != ""))
        assert rules.parse(made.text).changes == (Change("WS·BG", Period.parse("D30")),)
        assert (made.state.value, made.adopted_by) == ("DRAFT", None)


@pytest.mark.parametrize("who", ["clerk", "manager", "gm", "auditor"])
def test_nobody_else_drafts(lived, who):
    answer = edited(lived.visitor(who), codes=["WS·BG"], **{"period.WS·BG": "D30"}, reason="改")

    assert answer.status_code == 403


def test_versions_compared_are_what_was_in_force(site):
    """A version is its base with its changes: told anew from the drafts, it is what the classes say after adoption."""
    office = site.office
    revisions.adopted(office, Change("WS·BG", period=Period.parse("D30")), name="甲")
    office.tick(days=1)
    revisions.adopted(
        office,
        Change("WS·BG", disposition=Disposition.REVIEW),
        Change("YH·04", period=Period.parse("D30")),
        name="乙",
    )

    with office.ask("archivist") as unit:
        whole = comparing.whole(unit, "乙")
        told = {line.class_code: (line.period, line.disposition) for line in schedules.show(unit)}
        since = [one.class_code for one in comparing.compare(unit, "甲", "乙")]

    assert {code: (rule.period.code, rule.disposition) for code, rule in whole.items()} == told
    assert since == ["WS·BG", "YH·04"]
    page = site.visitor("staff").get("/retention/schedule/compare?old=甲&new=乙")
    assert "<del>" in text(page)
    assert site.visitor("staff").get("/retention/schedule/compare?old=丙").status_code == 404


# --- holds ----------------------------------------------------------------------------------------

NAMED = [
    {"classes": ["WS"]},
    {"classes": ["WS·BG"]},
    {"parties": ["P001"]},
    {"premises": ["A1203"]},
    {"parties": ["P001"], "premises": ["A1203"], "classes": ["FW"]},
]


@pytest.fixture(scope="module")
def holdable(template, tmp_path_factory):
    """Records that bear parties and premises, some hidden from the manager."""
    office = lists.copied(template / "home", template / "key", tmp_path_factory.mktemp("holdable"))
    make.volume(office, "YH·01", 2, held=True)
    make.volume(office, "YH·01", 1, held=True, premises="A1204", party="P002")
    campaigns.alone(office, 3)
    campaigns.alone(office, 2, level=Level.SECRET)
    campaigns.volume(office, "FW·01", 2)
    yield site_of(office)
    office.instance.close()


@pytest.mark.parametrize("named", NAMED)
@pytest.mark.parametrize("who", ["archivist", "manager"])
def test_inv_V18_the_preview_catches_what_the_hold_will_stop(holdable, who, named):
    """What is counted before it is placed is what the hold counts once it is, for the same eyes."""
    office = holdable.office
    with office.ask(who) as unit:
        caught = catching.catch(unit, Named(**named))

    with pytest.raises(OnHold), office.work(who, Act.HOLD_PLACE) as unit:
        placed = placing.place(unit, reason="试", **named)
        stopped = hold_book.stopped(unit, lambda target: target.hold_uid == placed.uid)
        raise OnHold(code="", numbers=[])  # nothing of it stays

    assert caught.records == stopped > 0
    if named is NAMED[-1]:
        page = text(holdable.visitor(who).get("/retention/holds/new?" + urlencode(named, doseq=True)))
        assert f"会冻结 {caught.records} 卷（件）" in page


def test_witness_a_preview_that_looks_at_names_only_is_caught(holdable, monkeypatch):
    """Were only what is named itself counted, the papers of a party would be missed."""
    monkeypatch.setattr(
        catching,
        "uids_reached",
        lambda kind, targets: select(kind.uid).where(kind.uid.in_(targets(holds.HoldScope.RECORD))),
    )

    with pytest.raises(AssertionError):
        test_inv_V18_the_preview_catches_what_the_hold_will_stop(holdable, "archivist", {"parties": ["P001"]})


def test_what_a_search_finds_is_previewed_and_the_form_is_filled_in(holdable):
    archivist = holdable.visitor("archivist")
    with holdable.office.ask("archivist") as unit:
        uid = unit.record(campaigns_code(holdable)).uid
        caught = catching.catch(unit, Named(found=Found("旧文件", [uid, "nobody"])))

    page = archivist.get("/retention/holds/new?parties=P001")

    assert (caught.named, caught.records) == (1, 1)
    link = re.search(r'href="(/do/hold/place\?[^"]+)"', text(page))
    assert "parties=P001" in html.unescape(link[1])
    with holdable.office.ask("archivist") as unit:
        assert unit.session.scalar(select(func.count()).select_from(Hold)) == 0


def campaigns_code(site) -> str:
    with site.office.ask("archivist") as unit:
        return due.due(unit, unit.today, class_code="WS·BG", limit=1)[0].code


@pytest.mark.parametrize("asked", ["codes=K999", "parties=P999", "classes=ZZ", "premises=%00"])
def test_what_cannot_be_named_is_told(holdable, asked):
    answer = holdable.visitor("archivist").get(f"/retention/holds/new?{asked}")

    assert answer.status_code in {404, 422}
    assert 'role="alert"' in text(answer)


def test_rel_P5_a_hidden_hold_answers_as_none(site):
    office = site.office
    secret = campaigns.alone(office, 1, level=Level.SECRET)
    with office.work("gm", Act.HOLD_PLACE) as unit:
        number = placing.place(unit, reason="密", records=secret).number

    hidden, absent = (
        site.visitor("records").get(f"/retention/holds/{one}") for one in (number, "DJ2026-9999")
    )

    assert hidden.status_code == absent.status_code == 404
    assert masked(hidden).replace(number, "N") == masked(absent).replace("DJ2026-9999", "N")
    assert number not in text(site.visitor("records").get("/retention/holds"))
    assert "密" in text(site.visitor("gm").get(f"/retention/holds/{number}"))


# --- secrecy, persons -----------------------------------------------------------------------------


def test_secrecy_waits_for_the_general_manager_on_its_page(site):
    office = site.office
    (uid,) = campaigns.alone(office, 1, level=Level.CONFIDENTIAL)
    code = campaigns.record(office, uid).reference_code
    archivist, gm = site.visitor("archivist"), site.visitor("gm")
    assert code in text(archivist.get("/retention/secrecy"))
    proposed = {"code": code, "outcome": "DECLASSIFY", "level": "INTERNAL", "reason": "已公开"}
    assert archivist.post("/do/secrecy/propose", proposed).status_code == 303

    page = text(gm.get("/retention/secrecy"))
    (number,) = set(re.findall(r'id="(MS2026-\d+)"', page))
    own = archivist.post("/do/secrecy/decide", {"number": number, "agree": "true"})
    done = gm.post("/do/secrecy/decide", {"number": number, "agree": "true"})

    assert "agree=true" in html.unescape(page)
    assert "agree=" not in text(archivist.get("/retention/secrecy"))
    assert (own.status_code, done.status_code) == (403, 303)
    assert campaigns.record(office, uid).level is Level.INTERNAL


def told_of(office) -> int:
    with office.ask("auditor") as unit:
        rows = (
            select(func.count())
            .select_from(Event)
            .where(Event.act == Act.SUBJECT_SEE, Event.outcome == "done")
        )
        return unit.session.scalar(rows)


def test_PIPL_45_the_report_on_a_person_leaves_a_line_each_time(holdable):
    office, archivist = holdable.office, holdable.visitor("archivist")
    before = told_of(office)

    page = archivist.get("/retention/subject?party=P001")
    paper = archivist.get("/retention/subject.docx?party=P001")
    missing = archivist.get("/retention/subject?party=P999")

    assert "张三" in text(page)
    assert paper.get_data()[:2] == b"PK"
    assert (paper.headers["Cache-Control"], paper.headers["X-Content-Type-Options"]) == (
        "no-store",
        "nosniff",
    )
    assert missing.status_code == 422
    assert told_of(office) == before + 2


# --- transfers ------------------------------------------------------------------------------------


@pytest.fixture
def exchanging(site, tmp_path):
    """An office with an exchange folder and an approved list; both."""
    office, folder = site.office, tmp_path / "exchange"
    folder.mkdir()
    number = handing.approved(office, handing.roll(office))
    office.instance.settings = dataclasses.replace(office.instance.settings, exchange_folder=str(folder))
    return number, folder


def test_a_package_goes_into_the_exchange_folder_and_again_beside_it(site, exchanging):
    number, folder = exchanging
    archivist = site.visitor("archivist")

    answers = [
        archivist.post(f"/retention/transfers/{number}/pack", {"to": "/etc", "folder": "../x"})
        for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert sorted(one.name for one in folder.iterdir()) == [number, f"{number}-2"]
    assert (folder / number / "bagit.txt").is_file()
    page = text(archivist.get(f"/retention/transfers/{number}"))
    assert f"/do/transfer/sign?number={number}" in html.unescape(page)
    sound = text(archivist.get(f"/retention/transfers/{number}/verify?folder={number}-2"))
    (folder / f"{number}-2" / "bagit.txt").write_text("another")
    assert "note-good" in sound
    assert "note-bad" in text(archivist.get(f"/retention/transfers/{number}/verify?folder={number}-2"))
    for out in ("../home", "/etc", "..", "nothing"):
        assert archivist.get(f"/retention/transfers/{number}/verify", folder=out).status_code == 404


def test_a_transfer_is_signed_for_with_its_number_typed(site, exchanging):
    number, _ = exchanging
    archivist = site.visitor("archivist")
    archivist.post(f"/retention/transfers/{number}/pack")
    receipt = {"number": number, "receiver_name": "高主任", "receipt_no": "收7", "on": "2026-03-02"}

    untyped = archivist.post("/do/transfer/sign", receipt)
    done = archivist.post("/do/transfer/sign", {**receipt, "confirm": number})

    assert (untyped.status_code, done.status_code) == (422, 303)
    assert "高主任" in text(archivist.get(f"/retention/transfers/{number}"))


def test_without_an_exchange_folder_the_page_says_what_to_do(lived):
    archivist = lived.visitor("archivist")
    number = re.findall(r"YC2026-\d{4}(?=</a>)", text(archivist.get("/retention/transfers")))[0]

    page = text(archivist.get(f"/retention/transfers/{number}"))
    refused = archivist.post(f"/retention/transfers/{number}/pack")

    assert "exchange_folder" in page
    assert 400 <= refused.status_code < 600
    assert refused.status_code != 500


def test_plaintext_leaves_only_by_who_may_pack(site, exchanging):
    number, folder = exchanging

    answers = [
        site.visitor(who).post(f"/retention/transfers/{number}/pack") for who in ("gm", "manager", "auditor")
    ]

    assert {answer.status_code for answer in answers} <= {403, 404}
    assert list(folder.iterdir()) == []


# --- all of them ----------------------------------------------------------------------------------

PAGES = (
    "/retention", "/retention/secrecy", "/retention/subject", "/retention/subject?party=P001", "/retention/schedule",
    "/retention/schedule/compare", "/retention/schedule/waiting", "/retention/schedule/edit?codes=YH·04",
    "/retention/schedule/version/2026.1", "/retention/appraisals", "/retention/holds", "/retention/holds/DJ2026-0001",
    "/retention/holds/new?parties=P001", "/retention/destructions", "/retention/destructions/candidates",
    "/retention/destructions/verify", "/retention/transfers", "/retention/transfers/YC2026-0001",
)  # fmt: skip


@pytest.mark.parametrize("tongue", ["en", pytest.param("zh", marks=pytest.mark.slow)])
def test_every_page_speaks_both_languages_and_holds_no_script_of_its_own(lived, tongue):
    archivist = lived.visitor("archivist")
    archivist.client.set_cookie("anjuan-language", tongue)
    for path in PAGES:
        answer = archivist.get(path)
        assert answer.status_code == 200, path
        assert not re.search(r"\son\w+=|\sstyle=|<script>|javascript:", text(answer)), path
        assert not re.search(r'(?:src|href)="(?:https?:)?//', text(answer)), path
        assert f'<html lang="{"zh-CN" if tongue == "zh" else "en"}"' in text(answer)
    archivist.client.delete_cookie("anjuan-language")
