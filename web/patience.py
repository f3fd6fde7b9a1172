"""Slow clients: what comes or is fetched by drops is given up, so that a few of them cannot hold every thread.

Cheroot hands a connection to a thread before a byte has come, and its timeout starts anew with every byte. Here a thread
is given only what has begun to speak, and what it waits for a client is counted over the whole request: every byte makes
up for a little of it, and whoever keeps a thread longer than that is given up, the sooner while others wait for one.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from socket import SO_SNDBUF, SOL_SOCKET, SocketIO
from ssl import SSLError
from typing import Any

from cheroot.makefile import BufferedWriter, StreamReader, StreamWriter
from cheroot.server import HTTPConnection, HTTPRequest
from cheroot.ssl.builtin import BuiltinSSLAdapter
from cheroot.wsgi import Server

#: Seconds between two looks at whether others wait.
SLICE = 0.25
#: Bytes of a body nobody asked for that are read all the same, so that the answer arrives; more ends the connection.
DRAINED = 1 << 20
#: Bytes of an answer that wait in the machine for a slow line, so that it is soon seen how fast they are fetched.
AHEAD = 128 << 10


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a thread waits for a client: *grace* seconds, of which *rate* bytes make up for one."""

    grace: float
    rate: int


#: While threads are free; while somebody waits for one, and a client sends or fetches.
PEACE, SENDING, FETCHING = Pace(20.0, 500), Pace(1.0, 4096), Pace(5.0, 4096)


class Patience:
    """How long one client has made a thread wait in this request, less what it has made up for."""

    def __init__(self, pressed: Callable[[], bool]) -> None:
        self._pressed = pressed
        self.begin()

    def begin(self) -> None:
        """Another request."""
        self.waited, self.over = 0.0, False

    def during(self, socket: Any, step: Callable[[], int], pressed: Pace) -> int:
        """What *step* did with *socket*, for as long as its client is not too slow; raises `TimeoutError`."""
        while not self.over:
            done, begun = None, time.monotonic()
            try:
                socket.settimeout(SLICE)
                done = step()
            except TimeoutError:
                pass  # nothing came in this slice
            pace = pressed if self._pressed() else PEACE
            self.waited = max(0.0, self.waited + time.monotonic() - begun - (done or 0) / pace.rate)
            self.over = self.waited > pace.grace
            if done is not None:
                return done
        raise TimeoutError("timed out")  # as cheroot knows it


class _Metered(SocketIO):
    """The bytes of a connection, counted."""

    def __init__(self, socket: Any, mode: Any, patience: Patience) -> None:
        super().__init__(socket, mode)
        self._socket, self._patience = socket, patience

    def readinto(self, into: Any) -> int:
        """Read what has come; to whoever cannot be greeted nothing is said."""
        try:
            return self._patience.during(self._socket, lambda: int(self._socket.recv_into(into)), SENDING)
        except SSLError:
            self._patience.over = True
            raise

    def write(self, told: Any) -> int:
        """Send; to a client that was given up nothing is sent any more."""
        if self._patience.over:
            return len(told)
        return self._patience.during(self._socket, lambda: int(self._socket.send(told)), FETCHING)


class _Reader(StreamReader):
    def __init__(self, raw: _Metered, size: int) -> None:
        super(StreamReader, self).__init__(raw, size)
        self.bytes_read = 0


class _Writer(StreamWriter):
    def __init__(self, raw: _Metered, size: int) -> None:
        super(BufferedWriter, self).__init__(raw, size)
        self.bytes_written = 0


class _Request(HTTPRequest):
    def send_headers(self) -> None:
        """Do not read a large body to its end only to keep the connection."""
        if getattr(self.rfile, "remaining", 0) > DRAINED:
            self.close_connection = True
        super().send_headers()


class Connection(HTTPConnection):
    """A connection whose client is waited for in patience."""

    RequestHandlerClass = _Request

    def __init__(self, server: Any, sock: Any, makefile: Any = None) -> None:  # noqa: ARG002
        self.patience = Patience(lambda: server.ready and server.requests.qsize > 0)  # a stop is no haste
        with suppress(OSError):
            sock.setsockopt(SOL_SOCKET, SO_SNDBUF, AHEAD)
        super().__init__(server, sock, self._file)

    def _file(self, sock: Any, mode: str, size: int) -> Any:
        if "r" in mode:
            return _Reader(_Metered(sock, "r", self.patience), size)
        return _Writer(_Metered(sock, "w", self.patience), size)

    def communicate(self) -> Any:
        """Answer one request."""
        self.patience.begin()
        return super().communicate()  # type: ignore[no-untyped-call]


class Encrypting(BuiltinSSLAdapter):
    """TLS whose greeting is exchanged by the thread that reads, never by the one that lets everybody in."""

    def wrap(self, sock: Any) -> tuple[Any, dict[str, str]]:
        """*sock*, to be greeted with its first reading."""
        made = self.context.wrap_socket(sock, server_side=True, do_handshake_on_connect=False)
        return made, {"wsgi.url_scheme": "https", "HTTPS": "on"}


class PatientServer(Server):
    """Cheroot, where a connection waits outside until its client speaks."""

    ConnectionClass = Connection

    def process_conn(self, conn: Any) -> None:
        """Give *conn* to a thread, once it has something to say."""
        if conn.last_used is not None:
            super().process_conn(conn)
        elif self.can_add_keepalive_connection:
            self.put_conn(conn)
        else:
            conn.close()
