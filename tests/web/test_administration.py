"""People, grants, matrix, classes, calendar, layouts, settings, self-check, jobs, backups in the browser."""

from __future__ import annotations

import threading
import time
from io import BytesIO

import pytest

from archive import config
from archive.acts import Act
from archive.circulation import matrices
from archive.forms import starting
from archive.forms.kinds import ALL, named
from archive.values import Level
from archive.words import Language
from tests.web.browser import markup
from tests.web.conftest import site_of
from web import guard
from web import jobs as running
from web.tasks import JobState, Task

PAGES = {
    "/admin/people": {"admin", "security", "archivist", "gm", "staff", "auditor"},
    "/admin/people/staff": {"admin", "security", "archivist", "gm", "staff", "auditor"},
    "/admin/grants": {"admin", "security", "archivist", "gm", "staff", "auditor"},
    "/admin/matrix": {"admin", "security", "archivist", "gm", "staff", "auditor"},
    "/admin/classes": {"admin", "security", "archivist", "gm", "staff", "auditor"},
    "/admin/calendar": {"admin", "security", "archivist", "gm", "staff", "auditor"},
    "/admin/templates": {"admin", "security", "archivist", "gm", "staff", "auditor"},
    "/admin/jobs": {"admin", "archivist", "auditor"},
    "/admin/doctor": {"admin", "archivist", "auditor"},
    "/admin/settings": {"admin", "archivist", "auditor"},
    "/admin/backups": {"admin", "archivist", "auditor"},
}


def text(answer, status=200):
    assert answer.status_code == status, answer.get_data(as_text=True)[:3000]
    return answer.get_data(as_text=True)


def ended(visitor, begun, seconds=30):
    """The page of a job once it is over."""
    assert begun.status_code == 303, begun.get_data(as_text=True)[:2000]
    for _ in range(seconds * 10):
        html = text(visitor.get(begun.headers["Location"]))
        if 'data-state="running"' not in html:
            return html
        time.sleep(0.1)
    raise AssertionError(begun.headers["Location"])


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize(
    "accounts",
    [("staff", "admin"), pytest.param(("security", "auditor", "archivist", "gm"), marks=pytest.mark.slow)],
    ids=len,
)
def test_P1_each_page_opens_for_whom_it_is_and_for_nobody_else(shared, path, accounts):
    for account in accounts:
        answer = shared.visitor(account).get(path)
        if account in PAGES[path]:
            assert markup.faults(markup.page_of(text(answer))) == [], account
        else:
            assert answer.status_code in {403, 404}, account


@pytest.mark.parametrize("path", PAGES)
def test_each_page_stands_in_english_too(shared, path):
    visitor = shared.visitor("archivist" if path == "/admin/templates" else "admin")
    visitor.post("/language", {"to": "en"})
    html = text(visitor.get(path))
    visitor.post("/language", {"to": "zh"})

    assert 'lang="en"' in html
    assert markup.faults(markup.page_of(html)) == []


# --- people ---------------------------------------------------------------------------------------


def test_req_decision3_each_administrator_is_offered_his_own_buttons(shared):
    def offered(account):
        page = markup.page_of(text(shared.visitor(account).get("/admin/people/staff")))
        return {one.href.partition("?")[0] for one in markup.links(page, "http://localhost/") if one.href.startswith("/do/person")}  # fmt: skip

    assert offered("admin") >= {
        "/do/person/roles",
        "/do/person/reset",
        "/do/person/leave",
        "/do/person/suspend",
    }
    assert "/do/person/clear" not in offered("admin")
    assert "/do/person/clear" in offered("security")
    assert "/do/person/roles" not in offered("security")
    assert offered("auditor") <= {"/do/person/contact"}


def test_a_clearance_is_changed_from_the_page_of_the_person(site):
    visitor = site.visitor("security")
    back = "/admin/people/staff"
    answer = visitor.post("/do/person/clear", {"account": "staff", "level": "CONFIDENTIAL", "back": back})

    assert answer.headers["Location"] == back
    assert 'data-level="confidential"' in text(visitor.get(back))
    assert site.office.actor("staff").clearance is Level.CONFIDENTIAL


