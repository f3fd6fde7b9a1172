"""Small files that hold one secret: readable by their owner only, never handed on in arguments."""

from __future__ import annotations

import os
import stat
from enum import StrEnum
from pathlib import Path

from archive.durable import NewFile
from archive.errors import FileMissing, SecretFileUnsafe

LONGEST = 4096


class Unsafe(StrEnum):
    """Why a file is not trusted; the sentence is `secret-file.<value>`."""

    INSIDE = "inside"
    OPEN = "open"
    EMPTY = "empty"

    @property
    def word(self) -> str:
        """The key of the sentence."""
        return f"secret-file.{self.value}"


def read(path: Path, *, outside: Path | None = None) -> str:
    """The first line of *path*, a regular file that only its owner can read.

    Raises `FileMissing`, or `SecretFileUnsafe` for one that others can read, that is empty, or that lies
    inside the folder *outside*.
    """
    if outside is not None and path.resolve().is_relative_to(outside.resolve()):
        raise SecretFileUnsafe(path=str(path), why=Unsafe.INSIDE)
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0))
    except OSError as gone:
        raise FileMissing(path=str(path)) from gone
    try:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077:
            raise SecretFileUnsafe(path=str(path), why=Unsafe.OPEN)
        text = os.read(handle, LONGEST).decode("utf-8", "replace").partition("\n")[0].rstrip("\r")
    finally:
        os.close(handle)
    if not text:
        raise SecretFileUnsafe(path=str(path), why=Unsafe.EMPTY)
    return text


def write(path: Path, text: str, *, replace: bool = False) -> None:
    """Write *text* as the one line of *path* (0600), whole or not at all.

    Raises `TargetExists` (unless *replace*), `FileMissing` (no such folder), `DiskFull`, `StorageFailed`.
    """
    if not path.parent.is_dir():
        raise FileMissing(path=str(path.parent))
    with NewFile(path.with_name(f".{path.name}.{os.getpid()}.part"), points="export") as file:
        file.write(f"{text}\n".encode())
        file.keep(path, replace=replace)
