"""The limited life of the process that reads files from outside (reliability 5.7, F3).

The process locks itself in, then tries what it must not be able to do; the level it reports is what
those tries showed, not what was asked for.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import resource
import socket
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from indexer.extract import kernel

FULL = "landlock+limits"
LIMITS_ONLY = "limits-only"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may use: bytes, seconds, open files, and files read before it is replaced."""

    memory: int = 1024 * 1024 * 1024
    cpu: int = 20
    wall: float = 30.0
    handles: int = 32
    files_per_child: int = 200


@dataclass(frozen=True, slots=True)
class Sandbox:
    """What holds the child: the level, the Landlock ABI (0: none), the filter, and what the tries could do."""

    level: str
    landlock: int
    filter: bool
    open: tuple[str, ...]


def lock_in(limits: Limits) -> Sandbox:
    """Give up everything reading a file does not need, and prove it."""
    _set_limits(limits)
    abi, filtered = 0, False
    if sys.platform == "linux" and kernel.forbid_new_privileges():
        abi = kernel.landlock(libraries())
        filtered = kernel.refuse_calls()
    still_open = tuple(name for name, succeeds in TRIES.items() if succeeds())
    return Sandbox(FULL if abi and not still_open else LIMITS_ONLY, abi, filtered, still_open)


def _set_limits(limits: Limits) -> None:
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, limits.handles),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CPU, _cpu_used() + limits.cpu * limits.files_per_child),
    ):
        with suppress(ValueError, OSError):  # the limit outside is lower already
            resource.setrlimit(what, (most, most))


def allow_one_file(limits: Limits) -> None:
    """Move the soft limit on processor time `limits.cpu` seconds ahead; past it the kernel ends the child."""
    most = resource.getrlimit(resource.RLIMIT_CPU)[1]
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (_cpu_used() + limits.cpu, most))


def _cpu_used() -> int:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return int(used.ru_utime + used.ru_stime) + 1


def libraries() -> list[str]:
    """The folders of the Python libraries: all that the child may still read."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    return sorted({folder for name in names if (folder := sysconfig.get_path(name))})


# --- the tries: each answers True if it could do what it must not ------------------------------


def _can_read() -> bool:
    try:
        return bool(Path("/etc/passwd").read_bytes() or os.listdir("/"))  # noqa: PTH208  the bare call is the point
    except OSError:
        return False


def _can_write() -> bool:
    place = Path(_SPARE, f".anjuan-try-{os.getpid()}")
    try:
        os.close(os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except OSError:
        return False
    with suppress(OSError):
        place.unlink()
    return True


def _can_connect() -> bool:
    try:
        with socket.socket() as line:
            line.settimeout(1)
            return line.connect_ex(("127.0.0.1", 9)) not in _DENIED
    except OSError:
        return False


def _can_fork() -> bool:
    try:
        child = os.fork()
    except OSError:
        return False
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return True


def _can_run() -> bool:
    """Asked with an argument list that cannot be, so that even an allowed call does not replace us."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.execve(os.fsencode(sys.executable), ctypes.c_void_p(1), None)
    return ctypes.get_errno() not in _DENIED


def _can_exceed_memory() -> bool:
    try:
        mmap.mmap(-1, 2 * 1024 * 1024 * 1024).close()
    except (OSError, MemoryError, ValueError):
        return False
    return True


def _can_look_into_others() -> bool:
    """The parent's memory, at an address that cannot be: the right is judged before the address."""
    libc = ctypes.CDLL(None, use_errno=True)
    here, there = (ctypes.c_size_t * 2)(0, 0), (ctypes.c_size_t * 2)(1, 1)
    room = ctypes.create_string_buffer(1)
    here[0], here[1] = ctypes.addressof(room), 1
    libc.process_vm_readv(os.getppid(), here, ctypes.c_ulong(1), there, ctypes.c_ulong(1), ctypes.c_ulong(0))
    return ctypes.get_errno() not in _DENIED


_DENIED = frozenset({1, 13, 38})
"""EPERM, EACCES, ENOSYS."""
_SPARE = tempfile.gettempdir()
TRIES: Mapping[str, Callable[[], bool]] = {
    "read": _can_read,
    "write": _can_write,
    "connect": _can_connect,
    "fork": _can_fork,
    "run": _can_run,
    "memory": _can_exceed_memory,
    "peek": _can_look_into_others,
}