def test_who_left_is_listed_on_demand_and_nobody_unknown_is_told(site):
    visitor = site.visitor("admin")
    visitor.post("/do/person/suspend", {"account": "hr", "reason": "停用"})
    assert 'data-state="suspended"' in text(visitor.get("/admin/people"))
    assert "/do/person/restore" in text(visitor.get("/admin/people/hr"))
    assert visitor.get("/admin/people/nobody").status_code == 404
    assert "/admin/people/clerk" not in text(visitor.get("/admin/people", department="GC"))


# --- matrix, calendar -----------------------------------------------------------------------------


def test_req_9_a_matrix_is_proposed_by_the_one_and_adopted_by_the_other(site):
    security, gm = site.visitor("security"), site.visitor("gm")
    with site.office.ask("security", Act.MATRIX_SEE) as unit:
        old = next(one.version for one in matrices.versions(unit) if one.in_force)
        told = matrices.export(unit).rpartition("[[")[0]
    broken = text(security.post("/admin/matrix", {"text": "version = "}), 422)
    assert 'aria-describedby="e-text"' in broken
    assert "version = " in broken
    answer = security.post("/admin/matrix", {"text": told.replace(old, "2026-9", 1).replace("\n", "\r\n")})

    assert answer.headers["Location"] == "/admin/matrix?version=2026-9"
    page = text(gm.get("/admin/matrix", version="2026-9"))
    assert "/do/matrix/adopt?version=2026-9" in page
    assert "/do/matrix/adopt" not in text(security.get("/admin/matrix", version="2026-9"))
    assert gm.post("/do/matrix/adopt", {"version": "2026-9", "confirm": "2026-9"}).status_code == 303
    with site.office.ask("gm", Act.MATRIX_SEE) as unit:
        assert next(one.version for one in matrices.versions(unit) if one.in_force) == "2026-9"
    assert site.visitor("archivist").post("/admin/matrix", {"text": told}).status_code in {403, 404}


def test_the_month_shows_holidays_and_a_declared_day(site):
    visitor = site.visitor("archivist")
    html = text(visitor.get("/admin/calendar", month="2026-10"))
    assert "国庆" in html
    assert markup.faults(markup.page_of(html)) == []
    day = {"day": "2026-10-14", "worked": "false", "name": "团建", "back": "/admin/calendar?month=2026-10"}
    assert visitor.post("/do/calendar/edit", day).status_code == 303
    html = text(visitor.get("/admin/calendar", month="2026-10"))

    assert "团建" in html
    assert "/do/calendar/restore?day=2026-10-14" in html
    assert "/do/calendar/edit" not in text(site.visitor("staff").get("/admin/calendar", month="2026-10"))
    for odd in ("x", "2026-13", "0001-01", "9999-12"):
        assert visitor.get("/admin/calendar", month=odd).status_code == 200


# --- layouts of forms -----------------------------------------------------------------------------


def brought(visitor, form, body, name="our.docx"):
    """Send *body* with the form of the page, as a browser without scripts does."""
    return visitor.post(
        f"/admin/templates/{form}", {"file": (BytesIO(body), name)}, content_type="multipart/form-data"
    )


def in_pieces(visitor, form, body, name="our.docx"):
    """Send *body* piece by piece, and then its number, as a browser with scripts does."""
    begun = visitor.post("/uploads", {"name": name, "size": len(body)}).get_json()
    for at in range(0, len(body), begun["piece"]):
        visitor.put_bytes(f"/uploads/{begun['id']}/{at}", body[at : at + begun["piece"]])
    return visitor.post(f"/admin/templates/{form}", {"upload": begun["id"]})


@pytest.mark.parametrize("way", [brought, in_pieces], ids=["plain", "in pieces"])
def test_a_layout_is_brought_in_checked_and_used_with_scripts_and_without(site, way):
    visitor = site.visitor("archivist")
    body = starting.starting(named(ALL, "f10"), Language.ZH)
    answer = way(visitor, "f10", body)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/admin/templates")
    html = text(visitor.get("/admin/templates"))
    assert "v1 our.docx" in html
    got = visitor.get("/admin/templates/f10.docx")
    assert got.get_data() == body
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert visitor.get("/admin/templates/f10/start.docx").get_data()[:2] == b"PK"


