"""The interface for programs: the same acts under the same rules, told in JSON as the document says (issue 7.11)."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select

from archive.acts import LOOKS, Act
from archive.circulation import ledger
from archive.model import Event
from archive.values import Level
from indexer import sync
from tests import make
from tests.web.conftest import Site, site_of, verbs
from tests.web.program import Program, program
from web.api import answered, asked, document
from web.tasks import BY_VERB


def lend(site: Site) -> dict[str, str]:
    """What lends a volume that stands ready."""
    volume = make.volume(site.office, "ZX·02", 2, held=True)
    make.approved(site.office, volume, to="staff")
    return {"code": volume, "to": "staff", "purpose": "核对图纸"}


def loans(site: Site) -> int:
    with site.office.ask("archivist", Act.LOAN_SEE) as unit:
        return len(ledger.register(unit, open_only=True))


# --- at the door ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shown", ["", "Bearer", "Bearer ", "Bearer nonsense", "Basic Y2xlcms6eA==", "Bearer ü"]
)
def test_rel_W5_nobody_comes_in_without_a_good_token(site: Site, shown):
    """All are told alike, and how to come in."""
    answer = site.app.test_client().get(
        "/api/v1/volume/list", headers={"Authorization": shown} if shown else {}
    )

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.get_json()["error"]["code"] == "login-needed"


def test_rel_W4_a_browser_s_cookie_opens_nothing_to_a_program(site: Site):
    """So a page of another house that posts here changes nothing, though no form's token is asked for."""
    visitor, values = site.visitor("archivist"), lend(site)
    answer = visitor.client.post("/api/v1/loan/lend", json=values)

    assert visitor.get("/do/loan/list").status_code == 200  # the witness: the cookie is good for pages
    assert answer.status_code == 401
    assert loans(site) == 0


def test_rel_W9_every_answer_is_json_that_no_browser_runs(site: Site):
    """Also a refusal; nothing of it is kept by whoever passes it on."""
    clerk = program(site, "clerk", "read")
    for answer in (
        clerk.get("volume/list"),
        clerk.get("volume/show", {"code": "<script>"}),
        clerk.get("nothing/here"),
    ):
        assert answer.mimetype == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"


# --- acts -------------------------------------------------------------------------------------


def test_req_R39_a_program_lends_as_the_command_does(site: Site):
    """The facts come by act, the sentence in the language asked for, and the loan stands."""
    answer = program(site, "archivist", "loan").post("loan/lend", lend(site), Accept_Language="en")
    told = answer.get_json()

    assert answer.status_code == 200
    assert told["facts"]["loan.lend"][0]["due_on"] == "2026-03-17"
    assert told["told"][0].startswith("Done")
    assert loans(site) == 1


def test_req_R39_rows_come_as_objects_with_stable_values(site: Site):
    """Levels by name, days in ISO, under the names the document tells."""
    make.volume(site.office, "ZX·02", 2, held=True)
    rows = program(site, "archivist", "read").get("volume/list", {"limit": 5}).get_json()["data"]
    names = [column.partition(":")[0] for column in verbs()["volume", "list"].columns]

    assert len(rows) == 1
    assert list(rows[0]) == names
    assert rows[0]["class_code"] == "ZX·02"


def test_rel_P1_a_program_is_refused_what_its_person_is(site: Site):
    """The token says all acts of the post; the post says no."""
    answer = program(site, "staff").post("class/adopt", {})
    outside = program(site, "archivist", "read").post("loan/lend", lend(site))

    assert [answer.status_code, answer.get_json()["error"]["code"]] == [403, "out-of-scope"]
    assert [outside.status_code, outside.get_json()["error"]["code"]] == [403, "out-of-scope"]
    assert loans(site) == 0


def test_dec6_what_a_program_may_not_see_is_answered_as_what_is_not_there(site: Site):
    """The same status, the same words, letter by letter, but for the code that was asked."""
    hidden = make.volume(site.office, "ZX·02", 1, level=Level.SECRET)
    staff = program(site, "staff", "read")
    there = staff.get("volume/show", {"code": hidden})
    absent = staff.get("volume/show", {"code": hidden[:-1] + "9"})

    assert there.status_code == absent.status_code == 404
    assert there.get_data(as_text=True).replace(hidden, "") == absent.get_data(as_text=True).replace(hidden[:-1] + "9", "")  # fmt: skip
    assert (
        program(site, "archivist", "read").get("volume/show", {"code": hidden}).status_code == 200
    )  # the witness


