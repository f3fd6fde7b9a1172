"""What takes long is done beside the requests: on pages, over the programs' interface, and until the service stops."""

from __future__ import annotations

import inspect
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import func, select

from archive import backups
from archive.acts import Act
from archive.model import Event
from retention.destroying import destruction
from tests.retention import letting_go
from tests.web.conftest import Site, site_of, verbs
from tests.web.program import program
from tests.web.test_lists_pages import WAY, sent
from web import jobs, serving
from web.api import routes
from web.jobs import Jobs
from web.pages import workbooks
from web.tasks import BY_VERB


@dataclass
class Held:
    """Long acts that go on until they are let go."""

    go_on: threading.Event = field(default_factory=threading.Event)
    begun: list[str] = field(default_factory=list)

    def run(self, verb: Any, desk: Any, _: Any) -> None:
        """As `declared.run` does, but long."""
        self.begun.append(verb.name)
        if desk.follow is not None:
            desk.follow(2, 5)
        self.go_on.wait(20)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    made = Held()
    monkeypatch.setattr(jobs, "run", made.run)
    monkeypatch.setattr(jobs, "PATIENCE", 0.05)
    yield made
    made.go_on.set()


def over(ask: Callable[[], Any]) -> Any:
    """What a job came to, asked for until it is over."""
    for _ in range(400):
        told = ask().get_json()
        if told.get("state") != "RUNNING":
            return told
        time.sleep(0.02)
    raise AssertionError(told)


def done(site: Site, act: Act) -> int:
    with site.office.ask("auditor") as unit:
        rows = select(func.count()).select_from(Event).where(Event.act == act.value, Event.outcome == "done")
        return unit.session.scalar(rows) or 0


def test_every_verb_that_tells_how_far_it_is_is_known_as_long():
    """Whoever writes another act of minutes names it in the table."""
    telling = {
        path
        for path, verb in verbs().items()
        if verb.open_to_all and "progress(" in inspect.getsource(inspect.unwrap(verb.command.callback))
    }
    assert telling <= set(BY_VERB)
    assert all(verbs()[path].open_to_all and task.act in verbs()[path].acts for path, task in BY_VERB.items())


# --- on pages ---------------------------------------------------------------------------------


def test_a_destruction_of_hours_keeps_no_request_waiting_and_leads_back_to_its_list(office, held):
    number = letting_go.begun(office, letting_go.letters(office, 1))
    visitor = site_of(office).visitor("archivist")
    back = f"/retention/destructions/{number}"
    begun = visitor.post("/do/destruction/execute", {"number": number, "confirm": number, "back": back})
    page = visitor.get(begun.headers["Location"]).get_data(as_text=True)
    held.go_on.set()

    assert begun.status_code == 303 and begun.headers["Location"].startswith("/admin/jobs/")
    assert "2 / 5" in page and '/admin/jobs"' not in page.partition("<main")[2]
    for one in jobs.of(visitor.client.application)._jobs:
        one.waited(10)
    assert f'href="{back}"' in visitor.get(begun.headers["Location"]).get_data(as_text=True)


def test_a_short_one_is_told_at_once_where_it_was_begun(office):
    """Of two papers nobody is sent to another page; and a refusal stands beside the form."""
    number = letting_go.begun(office, letting_go.letters(office, 1))
    visitor = site_of(office).visitor("archivist")
    back = f"/retention/destructions/{number}"
    wrong = visitor.post("/do/destruction/execute", {"number": number, "confirm": "x", "back": back})
    right = visitor.post("/do/destruction/execute", {"number": number, "confirm": number, "back": back})

    assert wrong.status_code == 422
    assert (right.status_code, right.headers["Location"]) == (303, back)
    with office.ask("auditor") as unit:
        assert destruction.one(unit, number).state.value == "DESTROYED"


def test_what_only_looks_but_long_is_no_link_either(site: Site):
    """Comparing the whole index is begun by a form, on pages and for programs."""
    page = site.visitor("admin").get("/do/index/verify")
    asked = program(site, "admin", "read").get("index/verify")

    assert 'method="post"' in page.get_data(as_text=True)
    assert asked.status_code == 405