@pytest.mark.parametrize("body", [b"no word file", b"", b"PK" + b"x" * 500])
def test_a_layout_that_is_none_is_refused_with_its_reason(shared, body):
    answer = brought(shared.visitor("archivist"), "f10", body)
    html = text(answer, 422)

    assert "note-bad" in html and markup.faults(markup.page_of(html)) == []
    assert "our.docx" not in text(shared.visitor("archivist").get("/admin/templates"))


def test_rel_decision_14_a_layout_too_large_for_a_form_is_turned_away_and_touches_no_disk(shared):
    """What passes the limit of forms comes in pieces, or not at all."""
    from tests.web.test_papers_pages import foreign, scratch_watched

    visitor, kind = shared.visitor("archivist"), "multipart/form-data; boundary=b"
    head = f'--b\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{visitor.token()}\r\n--b\r\n'
    head += 'Content-Disposition: form-data; name="file"; filename="our.docx"\r\n\r\n'
    sent = [head.encode() + b"x" * size + b"\r\n--b--\r\n" for size in (guard.FORM, guard.FORM - 2_000)]
    with scratch_watched(None) as made:
        told = [visitor.client.post("/admin/templates/f10", data=one, content_type=kind) for one in sent]
    assert [one.status_code for one in told] == [413, 422]
    assert foreign(made, shared.office) == []


def test_P1_nobody_else_brings_a_layout_and_nobody_a_form_that_is_none(shared):
    assert brought(shared.visitor("staff"), "f10", b"x").status_code in {403, 404}
    assert brought(shared.visitor("archivist"), "no-such", b"x").status_code == 404


# --- settings, self-check, jobs -------------------------------------------------------------------


def test_every_setting_is_told_with_its_meaning(shared):
    html = text(shared.visitor("admin").get("/admin/settings"))

    for name in config.Settings.__dataclass_fields__:
        assert f"<code>{name}</code>" in html


def test_the_clock_is_given_a_new_credential(site):
    assert site.visitor("archivist").post("/admin/rounds/enrol").status_code in {403, 404}
    answer = site.visitor("admin").post("/admin/rounds/enrol")

    assert answer.headers["Location"] == "/admin/settings"
    assert (site.office.home / "system.token").exists()


def test_the_self_check_tells_what_is_not_well_first(site):
    visitor = site.visitor("admin")
    assert "data-state" not in text(visitor.get("/admin/doctor")).partition('id="main"')[2]
    ended(visitor, visitor.post("/admin/jobs/doctor"))
    html = text(visitor.get("/admin/doctor"))

    states = [one.get("data-state") for one in markup.page_of(html).elements if one.get("data-state")]
    assert states == sorted(states, key=["bad", "warn", "ok"].index)
    assert len(states) > 15
    assert markup.faults(markup.page_of(html)) == []


@pytest.mark.parametrize(
    "key",
    [
        "index-rebuild",
        "catch-up",
        *(
            pytest.param(key, marks=pytest.mark.slow)
            for key in ("index-verify", "vault-verify", "vault-sweep")
        ),
    ],
)
def test_a_long_act_is_done_beside_the_pages(site, key):
    visitor = site.visitor("admin")
    html = ended(visitor, visitor.post(f"/admin/jobs/{key}"))

    assert 'data-state="done"' in html, html
    assert markup.faults(markup.page_of(html)) == []
    assert markup.faults(markup.page_of(text(visitor.get("/admin/jobs")))) == []


