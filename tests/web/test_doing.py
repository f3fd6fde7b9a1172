"""Every verb as a page: judged as the act is, changed by nothing but a form, refused beside the field."""

from __future__ import annotations

import re

import pytest

from archive import policy
from archive.acts import LOOKS, Act
from tests import make
from tests.web.conftest import site_of, verbs
from web.asking import harmless
from web.doing import BETTER

OFFERED = [verb for verb in verbs().values() if verb.open_to_all]
#: A walk over all verbs takes long: every day over one in so many, and over each where there is time.
sampled = pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.slow)])


POSTS = ("staff", "archivist", "gm", "hr", "admin", "security", "auditor")


@pytest.mark.parametrize(
    ("account", "every"), [("staff", 5), *(pytest.param(one, 1, marks=pytest.mark.slow) for one in POSTS)]
)
def test_rel_P1_doing_every_page_of_a_verb_opens_for_whom_the_policy_allows_it(office, account, every):
    """Some 280 pages for each post: shown where the act may be done, 403 where not; none breaks, none is unlisted."""
    visitor = site_of(office).visitor(account)
    actor = office.actor(account)
    for verb in OFFERED[::every]:
        answer = visitor.get("/do/" + "/".join(verb.path))
        refused = policy.refusal(actor, verb.acts[0])

        assert (answer.status_code == 403) == (refused is not None), (verb.name, answer.status_code)
        assert answer.status_code in {200, 303, 403, 404, 409, 422}, (verb.name, answer.status_code)


@sampled
def test_rel_W4_doing_no_page_that_is_only_opened_changes_anything(office, every):
    """Verbs opened by link: not a row and not a line of the log more, apart from looks."""
    visitor = site_of(office).visitor("archivist")
    visitor.get("/do/search", words="x")  # the first search builds the index
    before = counted(office)
    for verb in OFFERED[::every]:
        visitor.get("/do/" + "/".join(verb.path), code="X", number="X", reason="x", confirm="X")

    assert counted(office) == before


def test_rel_W4_doing_witness_what_counts_changes_sees_one(office):
    """The same count after one act done by form."""
    visitor = site_of(office).visitor("archivist")
    before = counted(office)
    visitor.post(
        "/do/party/add", {"code": "U900", "name": "某公司", "kind": "OUTSIDE_UNIT", "natural_person": "false"}
    )

    assert counted(office) != before


