"""What every answer carries, what an error tells, what is written of a request, and for whom the counts are (W7, W9)."""

from __future__ import annotations

import gzip
import io
import json
import re
import threading

import pytest
from flask import Blueprint, Request, Response

from archive import readiness
from archive.acts import Act
from archive.errors import Busy, DiskFull, NotFound, WrongState
from archive.values import VolumeState
from tests.web.conftest import Site, site_of
from web import access, guard, handing, sittings
from web.app import STATIC

#: Every answer, word for word (W9); the last only where the line is encrypted.
EXACTLY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; media-src 'self' blob:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000"}


def lacking(answer: Response, wanted: dict[str, str]) -> dict[str, str | None]:
    """Headers that are not as they must be."""
    return {
        name: answer.headers.get(name) for name, value in wanted.items() if answer.headers.get(name) != value
    }


#: A page, a redirect, errors of every kind, counts, an answer for programs.
PLACES = (
    "/login",
    "/account/sessions",
    "/nowhere",
    "/do/nothing/here",
    "/do/volume/show?code=XX",
    "/health",
    "/ready",
    "/api/v1/x",
)


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("account", ["", "clerk"])
def test_rel_W9_every_answer_carries_the_headers(shared, path, account):
    """Signed in or not, page, redirect or error."""
    visitor = shared.visitor(account) if account else shared.nobody()
    answer = visitor.get(path)

    assert {} == lacking(answer, EXACTLY)
    assert "Strict-Transport-Security" not in answer.headers
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-Id"])


def test_rel_W9_over_tls_browsers_are_told_to_come_no_other_way(office):
    """The same headers and one more; behind a proxy too."""
    for given in ({"tls": True}, {"proxies": ("127.0.0.1",)}):
        answer = site_of(office, **given).nobody().client.get("/login", base_url="https://localhost")
        assert {} == lacking(answer, EXACTLY | HSTS)


def test_rel_W9_witness_an_application_that_forgets_a_header_is_caught(office, monkeypatch):
    """One header fewer, one answer that differs."""
    monkeypatch.setattr(
        guard, "HEADERS", {name: value for name, value in guard.HEADERS.items() if name != "X-Frame-Options"}
    )

    assert {"X-Frame-Options": None} == lacking(site_of(office).nobody().get("/login"), EXACTLY)


def broken(site: Site) -> Site:
    """The site with pages that fail in every way."""
    bp = Blueprint("broken", __name__)

    @bp.get("/broken/<kind>")
    def page(kind: str) -> str:
        secret = "押金底册 K001-ZX"
        raise {
            "defect": RuntimeError(secret),
            "state": WrongState(state=VolumeState.OPEN, act=Act.VOLUME_CLOSE),
            "busy": Busy(what="x"),
            "full": DiskFull(path="x"),
            "gone": NotFound(what="record", code="x"),
            "space": OSError(28, secret),
            "half": "\ud800".encode,
        }[kind]

    site.app.register_blueprint(bp)
    site.app.config["DEFECTS_TOLD"] = True
    return site


def test_rel_W9_a_defect_is_told_by_its_number_and_nothing_else(site):
    """No kind, no value, no line of code; the operator finds the number in the log of defects."""
    answer = broken(site).visitor("clerk").get("/broken/defect")
    page = answer.get_data(as_text=True)
    noted = [json.loads(line) for line in (site.office.home / "defects.log").read_text("utf-8").splitlines()]

    assert 500 == answer.status_code
    assert noted[-1]["number"] in page
    for told in ("Traceback", "RuntimeError", "押金底册", "test_answers", ".py", "K001"):
        assert told not in page
    assert "押金底册" not in json.dumps(noted, ensure_ascii=False)
    assert {} == lacking(answer, EXACTLY)


