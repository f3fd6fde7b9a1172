"""Two locks the Linux kernel offers a process against itself: Landlock and a system-call filter.

Both are asked for by bare system call, since nothing in the standard library knows them.
Each function says what was granted and never raises: what is missing is reported, not assumed.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
from collections.abc import Iterable, Mapping

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_QUESTION = 1
_PATH_BENEATH = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_CONNECTING_AND_BINDING = 0b11
_ABSTRACT_SOCKETS_AND_SIGNALS = 0b11

_NO_NEW_PRIVS = 38
_SET_SECCOMP, _FILTER = 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | 1  # EPERM
_X32 = 0x40000000

ARCHITECTURES: Mapping[str, int] = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
REFUSED_CALLS: Mapping[str, tuple[int, int]] = {
    # a child process or another program
    "fork": (57, 1079),
    "vfork": (58, 1071),
    "clone": (56, 220),
    "clone3": (435, 435),
    "execve": (59, 221),
    "execveat": (322, 281),
    # any network, local sockets included
    "socket": (41, 198),
    "socketpair": (53, 199),
    "connect": (42, 203),
    "bind": (49, 200),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    # other processes
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kill": (62, 129),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    # the kernel's own machinery
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "mount": (165, 40),
    "unshare": (272, 97),
    "setns": (308, 268),
    "open_by_handle_at": (304, 265),
    "memfd_create": (319, 279),
}
"""System calls no parser needs, by number on x86_64 and aarch64."""


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def forbid_new_privileges() -> bool:
    """No later set-uid program gives rights back; also the condition for the two locks."""
    return bool(_libc().prctl(_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def landlock(readable: Iterable[str]) -> int:
    """Let only the folders *readable* be read, nothing written, run or connected to.

    Answers the ABI version in force, 0 if the kernel has none or refuses.
    """
    libc = _libc()
    abi = int(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_QUESTION))
    if abi < 1:
        return 0
    wishes = _wishes(abi)
    ruleset = int(libc.syscall(_CREATE_RULESET, wishes, ctypes.c_size_t(len(wishes)), 0))
    if ruleset < 0:
        return 0
    try:
        for folder in readable:
            _allow_reading(libc, ruleset, folder)
        return abi if libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0 else 0
    finally:
        os.close(ruleset)


def _wishes(abi: int) -> bytes:
    """All the access rights this ABI can deny: files, then TCP (4), then signals and abstract sockets (6)."""
    rights = {1: 13, 2: 14, 3: 15, 4: 15}.get(abi, 16)
    fields = [(1 << rights) - 1]
    if abi >= 4:
        fields.append(_CONNECTING_AND_BINDING)
    if abi >= 6:
        fields.append(_ABSTRACT_SOCKETS_AND_SIGNALS)
    return struct.pack(f"={len(fields)}Q", *fields)


def _allow_reading(libc: ctypes.CDLL, ruleset: int, folder: str) -> None:
    try:
        place = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", _READ_FILE | _READ_DIR, place), 0)
    finally:
        os.close(place)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def refuse_calls(names: Iterable[str] = REFUSED_CALLS) -> bool:
    """Refuse these calls of `REFUSED_CALLS` with EPERM; False where the machine or kernel is not known."""
    machine = platform.machine()
    if machine not in ARCHITECTURES:
        return False
    steps = _steps(machine, names)
    program = _Program(len(steps) // 8, steps)
    return bool(_libc().prctl(_SET_SECCOMP, _FILTER, ctypes.byref(program), 0, 0) == 0)


def _steps(machine: str, names: Iterable[str]) -> bytes:
    """The filter as classic BPF: wrong architecture or a listed number is refused, all else allowed."""
    column = list(ARCHITECTURES).index(machine)
    numbers = [REFUSED_CALLS[name][column] for name in names]
    load, equal, at_least, answer = 0x20, 0x15, 0x35, 0x06
    steps = [(load, 0, 0, 4), (equal, 1, 0, ARCHITECTURES[machine]), (answer, 0, 0, _REFUSE), (load, 0, 0, 0)]
    steps += [(at_least, 0, 1, _X32), (answer, 0, 0, _REFUSE)]
    for number in numbers:
        steps += [(equal, 0, 1, number), (answer, 0, 0, _REFUSE)]
    steps.append((answer, 0, 0, _ALLOW))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
