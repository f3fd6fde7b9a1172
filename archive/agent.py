"""The agent: holds ROOT of a passphrase instance in memory for one log-in, until it is idle (decision 5).

A process of its own behind a private Unix socket. This module does not know what ROOT opens, and imports
no cryptography: it starts fast. ROOT comes through a pipe, never in the arguments or the environment.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import stat
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from archive.durable import storing
from archive.errors import StorageFailed
from archive.hardening import harden_process

ROOT_BYTES = 32

#: Seconds after which an unused agent forgets (a working morning's break).
IDLE = 1800

_PATIENCE = 2.0
_LONGEST = 107  # bytes of a socket's path on Linux
_SHORT = Path("/tmp")  # noqa: S108  # only a folder of 0700 inside it is used
_ASK, _LOCK = b"ask\n", b"lock\n"
_PEER = struct.Struct("3i")


def start(folder: Path, root: bytes, idle: float = IDLE, *, runtime: Path | None = None) -> None:
    """Leave a process that answers `ask` for *folder* until *idle* seconds pass unused.

    An agent that is there already is replaced. Raises `StorageFailed` if there is no private place for it.
    """
    lock(folder, runtime=runtime)
    path = socket_path(folder, runtime)
    with storing(path.parent):
        listener = _listening(path)
    try:
        task = json.dumps(
            {"path": str(path), "inode": path.lstat().st_ino, "idle": idle, "fd": listener.fileno()}
        )
        subprocess.run(
            [sys.executable, "-P", "-m", "archive.agent"],
            input=task.encode() + b"\n" + root,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(listener.fileno(),),
            env=_environment(),
            cwd="/",
            start_new_session=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError) as failure:
        path.unlink(missing_ok=True)
        raise StorageFailed(path=str(path), why="agent") from failure
    finally:
        listener.close()


def ask(folder: Path, *, runtime: Path | None = None) -> bytes | None:
    """ROOT of *folder* from this person's agent, or None if there is none."""
    answer = _said(socket_path(folder, runtime), _ASK)
    return answer if len(answer) == ROOT_BYTES else None


def lock(folder: Path, *, runtime: Path | None = None) -> bool:
    """Make the agent of *folder* forget and end; False if there was none."""
    return _said(socket_path(folder, runtime), _LOCK) == _LOCK


def socket_path(folder: Path, runtime: Path | None = None) -> Path:
    """Where the agent of *folder* listens: named by a digest, so that the instance's path is not shown.

    Where the account's own folders lie too deep for a socket, a private folder of the account in `/tmp`:
    both ends check who is at the other, so nobody who got there first is asked, told or believed.
    """
    name = f"{hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]}.sock"
    path = (runtime or runtime_folder()) / "anjuan" / name
    if runtime is None and len(os.fsencode(path)) > _LONGEST:
        return _SHORT / f"anjuan-{os.getuid()}" / name
    return path


def runtime_folder() -> Path:
    """The log-in's own folder, else the account's configuration folder; never the instance."""
    given = os.environ.get("XDG_RUNTIME_DIR", "")
    if given and _private(Path(given)):
        return Path(given)
    return Path(os.environ.get("XDG_CONFIG_HOME", "") or Path.home() / ".config")


# --- the asking side -------------------------------------------------------------------------


def _said(path: Path, word: bytes) -> bytes:
    """What the agent at *path* answers to *word*; nothing if none of ours is there."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(_PATIENCE)
        try:
            line.connect(os.fspath(path))
            if _peer(line) != os.getuid():
                return b""
            line.sendall(word)
            return _heard(line)
        except OSError:
            return b""


def _heard(line: socket.socket) -> bytes:
    heard = b""
    while len(heard) <= ROOT_BYTES and (piece := line.recv(64)):
        heard += piece
    return heard


def _listening(path: Path) -> socket.socket:
    """A socket that only this account can reach."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not _private(path.parent):
        raise StorageFailed(path=str(path.parent), why="EPERM")
    if len(os.fsencode(path)) > _LONGEST:
        raise StorageFailed(path=str(path), why="ENAMETOOLONG")
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(os.fspath(path))
        path.chmod(0o600)
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _private(folder: Path) -> bool:
    with suppress(OSError):
        found = folder.lstat()
        return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077
    return False


def _environment() -> dict[str, str]:
    """What the agent needs to find this program, and nothing else of ours."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "HOME") if name in os.environ}
    return kept | {"PYTHONPATH": str(Path(__file__).resolve().parents[1])}


def _peer(line: socket.socket) -> int:
    """The account at the other end."""
    return int(_PEER.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size))[1])


# --- the agent itself ------------------------------------------------------------------------


def serve(listener: socket.socket, root: bytearray, idle: float, leave: Callable[[], None]) -> None:
    """Answer until told to lock or *idle* seconds pass without a question; then wipe *root* and *leave*."""
    ends = time.monotonic() + idle
    while (left := ends - time.monotonic()) > 0:
        listener.settimeout(left)
        with suppress(OSError):
            line, _ = listener.accept()
            with line:
                line.settimeout(_PATIENCE)
                word = line.recv(16) if _peer(line) == os.getuid() else b""
                if word == _LOCK:
                    _wipe(root)
                    leave()
                    line.sendall(_LOCK)
                    return
                if word == _ASK:
                    line.sendall(root)
                    ends = time.monotonic() + idle
    _wipe(root)
    leave()


def _wipe(secret: bytearray) -> None:
    secret[:] = bytes(len(secret))


def main() -> None:
    """Take the task from the pipe, let the caller go, and serve."""
    harden_process()
    task = json.loads(sys.stdin.buffer.readline())
    root = bytearray(sys.stdin.buffer.read(ROOT_BYTES))
    os.dup2(os.open(os.devnull, os.O_RDWR), 0)
    if os.fork():
        os._exit(0)
    path = Path(task["path"])

    def leave() -> None:
        with suppress(OSError):
            if path.lstat().st_ino == task["inode"]:
                path.unlink()

    with socket.socket(fileno=task["fd"]) as listener:
        serve(listener, root, task["idle"], leave)


if __name__ == "__main__":
    main()
