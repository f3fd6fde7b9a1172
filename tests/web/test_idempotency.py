"""A write under a key is done once, however often it is asked for, by however many at once, and wherever it is cut off."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from sqlalchemy import func, select

from archive import db, once, rounds
from archive.acts import Act
from archive.instance import SYSTEM
from archive.model import ApiWrite, Party
from archive.once import Once
from tests import make
from tests.web.conftest import Site
from tests.web.killed import PARTY
from tests.web.program import Program, program


def parties(office) -> int:
    with office.ask("archivist", Act.PARTY_SEE) as unit:
        return (
            unit.session.scalar(select(func.count()).select_from(Party).where(Party.code == PARTY["code"]))
            or 0
        )


def kept(office) -> list[ApiWrite]:
    with office.ask("archivist") as unit:
        return list(unit.session.scalars(select(ApiWrite)))


def ask(asking: Program, key: str, **changed: str):
    return asking.post("party/add", PARTY | changed, Idempotency_Key=key)


def test_req_R39_the_same_key_gets_the_same_answer_and_nothing_is_done_again(site: Site):
    """Byte for byte, and it is told that it is the same."""
    archivist = program(site, "archivist")
    first, second = ask(archivist, "k-1"), ask(archivist, "k-1")

    assert [first.status_code, second.status_code] == [200, 200]
    assert first.get_data() == second.get_data()
    assert ["Idempotent-Replayed" in one.headers for one in (first, second)] == [False, True]
    assert parties(site.office) == 1


def test_req_R39_witness_without_a_key_the_second_is_judged_anew(site: Site):
    """The same request twice is two requests: the code is taken by then."""
    archivist = program(site, "archivist")

    assert [archivist.post("party/add", PARTY).status_code for _ in range(2)] == [200, 409]


def test_req_R39_the_same_key_for_something_else_is_refused(site: Site):
    """Another value, another verb; nothing is done."""
    archivist = program(site, "archivist")
    ask(archivist, "k-1")
    other = ask(archivist, "k-1", code="P901")
    verb = archivist.post("premises/add", {"code": "C1", "building": "C座"}, Idempotency_Key="k-1")

    assert [other.status_code, verb.status_code] == [409, 409]
    assert {one.get_json()["error"]["code"] for one in (other, verb)} == {"key-reused"}


def test_req_R39_a_key_is_its_person_s_own(site: Site):
    """Two people's programs may use the same word."""
    first = ask(program(site, "archivist"), "k-1")
    second = ask(program(site, "clerk"), "k-1", code="P901")

    assert [first.status_code, second.status_code] == [200, 200]
    assert "Idempotent-Replayed" not in second.headers


def test_req_R39_what_was_refused_may_be_asked_again_under_its_key(site: Site):
    """Nothing was done, so nothing is kept: mended, it is done."""
    archivist = program(site, "archivist")
    refused = archivist.post("party/edit", {"code": "P900", "name": "周"}, Idempotency_Key="k-1")
    ask(archivist, "k-2")
    again = archivist.post("party/edit", {"code": "P900", "name": "周"}, Idempotency_Key="k-1")

    assert [refused.status_code, again.status_code] == [404, 200]


@pytest.mark.parametrize("key", ["", " ", "a b", "键", "x" * 121, "a\tb"])
def test_req_R39_a_key_is_visible_ascii_of_120_letters_at_most(site: Site, key):
    """Else it is refused, and nothing is done."""
    with suppress(ValueError):  # what no header can carry never arrives
        answer = ask(program(site, "archivist"), key)
        assert answer.status_code == 422
    assert parties(site.office) == 0


def test_req_R39_keys_are_forgotten_after_a_week(site: Site):
    """With the next write under a key; until then they stand."""
    archivist = program(site, "archivist")
    ask(archivist, "k-1")
    site.office.tick(days=6)
    assert ask(archivist, "k-1").status_code == 200
    site.office.tick(days=2)
    late = ask(archivist, "k-1")

    assert [late.status_code, late.get_json()["error"]["code"]] == [409, "code-taken"]
    assert ask(archivist, "k-2", code="P902").status_code == 200
    assert len(kept(site.office)) == 1


def test_dec14_neither_key_nor_question_nor_answer_lie_open(site: Site):
    """The key and what was asked as keyed fingerprints, the answer sealed."""
    archivist = program(site, "archivist")
    ask(archivist, "visible-key-123")
    row = kept(site.office)[0]
    raw = (site.office.home / "catalogue.db").read_bytes()

    assert row.status == 200
    assert b"visible-key-123" not in raw
    assert "完成".encode() not in row.answer
    assert len(row.key_mac) == len(row.asked_mac) == 64


def test_rel_W5_a_secret_that_is_shown_once_is_not_kept_for_a_second_time(site: Site):
    """A one-time password is told to the first who asks; under its key nothing is done again."""
    admin = program(site, "admin")
    values = {"account": "qin", "name": "秦文员", "department": "KF", "roles": ["CLERK"]}
    first = admin.post("person/add", values, Idempotency_Key="k-1")
    second = admin.post("person/add", values, Idempotency_Key="k-1")

    assert first.status_code == 200
    assert any("\n" in told for told in first.get_json()["told"])
    assert [second.status_code, second.get_json()["error"]["code"]] == [409, "key-unsettled"]
    assert [row.answer for row in kept(site.office)] == [b""]


