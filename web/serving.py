"""Serving: cheroot with or without TLS, a stop that lets what is under way finish, the rounds once a day.

A network that others share is served encrypted or behind a named proxy, nothing else (decision 25, ADR 0026).
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import platform
import signal
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cheroot.wsgi import Server

from archive import certificates
from archive.acts import Act
from archive.errors import BadValue, PortTaken, StorageFailed
from archive.instance import SYSTEM, Instance
from web import access, guard
from web.patience import Encrypting, PatientServer

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: Seconds a connection may keep silent, and a request under way may take once the service is to stop.
SILENCE, GRACE = 20, 30
#: Requests that wait for a thread, before one is told to come again; connections kept open that say nothing just now.
WAITING, KEPT = 400, 500
HEADER_BYTES = 32 << 10
#: How often the clock looks whether a new day has begun, and how long after the start it looks first.
LOOKS, FIRST = 300.0, 60.0


@dataclass(frozen=True, slots=True)
class Doors:
    """Where and how the application is reached."""

    host: str = "127.0.0.1"
    port: int = 8420
    threads: int = 8
    certificate: Path | None = None
    key: Path | None = None
    proxies: Sequence[str] = ()
    names: Sequence[str] = ()

    @property
    def tls(self) -> bool:
        """Whether this process encrypts."""
        return self.certificate is not None

    @property
    def loopback(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host in guard.LOOPBACK

    @property
    def hosts(self) -> Sequence[str]:
        """The names it answers to: those given, this machine's, and any address in figures where a network reaches it."""
        return self.names if self.loopback else (*self.names, self.host, platform.node().lower(), "*")

    def url(self, port: int) -> str:
        """Where to point a browser."""
        told = platform.node() if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104  # what was asked for
        host = f"[{told}]" if ":" in told else told
        return f"{'https' if self.tls else 'http'}://{self.names[0] if self.names else host}:{port}/"


def checked(doors: Doors) -> Doors:
    """*doors*, if nobody on a network could listen in; raises `BadValue`."""
    if (doors.certificate is None) != (doors.key is None):
        lacking = "tls_key" if doors.key is None else "tls_cert"
        raise BadValue(field=lacking, value="", expected=f"--{lacking.replace('_', '-')}")
    if not (doors.loopback or doors.tls or doors.proxies):
        raise BadValue(
            field="host", value=doors.host, expected="127.0.0.1 | --tls-self-signed | --tls-cert --tls-key | --behind-proxy"
        )  # fmt: skip
    for proxy in doors.proxies:
        try:
            ipaddress.ip_address(proxy)
        except ValueError as slip:
            raise BadValue(field="behind_proxy", value=proxy, expected="127.0.0.1") from slip
    return doors


def own_names(doors: Doors) -> list[str]:
    """What a certificate of the house's own making is good for."""
    wild = {"0.0.0.0", "::"}  # noqa: S104  # what was asked for
    return sorted({"localhost", "127.0.0.1", platform.node().lower(), *doors.names, *({doors.host} - wild)})


class Switch:
    """The application in use: the page that founds an archive, and from then on the archive's."""

    app: WSGIApplication

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        """Answer one request with whatever is in use now."""
        return self.app(environ, start)


class _Server(PatientServer):
    """Cheroot, with its complaints as lines of our log and without a trace."""

    def error_log(self, msg: str = "", level: int = 20, traceback: bool = False) -> None:  # noqa: ARG002
        access.write({"level": "error" if level >= 40 else "info", "server": str(msg)[:200]})


def server(app: WSGIApplication, doors: Doors) -> Server:
    """A server that is bound and listens; raises `PortTaken`, `StorageFailed` (a certificate that cannot be read)."""
    made = _Server(
        (doors.host, doors.port), app, numthreads=doors.threads, server_name="anjuan", request_queue_size=256,
        timeout=SILENCE, shutdown_timeout=GRACE, accepted_queue_size=WAITING, accepted_queue_timeout=2,
    )  # fmt: skip
    made.max_request_header_size = HEADER_BYTES
    made.keep_alive_conn_limit = KEPT
    if doors.certificate is not None:
        made.ssl_adapter = _encrypting(doors)
    try:
        made.prepare()
    except OSError as taken:
        raise PortTaken(host=doors.host, port=doors.port) from taken
    return made