def test_a_job_under_way_is_followed_and_not_begun_twice_and_its_result_is_its_owners(site, monkeypatch):
    go_on = threading.Event()

    def slow(opened, who, tongue, told, step):
        step(1, 3)
        go_on.wait(10)
        return running.Outcome(["told to its owner"])

    from web.pages import care

    monkeypatch.setattr(care, "TASKS", (Task("slow", Act.INDEX_STATUS, work=slow),))
    monkeypatch.setitem(site.app.jinja_env.globals, "t", lambda key, **facts: key)
    admin, archivist = site.visitor("admin"), site.visitor("archivist")
    begun = admin.post("/admin/jobs/slow")
    place = begun.headers["Location"]
    while "1 / 3" not in text(admin.get(place)):
        time.sleep(0.02)
    part = admin.hx_get(place)
    assert 'hx-trigger="every' in text(part)
    assert "<html" not in text(part)
    assert admin.post("/admin/jobs/slow").status_code == 503
    go_on.set()

    assert "told to its owner" in ended(admin, begun)
    assert "told to its owner" not in text(archivist.get(place))
    assert site.visitor("staff").get(place).status_code == 404


def test_a_job_that_fails_tells_its_sentence_or_its_number(site, monkeypatch):
    from web.pages import care

    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(care, "TASKS", (Task("doctor", Act.INSTANCE_INSPECT, work=broken),))
    visitor = site.visitor("admin")
    html = ended(visitor, visitor.post("/admin/jobs/doctor"))

    assert 'data-state="failed"' in html
    assert "ZeroDivisionError" not in html
    assert (site.office.home / "defects.log").exists()
    assert JobState.FAILED.word == "jobstate.failed"


# --- backups --------------------------------------------------------------------------------------


def with_folder(office, folder):
    """A site whose settings name a folder for sets."""
    object.__setattr__(office.instance.settings, "backup_folder", str(folder))
    return site_of(office)


def test_a_set_is_made_read_through_and_struck_off(office, tmp_path):
    site = with_folder(office, tmp_path / "sets")
    visitor = site.visitor("admin")
    told = {"folder": str(tmp_path / "sets"), "remark": "一号盘"}
    html = ended(visitor, visitor.post("/admin/backups", told))
    assert 'data-state="done"' in html, html
    assert "凭条" in html
    assert "一号盘" in text(visitor.get("/admin/backups/BF2026-00001"))
    assert "BF2026-00001" in text(visitor.get("/admin/backups"))
    html = ended(visitor, visitor.post("/admin/backups/BF2026-00001/verify", {"quick": "1"}))
    assert 'data-state="done"' in html
    html = ended(visitor, visitor.post("/admin/backups/BF2026-00001/repair"))
    assert 'data-state="done"' in html
    wrong = text(visitor.post("/admin/backups/BF2026-00001/forget", {"reason": "报废", "confirm": "x"}), 422)
    assert 'aria-describedby="f-confirm-error"' in wrong
    right = {"reason": "报废", "confirm": "BF2026-00001"}
    assert visitor.post("/admin/backups/BF2026-00001/forget", right).status_code == 303
    assert "BF2026-00001" not in text(visitor.get("/admin/backups")).partition('id="main"')[2]


def test_a_set_goes_only_where_sets_may_go(office, tmp_path):
    site = with_folder(office, tmp_path / "sets")
    for folder in ("/etc", str(tmp_path), "", str(office.home)):
        html = text(site.visitor("admin").post("/admin/backups", {"folder": folder}), 422)
        assert "backup_folder" in html
    assert list(tmp_path.glob("sets")) == []
    assert site.visitor("archivist").post("/admin/backups", {"folder": str(tmp_path / "sets")}).status_code in {303, 403, 404}  # fmt: skip


def test_a_slip_of_the_drill_is_told_beside_its_field_and_secrets_are_not_shown_again(office, tmp_path):
    site = with_folder(office, tmp_path / "sets")
    visitor = site.visitor("admin")
    ended(visitor, visitor.post("/admin/backups", {"folder": str(tmp_path / "sets")}))
    place = "/admin/backups/BF2026-00001/drill"
    assert 'aria-describedby="f-recovery-error"' in text(visitor.post(place, {"slip": "x"}), 422)
    answer = visitor.post(place, {"recovery": "AAAAA-BBBBB", "slip": "CCCCC"})

    assert answer.status_code in {422, 403, 409}
    assert "AAAAA" not in answer.get_data(as_text=True)