@pytest.mark.parametrize(
    ("where", "values", "field"),
    [
        ("loan/lend", {"to": "staff", "purpose": "看"}, "code"),
        ("loan/lend", {"code": "X", "to": "staff", "purpose": "看", "items": "2"}, "items"),
        ("loan/lend", {"code": "X", "to": "staff", "purpose": "看", "items": True}, "items"),
        ("loan/lend", {"code": ["X"], "to": "staff", "purpose": "看"}, "code"),
        ("loan/lend", {"code": None, "to": "staff", "purpose": "看"}, "code"),
        ("loan/lend", {"code": "X", "to": "staff", "purpose": "看", "superuser": True}, "superuser"),
        ("loan/lend", [1], "body"),
        ("absence/set", {"first_day": "2026-02-30", "last_day": "2026-03-05"}, "first_day"),
        ("person/add", {"account": "a", "name": "b", "department": "KF", "roles": ["king"]}, "roles"),
        ("volume/edit", {"code": "X", "fields": {"a": 1}}, "fields"),
    ],
)
def test_req_R39_a_value_that_is_not_as_the_document_says_is_refused_by_its_name(
    site: Site, where, values, field
):
    """Also a name that nobody asks for (P6); nothing is done."""
    account = "admin" if where.startswith("person") else "archivist"
    answer = program(site, account).post(where, values)

    assert answer.status_code == 422
    assert answer.get_json()["error"]["field"] == field


@pytest.mark.parametrize(
    ("query", "field"),
    [({"limit": "many"}, "limit"), ({"limit": ["1", "2"]}, "limit"), ({"state": "GONE"}, "state"), ({"sort": "x"}, "sort")],
)  # fmt: skip
def test_req_R39_a_query_is_held_to_the_document_too(site: Site, query, field):
    """A parameter given twice, of the wrong kind, or unknown."""
    answer = program(site, "archivist", "read").get("volume/list", query)

    assert answer.status_code == 422
    assert answer.get_json()["error"]["field"] == field


@pytest.mark.parametrize(
    "raw", [b"{", b'{"a": NaN}', b"[" * 100_000, b'{"code": ' + b"9" * 9_000 + b"}", b"\xff\xfe", b'"text"']
)
def test_rel_W9_a_body_that_is_no_json_object_is_refused_and_nothing_breaks(site: Site, raw):
    """Not a defect of ours: 422, with the sentence."""
    archivist = program(site, "archivist")
    headers = archivist.headers({}) | {"Content-Type": "application/json"}
    answer = archivist.client.post("/api/v1/loan/lend", data=raw, headers=headers)

    assert answer.status_code == 422


def test_rel_W9_half_a_letter_in_a_value_is_a_slip_of_the_program_s(site: Site):
    """What no database takes is told as a wrong value, and the answer is good JSON."""
    archivist = program(site, "archivist")
    headers = archivist.headers({}) | {"Content-Type": "application/json"}
    answer = archivist.client.post("/api/v1/party/add", data=b'{"code": "\\ud800", "name": "x", "kind": "OWNER"}', headers=headers)  # fmt: skip

    assert answer.status_code == 422
    assert json.loads(answer.get_data())["error"]["message"]


def test_rel_W4_looking_is_a_get_and_changing_is_a_post(site: Site):
    """A link changes nothing; the right method is named."""
    archivist = program(site, "archivist")
    looked, changed = archivist.post("volume/list"), archivist.get("loan/lend", {"code": "X"})

    assert [looked.status_code, looked.headers["Allow"]] == [405, "GET, HEAD"]
    assert [changed.status_code, changed.headers["Allow"]] == [405, "POST"]


def test_req_R39_only_json_is_taken(site: Site):
    """A form of another page is not."""
    archivist = program(site, "archivist")
    answer = archivist.client.post("/api/v1/loan/lend", data={"code": "X"}, headers=archivist.headers({}))

    assert answer.status_code == 415


@pytest.mark.parametrize(
    "where", ["item/get", "keys/rotate", "backup/create", "login", "init", "item/attach", "x", "a/b/c/d"]
)
def test_req_R39_what_stays_at_the_machine_is_not_there_for_programs(site: Site, where):
    """Whatever names a file of the machine, its keys, its backups."""
    admin = program(site, "admin")

    assert admin.get(where).status_code == 404
    assert admin.post(where).status_code == 404


@pytest.mark.parametrize(
    ("wanted", "begins"),
    [("zh-CN,zh;q=0.9", "没有找到"), ("en-GB,en;q=0.8", "“X” was not"), ("fr", "没有找到")],
)
def test_req_R39_a_program_is_told_in_the_language_it_asks_for(site: Site, wanted, begins):
    """Else in the instance's."""
    answer = program(site, "archivist", "read").get("volume/show", {"code": "X"}, Accept_Language=wanted)

    assert answer.get_json()["error"]["message"].startswith(begins)


