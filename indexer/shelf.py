"""Where the index stands: builds side by side in one folder, and a sealed pointer to the one in use.

    index/current    the name of the build in use, replaced at once
    index/building   a build being made, and how far it has come
    index/<name>/    a build (see `whoosh_engine`); whatever is not pointed at is left over and removed

Nothing is ever renamed under a reader: a rebuilt index is used from the moment the pointer names it.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from archive.durable import storing
from archive.errors import Busy, Damaged
from archive.instance import Instance
from archive.keys import Keyring
from indexer.embedded.keypool import KeyPool
from indexer.embedded.storage import SealedFolder
from indexer.embedded.whoosh_engine import WhooshEngine
from indexer.engine import Part

SEALER = "index"
POINTER = "current"
BUILDING = "building"
_PAUSE = 0.02


@dataclass(frozen=True, slots=True)
class Progress:
    """A build being made: where it stands, the mark it began with, and the last record taken in of which kind."""

    build: str
    mark: int
    kind: str = ""
    last: str = ""
    done: int = 0


@dataclass(frozen=True, slots=True)
class KeySealer:
    """The keyring as the index's storage asks for it."""

    keys: Keyring
    pool: KeyPool

    @classmethod
    def of(cls, instance: Instance) -> Self:
        """The sealer of the index of *instance*."""
        return cls(instance.keys, KeyPool(instance.index_folder, instance.keys))

    def seal(self, name: str, data: bytes) -> bytes:
        """Sealed under the index's own key, bound to *name*."""
        return self.keys.seal_with(SEALER, name.encode(), data)

    def open(self, name: str, data: bytes) -> bytes:
        """Opened again; raises `SealBroken`, which is `Damaged`."""
        return self.keys.open_with(SEALER, name.encode(), data)


class Shelf:
    """The index of an instance as searchers and writers hold it; a context manager, safe for threads."""

    def __init__(self, instance: Instance) -> None:
        self._sealer = KeySealer.of(instance)
        self._root = SealedFolder(instance.index_folder, self._sealer, "shelf")
        self._held: tuple[str, WhooshEngine] | None = None
        self._opening = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def current(self) -> str | None:
        """The name of the build in use, None before the first; Damaged if the pointer is false."""
        try:
            return self._root.read(POINTER).decode()
        except FileNotFoundError:
            return None

    def engine(self) -> WhooshEngine:
        """The build in use, opened anew after a rebuild; Damaged if there is none."""
        name = self.current()
        if name is None or not (self._root.folder / name / "mark").is_file():
            raise Damaged(what=Part.WHOLE, where=POINTER)
        with self._opening:
            held = self._held
            if held is None or held[0] != name:
                self.close()
                held = self._held = (name, WhooshEngine(self._root.folder / name, self._sealer))
            return held[1]

    @staticmethod
    def begin(mark: int) -> Progress:
        """A new build beside the one in use, beginning with *mark*; nothing is written yet."""
        return Progress(secrets.token_hex(16), mark)

    def build(self, name: str) -> WhooshEngine:
        """The build *name*."""
        return WhooshEngine(self._root.folder / name, self._sealer)

    def building(self) -> Progress | None:
        """The build that was begun and not finished; None if there is none, or it cannot be gone on with."""
        try:
            progress = Progress(**json.loads(self._root.read(BUILDING)))
        except (FileNotFoundError, Damaged, TypeError):
            return None
        return progress if (self._root.folder / progress.build / "mark").is_file() else None

    def note(self, progress: Progress) -> None:
        """Remember how far a build has come; after what it says is durable."""
        self._root.write_whole(BUILDING, json.dumps(asdict(progress)).encode())

    def use(self, name: str) -> None:
        """From now on the build *name* answers; the others are removed by `sweep`."""
        self._root.write_whole(POINTER, name.encode())

    def sweep(self, *, kept: str | None = None) -> None:
        """Remove every build but the one in use and the one *kept*; only while `alone`."""
        try:
            names = {self.current(), kept}
        except Damaged:
            names = {kept}
        with storing(self._root.folder):
            if kept is None:
                (self._root.folder / BUILDING).unlink(missing_ok=True)
            lost = not self._root.folder.is_dir()  # somebody took the whole index away: it is built anew
            for entry in () if lost else list(os.scandir(self._root.folder)):
                if entry.is_dir(follow_symlinks=False) and entry.name not in names:
                    _removed(Path(entry.path))
        self._root.drop_keys()

    def close(self) -> None:
        """Let go of everything decrypted."""
        if self._held is not None:
            self._held[1].close()
        self._held = None


def shared(instance: Instance) -> Shelf:
    """The one shelf of an opened instance, for all its threads and as long as it is open: nothing is opened twice."""
    shelf = instance.beside.get(SEALER) or instance.beside.setdefault(SEALER, Shelf(instance))
    assert isinstance(shelf, Shelf)
    return shelf


@contextmanager
def alone(instance: Instance, *, patience: float = 0.0) -> Iterator[None]:
    """Be the one process that writes the index; Busy if another still does after *patience* seconds.

    The lock goes with the process, also by kill -9.
    """
    path = instance.index_folder.with_name("index.lock")
    with storing(path):
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        _take(handle, time.monotonic() + patience)
        yield
    finally:
        os.close(handle)


def _take(handle: int, until: float) -> None:
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise Busy(what=Part.WHOLE) from None
            time.sleep(_PAUSE)
        else:
            return


def _removed(folder: Path) -> None:
    """Remove *folder*, also if a reader that came late put something into it meanwhile."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        shutil.rmtree(folder)


def files(instance: Instance) -> Iterator[Path]:
    """Every file of the index, the pointer included."""
    yield from (path for path in sorted(instance.index_folder.rglob("*")) if path.is_file())
