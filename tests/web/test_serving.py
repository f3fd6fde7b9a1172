"""The service as a process: doors, certificates, a stop that loses nothing, many threads over one archive (decision 25)."""

from __future__ import annotations

import datetime as dt
import http.client
import json
import re
import signal
import ssl
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import StaticPool, select

from archive import certificates, db, registry
from archive.acts import Act
from archive.errors import BadValue, PortTaken
from archive.instance import SYSTEM, Instance
from archive.model import Event
from indexer import rebuilding, sync
from tests import make
from tests.conftest import PASSWORD, Office, opened
from tests.web.conftest import Visitor, site_of
from web import serving
from web.serving import Doors

NOW = dt.datetime(2026, 3, 2, tzinfo=dt.UTC)


# --- doors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "archive.lan"])
def test_req_a_network_is_served_encrypted_or_behind_a_named_proxy(host, tmp_path):
    """Plain lines are for this machine only; a certificate or a proxy opens the network."""
    with pytest.raises(BadValue) as told:
        serving.checked(Doors(host))
    assert "host" == told.value.facts["field"]

    key = tmp_path / "key"
    assert serving.checked(Doors(host, certificate=key, key=key)).tls
    assert serving.checked(Doors(host, proxies=("10.0.0.1",)))
    for own in ("127.0.0.1", "localhost", "::1"):
        assert serving.checked(Doors(own)).loopback


@pytest.mark.parametrize(
    "given",
    [{"certificate": Path("a")}, {"key": Path("a")}, {"proxies": ("proxy.lan",)}, {"proxies": ("*",)}],
)
def test_req_half_a_certificate_and_a_proxy_without_an_address_are_refused(given):
    """A key belongs to a certificate; a proxy is known by its address."""
    with pytest.raises(BadValue):
        serving.checked(Doors(**given))


def test_req_the_names_that_are_answered_follow_from_the_doors():
    """On this machine its own; on a network the names given, the machine's, and addresses in figures."""
    assert ["a.lan"] == list(Doors(names=["a.lan"]).hosts)
    assert {"a.lan", "0.0.0.0", "*"} <= set(Doors("0.0.0.0", names=["a.lan"]).hosts)
    assert "https://a.lan:8420/" == Doors("0.0.0.0", names=["a.lan"], certificate=Path("x")).url(8420)
    assert "http://[::1]:1/" == Doors("::1").url(1)


def test_req_a_certificate_of_our_own_is_private_kept_and_renewed_in_time(tmp_path):
    """Readable by its owner only; used again while it fits; made anew for another name or before it runs out."""
    made = certificates.self_signed(tmp_path, ["archive.lan", "127.0.0.1"], NOW)
    first = certificates.fingerprint(made[0])
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in made}
    assert re.fullmatch("([0-9A-F]{2}:){31}[0-9A-F]{2}", first)

    def again(names: list[str], days: int) -> str:
        return certificates.fingerprint(
            certificates.self_signed(tmp_path, names, NOW + dt.timedelta(days=days))[0]
        )

    assert first == again(["127.0.0.1"], 700)
    assert first != again(["127.0.0.1"], 760)
    assert again(["other.lan"], 761) != again(["another.lan"], 761)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tls.crt", "tls.key"]


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # cheroot drops the socket it could not bind
def test_req_a_port_in_use_is_told_in_our_words():
    """No trace of a socket: the port and what to do."""
    first = serving.server(lambda *_: [], Doors(port=0))
    try:
        with pytest.raises(PortTaken) as told:
            serving.server(lambda *_: [], Doors(port=serving.port_of(first)))
        assert str(serving.port_of(first)) in str(told.value)
    finally:
        first.stop()


# --- the rounds ---------------------------------------------------------------------------------