@pytest.mark.parametrize(
    ("kind", "status"), [("state", 409), ("busy", 503), ("full", 507), ("gone", 404), ("space", 507)]
)
def test_rel_W9_an_error_of_the_archive_is_told_by_its_sentence(site, kind, status):
    """As a page, and as a part of one; where waiting helps it is said how long."""
    visitor = broken(site).visitor("clerk")
    page, part = visitor.get(f"/broken/{kind}"), visitor.hx_get(f"/broken/{kind}")

    assert [status, status] == [page.status_code, part.status_code]
    assert "<html" in page.get_data(as_text=True)
    assert part.get_data(as_text=True).startswith('<p class="alert')
    assert ("Retry-After" in page.headers) == (kind == "busy")


def test_rel_W9_an_error_is_told_even_when_nobody_can_be_looked_up(site, monkeypatch):
    """Where the database is busy the page of the error does not ask it again."""
    visitor = site.visitor("clerk")

    def busy() -> None:
        raise Busy(what="catalogue.db")

    monkeypatch.setattr(sittings, "_found", busy)
    answer = visitor.get("/account/sessions")

    assert (503, "5") == (answer.status_code, answer.headers["Retry-After"])


def test_inv_V23_a_page_that_is_not_there_is_one_page(shared):
    """Addresses of nothing, of a verb that is none, and of what one may not see have the same page and status."""
    visitor = shared.visitor("clerk")
    told = {
        visitor.get(path).status_code
        for path in ("/nowhere", "/do/no/verb", "/static/x/../../../etc/passwd", "/static/x/nothing.css")
    }

    assert {404} == told


# --- sizes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "size", "status"),
    [
        ("application/x-www-form-urlencoded", guard.FORM + 1, 413),
        ("multipart/form-data; boundary=x", guard.FORM + 1, 413),
        ("application/octet-stream", guard.CHUNK + 1, 413),
        ("application/octet-stream", guard.CHUNK, 405),
        ("application/json", guard.FORM + 1, 413),
    ],
)
def test_rel_E1_a_body_over_the_limit_is_not_taken_in(shared, content, size, status):
    """A form up to 1 MiB, a chunk up to 256 KiB, told before anything of it is read."""
    visitor = shared.visitor("clerk")
    headers = {"Content-Type": content, "X-CSRFToken": visitor.token()}
    method = "PUT" if "octet" in content else "POST"

    assert (
        status
        == visitor.client.open("/password", method=method, data=b"x" * size, headers=headers).status_code
    )


def test_rel_E1_a_body_that_does_not_say_its_length_is_not_taken_in(shared):
    """Cut off at a limit it would pass for the whole."""
    visitor = shared.visitor("clerk")
    headers = {"X-CSRFToken": visitor.token(), "Transfer-Encoding": "chunked"}

    assert 411 == visitor.client.post("/password", headers=headers, buffered=True).status_code