# --- the document -----------------------------------------------------------------------------


def test_req_R39_the_document_names_every_verb_of_the_web_and_no_other(site: Site):
    """With its method, and whom its acts are for."""
    told = site.app.test_client().get("/api/v1/openapi.json").get_json()
    wanted = {f"/{'/'.join(path)}" for path, verb in verbs().items() if verb.open_to_all}

    assert told["openapi"].startswith("3.1")
    assert wanted == set(told["paths"]) - set(document.files()) - set(document.jobs())
    for path, verb in verbs().items():
        if verb.open_to_all:
            operation = told["paths"][f"/{'/'.join(path)}"]
            assert list(operation) == [
                "get" if verb.reads and set(verb.acts) <= LOOKS and path not in BY_VERB else "post"
            ]
            assert [one["act"] for one in next(iter(operation.values()))["x-acts"]] == list(verb.acts)


def test_req_R39_the_document_asks_what_the_verb_asks(site: Site):
    """Names, kinds, choices, what must be given; in both languages."""
    lending = document.written(verbs())["paths"]["/loan/lend"]["post"]
    schema = lending["requestBody"]["content"]["application/json"]["schema"]

    assert set(schema["properties"]) == {ask.name for ask in verbs()["loan", "lend"].asks}
    assert schema["required"] == [ask.name for ask in verbs()["loan", "lend"].asks if ask.required]
    assert schema["additionalProperties"] is False
    assert " / " in lending["summary"]
    assert lending["x-acts"][0]["posts"] == ["ARCHIVIST", "CLERK", "GM_SECRETARY", "RECORDS_CLERK"]


def test_req_R39_the_document_holds_nothing_of_the_office(office):
    """It is open to whoever asks: not a name, not a code of what is kept here."""
    before = document.written(verbs())
    code = make.volume(office, "ZX·02", 1)
    told = site_of(office).app.test_client().get("/api/v1/openapi.json").get_data(as_text=True)

    assert json.loads(told) == json.loads(json.dumps(before))
    assert code not in told
    assert office.instance.settings.company not in told


def test_req_R39_every_kind_that_is_asked_for_is_told_and_read():
    """No verb asks for a kind that the document or the reading forgets."""
    kinds = {ask.kind for verb in verbs().values() if verb.open_to_all for ask in verb.asks}

    assert kinds <= set(document.KINDS) | {"pairs"}
    assert kinds <= set(asked.KINDS) | {"pairs"}


def test_rel_W5_the_use_of_a_token_is_noted(site: Site):
    """So that one sees which programs still run."""
    clerk = program(site, "clerk", "read")
    clerk.get("whoami")
    rows = clerk.get("token/list").get_json()["data"]

    assert [row["name"] for row in rows] == ["门户"]
    assert rows[0]["seen_at"] is not None


def test_dec7_what_a_program_does_is_in_the_log_as_its_person_s_by_a_program(site: Site):
    """The auditor sees who, what, and that a program did it."""
    program(site, "archivist", "loan").post("loan/lend", lend(site))
    with site.office.ask("auditor", Act.AUDIT_SEE) as unit:
        rows = unit.session.execute(select(Event.act, Event.account, Event.client)).all()

    assert ("loan.lend", "archivist", "api") in {tuple(row) for row in rows}


def test_rel_P6_a_program_that_asks_at_once_in_threads_is_answered_each(site: Site):
    """No answer is mixed up with another's."""
    from concurrent.futures import ThreadPoolExecutor

    people = ["staff", "clerk", "archivist", "gm"] * 4
    programs: dict[str, Program] = {one: program(site, one, "read") for one in set(people)}

    def asks(account: str) -> str:
        own = Program(site.app.test_client(use_cookies=False), programs[account].token)
        return own.get("whoami").get_json()["data"]["account"]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(asks, people)) == people


# --- files ------------------------------------------------------------------------------------

PAGE = b"%PDF-1.4 " + bytes(range(256)) * 1500


def brought(asking: Program, content: bytes, code: str = "") -> str:
    """The number of a file that has come whole."""
    told = {"name": "图纸.pdf", "size": len(content)} | ({"code": code} if code else {})
    made = asking.post("uploads", told).get_json()
    for at in range(0, len(content), made["piece"]):
        answer = asking.put(f"uploads/{made['id']}/{at}", content[at : at + made["piece"]])
        assert answer.status_code == 200, answer.get_data(as_text=True)
    return str(made["id"])