def test_dec10_rows_are_not_kept_with_the_key(site: Site):
    """A title must not outlive the key of its record: what shows rows is looked up again."""
    archivist, values = (
        program(site, "archivist"),
        {"codes": [make.volume(site.office, "ZX·02", 1, held=True)]},
    )
    make.approved(site.office, values["codes"][0], to="staff")
    archivist.post("loan/lend", {"code": values["codes"][0], "to": "staff", "purpose": "看"})
    first = archivist.post("loan/return-many", values, Idempotency_Key="k-1")
    second = archivist.post("loan/return-many", values, Idempotency_Key="k-1")

    assert first.get_json()["data"]
    assert second.get_json()["error"]["code"] == "key-unsettled"
    assert [row.answer for row in kept(site.office)] == [b""]


def test_req_R39_the_rounds_forget_old_keys(site: Site):
    """So nothing lies about in an office whose programs have stopped."""
    ask(program(site, "archivist"), "k-1")
    site.office.tick(days=6)
    rounds.run(site.office.instance, SYSTEM)
    assert len(kept(site.office)) == 1
    site.office.tick(days=2)
    rounds.run(site.office.instance, SYSTEM)

    assert kept(site.office) == []


def test_rel_C3_many_at_once_under_one_key_are_one_act(site: Site):
    """Each is told either the answer, or that it is under way; the party is there once."""
    archivist = program(site, "archivist")

    def asks(_: int) -> int:
        own = Program(site.app.test_client(use_cookies=False), archivist.token)
        return ask(own, "k-1").status_code

    with ThreadPoolExecutor(8) as pool:
        told = Counter(pool.map(asks, range(16)))

    assert told[200] >= 1
    assert set(told) <= {200, 409}
    assert parties(site.office) == 1
    assert [one.get_data() for one in (ask(archivist, "k-1"), ask(archivist, "k-1"))][0]


def test_rel_C3_witness_a_key_written_after_the_act_lets_two_through(site: Site, monkeypatch):
    """Were the key kept beside the act and not within it, many at once would be many acts: a visitor each."""

    def forgetful(self, session, now):
        return self._actor(session, now)

    monkeypatch.setattr(Once, "__call__", forgetful)
    archivist = program(site, "archivist")

    def asks(_: int) -> int:
        own = Program(site.app.test_client(use_cookies=False), archivist.token)
        return own.post(
            "location/add", {"code": f"R9{_}", "kind": "ROOM", "name": "库"}, Idempotency_Key="k"
        ).status_code

    with ThreadPoolExecutor(4) as pool:
        assert Counter(pool.map(asks, range(4)))[200] > 1


@pytest.mark.parametrize(
    ("fault", "done"),
    [pytest.param("db.before_commit:1:kill", 0, marks=pytest.mark.slow), ("db.after_commit:1:kill", 1)],
)
def test_rel_C1_cut_off_between_act_and_answer_nothing_is_done_twice(site: Site, template, fault, done):
    """Killed before the commit, the repeat does it; killed after it, the repeat is told that it was done."""
    office, token = site.office, program(site, "archivist").token
    command = [sys.executable, "-m", "tests.web.killed", str(office.home), str(template / "key")]
    ended = subprocess.run(
        command, input=token, text=True, env={**os.environ, "ANJUAN_FAULT": fault}, capture_output=True
    )

    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert parties(office) == done
    again = ask(Program(site.app.test_client(use_cookies=False), token), "k-1")
    assert (again.status_code, parties(office)) == ((409, 1) if done else (200, 1))
    if done:
        assert again.get_json()["error"]["code"] == "key-unsettled"


def test_rel_C1_an_act_of_several_steps_keeps_its_key_with_the_first(office):
    """What opens units itself: the first commit takes the key, the later ones do not trip over it."""
    write = Once(office.instance, office.who("archivist"), "k-1", b"asked")
    for code in ("P901", "P902"):
        with office.instance.work(write, Act.PARTY_ADD) as unit:
            unit.act(Act.PARTY_ADD, code)
    write.keep(once.Answer(200, b"{}"))

    assert len(kept(office)) == 1
    assert Once(office.instance, office.who("archivist"), "k-1", b"asked").before() == once.Answer(200, b"{}")


def test_rel_C1_a_write_that_is_rolled_back_takes_no_key(office):
    """A refusal within the unit, a defect within it."""
    for fault in (RuntimeError("a defect"), db.DiskFull(path="x")):
        write = Once(office.instance, office.who("archivist"), "k-1", b"asked")
        with pytest.raises(type(fault)), office.instance.work(write, Act.PARTY_ADD) as unit:
            unit.act(Act.PARTY_ADD, "P901")
            raise fault
        assert not write.done

    assert kept(office) == []


def test_rel_C1_an_answer_that_is_too_large_is_told_once(office, monkeypatch):
    """The act stands, its key stands, the answer is not kept."""
    monkeypatch.setattr(once, "LONGEST_ANSWER", 10)
    write = Once(office.instance, office.who("archivist"), "k-1", b"asked")
    with office.instance.work(write, Act.PARTY_ADD) as unit:
        unit.act(Act.PARTY_ADD, "P901")
    write.keep(once.Answer(200, b"x" * 11))

    assert [row.status for row in kept(office)] == [None]
    assert [row.begun_at for row in kept(office)] == [office.now.astimezone(dt.UTC)]