def spilled(site: Site, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many temporary files are asked for when a form brings a file of 900 kB."""
    made: list[object] = []
    monkeypatch.setattr(
        "werkzeug.formparser.SpooledTemporaryFile", lambda **given: made.append(given) or io.BytesIO()
    )
    visitor = site.visitor("clerk")
    head = '--x\r\nContent-Disposition: form-data; name="old"; filename="a.pdf"\r\nContent-Type: application/pdf\r\n\r\n'
    body = head.encode() + "机密".encode() * 150_000 + b"\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x", "X-CSRFToken": visitor.token()}
    visitor.client.post("/password", data=body, headers=headers, buffered=True)
    return len(made)


def test_rel_E1_parts_of_a_form_never_reach_the_disk(site, monkeypatch):
    """No temporary file is made, and no page gets to see the bytes (decision 14)."""
    assert 0 == spilled(site, monkeypatch)


def test_rel_E1_witness_a_request_as_shipped_by_the_library_would_spill(site, monkeypatch):
    """The same form with the library's own request: a temporary file is asked for."""
    site.app.request_class = Request

    assert 1 == spilled(site, monkeypatch)


# --- files --------------------------------------------------------------------------------------

#: Names that lead elsewhere, break a header, or mean something to a system.
NAMES = (
    "../../etc/passwd", "..\\..\\boot.ini", "/etc/shadow", "a\x00b.pdf", "CON", "nul.txt", 'x"; filename="y.exe', "a\r\nSet-Cookie: x=1",
    "合同.pdf", "é.pdf", "é.pdf", "\u202egpj.exe", "~", ".htaccess", "x" * 400, "<script>.html", "PROGRA~1", "a;b", "", " ", "%2e%2e%2f",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_rel_W7_a_file_s_name_is_a_name_and_nothing_else(name):
    """No path, no second header, no device, no sign that turns the line around."""
    told = handing.handed(b"x", name).headers["Content-Disposition"]
    plain = re.fullmatch(
        r"""attachment; filename="([^"\\;\r\n/]+)"; filename\*=UTF-8''([A-Za-z0-9%._~-]+)""", told
    )

    assert plain is not None
    assert plain[1].isascii()
    assert not {"..", "~", ".htaccess"} & {plain[1]}
    assert plain[1].partition(".")[0].upper() not in {"CON", "NUL"}


@pytest.mark.parametrize(
    "media", ["text/html", "image/svg+xml", "application/xml", "application/pdf", "text/javascript"]
)
def test_rel_W1_what_is_handed_over_does_nothing_in_a_browser(media):
    """As a file, unsniffed, in a sandbox, kept nowhere; only pictures of our own making are shown."""
    for answer in (handing.handed(b"<script>", "a.html", media), handing.shown(b"<script>", "a.html", media)):
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert ("nosniff", "no-store") == (
            answer.headers["X-Content-Type-Options"],
            answer.headers["Cache-Control"],
        )

    assert handing.shown(b"", "a.png", "image/png").headers["Content-Disposition"].startswith("inline")


@pytest.mark.parametrize("path", [
    "../app.py", "..%2fapp.py", "%2e%2e/app.py", "....//app.py", "/etc/passwd", "vendor/../../app.py", "..\\app.py", "vendor/%00", "x\x00.css",
])  # fmt: skip
def test_rel_W7_no_address_leads_out_of_the_static_files(shared, path):
    """Whatever the way is written, nothing outside is handed out."""
    answer = shared.nobody().client.get(f"/static/x/{path}", buffered=True)

    assert answer.status_code in {404, 308}
    assert b"import" not in answer.data


def test_static_files_are_kept_for_good_under_an_address_of_their_content(shared):
    """The address in a page carries a fingerprint; under another one nothing is kept."""
    with shared.app.test_request_context():
        from flask import url_for

        place = url_for("static", filename="anjuan.css")
    assert (STATIC / "anjuan.css").is_file()
    kept, other = shared.nobody().get(place), shared.nobody().get("/static/older/anjuan.css")

    assert ("public, max-age=31536000, immutable", "no-store") == (
        kept.headers["Cache-Control"],
        other.headers["Cache-Control"],
    )
    assert "nosniff" == kept.headers["X-Content-Type-Options"]
    assert "Set-Cookie" not in kept.headers


def test_static_files_are_sent_packed_to_whoever_takes_them_so(shared):
    """The same bytes, a fifth of the way."""
    headers = {"Accept-Encoding": "gzip, br"}
    packed = shared.nobody().client.get("/static/x/vendor/tabler.min.css", headers=headers, buffered=True)
    plain = shared.nobody().client.get("/static/x/vendor/tabler.min.css", buffered=True)

    assert ("gzip", None) == (packed.headers.get("Content-Encoding"), plain.headers.get("Content-Encoding"))
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) * 4 < len(plain.data)
    assert packed.mimetype == plain.mimetype == "text/css"
    assert (
        404 == shared.nobody().client.get("/static/x/../app.js", headers=headers, buffered=True).status_code
    )


# --- health, counts and lines -------------------------------------------------------------------


def test_health_tells_no_secret_and_ready_tells_what_stands_in_the_way(site):
    """Alive while the process answers; ready only while the archive does."""
    nobody = site.nobody()
    assert ({"status": "ok"}, {"status": "ok"}) == (nobody.get("/health").json, nobody.get("/ready").json)
    site.office.instance.keys.close()

    assert {"status": "ok"} == site.nobody().client.get("/health", buffered=True).json
    assert "no-key" == readiness.ready(site.office.instance)


def test_metrics_are_for_this_machine_or_whoever_shows_the_token(office, tmp_path):
    """For others there is no such page; a token that others can read counts for nothing."""
    file = tmp_path / "metrics.token"
    file.write_text("abcdefghijklmnopqrstuvwxyz\n")
    file.chmod(0o600)
    site = site_of(office, metrics_token=file)

    def asked(address: str, token: str = "") -> int:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return (
            site.nobody()
            .client.get("/metrics", environ_overrides={"REMOTE_ADDR": address}, headers=headers)
            .status_code
        )

    assert [200, 200, 404] == [asked("127.0.0.1"), asked("::1"), asked("192.168.1.9")]
    assert [200, 404] == [asked("192.168.1.9", "abcdefghijklmnopqrstuvwxyz"), asked("192.168.1.9", "abc")]
    file.chmod(0o644)
    assert 404 == asked("192.168.1.9", "abcdefghijklmnopqrstuvwxyz")


def test_metrics_count_by_route_and_name_no_record(site):
    """Prometheus reads them; neither a code nor a question is in them."""
    visitor = site.visitor("clerk")
    visitor.get("/do/volume/show", code="K001-ZX-2026-0001")
    visitor.get("/nowhere/K001-ZX-2026-0001")
    text = visitor.get("/metrics").get_data(as_text=True)

    assert 'route="/do/<path:where>"' in text
    assert "K001" not in text
    for line in text.splitlines():
        assert re.fullmatch(r"# TYPE \w+ \w+|\w+(\{[^{}]*\})? [0-9.]+", line), line


def test_a_line_is_written_for_each_request_without_what_was_asked_for(office):
    """Method, route, status, time and number; never a code, a question or a body."""
    stream = io.StringIO()
    site = site_of(office)
    access.recorded(site.app, office.instance.clock, stream=stream)
    visitor = site.visitor("clerk")
    visitor.get("/do/volume/show", code="K001-ZX-2026-0001", q="押金")
    visitor.post("/password", {"old": "geheim"})
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]

    assert {"at", "id", "method", "route", "status", "ms"} == set(lines[-1])
    assert ["/login", "/do/<path:where>", "/password"] == [line["route"] for line in lines][-3:]
    for told in ("K001", "押金", "geheim", "clerk"):
        assert told not in stream.getvalue()