def _encrypting(doors: Doors) -> Encrypting:
    try:
        return Encrypting(str(doors.certificate), str(doors.key))
    except OSError as unfit:
        raise StorageFailed(path=str(doors.certificate), why=type(unfit).__name__) from unfit


def port_of(running: Server) -> int:
    """The port it listens on, chosen by the machine where 0 was asked for."""
    return int(running.socket.getsockname()[1])


def until_stopped(running: Server, stop: threading.Event) -> None:
    """Serve until *stop*, or a signal to end; then take nothing new in, and let what is under way finish."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    serving = threading.Thread(target=running.serve, name="serving", daemon=True)
    serving.start()
    while not stop.wait(1.0) and serving.is_alive():
        pass
    running.stop()
    serving.join(GRACE)


@dataclass(frozen=True, slots=True)
class Day:
    """The daily rounds beside the service (decision 26): once soon after the start, then on each new day."""

    instance: Instance
    rounds: Callable[[Instance], Any]

    def run(self, stop: threading.Event) -> None:
        """Look at the clock until *stop*; what fails is told in the log, and tried again the next day."""
        done: dt.date | None = None
        while not stop.wait(FIRST if done is None else LOOKS):
            today = self.instance.clock().astimezone(self.instance.settings.zone).date()
            if today != done:
                done = today
                self._once()

    def _once(self) -> None:
        at = self.instance.clock().isoformat(timespec="seconds")
        try:
            told = self.rounds(self.instance)
        except Exception as failure:  # noqa: BLE001  # the service goes on; the log names the kind
            access.write({"at": at, "level": "error", "rounds": type(failure).__name__})
            return
        access.write({"at": at, "level": "info", "rounds": told})


def noted(instance: Instance, doors: Doors, state: str) -> None:
    """Leave the line of the log that says when the service began and ended."""
    with instance.work(SYSTEM, Act.INSTANCE_SERVE) as unit:
        unit.act(Act.INSTANCE_SERVE, state=state, host=doors.host, port=doors.port, tls=doors.tls)


def run(
    running: Server, instance: Callable[[], Instance | None], doors: Doors, *, rounds: Callable[[Instance], Any],
    stop: threading.Event | None = None, under_way: Callable[[float], Iterable[str]] = lambda _: (),
) -> None:  # fmt: skip
    """Serve until the end, with the rounds beside it and a line in the log for the end.

    *instance* gives the opened instance as soon as there is one: of an empty folder, once it is founded. *under_way*
    waits so many seconds for the long acts that were begun, and names those that are not over then.
    """
    stop = stop or threading.Event()
    clock = threading.Thread(target=_watch, args=(instance, rounds, stop), name="rounds", daemon=True)
    clock.start()
    try:
        until_stopped(running, stop)
    finally:
        stop.set()
        until = time.monotonic() + GRACE
        for name in under_way(GRACE):
            access.write({"level": "warning", "job": name, "state": "cut off"})
        clock.join(max(0.0, until - time.monotonic()))
        opened = instance()
        if opened is not None:
            with suppress(Exception):  # the end is the end, whatever stands in the way of its line
                noted(opened, doors, "stop")


def _watch(
    instance: Callable[[], Instance | None], rounds: Callable[[Instance], Any], stop: threading.Event
) -> None:
    while (opened := instance()) is None:
        if stop.wait(5.0):
            return
    Day(opened, rounds).run(stop)


def with_own_certificate(doors: Doors, home: Path, now: dt.datetime) -> Doors:
    """*doors* behind a certificate of the house's own making, kept in *home*."""
    certificate, key = certificates.self_signed(home, own_names(doors), now)
    return replace(doors, certificate=certificate, key=key)
