"""Uploading: straight into the vault, with progress and resumption or by a plain form; inert, bounded, and nothing left over."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

import pytest

from archive import objects, people
from archive.acts import Act
from archive.uploads import PIECE
from archive.values import Level
from archive.vault import Writing
from indexer.extract.extractor import Extractor
from tests import make

WORDS = "机密：乙方结算价八万八千元整，仅限总经理阅。"
SECRET = WORDS.encode() * 3000


@pytest.fixture
def code(office):
    """A paper that takes files; its code."""
    uid = make.filed(office, "ZX·01", 1)[0]
    with office.ask("archivist") as unit:
        return unit.item(uid).reference_code


@pytest.fixture(scope="module")
def paper(shared) -> str:
    """A paper in the office that tests share, which never gets a file; its code."""
    uid = make.filed(shared.office, "ZX·01", 1)[0]
    with shared.office.ask("archivist") as unit:
        return unit.item(uid).reference_code


def files_of(office, code: str) -> list[str]:
    with office.ask("archivist") as unit:
        return [objects.name_of(unit, one) for one in objects.contents(unit, unit.item(code))]


def begin(visitor, code: str, name="价.txt", size=len(SECRET)):
    return visitor.post("/uploads", {"name": name, "size": size, "code": code})


def bring(visitor, code: str, name="价.txt", content=SECRET):
    """As the page's own script does it."""
    uid = begin(visitor, code, name, len(content)).get_json()["id"]
    for start in range(0, len(content), PIECE):
        told = visitor.put_bytes(f"/uploads/{uid}/{start}", content[start : start + PIECE])
        assert 200 == told.status_code
    return visitor.post(f"/uploads/{uid}/done", {"code": code, "kind": "DRAWING"})


def clear(*folders: Path, words: str = WORDS) -> list[Path]:
    """Every file in these folders that holds *words* in clear."""
    return [
        one
        for folder in folders
        for one in folder.rglob("*")
        if one.is_file() and words.encode() in one.read_bytes()
    ]


def left_over(office) -> list[Path]:
    return list((office.home / "vault" / "tmp").iterdir())


def test_a_file_comes_in_pieces_and_is_attached(site, office, code):
    told = bring(site.visitor("archivist"), code).get_json()
    assert (code, 1, "价.txt", "") == tuple(told[name] for name in ("code", "number", "name", "warning"))
    with office.ask("archivist") as unit:
        (stored,) = objects.contents(unit, unit.item(code))
        assert SECRET == objects.read(unit, stored)
    assert [] == left_over(office)


def test_rel_E1_while_a_confidential_file_comes_in_no_disk_holds_it_in_clear(
    site, office, code, tmp_path, monkeypatch
):
    """Looked at in the middle and at the end; temporary files of every kind would lie below the temporary folder."""
    temp = tmp_path / "temp"
    temp.mkdir()
    for name in ("TMPDIR", "TEMP", "TMP"):
        monkeypatch.setenv(name, str(temp))
    monkeypatch.setattr("tempfile.tempdir", str(temp))
    monkeypatch.setattr("indexer.texts.Extractor", Extractor)  # with a child that knows this folder
    visitor = site.visitor("archivist")
    content = SECRET * 3
    uid = begin(visitor, code, size=len(content)).get_json()["id"]
    for start in range(0, len(content), PIECE):
        visitor.put_bytes(f"/uploads/{uid}/{start}", content[start : start + PIECE])
        assert [] == clear(office.home, temp)
    assert 200 == visitor.post(f"/uploads/{uid}/done", {"code": code}).status_code
    plain(visitor, code, [("b.txt", content)])
    assert [] == clear(office.home, temp) == list(temp.iterdir())


def test_rel_E1_witness_a_server_that_spools_is_found(site, office, code, monkeypatch):
    """The same look finds a writer that puts what comes in beside the vault before it is sealed."""
    feed = Writing.feed

    def careless(self, piece):
        (office.home / "vault" / "tmp" / "spool").write_bytes(piece)
        feed(self, piece)

    monkeypatch.setattr(Writing, "feed", careless)
    visitor = site.visitor("archivist")
    uid = begin(visitor, code).get_json()["id"]
    visitor.put_bytes(f"/uploads/{uid}/0", SECRET[:9000])
    assert clear(office.home)


