"""What an attacker, or a careful archivist, would try across all of the web application; each was possible once."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint, flash
from sqlalchemy import func, select

from archive import db, sessions
from archive.acts import LOOKS, Act
from archive.circulation import lending
from archive.errors import Busy, LoginNeeded
from archive.identity import token_hash
from archive.model import Event
from archive.uploads import MOST, PIECE
from tests import make
from tests.web.conftest import Site, site_of
from tests.web.program import program
from tests.web.test_setup_page import empty  # noqa: F401  # a fixture
from web import jobs, sights, sittings

ROOT = Path(__file__).parents[2]


def test_rel_W6_a_token_that_nobody_made_writes_nothing_and_is_not_remembered(site: Site):
    """Whoever stands outside makes no write, however many tokens he invents; a true one is noted."""
    stranger = site.app.test_client(use_cookies=False)
    stranger.get("/api/v1/whoami", headers={"Authorization": "Bearer invented"})
    true = program(site, "clerk", "read")
    true.get("whoami")

    assert token_hash("invented") not in sessions._lately
    assert token_hash(true.token) in sessions._lately


def test_rel_W9_no_sentence_tells_who_sits_elsewhere_where_the_files_lie(site: Site):
    """A damaged database is told as such, by its name; the folder of the machine is nobody's business."""
    clerk = site.visitor("clerk")
    where = site.office.home / "catalogue.db"
    site.office.instance.engine.dispose()
    where.write_bytes(b"no database at all" * 300)
    page = clerk.get("/catalogue")
    told = page.get_data(as_text=True)

    assert page.status_code >= 500
    assert "catalogue.db" in told
    assert str(site.office.home) not in told


def test_rel_W9_whoever_sits_at_the_machine_is_told_where_as_before(site: Site):
    """After a request of the web the terminal's sentences are whole again."""
    site.visitor("clerk").get("/catalogue")

    assert str(site.office.home) in Busy(what=site.office.home / "catalogue.db").message(
        site.office.instance.settings.tongue
    )


def test_rel_X1_while_the_log_is_fetched_slowly_others_can_write(site: Site, monkeypatch):
    """The log goes out page by page: between two pages no transaction stays open that a writer would wait for."""
    monkeypatch.setattr("archive.audit.PAGE", 5)
    auditor = site.visitor("auditor")
    answer = auditor.client.post("/audit/export", data={"csrf_token": auditor.token()}, buffered=False)
    pieces = iter(answer.response)
    first = next(pieces)
    with db.told("catalogue"), db.impatient(site.office.instance.engine) as connection:
        connection.exec_driver_sql("UPDATE person SET account = account")
    lines = [json.loads(line) for line in (first + b"".join(pieces)).splitlines()]

    numbers = [line["seq"] for line in lines if "seq" in line]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 10
    assert "checkpoint" in lines[-1]


def test_rel_X1_witness_a_reader_that_stays_open_stops_who_writes(site: Site):
    """The same write beside an open question is refused: so it would have been for as long as somebody fetched."""
    with site.office.ask("auditor", Act.AUDIT_SEE), pytest.raises(Busy):
        with db.told("catalogue"), db.impatient(site.office.instance.engine) as connection:
            connection.exec_driver_sql("UPDATE person SET account = account")


def test_a_scan_that_broke_off_costs_none_of_those_beside_it(site: Site):
    """Of several scans sent together one has not come whole: it is said so, and the others can be sent on."""
    archivist = site.visitor("archivist")
    whole, half = (
        archivist.post("/uploads", {"name": name, "size": 4}).get_json()["id"] for name in ("a.pdf", "b.pdf")
    )
    archivist.put_bytes(f"/uploads/{whole}/0", b"%PDF")
    archivist.put_bytes(f"/uploads/{half}/0", b"%P")
    refused = archivist.post("/intake/scans", {"upload": [whole, half]})

    assert refused.status_code >= 400
    assert archivist.get(f"/uploads/{whole}").get_json() == {"id": whole, "received": 4, "size": 4}