# --- what is shown once -----------------------------------------------------------------------


def test_the_slip_of_a_key_epoch_is_shown_once_and_then_gone(office, tmp_path):
    object.__setattr__(office.instance.settings, "backup_folder", str(tmp_path / "sets"))
    site = site_of(office)
    admin, other = site.visitor("admin"), site.nobody()
    other.sign_in("archivist")
    place = admin.post("/admin/backups", {"folder": str(tmp_path / "sets")}).headers["Location"]
    for one in jobs.of(site.app)._jobs:
        assert one.waited(30)
    before = admin.get(place).get_data(as_text=True)
    strange = other.post(f"{place}/once").status_code
    shown = admin.post(f"{place}/once").get_data(as_text=True)
    slip = shown.partition('<pre class="key-slip">')[2].partition("</pre>")[0]

    assert f"{place}/once" in before and strange == 404
    assert backups.read_slip(slip).epoch == 1
    for page in (before, admin.get(place).get_data(as_text=True), admin.hx_get(place).get_data(as_text=True)):
        assert slip.strip().splitlines()[0] not in page
    assert f"{place}/once" not in admin.get(place).get_data(as_text=True)
    assert admin.post(f"{place}/once").status_code == 404


# --- for programs -----------------------------------------------------------------------------


def test_a_program_is_told_where_a_long_act_is_followed_and_what_came_of_it(site: Site):
    admin = program(site, "admin", "vault")
    begun = admin.post("vault/verify")
    at = begun.get_json()["at"]
    told = over(lambda: admin.get(at.removeprefix("/api/v1/")))

    assert (begun.status_code, begun.headers["Location"]) == (202, at)
    assert told["state"] == "DONE" and told["faults"] is False
    assert told["ended_at"] and told["job"] == begun.get_json()["job"]


def test_rel_P2_a_job_of_somebody_else_is_not_there_nor_one_out_of_the_tokens_scope(site: Site, held):
    at = program(site, "admin", "vault").post("vault/verify").get_json()["at"].removeprefix("/api/v1/")
    strangers = [program(site, "archivist").get(at), program(site, "admin", "read").get(at)]
    absent = program(site, "archivist").get("jobs/0000000000000000")

    assert [one.status_code for one in strangers] == [404, 404]
    assert strangers[0].get_json()["error"]["code"] == absent.get_json()["error"]["code"]


def test_a_program_is_told_how_far_it_is_and_that_only_one_goes_on_at_a_time(site: Site, held):
    admin = program(site, "admin", "vault")
    at = admin.post("vault/verify").get_json()["at"].removeprefix("/api/v1/")
    while not held.begun:
        time.sleep(0.01)
    told, again = admin.get(at).get_json(), admin.post("vault/verify")

    assert (told["state"], told["done"], told["total"]) == ("RUNNING", 2, 5)
    assert "data" not in told and told["ended_at"] is None
    assert (again.status_code, again.headers["Retry-After"]) == (503, str(routes.PATIENCE))


def test_a_long_act_asked_for_again_under_its_key_is_not_done_again(site: Site):
    """The key comes with the first of its transactions, and leads to the same job ever after."""
    admin = program(site, "admin", "index")
    first = admin.post("index/rebuild", Idempotency_Key="k-1").get_json()
    over(lambda: admin.get(first["at"].removeprefix("/api/v1/")))
    once = done(site, Act.INDEX_REBUILD)
    again = admin.post("index/rebuild", Idempotency_Key="k-1")
    other = admin.post("index/ocr", Idempotency_Key="k-1")

    assert (again.status_code, again.get_json()) == (202, first)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert (other.status_code, other.get_json()["error"]["code"]) == (409, "key-reused")
    assert done(site, Act.INDEX_REBUILD) == once > 0