def test_req_the_service_runs_the_rounds_once_on_each_day(office, monkeypatch):
    """Soon after the start, then when a new day begins; a failure waits for the next day and stops nothing."""
    monkeypatch.setattr(serving, "FIRST", 0.001)
    monkeypatch.setattr(serving, "LOOKS", 0.001)
    written: list[dict] = []
    monkeypatch.setattr(serving.access, "write", written.append)
    stop, ran = threading.Event(), []

    def rounds(instance: Instance) -> dict:
        ran.append(office.now.date())
        if len(ran) == 2:
            raise RuntimeError("押金")
        return {"CHASE": "OK"}

    clock = threading.Thread(target=serving.Day(office.instance, rounds).run, args=(stop,))
    clock.start()
    try:
        for day in range(1, 4):
            until(lambda: len(ran) >= day)
            time.sleep(0.02)
            office.tick(days=1)
    finally:
        stop.set()
        clock.join()

    assert [2, 3, 4] == [day.day for day in ran][:3]
    assert ["info", "error", "info"] == [line["level"] for line in written][:3]
    assert "押金" not in json.dumps(written, ensure_ascii=False)


def until(ready, seconds: float = 20.0) -> None:
    """Wait for *ready*."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)


# --- many threads over one archive --------------------------------------------------------------


def hammered(office: Office, turns: int) -> list[tuple]:
    """What fails when eight browsers read, search, choose a language and write at once."""
    site, code = site_of(office), make.volume(office)
    sync.drain(office.instance)
    accounts = ("clerk", "archivist", "manager", "staff", "clerk", "archivist", "secretary", "gm")
    visitors = [site.nobody() for _ in accounts]
    failed = [
        (one.account,)
        for one, name in zip(visitors, accounts, strict=True)
        if one.sign_in(name).status_code != 303
    ]

    def day(number: int) -> None:
        try:
            for turn in range(turns):
                visitor = visitors[number]
                told = [
                    visitor.get("/do/volume/list").status_code,
                    visitor.get("/do/volume/show", code=code).status_code,
                    visitor.get("/", q="文件").status_code,
                    visitor.post("/language", {"to": ("zh", "en")[turn % 2]}).status_code,
                ]
                failed.extend((number, turn, status) for status in told if status >= 400)
                with office.work("archivist", Act.PREMISES_ADD) as unit:
                    registry.add_premises(unit, f"C{number}{turn:03}", building="C座", floor="01")
        except Exception as fault:  # a thread's fault must not be lost
            failed.append((number, repr(fault)))

    threads = [threading.Thread(target=day, args=(number,)) for number in range(len(accounts))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return failed


def test_req_one_opened_archive_serves_many_threads(office):
    """No answer fails, no write is lost, and the log counts on without a gap."""
    assert [] == hammered(office, 2)
    with office.ask("auditor", Act.AUDIT_SEE) as unit:
        events = list(unit.session.scalars(select(Event).order_by(Event.seq)))

    assert [one.seq for one in events] == list(range(events[0].seq, events[0].seq + len(events)))
    assert 8 * 2 == sum(
        one.act == Act.PREMISES_ADD.value and one.object_code.startswith("C") for one in events
    )


def test_req_witness_an_archive_with_one_connection_for_all_is_caught(office, template, monkeypatch):
    """The same day over a database that hands every thread the same connection."""
    office.instance.close()
    monkeypatch.setattr(db, "POOL", {"poolclass": StaticPool})
    office.instance = opened(office.home, template / "key", lambda: office.now)

    assert hammered(office, 1)


def test_req_searching_goes_on_while_the_index_is_built_anew(office):
    """Three browsers search without a pause through two rebuilds: no page fails, none finds less."""
    make.volume(office, count=8)
    sync.drain(office.instance)
    site, stop, failed, asked = site_of(office), threading.Event(), [], []
    visitors = [site.nobody() for _ in range(3)]
    for visitor in visitors:
        visitor.sign_in("archivist")

    def search(visitor: Visitor) -> None:
        while not stop.is_set():
            try:
                asked.append(visitor.get("/", q="文件").status_code)
            except Exception as fault:  # a thread's fault must not be lost
                failed.append(repr(fault))

    threads = [threading.Thread(target=search, args=(visitor,)) for visitor in visitors]
    for one in threads:
        one.start()
    for _ in range(2):
        rebuilding.rebuild(office.instance)
    stop.set()
    for one in threads:
        one.join()

    assert ([], {200}) == (failed, set(asked))


def test_req_the_key_ring_opens_values_in_many_threads_at_once(office):
    """Sealed and opened again by sixteen threads through one ring, whose cache is emptied meanwhile."""
    keys, wrong = office.instance.keys, []
    uids = make.filed(office)

    def work(number: int) -> None:
        for turn in range(120):
            uid, told = uids[turn % 2], f"{number}-{turn}".encode()
            if keys.open(uid, "t", keys.seal(uid, "t", told)) != told:
                wrong.append((number, turn))
            if keys.open_with("k", b"p", keys.seal_with("k", b"p", told)) != told:
                wrong.append((number, turn))
            if turn % 40 == 0:
                keys.forget()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    assert [] == wrong


# --- the process --------------------------------------------------------------------------------


class Served:
    """A running `anjuan serve`, spoken to over its socket."""

    def __init__(self, process: subprocess.Popen, tls: bool, patience: float = 60) -> None:
        self.process, self.tls, self.said, self.lines = process, tls, [], []
        self.threads = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((process.stdout, self.said), (process.stderr, self.lines))
        ]
        for one in self.threads:
            one.start()
        until(lambda: self.address or process.poll() is not None, patience)
        assert self.address, "".join(self.lines)
        self.port = int(self.address[1])

    @property
    def address(self):
        return re.search(r"https?://[^:]+:(\d+)/", "".join(self.said))

    @staticmethod
    def _read(stream, into: list[str]) -> None:
        for line in stream:
            into.append(line)

    def connection(self) -> http.client.HTTPConnection:
        if not self.tls:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)

    def ask(
        self, path: str, method: str = "GET", body: str | None = None, **headers: str
    ) -> http.client.HTTPResponse:
        line = self.connection()
        try:
            told = {name.replace("_", "-"): value for name, value in headers.items()}
            line.request(method, path, body=body, headers={"Connection": "close", **told})
            answer = line.getresponse()
            answer.text = answer.read().decode()
            return answer
        finally:
            line.close()

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        status = self.process.wait(40)
        for one in self.threads:
            one.join(5)
        return status


@contextmanager
def served(home: Path, *options: str, tls: bool = False) -> Iterator[Served]:
    """`anjuan serve` over *home* on a free port, ended when the test is."""
    program = [sys.executable, "-m", "cli", "--home", str(home), "serve", "--port", "0", *options]
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            yield Served(process, tls)
        finally:
            if process.poll() is None:
                process.kill()


def signed_in(service: Served, account: str = "clerk", password: str = PASSWORD) -> str:
    """The cookie of somebody, after a log-in as a browser does it."""
    page = service.ask("/login")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    cookie = page.getheader("Set-Cookie").split(";")[0]
    body = urlencode({"csrf_token": token, "account": account, "password": password})
    answer = service.ask(
        "/login", "POST", body, Cookie=cookie, Content_Type="application/x-www-form-urlencoded"
    )
    assert 303 == answer.status, answer.text
    return answer.getheader("Set-Cookie").split(";")[0]


@pytest.fixture
def closed(office, template):
    """The office's folder, closed, with its clock at the machine's time."""
    office.instance.close()
    yield office.home
    office.instance = opened(office.home, template / "key", lambda: office.now)


def serve_lines(home: Path, key: Path) -> list[dict]:
    """What the log says of the service: its states in order."""
    instance = opened(home, key, lambda: dt.datetime.now(dt.UTC))
    try:
        with instance.ask(SYSTEM, Act.INSTANCE_INSPECT) as unit:
            rows = unit.session.scalars(
                select(Event).where(Event.act == Act.INSTANCE_SERVE.value).order_by(Event.seq)
            )
            return [json.loads(row.facts) for row in rows]
    finally:
        instance.close()


def test_req_the_service_over_tls_from_the_start_to_a_stop_in_the_middle_of_a_request(closed, template):
    """A certificate of its own, a log-in, and a stop that lets the request under way finish; a line at start and end."""
    with served(closed, "--tls-self-signed", "--host", "127.0.0.1", tls=True) as service:
        assert certificates.fingerprint(closed / "tls.crt") in "".join(service.said)
        cookie = signed_in(service)
        assert cookie.startswith("__Host-anjuan=")
        assert 200 == service.ask("/account/sessions", Cookie=cookie).status

        slow = service.connection()
        slow.putrequest("POST", "/language")
        for name, value in (
            ("Cookie", cookie),
            ("Content-Length", "5"),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ):
            slow.putheader(name, value)
        slow.endheaders()
        time.sleep(0.5)  # it is being read
        service.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        slow.send(b"to=en")
        assert 403 == slow.getresponse().status  # answered, though without a token
        slow.close()
        assert 0 == service.process.wait(40)
        for one in service.threads:
            one.join(5)

    assert ["start", "stop"] == [line["state"] for line in serve_lines(closed, template / "key")]
    for line in service.lines:
        assert json.loads(line)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_req_the_service_stops_at_once_when_nothing_is_under_way(closed, number):
    """Status 0, the last word on the terminal, every line of the log an object without a secret."""
    with served(closed) as service:
        assert '{"status":"ok"}' == service.ask("/ready").text.strip()
        cookie = signed_in(service)
        assert 0 == service.end(number)

    told = [json.loads(line) for line in service.lines]
    assert {"/ready", "/login"} <= {line["route"] for line in told}
    assert not any(secret in "".join(service.lines + service.said) for secret in (PASSWORD, cookie, "clerk"))


@pytest.mark.slow
def test_req_a_network_without_encryption_is_refused_before_anything_is_opened(closed):
    """Status 2 and a sentence that names the ways."""
    program = [
        sys.executable,
        "-m",
        "cli",
        "--home",
        str(closed),
        "--lang",
        "en",
        "serve",
        "--host",
        "0.0.0.0",
        "--port",
        "0",
    ]
    done = subprocess.run(program, capture_output=True, text=True, encoding="utf-8", timeout=60)

    assert 2 == done.returncode
    assert "--tls-self-signed" in done.stderr


# --- the first run, and the demonstration -----------------------------------------------------------


def form_token(page: str) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


@pytest.mark.slow
def test_req_an_empty_folder_is_founded_by_whoever_reads_the_terminal(tmp_path):
    """Only with its token; afterwards the log-in page is served by the same process."""
    form = "application/x-www-form-urlencoded"
    with served(tmp_path / "new") as service:
        until(lambda: len(service.said) >= 2)
        token = re.search(r"：(\S+)$", service.said[1].strip())[1]
        page = service.ask("/")
        cookie = page.getheader("Set-Cookie").split(";")[0]
        fields = {
            "csrf_token": form_token(page.text), "company": "和园", "fonds": "K001", "admin": "admin", "admin_name": "赵", "contents": "empty",
            "key": "file", "key_file": str(tmp_path / "key"), "password": PASSWORD, "password_again": PASSWORD,
        }  # fmt: skip
        wrong = service.ask(
            "/found", "POST", urlencode({**fields, "token": "x"}), Cookie=cookie, Content_Type=form
        )
        assert 403 == wrong.status
        assert not (tmp_path / "new" / "anjuan.toml").exists()

        made = service.ask(
            "/found", "POST", urlencode({**fields, "token": token}), Cookie=cookie, Content_Type=form
        )
        assert 303 == made.status
        cookie = made.getheader("Set-Cookie").split(";")[0]
        shown = service.ask("/", Cookie=cookie)
        done = urlencode({"csrf_token": form_token(shown.text), "written": "1"})
        assert "/login" == service.ask("/written", "POST", done, Cookie=cookie, Content_Type=form).getheader(
            "Location"
        )
        assert 'name="password"' in service.ask("/login").text
        assert 0 == service.end()
    assert ["start", "stop"] == [line["state"] for line in serve_lines(tmp_path / "new", tmp_path / "key")]


@pytest.mark.slow
def test_req_the_demonstration_is_served_with_its_accounts(tmp_path):
    """`demo --serve` plays the story, tells who there is, and lets them in."""
    program = [
        sys.executable,
        "-m",
        "cli",
        "--home",
        str(tmp_path / "demo"),
        "--lang",
        "en",
        "demo",
        "--serve",
        "--port",
        "0",
    ]
    with subprocess.Popen(
        program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    ) as process:
        try:
            service = Served(process, False, patience=400)
            said = "".join(service.said)
            account, password = (
                re.search(r"^  (\S+)\s", said[said.rindex("Demonstration accounts") :], re.MULTILINE)[1],
                "anjuan-demo-2026",
            )
            assert password in said
            assert signed_in(service, account, password)
            assert 0 == service.end()
        finally:
            if process.poll() is None:
                process.kill()