def an_item(site: Site) -> str:
    return make.filed(site.office, "ZX·02")[0]


def test_dec14_a_program_brings_a_file_in_and_takes_it_out_again(site: Site):
    """Piece by piece, byte for byte, under its name, as a file that no browser opens."""
    archivist, code = program(site, "archivist"), an_item(site)
    uid = brought(archivist, PAGE, code)
    whole = archivist.get(f"uploads/{uid}").get_json()
    done = archivist.post(f"uploads/{uid}/attach", {"code": code}, Idempotency_Key="f-1")
    again = archivist.post(f"uploads/{uid}/attach", {"code": code}, Idempotency_Key="f-1")
    out = archivist.get("item/content", {"code": code, "number": done.get_json()["files"], "purpose": "核对"})

    assert whole["received"] == whole["size"] == len(PAGE)
    assert [done.status_code, again.status_code] == [200, 200]
    assert done.get_data() == again.get_data()
    assert out.get_data() == PAGE
    assert out.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in out.headers["Content-Security-Policy"]


def test_rel_P1_a_file_is_brought_in_and_taken_out_by_who_may(site: Site):
    """Judged before the first byte; a token that only looks takes nothing out; without a purpose nothing leaves."""
    code = an_item(site)
    archivist, looking, staff = (
        program(site, "archivist"),
        program(site, "archivist", "read"),
        program(site, "staff"),
    )
    uid = brought(archivist, PAGE)
    archivist.post(f"uploads/{uid}/attach", {"code": code})

    assert staff.post("uploads", {"name": "a.pdf", "size": 3, "code": code}).status_code in {403, 404}
    assert looking.get("item/content", {"code": code, "purpose": "看"}).status_code == 403
    assert archivist.get("item/content", {"code": code}).status_code == 422
    assert archivist.get("item/content", {"code": code, "purpose": "看", "number": "99"}).status_code in {
        404,
        409,
    }


def test_rel_P1_a_file_on_its_way_is_of_one_token_only(site: Site):
    """Another token of the same person is told that there is none."""
    first, second = program(site, "archivist"), program(site, "archivist")
    uid = brought(first, PAGE)

    assert second.get(f"uploads/{uid}").status_code == 404
    assert second.post(f"uploads/{uid}/attach", {"code": an_item(site)}).status_code == 404
    assert first.get(f"uploads/{uid}").status_code == 200
    assert first.client.delete(f"/api/v1/uploads/{uid}", headers=first.headers({})).status_code == 204
    assert first.get(f"uploads/{uid}").status_code == 404


@pytest.mark.parametrize(
    ("values", "field"),
    [({"size": 3}, "name"), ({"name": "a"}, "size"), ({"name": "a", "size": "3"}, "size"), ({"name": "a", "size": -1}, "size"), ({"name": "a", "size": 1, "path": "/x"}, "path")],
)  # fmt: skip
def test_req_R39_a_file_is_announced_as_the_document_says(site: Site, values, field):
    """Its name, its size, nothing else."""
    answer = program(site, "archivist").post("uploads", values)

    assert answer.status_code == 422
    assert answer.get_json()["error"]["field"] == field


def test_req_web_11_a_search_answers_rows_and_tells_its_total_and_the_way_on(site: Site):
    """Hits are data, not a text within a sentence; how many there are, and the mark of the next page, stand in the facts."""
    make.volume(site.office, "ZX·02", 2, held=True)
    answer = program(site, "archivist").get("search", {"words": "文件", "limit": 1}).get_json()

    assert [row["code"] for row in answer["data"]] and answer["told"] == []
    (facts,) = answer["facts"]["record.search"]
    assert facts["total"] >= 2 and facts["next"]


def test_sentences_for_programs_name_what_may_be_asked_by_its_own_name(site: Site):
    """A long answer says how to ask for the next page, a refusal what to give: neither speaks of the command line."""
    for _ in range(3):
        make.volume(site.office, "ZX·02", 1, held=True)
    sync.drain(site.office.instance)
    archivist = program(site, "archivist")
    told = archivist.get("search", {"words": ["件"], "limit": 1, "page": 1}).get_json()
    refused = answered.in_its_words(
        {"error": {"message": "give the reason with --pass-over; or --class X"}}, verbs()["volume", "open"]
    )

    assert "page=2" in "".join(told["notes"]) and "--" not in "".join(told["notes"])
    assert refused["error"]["message"] == "give the reason with pass_over; or class_code=X"
