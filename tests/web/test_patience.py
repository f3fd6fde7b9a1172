"""Clients that send or fetch by drops, over real sockets: they hold no thread that somebody else waits for."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cheroot.server import HTTPConnection
from cheroot.ssl.builtin import BuiltinSSLAdapter
from flask import Response

from archive import certificates
from tests.web.conftest import Site
from web import patience, serving
from web.serving import Doors

#: More than there are threads, and how soon somebody honest is answered beside them.
DRIBBLERS, SOON = 12, 2.0
HEAD = b"GET /login HTTP/1.1\r\nHost: localhost\r\n"
BODY = (
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    b"Content-Length: 100000\r\n\r\n"
)


@contextmanager
def served(site: Site, doors: Doors = Doors(port=0)) -> Iterator[int]:  # noqa: B008
    """The application on a free port, with the threads of a real service."""
    server = serving.server(site.app, doors)
    server.shutdown_timeout = 1
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    try:
        yield serving.port_of(server)
    finally:
        server.stop()
        thread.join(5)


@contextmanager
def dribbling(port: int, begin: bytes, how_many: int = DRIBBLERS) -> Iterator[list[socket.socket]]:
    """So many clients that have said *begin* and go on a byte at a time, each anew once it was given up."""
    made = [socket.create_connection(("127.0.0.1", port)) for _ in range(how_many)]
    over = threading.Event()

    def go_on() -> None:
        for one in made:
            one.sendall(begin)
        while not over.wait(0.1):
            for at, one in enumerate(made):
                try:
                    one.sendall(b"x")
                except OSError:
                    one.close()
                    made[at] = socket.create_connection(("127.0.0.1", port))
                    made[at].sendall(begin)

    thread = threading.Thread(target=go_on, daemon=True)
    thread.start()
    time.sleep(0.3)
    try:
        yield made
    finally:
        over.set()
        thread.join(5)
        for one in made:
            one.close()


def answered(port: int, wait: float = SOON, tls: ssl.SSLContext | None = None) -> bytes:
    """The first line that somebody honest is told; empty if nothing within *wait* seconds."""
    line = socket.create_connection(("127.0.0.1", port), timeout=wait)
    try:
        line = tls.wrap_socket(line, server_hostname="localhost") if tls else line
        line.sendall(HEAD + b"Connection: close\r\n\r\n")
        return bytes(line.recv(15))
    except TimeoutError:
        return b""
    finally:
        line.close()


@pytest.mark.parametrize("begin", [b"", b"G", HEAD + b"X: ", BODY], ids=["silent", "word", "head", "body"])
def test_rel_W9_a_dozen_that_send_by_drops_keep_nobody_waiting(site: Site, begin):
    with served(site) as port, dribbling(port, begin):
        assert [answered(port) for _ in range(3)] == [b"HTTP/1.1 200 OK"] * 3


def test_witness_of_the_same_check_with_a_timeout_for_every_byte_nobody_is_answered(site: Site, monkeypatch):
    monkeypatch.setattr(patience.PatientServer, "ConnectionClass", HTTPConnection)
    with served(site) as port, dribbling(port, BODY):
        assert answered(port) == b""


def test_rel_W9_a_dozen_that_fetch_by_drops_keep_nobody_waiting(site: Site):
    """Large answers that nobody takes: the socket is full, and the thread is given to somebody else."""
    site.app.view_functions["health.live"] = lambda: Response(b"x" * (1 << 16) for _ in range(200))
    with served(site) as port:
        asked = [socket.socket() for _ in range(DRIBBLERS)]
        for one in asked:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            one.connect(("127.0.0.1", port))
            one.sendall(HEAD.replace(b"/login", b"/health") + b"\r\n")
        time.sleep(0.5)
        assert answered(port, patience.FETCHING.grace + SOON) == b"HTTP/1.1 200 OK"
        for one in asked:
            one.close()


def test_who_is_slow_but_steady_is_served_though_others_wait(site: Site):
    """A telephone with a bad line: 20 kB a second, while eight that dribble hold the threads."""
    with served(site) as port, dribbling(port, BODY), socket.create_connection(("127.0.0.1", port)) as line:
        line.settimeout(20)
        line.sendall(BODY.replace(b"100000", b"60000"))
        for _ in range(30):
            line.sendall(b"x" * 2000)
            time.sleep(0.1)
        assert line.recv(12) == b"HTTP/1.1 403"  # the form without its token, read to the end


def test_who_pauses_while_nobody_waits_is_waited_for(site: Site):
    with served(site) as port, socket.create_connection(("127.0.0.1", port), timeout=10) as line:
        line.sendall(HEAD)
        time.sleep(2.5)
        line.sendall(b"\r\n")
        assert line.recv(15) == b"HTTP/1.1 200 OK"


def test_what_is_too_much_is_not_read_to_its_end(site: Site):
    """A refused body of a gigabyte ends the connection instead of filling the memory."""
    with served(site) as port, socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(b"POST /nowhere HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000000\r\n\r\n")
        told = line.recv(4096)
        assert told.startswith(b"HTTP/1.1 4") and b"Connection: close" in told


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Doors, ssl.SSLContext]:
    import datetime as dt

    folder: Path = tmp_path_factory.mktemp("tls")
    certificate, key = certificates.self_signed(folder, ["localhost"], dt.datetime.now(dt.UTC))
    trusting = ssl.create_default_context(cafile=str(certificate))
    return Doors(port=0, certificate=certificate, key=key), trusting


@pytest.mark.parametrize("begin", [b"", b"\x16"], ids=["silent", "word"])
def test_rel_W9_whoever_does_not_greet_over_TLS_shuts_no_door(site: Site, encrypted, begin):
    """The greeting is exchanged by a thread of its own, and as patiently as anything else."""
    doors, trusting = encrypted
    with served(site, doors) as port, dribbling(port, begin):
        assert [answered(port, SOON, trusting) for _ in range(3)] == [b"HTTP/1.1 200 OK"] * 3


def test_witness_of_the_same_check_a_greeting_at_the_door_keeps_everybody_out(
    site: Site, encrypted, monkeypatch
):
    doors, trusting = encrypted
    monkeypatch.setattr(patience.Encrypting, "wrap", BuiltinSSLAdapter.wrap)
    with served(site, doors) as port, socket.create_connection(("127.0.0.1", port)):
        time.sleep(0.1)
        assert answered(port, 1.0, trusting) == b""


def test_who_speaks_plainly_to_an_encrypted_door_is_turned_away_and_harms_nobody(
    site: Site, encrypted, capsys
):
    doors, trusting = encrypted
    with served(site, doors) as port:
        for _ in range(DRIBBLERS):
            with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
                line.sendall(HEAD + b"\r\n")
                assert not line.recv(100).startswith(b"HTTP/1.1 200")
        assert answered(port, SOON, trusting) == b"HTTP/1.1 200 OK"
    assert "Traceback" not in capsys.readouterr().err
