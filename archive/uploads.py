"""Files on their way in, piece by piece: sealed into the vault from the first byte, bounded in number, size and age.

Each belongs to one log-in and is held by this process only; what is given up, or forgotten, leaves nothing behind
(decision 14). Whoever wants a file whole attaches it to an item, or reads it and lets it go.
"""

from __future__ import annotations

import secrets
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from archive.config import Settings
from archive.errors import BadValue, Busy, FileTooLarge, NotFound, UploadCut, UploadGap, UploadsMany
from archive.filenames import portable, readable
from archive.vault import Vault, Writing

#: The most bytes of one piece; below what any server on the way spills to a disk.
PIECE = 256 * 1024
#: Files of one person by all his log-ins and programs, and of all, that may be on their way at once.
MOST, MOST_OF_ALL = 8, 64
#: Seconds after which a file that nobody goes on with is dropped.
PATIENCE = 30 * 60.0


@dataclass(slots=True)
class Upload:
    """One file on its way; `received` bytes of `size` are sealed in the vault."""

    uid: str
    owner: str
    name: str
    size: int
    writing: Writing
    touched: float
    lock: threading.RLock = field(default_factory=threading.RLock)

    def let_go(self) -> None:
        """Leave nothing behind; waits for whoever is at it."""
        with self.lock:
            self.writing.abandon()

    @property
    def received(self) -> int:
        """The bytes that have arrived."""
        return self.writing.size


class Uploads:
    """What is being brought in by everybody; safe to share between threads."""

    def __init__(
        self, vault: Vault, settings: Settings, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._vault, self._clock = vault, clock
        self._most_mib = settings.max_file_mib
        self._open: dict[str, Upload] = {}
        self._lock = threading.Lock()
        weakref.finalize(self, _abandon_all, self._open)

    def begin(self, owner: str, name: str, size: int) -> Upload:
        """A new file of *size* bytes; its name is made inert. Raises `FileTooLarge`, `UploadsMany`, `BadValue`."""
        told = portable(readable(name))
        if size < 0:
            raise BadValue(field="size", value=size, expected="≥ 0")
        if size > self._most_mib << 20:
            raise FileTooLarge(path=told, size=-(-size >> 20) or 1, most=self._most_mib)
        self._forget_old()
        with self._lock:
            mine = sum(_person(one.owner) == _person(owner) for one in self._open.values())
            if mine >= MOST or len(self._open) >= MOST_OF_ALL:
                raise UploadsMany(most=MOST)
            uid = secrets.token_hex(16)
            made = Upload(uid, owner, told, size, self._vault.writing(), self._clock())
            self._open[uid] = made
        return made

    def look(self, owner: str, uid: str) -> Upload:
        """The file *uid* of *owner*; of anybody else's it is said that there is none. Raises `NotFound`."""
        with self._lock:
            found = self._open.get(uid)
        if found is None or not secrets.compare_digest(found.owner, owner):
            raise NotFound(what="upload", code=uid[:40])
        return found

    def put(self, owner: str, uid: str, offset: int, piece: bytes) -> Upload:
        """Append *piece*; one that arrives a second time is passed over. Raises `UploadGap`, `FileTooLarge`, `NotFound`.

        A file that grows past its size is dropped, and so is one the disk did not take.
        """
        found = self.look(owner, uid)
        with found.lock:
            self.look(owner, uid)  # it may have been dropped meanwhile
            found.touched = self._clock()
            if offset + len(piece) <= found.received and offset >= 0:
                return found
            if offset != found.received:
                raise UploadGap(received=found.received, offset=offset)
            if len(piece) > PIECE or found.received + len(piece) > found.size:
                self.drop(owner, uid)
                raise FileTooLarge(path=found.name, size=found.size >> 20, most=self._most_mib)
            try:
                found.writing.feed(piece)
            except BaseException:
                self.drop(owner, uid)
                raise
        return found

    @contextmanager
    def whole(self, owner: str, uid: str) -> Iterator[Upload]:
        """The file for who takes it over; when the block is left, well or not, it is on its way no longer.

        Only where the archive was busy before it touched the file does it wait for another try. Raises `NotFound`, `UploadCut`: what is not whole stays, to be gone on with.
        """
        found = self.look(owner, uid)
        with found.lock:
            if found.received != found.size:
                raise UploadCut(received=found.received, size=found.size)
            with self._lock:
                taken = self._open.pop(uid, None)
            if taken is None:  # another request has taken it meanwhile
                raise NotFound(what="upload", code=uid[:40])
            try:
                yield found
            except Busy:
                if found.writing.open:
                    with self._lock:
                        self._open[uid] = found
                raise
            finally:
                if uid not in self._open:
                    found.writing.abandon()

    def come(self, owner: str, uids: Sequence[str]) -> None:
        """See that all of *uids* have come whole, before the first is taken over; raises `NotFound`, `UploadCut`."""
        for uid in uids:
            found = self.look(owner, uid)
            if found.received != found.size:
                raise UploadCut(received=found.received, size=found.size)

    def content(self, owner: str, uid: str, *, most: int) -> tuple[str, bytes]:
        """Name and bytes of a file that is only looked into, such as a list or a template; it is gone then.

        *most* is the largest size in bytes that is opened in memory; raises `FileTooLarge` too.
        """
        with self.whole(owner, uid) as found:
            if found.size > most:
                raise FileTooLarge(path=found.name, size=found.size >> 20, most=most >> 20)
            blob = found.writing.end()
            try:
                return found.name, self._vault.read_all(blob.ref, blob.key)
            finally:
                self._vault.discard(blob.ref)

    def drop(self, owner: str, uid: str) -> None:
        """Give up the file *uid* of *owner*, if there is one."""
        self._give_up(lambda one: one.uid == uid and one.owner == owner)

    def drop_all(self, owner: str) -> None:
        """Give up everything of *owner*: the log-in has ended."""
        self._give_up(lambda one: one.owner == owner)

    def close(self) -> None:
        """Give up everything."""
        self._give_up(lambda _: True)

    def _forget_old(self) -> None:
        latest = self._clock() - PATIENCE
        self._give_up(lambda one: one.touched < latest)

    def _give_up(self, which: Callable[[Upload], bool]) -> None:
        with self._lock:
            gone = [one for one in self._open.values() if which(one)]
            for one in gone:
                del self._open[one.uid]
        for one in gone:
            one.let_go()


def _person(owner: str) -> str:
    """Whose log-in *owner* is: what stands before the first stroke."""
    return owner.partition("|")[0]


def _abandon_all(files: dict[str, Upload]) -> None:
    while files:
        files.popitem()[1].let_go()