def test_a_broken_connection_is_gone_on_with(site, office, code):
    visitor = site.visitor("archivist")
    uid = begin(visitor, code, size=10).get_json()["id"]
    visitor.put_bytes(f"/uploads/{uid}/0", b"abcd")
    cut = visitor.post(f"/uploads/{uid}/done", {"code": code})
    assert (409, 4) == (cut.status_code, cut.get_json()["received"])
    gap = visitor.put_bytes(f"/uploads/{uid}/8", b"ij")
    assert (409, 4) == (gap.status_code, gap.get_json()["received"])
    assert {"id": uid, "received": 4, "size": 10} == visitor.get(f"/uploads/{uid}").get_json()
    assert (
        4 == visitor.put_bytes(f"/uploads/{uid}/0", b"abcd").get_json()["received"]
    )  # its answer had been lost
    visitor.put_bytes(f"/uploads/{uid}/4", b"efghij")
    assert 200 == visitor.post(f"/uploads/{uid}/done", {"code": code}).status_code


@pytest.mark.parametrize("how", ["too large", "a piece too large", "grows", "left", "log-out"])
def test_what_is_too_large_or_given_up_leaves_nothing(shared, paper, how):
    site, office, code, visitor = shared, shared.office, paper, shared.nobody()
    visitor.sign_in("archivist")
    most = office.instance.settings.max_file_mib << 20
    if how == "too large":
        answer = begin(visitor, code, size=most + 1)
        assert 409 == answer.status_code and "MiB" in answer.get_json()["error"]
        return
    uid = begin(visitor, code, size=PIECE * 3 if how != "grows" else 5).get_json()["id"]
    if how == "a piece too large":
        assert 413 == visitor.put_bytes(f"/uploads/{uid}/0", b"x" * (PIECE + 1)).status_code
        assert (
            204
            == visitor.client.delete(f"/uploads/{uid}", headers={"X-CSRFToken": visitor.token()}).status_code
        )
    elif how == "grows":
        assert 409 == visitor.put_bytes(f"/uploads/{uid}/0", b"x" * 6).status_code
    elif how == "left":
        visitor.put_bytes(f"/uploads/{uid}/0", b"x" * PIECE)
        site.app.extensions["anjuan-uploads"].close()
    else:
        visitor.put_bytes(f"/uploads/{uid}/0", b"x" * PIECE)
        assert 303 == visitor.post("/logout").status_code
    assert [] == left_over(office)
    assert [] == files_of(office, code)


def test_rel_W4_no_piece_comes_without_the_token_or_the_log_in(site, office, code):
    visitor = site.visitor("archivist")
    uid = begin(visitor, code, size=4).get_json()["id"]
    raw = {"Content-Type": "application/octet-stream"}
    assert 403 == visitor.client.put(f"/uploads/{uid}/0", data=b"abcd", headers=raw).status_code
    assert 403 == visitor.client.post("/uploads", data={"name": "a", "size": 1}).status_code
    assert 403 == visitor.client.post(f"/uploads/{uid}/done", data={"code": code}).status_code
    assert 303 == site.nobody().put_bytes(f"/uploads/{uid}/0", b"abcd").status_code
    assert 0 == visitor.get(f"/uploads/{uid}").get_json()["received"]


def test_rel_P5_nobody_touches_somebody_else_s_file(site, office, code):
    """Neither another person nor the same one from another browser; both are told as of none."""
    uid = begin(site.visitor("archivist"), code, size=4).get_json()["id"]
    again = site.nobody()
    again.sign_in("archivist")
    for other in (site.visitor("clerk"), again):
        told = {
            (answer.status_code, answer.get_json()["code"])
            for one in (uid, "0" * 32)
            for answer in (
                other.get(f"/uploads/{one}"), other.put_bytes(f"/uploads/{one}/0", b"abcd"),
                other.post(f"/uploads/{one}/done", {"code": code}),
            )
        }  # fmt: skip
        assert {(404, "not-found")} == told