def test_no_person_takes_all_places_for_files_by_logging_in_often(site: Site):
    """What one may bring in at once is counted by person, whatever browsers and programs he uses."""
    first, second = site.nobody(), site.nobody()
    for browser in (first, second):
        browser.sign_in("archivist")
    told = [first.post("/uploads", {"name": "a.pdf", "size": PIECE}).status_code for _ in range(MOST)]

    assert told == [201] * MOST
    assert second.post("/uploads", {"name": "a.pdf", "size": PIECE}).status_code >= 400
    assert program(site, "archivist").post("uploads", {"name": "a", "size": 3}).status_code >= 400
    assert site.visitor("records").post("/uploads", {"name": "a.pdf", "size": PIECE}).status_code == 201


@pytest.mark.parametrize("account", ["staff", "auditor", "security"])
def test_rel_P1_who_may_bring_nothing_in_fills_no_disk(site: Site, account: str):
    """A file that is to go nowhere yet is taken only of who could put one somewhere."""
    before = sorted(site.office.instance.vault.folder.rglob("*"))

    assert site.visitor(account).post("/uploads", {"name": "a.pdf", "size": 4}).status_code == 403
    assert program(site, account).post("uploads", {"name": "a.pdf", "size": 4}).status_code == 403
    assert sorted(site.office.instance.vault.folder.rglob("*")) == before


def test_a_file_that_is_slow_to_draw_keeps_no_other_reader_waiting_for_ever(monkeypatch):
    """Who waits too long for the one child that draws is told to come again, and his thread serves somebody else."""
    monkeypatch.setattr(sights, "PATIENCE", 0.05)
    drawing = sights.Sights()
    with drawing._taking_turns():
        with pytest.raises(Busy):
            drawing.drawn(b"%PDF", "a.pdf", 1, 800, "")


def test_a_long_verb_is_done_beside_the_requests_and_once_at_a_time(office, monkeypatch):
    """Its page begins a job and leads there; a second one is told to wait. The request itself takes nothing in."""
    held, seen = threading.Event(), []

    def slow(*_: object) -> None:
        seen.append(threading.current_thread().name)
        held.wait(20)

    monkeypatch.setattr(jobs, "run", slow)
    admin = site_of(office).visitor("admin")
    begun = admin.post("/do/index/rebuild")
    again = admin.post("/do/index/rebuild")
    held.set()

    assert begun.status_code == 303
    assert begun.headers["Location"].startswith("/admin/jobs/")
    assert again.status_code == 503
    assert seen == ["job-index-rebuild"]
    assert admin.get(begun.headers["Location"]).status_code == 200


@pytest.mark.parametrize("slip", [{"admin": "坏 号"}, {"admin": "x" * 300}])
def test_after_a_slip_the_archive_is_founded_with_the_same_key_file(empty: Any, slip: dict[str, str]):  # noqa: F811
    """A founding that failed leaves no key file, which would be in the way of the next attempt."""
    visitor = empty.nobody()
    refused = visitor.post("/found", empty.form(**slip))
    left = [one.name for one in empty.home.parent.iterdir() if one.suffix == ".key"]
    founded = visitor.post("/found", empty.form())
    empty.handed.append(empty.app.extensions["anjuan-founding"].instance)

    assert (refused.status_code, left, founded.status_code) == (422, [], 303)


def test_a_key_file_that_lay_there_before_is_left_alone(empty: Any):  # noqa: F811
    """It may be the key of another archive."""
    lay = empty.home.with_name("new.key")
    lay.write_bytes(b"another one's")

    assert empty.nobody().post("/found", empty.form()).status_code == 422
    assert lay.read_bytes() == b"another one's"


def test_rel_W5_no_open_page_brings_a_log_in_back_that_was_idle_too_long(site: Site):
    """What is shown to everybody (health, the choice of a language) is no use of a log-in that is over already."""
    clerk = site.visitor("clerk")
    site.office.tick(minutes=site.office.instance.settings.idle_minutes + 5)
    clerk.get("/health")
    clerk.post("/language", {"to": "en", "back": "/"})

    assert clerk.get("/catalogue").headers.get("Location", "").startswith("/login")


