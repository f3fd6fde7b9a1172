"""Pages as pictures: drawn by the limited child, marked with who looks and when, never kept anywhere."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from archive.acts import Act
from archive.errors import Busy
from archive.vault import Vault
from archive.viewing import OpenFile
from indexer.extract import Extracted, Extractor, Limits
from indexer.extract.kinds import HEAD, Kind, Outcome, kind_of
from indexer.extract.watermark import picture

#: The widths in pixels a page is drawn in.
WIDTHS: Sequence[int] = (800, 1200, 1800)
#: Seconds one waits for the pages that others look at.
PATIENCE = 10.0
#: A file larger than this is not opened on the screen; it can be taken out.
MOST = 96 << 20
#: What is shown as pictures of its pages.
DRAWN = frozenset({Kind.PDF, Kind.IMAGE})


class Sights:
    """The child that draws for everybody; those who wait take turns, so that one file is in memory at a time."""

    def __init__(self) -> None:
        self._extractor = Extractor(Limits(wall=20.0))
        self._turn = threading.Lock()
        weakref.finalize(self, self._extractor.close)

    @contextmanager
    def _taking_turns(self) -> Iterator[None]:
        """Raises `Busy` rather than keep a thread of the service waiting behind files that take long to draw."""
        if not self._turn.acquire(timeout=PATIENCE):
            raise Busy(what=Act.RECORD_READ)
        try:
            yield
        finally:
            self._turn.release()

    def page(self, vault: Vault, file: OpenFile, number: int, width: int, mark: str) -> bytes | Extracted:
        """Page *number* of *file* as a JPEG, with *mark* across it; or why it cannot be shown."""
        if file.size > MOST:
            return Extracted(Outcome.OVERSIZED)
        with self._taking_turns():
            data = vault.read_all(file.ref, file.key)
            found = self._extractor.show(data, file.name, number, width)
            del data
        return found if isinstance(found, Extracted) else picture(found, mark)

    def drawn(self, data: bytes, name: str, number: int, width: int, mark: str) -> bytes | Extracted:
        """The same of a file at hand."""
        with self._taking_turns():
            found = self._extractor.show(data, name, number, width)
        return found if isinstance(found, Extracted) else picture(found, mark)


def kind(vault: Vault, file: OpenFile) -> Kind:
    """What *file* is, by its first bytes and the end of its name; raises `Damaged`, `BlobMissing`."""
    head = next(vault.read(file.ref, file.key))
    ending = f".{file.name.rpartition('.')[2].lower()[:16]}" if "." in file.name else ""
    return kind_of(head[:HEAD], ending)