def test_who_may_not_is_refused_at_once_and_an_act_that_is_refused_tells_it_as_a_job(site: Site):
    refused = program(site, "staff").post("vault/verify")
    archivist = program(site, "archivist", "sheet")
    begun = archivist.post("sheet/undo", {"number": "DR1999-1", "reason": "x", "confirm": "DR1999-1"})
    told = over(lambda: archivist.get(begun.get_json()["at"].removeprefix("/api/v1/")))

    assert refused.status_code == 403
    assert begun.status_code == 202
    assert (told["state"], told["error"]["code"]) == ("FAILED", "not-found")


# --- the end ----------------------------------------------------------------------------------


def stopped(site: Site, known: Jobs, capsys: pytest.CaptureFixture[str], seconds: float) -> tuple[float, str]:
    """How long a stop took, and what the log said of jobs."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    stop, begun = threading.Event(), time.monotonic()
    stop.set()
    try:
        serving.run(
            serving.server(site.app, serving.Doors(port=0)), lambda: None, serving.Doors(), rounds=lambda _: None,
            stop=stop, under_way=lambda _: [one.task.key for one in known.ended(seconds)],
        )  # fmt: skip
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)
    told = [line for line in capsys.readouterr().err.splitlines() if '"job"' in line]
    return time.monotonic() - begun, "".join(told)


def test_a_stop_waits_for_a_job_under_way_and_names_the_one_that_is_cut_off(site: Site, held, capsys):
    site.visitor("admin").post("/admin/jobs/vault-verify")
    known = jobs.of(site.app)
    _, told = stopped(site, known, capsys, 0.1)
    threading.Timer(0.4, held.go_on.set).start()
    took, silent = stopped(site, known, capsys, 20)

    assert '"job": "vault-verify"' in told and "cut off" in told
    assert silent == "" and took > 0.3
    assert known._jobs[0].over.is_set()


def test_a_job_under_way_is_never_forgotten_for_newer_ones(site: Site, held, monkeypatch):
    """Else nobody would wait for it, nor be told to."""
    monkeypatch.setattr(jobs, "KEPT", 3)
    admin = site.visitor("admin")
    admin.post("/admin/jobs/vault-verify")
    known, first = jobs.of(site.app), jobs.of(site.app)._jobs[0]
    for _ in range(6):
        admin.post("/admin/jobs/doctor")
        known._jobs[0].waited(20)

    assert first in known._jobs
    assert len(known._jobs) == 4


# --- workbooks --------------------------------------------------------------------------------


def test_a_report_of_a_long_list_is_made_beside_the_requests_and_fetched_by_its_own_person(
    site: Site, monkeypatch
):
    go_on, report = threading.Event(), workbooks.checking.check

    def slow(*given: Any, **more: Any) -> Any:
        go_on.wait(20)
        return report(*given, **more)

    monkeypatch.setattr(workbooks.checking, "check", slow)
    monkeypatch.setattr(jobs, "PATIENCE", 0.05)
    archivist = site.visitor("archivist")
    begun = archivist.post(f"{sent(archivist, **WAY)}/report")
    place = begun.headers["Location"]
    waiting, early = archivist.get(place).get_data(as_text=True), archivist.get(f"{place}/file")
    go_on.set()
    jobs.of(site.app)._jobs[0].waited(20)
    done, file = archivist.hx_get(f"{place}/live").get_data(as_text=True), archivist.get(f"{place}/file")

    assert begun.status_code == 303 and "hx-trigger" in waiting and early.status_code == 404
    assert f'href="{place}/file"' in done
    assert file.headers["Content-Disposition"].startswith("attachment") and file.data[:2] == b"PK"
    assert [site.visitor("records").get(f"{place}{more}").status_code for more in ("", "/live", "/file")] == [
        404
    ] * 3


def test_what_was_made_for_somebody_is_gone_when_he_logs_out(site: Site):
    archivist = site.visitor("archivist")
    answer = archivist.post("/lists/export", {"kind": "PARTIES", "format": "csv"})
    place = f"/lists/made/{jobs.of(site.app)._jobs[0].uid}/file"
    kept = archivist.get(place).status_code
    archivist.post("/logout")
    archivist.sign_in("archivist")

    assert (answer.status_code, kept) == (200, 200)
    assert archivist.get(place).status_code == 404