def test_rel_W5_who_goes_on_typing_is_not_signed_out(site: Site):
    """The page tells now and then that somebody sits there; whoever is not signed in is told to log in."""
    clerk = site.visitor("clerk")
    for _ in range(4):
        site.office.tick(minutes=site.office.instance.settings.idle_minutes - 5)
        assert clerk.get("/account/here").status_code == 204
    assert clerk.get("/account/here").headers["X-CSRFToken"]  # for a form filled in before this log-in

    assert clerk.get("/catalogue").status_code == 200
    assert site.nobody().get("/account/here").status_code == 303


def polled(site: Site) -> bool:
    """Whether a browser that nobody sits at, and whose page asks by the clock, is let in after twice the idle time."""
    admin = site.visitor("admin")
    job = admin.post("/admin/jobs/vault-sweep").headers["Location"]
    for _ in range(6):
        site.office.tick(minutes=site.office.instance.settings.idle_minutes // 3)
        admin.hx_get(job)
    return admin.get("/account/sessions").status_code == 200


def test_rel_W5_a_page_that_asks_by_the_clock_keeps_nobody_signed_in(site: Site):
    """An unattended browser in which a job is followed is out after its half hour like any other."""
    assert not polled(site)


def test_witness_of_the_same_check_a_page_whose_asking_counts_stays_in(site: Site, monkeypatch):
    monkeypatch.setattr(sittings, "BY_CLOCK", frozenset())
    assert polled(site)


def test_every_part_that_a_page_asks_for_by_the_clock_is_known_as_such():
    """Whoever adds another names it in the table."""
    found = set()
    for file in (ROOT / "web" / "templates").rglob("*.html"):
        for tag in re.findall(r"<[^>]*hx-trigger=\"every [^>]*>", file.read_text("utf-8")):
            found |= set(re.findall(r"hx-get=\"\{\{ url_for\('([\w.]+)'", tag)) or {file.name}
    assert found == sittings.BY_CLOCK


def test_what_is_too_long_to_be_told_on_the_next_page_is_cut_short_and_not_left_out(site: Site):
    """A list of hundreds of codes fits no cookie: its beginning is told, and so is what was told beside it."""
    bp = Blueprint("long", __name__)

    @bp.get("/long")
    def long() -> str:
        flash("完成：核对" + "甲" * 3000, "done")
        flash("两件没有找到", "note")
        return ""

    site.app.register_blueprint(bp)
    clerk = site.visitor("clerk")
    answer = clerk.get("/long")
    told = clerk.get("/catalogue").get_data(as_text=True)

    assert len(answer.headers["Set-Cookie"]) < 4096
    assert "完成：核对甲甲" in told
    assert "两件没有找到" in told


def test_a_file_that_has_come_whole_is_not_lost_because_somebody_else_writes(site: Site, monkeypatch):
    """Where the archive is busy nothing has happened to the file: the same request made again attaches it."""
    uid = make.filed(site.office, "ZX·01", 1)[0]
    with site.office.ask("archivist") as unit:
        code = unit.item(uid).reference_code
    archivist = site.visitor("archivist")
    sent = archivist.post("/uploads", {"name": "a.txt", "size": 3, "code": code}).get_json()["id"]
    archivist.put_bytes(f"/uploads/{sent}/0", b"abc")
    with monkeypatch.context() as patch:
        patch.setitem(db.PRAGMAS, "busy_timeout", "50")
        site.office.instance.engine.dispose()
        with site.office.work("clerk"):
            busy = archivist.post(f"/uploads/{sent}/done", {"code": code})
    again = archivist.post(f"/uploads/{sent}/done", {"code": code})

    assert (busy.status_code, again.status_code) == (503, 200)
    assert archivist.post(f"/uploads/{sent}/done", {"code": code}).status_code == 404


def test_a_long_job_is_not_lost_because_its_browser_was_closed_meanwhile(site: Site, monkeypatch):
    """A backup of hours ends as it was begun, by whoever began it; a log-out ends it with the log-in."""
    used: list[Any] = []
    monkeypatch.setattr(jobs, "run", lambda _, desk, __: used.append(desk.credential))
    admin = site.visitor("admin")
    admin.post("/admin/jobs/vault-sweep")
    for job in site.app.extensions["anjuan-jobs"]._jobs:
        job.waited(10)
    site.office.tick(minutes=site.office.instance.settings.idle_minutes * 3)
    with site.office.instance.ask(used[0], Act.PERSON_SEE) as unit:
        assert unit.actor.account == "admin"
    again = site.nobody()
    again.sign_in("admin")
    again.post("/admin/jobs/vault-sweep")
    site.app.extensions["anjuan-jobs"]._jobs[0].waited(10)
    again.post("/logout")

    with pytest.raises(LoginNeeded), site.office.instance.ask(used[1], Act.PERSON_SEE):
        pass


def test_rel_W9_no_stranger_writes_into_the_counts_or_makes_them_grow(site: Site):
    """A request made in ways that nobody knows is counted as one of them, whatever it calls itself."""
    stranger = site.app.test_client()
    for number in range(5):
        stranger.open("/login", method=f"X{number}")
    told = stranger.get("/metrics").get_data(as_text=True)

    assert 'method="-"' in told
    assert "X1" not in told


def lines_left(site: Site) -> int:
    """Lines of the log that tell of a change: what was done and is no look."""
    with site.office.ask("auditor") as unit:
        looks = [one.value for one in LOOKS]
        rows = select(func.count()).select_from(Event).where(Event.act.not_in(looks), Event.outcome == "done")
        return unit.session.scalar(rows) or 0


def links_of(app: Any, known: dict[str, str]) -> list[str]:
    """Every address that a link may lead to, filled in with what is known."""
    found = []
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods and rule.endpoint.partition(".")[0] not in {
            "api",
            "static",
            "doing",
            "health",
        }:
            told = {
                name: "1" if kind.regex == r"\d+" else known.get(name, "x")
                for name, kind in rule._converters.items()
            }
            found.append(re.sub(r"<(?:[^<>:]*:)?(\w+)>", lambda name, told=told: told[name[1]], rule.rule))
    return found


def test_rel_W4_no_link_of_any_page_does_what_the_log_tells_as_done(site: Site):
    """Every address that is asked for by GET, as who may most: looks leave their line, acts leave none, for none is done."""
    volume = make.volume(site.office, "ZX·02", 2, held=True)
    make.approved(site.office, volume, to="staff")
    with site.office.work("archivist", Act.LOAN_LEND) as unit:
        number = lending.lend(unit, volume, to="staff", purpose="核对").number
    known = {"code": volume, "number": number, "page": "1", "form": "slip"}
    visitors = [site.visitor(name) for name in ("archivist", "admin", "gm", "auditor")]
    before = lines_left(site)
    asked = [(link, one.get(link).status_code) for one in visitors for link in links_of(site.app, known)]

    assert len(asked) > 300
    assert {status for _, status in asked if status >= 500} == set()
    assert lines_left(site) == before


def test_rel_W4_a_slip_is_printed_by_a_button_and_by_no_link(site: Site):
    """Printing is an act, and leaves its line as one."""
    volume = make.volume(site.office, "ZX·02", 2, held=True)
    make.approved(site.office, volume, to="staff")
    with site.office.work("archivist", Act.LOAN_LEND) as unit:
        number = lending.lend(unit, volume, to="staff", purpose="核对").number
    desk, before = site.visitor("archivist"), lines_left(site)
    page = desk.get("/counter", done=number).get_data(as_text=True)

    assert desk.get(f"/loans/{number}/slip.pdf").status_code == 405
    assert f'form="slips" formaction="/loans/{number}/slip.pdf"' in page and 'id="slips"' in page
    assert desk.post(f"/loans/{number}/slip.pdf").data.startswith(b"%PDF")
    assert lines_left(site) == before + 1


def test_witness_of_the_same_count_a_link_that_prints_is_found(site: Site):
    site.app.add_url_rule("/loans/<number>/again.pdf", "again", site.app.view_functions["counter.slip"])
    volume = make.volume(site.office, "ZX·02", 2, held=True)
    make.approved(site.office, volume, to="staff")
    with site.office.work("archivist", Act.LOAN_LEND) as unit:
        number = lending.lend(unit, volume, to="staff", purpose="核对").number
    desk, before = site.visitor("archivist"), lines_left(site)
    desk.get(f"/loans/{number}/again.pdf")

    assert lines_left(site) == before + 1