def test_lines_of_many_threads_stay_whole():
    """Eight threads, two thousand lines: each is one object."""
    stream = io.StringIO()
    threads = [
        threading.Thread(target=lambda: [access.write({"n": n}, stream) for n in range(250)])
        for _ in range(8)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert 2000 == len([json.loads(line) for line in stream.getvalue().splitlines()])


# --- behind a proxy -----------------------------------------------------------------------------


def test_only_the_named_proxy_is_believed_and_let_in(office):
    """Its word about name and line counts; from anybody else nothing is taken at all."""
    site = site_of(office, proxies=("10.0.0.1",), hosts=("archive.example",))
    forwarded = {
        "X-Forwarded-For": "192.168.1.9",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "archive.example",
    }

    def asked(address: str, headers: dict[str, str]) -> Response:
        return site.nobody().client.get(
            "/login", headers=headers, environ_overrides={"REMOTE_ADDR": address}, buffered=True
        )

    taken = asked("10.0.0.1", forwarded)
    assert 200 == taken.status_code
    assert "__Host-anjuan" in taken.headers["Set-Cookie"]
    assert 403 == asked("10.0.0.2", forwarded).status_code
    assert 400 == asked("10.0.0.1", forwarded | {"X-Forwarded-Host": "evil.example"}).status_code


def test_without_a_proxy_nobody_s_word_about_himself_is_taken(shared):
    """Forwarded headers of a caller change neither name nor line nor address."""
    headers = {
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
    }
    answer = shared.nobody().client.get(
        "/metrics", headers=headers, environ_overrides={"REMOTE_ADDR": "192.168.1.9"}
    )

    assert 404 == answer.status_code
    assert "Strict-Transport-Security" not in answer.headers