def counted(office) -> dict[str, int]:
    """How many rows each table holds, without the lines that looks leave and the time of being seen."""
    import sqlite3

    raw = sqlite3.connect(office.instance.database)
    names = [row[0] for row in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    found = {name: raw.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}
    looks = ",".join(f"'{act.value}'" for act in LOOKS)
    found["event"] = raw.execute(f"SELECT count(*) FROM event WHERE act NOT IN ({looks})").fetchone()[0]
    raw.close()
    found.pop("checkpoint", None)
    return found


def test_doing_only_looks_are_done_by_a_link():
    """What a link may do is a look; everything else waits for a form."""
    for verb in OFFERED:
        assert not harmless(verb) or set(verb.acts) <= LOOKS
    assert {"loan lend", "record read"}.isdisjoint(verb.name for verb in OFFERED if harmless(verb))


@sampled
def test_doing_every_form_sent_empty_is_refused_with_a_sentence(office, every):
    """Nothing filled in: each writing verb answers with a sentence of ours, and nothing is changed."""
    visitor = site_of(office).visitor("archivist")
    before = counted(office)
    actor = office.actor("archivist")
    for verb in OFFERED[::every]:
        if harmless(verb) or not any(ask.required for ask in verb.asks) or "/".join(verb.path) in BETTER:
            continue
        answer = visitor.post("/do/" + "/".join(verb.path), {})
        wanted = {422} if policy.refusal(actor, verb.acts[0]) is None else {403, 422}

        assert answer.status_code in wanted, (verb.name, answer.status_code)
        assert 'role="alert"' in answer.get_data(as_text=True), verb.name
    assert {name: count for name, count in counted(office).items() if name != "event"} == {
        name: count for name, count in before.items() if name != "event"
    }


def test_doing_a_refusal_stands_beside_its_field_and_what_was_typed_stays(office):
    """422, the sentence, the field marked, the other values still there."""
    volume = make.volume(office, "ZX·02", 2, held=True)
    answer = site_of(office).visitor("archivist").post(
        "/do/loan/lend", {"code": volume, "to": "staff", "purpose": "核对图纸", "items": "two"}
    )  # fmt: skip
    page = answer.get_data(as_text=True)

    assert answer.status_code == 422
    assert "核对图纸" in page and "two" in page
    assert re.search(r'data-field="items"', page)


def test_doing_in_a_dialog_a_form_is_a_fragment_and_success_leads_on(office):
    """`HX-Request`: no shell around the form; done, the browser is told where to go, within this house only."""
    volume = make.volume(office, "ZX·02", 2, held=True)
    make.approved(office, volume, to="staff")
    visitor = site_of(office).visitor("archivist")
    fragment = visitor.hx_get("/do/loan/lend", code=volume).get_data(as_text=True)
    done = visitor.hx_post("/do/loan/lend", {"code": volume, "to": "staff", "purpose": "核对图纸", "back": "//evil.example/"})  # fmt: skip

    assert "<html" not in fragment and volume in fragment
    assert done.status_code == 204
    assert done.headers["HX-Redirect"] == "/do/loan/list"


def test_doing_what_was_done_is_told_once_on_the_next_page(office):
    """Post, then see: the sentence of the command line stands there once."""
    visitor = site_of(office).visitor("archivist")
    answer = visitor.post("/do/party/add", {"code": "U900", "name": "某公司", "kind": "OUTSIDE_UNIT", "natural_person": "false", "back": "/do/party/list"})  # fmt: skip
    first, second = (visitor.get(answer.headers["Location"]).get_data(as_text=True) for _ in range(2))

    assert answer.status_code == 303
    assert "完成" in first and "完成" not in second
    assert "U900" in second


@pytest.mark.parametrize(
    "where", ["keys/rotate", "item/attach", "package/export", "nothing", "loan", "rounds/run", "../login"]
)
def test_doing_what_stays_at_the_machine_is_not_there(office, where):
    """404, as for what does not exist."""
    visitor = site_of(office).visitor("admin")

    assert visitor.get(f"/do/{where}").status_code in {404, 308}
    assert visitor.post(f"/do/{where}", {}).status_code in {404, 405, 308}


def test_house_every_act_of_a_verb_is_named_in_both_languages():
    """Headings and buttons of all pages."""
    assert all(Act(act).word for verb in OFFERED for act in verb.acts)


def test_rel_W2_doing_a_list_is_handed_out_as_a_file_that_runs_nothing(office):
    """CSV, JSON and XLSX of what the page shows; what would be a formula is text; always a download."""
    visitor = site_of(office).visitor("archivist")
    visitor.post(
        "/do/party/add", {"code": "U900", "name": "=1+1", "kind": "OUTSIDE_UNIT", "natural_person": "false"}
    )
    answers = {form: visitor.get("/do/party/list", **{"as": form}) for form in ("csv", "json", "xlsx")}

    assert all("attachment" in answer.headers["Content-Disposition"] for answer in answers.values())
    assert "'=1+1" in answers["csv"].get_data(as_text=True)
    assert any(row["name"] == "=1+1" for row in answers["json"].get_json(force=True))
    assert answers["xlsx"].get_data()[:2] == b"PK"


def test_doing_a_long_list_comes_in_pages(office, monkeypatch):
    """So many rows a page, all of them on some page, and the way from one to the next."""
    monkeypatch.setattr("web.doing.LEAF", 5)
    visitor = site_of(office).visitor("archivist")
    first, second = (visitor.get("/do/person/list", p=page).get_data(as_text=True) for page in (1, 2))

    assert first.count("<tr>") == second.count("<tr>") == 6  # the heading is one
    assert "p=2" in first and first != second


def test_doing_rows_lead_to_their_pages_and_lists_to_what_makes_more(office):
    """The first column is a link; above the list stands what makes a new one, for whoever may."""
    site = site_of(office)
    page = site.visitor("archivist").get("/do/party/list").get_data(as_text=True)
    watched = site.visitor("staff").get("/do/premises/list")

    assert re.search(r'href="/do/party/show\?code=\w+"', page)
    assert "/do/party/add" in page
    assert "/do/premises/add" not in watched.get_data(as_text=True)


def test_doing_what_has_a_better_page_leads_there(office):
    """The search and the end of a destruction: a link goes on to the page made by hand, a form of the plain one is not taken."""
    visitor = site_of(office).visitor("archivist")
    found = visitor.get("/do/search", words="装修 押金")
    ended = visitor.get("/do/destruction/finalize", number="XH2026-0001")

    assert found.headers["Location"].startswith("/?q=")
    assert ended.headers["Location"] == "/retention/destructions/XH2026-0001/finalize"
    assert (
        visitor.post(
            "/do/destruction/finalize", {"number": "XH2026-0001", "confirm": "XH2026-0001"}
        ).status_code
        == 404
    )


def test_doing_a_form_offers_the_departments_and_calls_its_fields_as_they_are_called(office):
    """What a terminal is told of several is left out; a slip names the field as the form does, beside it."""
    admin = site_of(office).visitor("admin")
    form = admin.get("/do/person/add").get_data(as_text=True)
    assert '<option value="KF"' in form and "可多次" not in form

    empty = admin.post("/do/department/add", {"code": "", "name": ""})
    assert empty.status_code == 422 and "没有填写代码" in empty.get_data(as_text=True)
    nowhere = admin.post(
        "/do/person/add", {"account": "new", "name": "新人", "department": "NONE", "roles": "STAFF"}
    )
    assert nowhere.status_code == 404 and 'id="f-department-error"' in nowhere.get_data(as_text=True)
    spaced = admin.post("/do/department/add", {"code": "a b", "name": "某部"}).get_data(as_text=True)
    assert "形如：A1203" in spaced
