"""The catalogue of a package in all its forms, grown by one record at a time in flat memory (RFC 8493, domain §3.12).

`catalogue.json` has all there is and is read back by us; `catalogue.csv` is for a spreadsheet; EAD3, Dublin Core and
PREMIS are for whoever knows neither us nor our program. Transfer and export write the same books by this code.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from archive import __version__
from archive.bags import DATA, Bag, BagFile
from archive.cells import cell, harmless, label, plain
from archive.filenames import Names
from archive.packages.describing import Described
from archive.packages.dublin import Dublin
from archive.packages.ead import Ead
from archive.packages.head import Head
from archive.packages.premis import Premis
from archive.packages.provenance import Happened
from archive.vault import Vault
from archive.words import Language, say

#: Where the catalogue lies in a package, and what it is called there.
METADATA = "metadata"
JSON, CSV, EAD, DUBLIN, PREMIS = (
    "catalogue.json", "catalogue.csv", "ead3.xml", "dublin-core.xml", "premis.xml",
)  # fmt: skip
README = "README.txt"
#: Bytes of UTF-8 that the name of a volume's folder may have.
_FOLDER = 80
#: The columns of `catalogue.csv`; `catalogue.json` has all there is.
COLUMNS = (
    "code", "kind", "title", "creator", "document_no", "dated", "class_code", "department", "year",
    "level", "period", "trigger_date", "expires_on", "items", "pages", "note", "files", "sha256",
)  # fmt: skip


@dataclass(slots=True)
class Counted:
    """What has been written so far: volumes and papers, files, their bytes, and a line for each whole record."""

    papers: int = 0
    files: int = 0
    size: int = 0
    lines: list[tuple[str, ...]] = field(default_factory=list)


def bagged(folder: Path, head: Head, fill: Callable[[Bag], Counted]) -> tuple[Counted, str]:
    """A bag in the empty *folder*, its payload and books by *fill*: what was written, and the seal of the whole."""
    bag = Bag(folder)
    try:
        return fill(bag), bag.close(information(head))
    finally:
        bag.abandon()


class Books:
    """The open books of one package: `enter` each record with its files; `written` opens and closes them."""

    def __init__(self, bag: Bag, vault: Vault, head: Head, open_: ExitStack) -> None:
        self._bag, self._vault = bag, vault
        self.counted, self._folders = Counted(), Names()
        self._folders.free(METADATA)
        self._exact, self._sheet, ead, dublin, premis = (
            open_.enter_context(bag.payload(f"{METADATA}/{name}"))
            for name in (JSON, CSV, EAD, DUBLIN, PREMIS)
        )
        self._ead, self._dublin, self._premis = Ead(ead, head), Dublin(dublin), Premis(premis, head)
        self._first = True
        opening = json.dumps(head.told(), ensure_ascii=False)[:-1]
        self._exact.write(f'{opening}, "records": [\n'.encode())
        self._sheet.write(b"\xef\xbb\xbf")
        _row(self._sheet, [_both(name) for name in COLUMNS])

    def enter(self, told: Sequence[Described]) -> None:
        """A record and its papers: their files, chunk by chunk, then a line in every book."""
        folder = self._folders.free(told[0].facts["reference_code"], longest=_FOLDER)
        names = Names()
        for one in told:
            files = [self._file(one, nth, f"{folder}/", names) for nth in range(len(one.files))]
            self._line({**one.facts, "files": files}, one.events)

    def close(self) -> None:
        """Finish the books; the bag is not closed by it."""
        self._exact.write(b"\n]}\n")
        for book in (self._ead, self._dublin, self._premis):
            book.close()

    def _file(self, one: Described, nth: int, folder: str, names: Names) -> dict[str, Any]:
        stored = one.files[nth]
        place = int(one.facts.get("seq_no", 0))
        path = folder + names.free(f"{place:03}_{stored.name}")
        with self._bag.payload(path) as out:
            for chunk in self._vault.read(stored.ref, stored.key):
                out.write(chunk)
        self.counted.files, self.counted.size = self.counted.files + 1, self.counted.size + out.size
        return {
            "path": f"{DATA}/{path}", "name": stored.name, "part": stored.part, "size": out.size,
            "sha256": out.sha256, "outcome": stored.outcome, "checked_at": stored.checked_at,
        }  # fmt: skip

    def _line(self, facts: dict[str, Any], events: Sequence[Happened]) -> None:
        self.counted.papers += 1
        self._exact.write(b"" if self._first else b",\n")
        self._exact.write(json.dumps(plain(facts), ensure_ascii=False).encode())
        self._first = False
        _row(self._sheet, [_told(facts, name) for name in COLUMNS])
        facts = plain(facts)
        self._ead.enter(facts)
        self._dublin.enter(facts)
        self._premis.enter(facts, events)


@contextmanager
def written(bag: Bag, vault: Vault, head: Head) -> Iterator[Books]:
    """The books of a package, whole at the end of the block. Raises as `Bag.payload`."""
    with ExitStack() as open_:
        books = Books(bag, vault, head, open_)
        yield books
        books.close()


def explained(bag: Bag, key: str, **facts: object) -> None:
    """How to read the package, in both languages, beside its data (RFC 8493, 2.2.4)."""
    with bag.tag(README) as out:
        for tongue in Language:
            out.write(say(key, tongue, **facts).replace("\n", "\r\n").encode() + b"\r\n\r\n")


def information(head: Head) -> list[tuple[str, str]]:
    """What `bag-info.txt` says of a package."""
    return [
        ("Source-Organization", head.company),
        ("External-Identifier", head.number),
        ("Bagging-Date", head.on.isoformat()),
        ("Bag-Software-Agent", f"anjuan {__version__}"),
    ]


def _both(name: str) -> str:
    return " / ".join(label(name, tongue) for tongue in Language)


def _row(sheet: BagFile, cells: Sequence[str]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    sheet.write(text.getvalue().encode())


def _told(facts: dict[str, Any], name: str) -> str:
    """One cell of the sheet: plain text, which no spreadsheet takes for a formula."""
    if name in {"files", "sha256"}:
        column = "path" if name == "files" else "sha256"
        return harmless(" | ".join(file[column] for file in facts["files"]))
    other = {"code": "reference_code", "pages": "page_count", "year": "archive_year"}.get(name, name)
    value = facts.get(other, facts.get(name))
    return harmless(cell(value[Language.ZH.value] if isinstance(value, dict) else value, Language.ZH))