def test_what_may_not_be_attached_is_refused_before_its_first_byte(site, office):
    uid = make.filed(office, "WS·MM", 1, department="GC")[0]
    with office.ask("archivist") as unit:
        hidden = unit.item(uid).reference_code
    visible = make.filed(office, "FW·01", 1)[0]
    staff = site.visitor("staff")
    absent, unseen = begin(staff, "K001-FW-9"), begin(staff, hidden)
    assert 404 == absent.status_code == unseen.status_code
    assert absent.get_json()["code"] == unseen.get_json()["code"]
    assert 403 == begin(staff, visible).status_code
    assert [] == left_over(office)


def test_rel_P4_who_lost_the_right_meanwhile_attaches_nothing(site, office, code):
    visitor = site.visitor("archivist")
    uid = begin(visitor, code, size=4).get_json()["id"]
    visitor.put_bytes(f"/uploads/{uid}/0", b"abcd")
    with office.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, "archivist", Level.INTERNAL)
    assert 404 == visitor.post(f"/uploads/{uid}/done", {"code": code}).status_code
    assert [] == left_over(office)


def test_rel_P6_fields_nobody_asks_for_change_nothing(site, office, code):
    visitor = site.visitor("archivist")
    extra = {
        "owner": "gm",
        "level": "PUBLIC",
        "uid": "0" * 32,
        "outcome": "text",
        "item_uid": "x",
        "purpose": "TEXT",
    }
    made = visitor.post("/uploads", {"name": "a.txt", "size": 4, "code": code, **extra}).get_json()
    visitor.put_bytes(f"/uploads/{made['id']}/0", b"abcd")
    assert 200 == visitor.post(f"/uploads/{made['id']}/done", {"code": code, **extra}).status_code
    with office.ask("archivist") as unit:
        item = unit.item(code)
        (stored,) = objects.contents(unit, item)
    assert (Level.CONFIDENTIAL, "content") == (item.level, stored.purpose.value)
    assert "0" * 32 not in {stored.uid, made["id"]}


def test_the_same_content_is_told_of_papers_one_may_see_and_of_no_other(site, office, code):
    other = make.filed(office, "FW·01", 1)[0]
    hidden = make.filed(office, "WS·MM", 1, department="GC")[0]
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        for uid in (other, hidden):
            objects.attach(unit, uid, SECRET, name="同.txt")
        codes = [unit.item(uid).reference_code for uid in (other, hidden)]
    assert all(one in bring(site.visitor("archivist"), code).get_json()["warning"] for one in codes)
    told = bring(site.visitor("clerk"), code).get_json()["warning"]
    assert codes[0] in told and codes[1] not in told


def test_the_same_file_attached_twice_to_one_paper_is_told(site, office, code):
    clerk = site.visitor("clerk")
    assert code not in bring(clerk, code).get_json()["warning"]
    assert code in bring(clerk, code).get_json()["warning"]


NAMES = ("../../etc/<img src=x onerror=alert(1)>.svg", "a\r\nSet-Cookie: x=1\u202e.html")


def test_rel_W7_a_file_name_is_inert_wherever_it_goes(site, office, code):
    visitor = site.visitor("archivist")
    make.approved(office, code, to="archivist", acts=(Act.ITEM_GET, Act.RECORD_READ))
    plain(visitor, code, [(NAMES[0], b"<svg onload=alert(1)>")])
    uid = begin(visitor, code, NAMES[1], 0).get_json()["id"]
    visitor.post(f"/uploads/{uid}/done", {"code": code})
    names = files_of(office, code)
    assert 2 == len(names)
    for number, kept in enumerate(names, 1):
        assert not set('/\\<>"\r\n\u202e') & set(kept)
        answer = visitor.post(f"/records/{quote(code)}/files/{number}/take", {"purpose": "核对"})
        told = answer.headers["Content-Disposition"]
        assert told.startswith("attachment; filename=") and "\n" not in told
        assert not answer.headers.get("Set-Cookie", "").startswith("x=")
    page = visitor.get(f"/records/{quote(code)}").get_data(as_text=True)
    assert "onerror=alert(1)>" not in page and "<img" not in page


def test_rel_W1_what_could_run_is_only_ever_handed_over(site, office, code):
    content = (
        b"<html><script>alert(1)</script><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/></html>"
    )
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        for ending in ("html", "svg", "xml", "xhtml", "pdf", "js"):
            objects.attach(unit, code, content, name=f"x.{ending}")
    make.approved(office, code, to="archivist", acts=(Act.ITEM_GET, Act.RECORD_READ))
    visitor = site.visitor("archivist")
    for number in range(1, 7):
        way = f"/records/{quote(code)}/files/{number}"
        taken = visitor.post(f"{way}/take", {"purpose": "核对"})
        assert content == taken.get_data()
        assert "application/octet-stream" == taken.mimetype
        assert taken.headers["Content-Disposition"].startswith("attachment; ")
        assert "nosniff" == taken.headers["X-Content-Type-Options"]
        assert "sandbox" in taken.headers["Content-Security-Policy"]
        assert "no-store" == taken.headers["Cache-Control"]
        visitor.post(way, {"purpose": "核对"})
        shown = visitor.get(way).get_data(as_text=True)
        assert "<script>alert" not in shown and "onload=" not in shown


# --- the plain form -------------------------------------------------------------------------------


def plain(visitor, code, files, *, token=True, kind="TEXT", cut=None, last=False):
    """A form as a browser without scripts sends it; *cut* bytes of it, *last*: the token after the files."""
    mark = "----anjuanboundary"
    head = [f'--{mark}\r\nContent-Disposition: form-data; name="kind"\r\n\r\n{kind}\r\n'.encode()]
    secret = f'--{mark}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{visitor.token() if token else "x"}\r\n'.encode()
    parts = [
        f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/html\r\n\r\n'.encode()
        + content + b"\r\n" for name, content in files
    ]  # fmt: skip
    body = b"".join([*parts, secret] if last else [secret, *head, *parts]) + f"--{mark}--\r\n".encode()
    return visitor.client.post(
        f"/records/{quote(code)}/files", data=body[:cut], content_type=f"multipart/form-data; boundary={mark}"
    )


def test_without_scripts_a_form_brings_several_files_larger_than_any_other_form(site, office, code):
    visitor = site.visitor("archivist")
    answer = plain(visitor, code, [("一.txt", SECRET * 6), ("二.txt", b"kurz")], kind="DRAWING")
    assert (303, f"/records/{quote(code)}") == (answer.status_code, answer.headers["Location"])
    assert ["一.txt", "二.txt"] == files_of(office, code)
    page = visitor.get(f"/records/{quote(code)}").get_data(as_text=True)
    assert re.search("已挂接“一.txt”", page)


def test_rel_W4_a_plain_form_without_its_token_brings_nothing(site, office, code):
    visitor = site.visitor("archivist")
    assert 403 == plain(visitor, code, [("a.txt", b"a")], token=False).status_code
    assert 403 == plain(visitor, code, [("a.txt", b"a")], last=True).status_code
    assert [] == files_of(office, code) == left_over(office)


@pytest.mark.parametrize("cut", [-1000, -30, 700])
def test_a_plain_form_that_breaks_off_leaves_nothing(shared, paper, cut):
    answer = plain(shared.visitor("archivist"), paper, [("a.txt", SECRET)], cut=cut)
    assert 400 == answer.status_code
    assert [] == files_of(shared.office, paper) == left_over(shared.office)


def test_a_plain_form_keeps_to_the_limit_of_one_file(site, office, code, monkeypatch):
    object.__setattr__(office.instance.settings, "max_file_mib", 1)
    answer = plain(site.visitor("archivist"), code, [("a.txt", b"x" * ((1 << 20) + 1))])
    assert 409 == answer.status_code
    assert [] == files_of(office, code) == left_over(office)


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=" + "x" * 300, "text/plain", "multipart/form-data; boundary=é"])  # fmt: skip
def test_what_is_no_form_is_told_so(shared, paper, kind):
    code, visitor = paper, shared.visitor("archivist")
    answer = visitor.client.post(f"/records/{quote(code)}/files", data=b"x" * 100, headers={"Content-Type": kind.encode("latin-1").decode("latin-1")})  # fmt: skip
    assert 400 == answer.status_code
