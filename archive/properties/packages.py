"""The four properties of a package: before it is taken in, or after it was made; nothing of ours is needed (DA/T 70).

Files are judged by their first and last bytes and by the frame of what is a ZIP; no parser of ours runs on them here.
"""

from __future__ import annotations

import csv
import hashlib
import os
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from archive import bag_check
from archive.bag_check import Finding, Flaw
from archive.bags import DATA
from archive.errors import ArchiveError
from archive.packages import checking, formats, guarded, reading
from archive.packages.books import CSV, DUBLIN, EAD, METADATA, PREMIS
from archive.packages.reading import Contents
from archive.packages.told import FileTold, PaperTold, RecordTold, Unfit
from archive.properties.records import attachments_named
from archive.properties.table import Outcome, Spoken, failed, few, not_applicable, passed, warned

#: Flaws of a bag by the check that tells of them; all others tell of its structure.
CHANGED, EXTRA, UNSAFE = frozenset({Flaw.CHANGED}), frozenset({Flaw.EXTRA}), frozenset({Flaw.UNSAFE})
#: Each book in XML, and an element it cannot be without.
_XML = ((EAD, "control"), (DUBLIN, "record"), (PREMIS, "object"))


@dataclass(frozen=True, slots=True)
class File:
    """A payload file as its first and last bytes show it."""

    path: str
    size: int
    head: bytes
    tail: bytes


class Case:
    """A package laid out to be checked; what is asked twice is looked at once."""

    def __init__(self, folder: Path, today: object) -> None:
        self.folder, self.today = folder, today

    @cached_property
    def flaws(self) -> Sequence[Finding]:
        """What is wrong with it as a bag."""
        return checking.findings(self.folder)

    @cached_property
    def contents(self) -> Contents | ArchiveError:
        """What it tells, or why that cannot be read."""
        try:
            return reading.contents(self.folder, bag_check.info(self.folder), self.payload)
        except ArchiveError as error:
            return error

    @cached_property
    def payload(self) -> Sequence[str]:
        """The files that are listed and there."""
        there = set(bag_check.names(self.folder))
        return sorted(path for path in bag_check.listed(self.folder) if path in there)

    @property
    def records(self) -> Sequence[RecordTold]:
        """The records that could be understood."""
        found = self.contents
        return (
            []
            if isinstance(found, ArchiveError)
            else [one for one in found.records if isinstance(one, RecordTold)]
        )

    @property
    def refused(self) -> Sequence[Unfit]:
        """Those that could not."""
        found = self.contents
        return (
            []
            if isinstance(found, ArchiveError)
            else [one for one in found.records if isinstance(one, Unfit)]
        )

    @property
    def ours(self) -> bool:
        """True if a program like this made it."""
        return not isinstance(self.contents, ArchiveError) and bool(self.contents.fonds)

    @cached_property
    def papers(self) -> Sequence[PaperTold]:
        """All papers of all records."""
        return [paper for record in self.records for paper in record.papers]

    @cached_property
    def files(self) -> Sequence[File]:
        """The payload files beside the catalogue."""
        return [
            _file(self.folder, path) for path in self.payload if not path.startswith(f"{DATA}/{METADATA}/")
        ]

    def named(self, papers: Sequence[PaperTold | RecordTold]) -> list[str]:
        """What a sentence calls them: their codes, else their titles cut short."""
        return few((one.code or (one.title or "—")[:20]) for one in papers)


def _file(folder: Path, path: str) -> File:
    handle = os.open(folder / path, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as stream:
        size = os.fstat(handle).st_size
        head = stream.read(formats.HEAD)
        stream.seek(max(0, size - formats.TAIL))
        return File(path, size, head, stream.read(formats.TAIL))


# --- 真实性 ----------------------------------------------------------------------------------------


def required(case: Case) -> Outcome:
    """Z-1: what DA/T 18 demands of an entry is told of each paper."""
    if not case.records:
        return failed("unread")
    lacking: dict[str, list[PaperTold]] = {}
    for paper in case.papers:
        for name, value in (("title", paper.title), ("dated", paper.dated), ("creator", paper.creator)):
            if not value:
                lacking.setdefault(name, []).append(paper)
    if lacking:
        codes = case.named([paper for many in lacking.values() for paper in many])
        return failed("required-lacking", fields=[Spoken(f"field.{name}") for name in lacking], codes=codes)
    return passed("required", count=len(case.papers))


def ranges(case: Case) -> Outcome:
    """Z-2: every value is of its kind and range, and no day lies ahead."""
    late = [paper for paper in case.papers if paper.dated and str(paper.dated) > str(case.today)]
    if case.refused or late:
        return failed(
            "ranges-broken",
            codes=few([*(one.code or str(one.row) for one in case.refused), *case.named(late)]),
        )
    return passed("ranges", count=len(case.papers)) if case.records else failed("unread")


def attributes(case: Case) -> Outcome:
    """Z-3: each file is as long, hashed and shaped as the catalogue says."""
    told = {file.path: file for paper in case.papers for file in paper.files}
    if not case.files:
        return not_applicable("no-files")
    bad = [file.path for file in case.files if not _as_told(case.folder, file, told.get(file.path))]
    return (
        failed("attributes-broken", codes=few(bad), count=len(bad))
        if bad
        else passed("attributes", count=len(case.files))
    )


def _as_told(folder: Path, file: File, told: FileTold | None) -> bool:
    if told is not None and told.size not in {None, file.size}:
        return False
    if told is not None and told.sha256:
        with (folder / file.path).open("rb") as stream:
            if hashlib.file_digest(stream, "sha256").hexdigest() != told.sha256.lower():
                return False
    locked = formats.locked(file.path, file.head, file.tail)
    return locked or formats.fits(file.path, file.head)


def fixity(case: Case) -> Outcome:
    """Z-4: every listed file is by its digest what was put in."""
    return _without(case, CHANGED, "bag-changed", passed("fixity", count=len(case.payload)))


def provenance(case: Case) -> Outcome:
    """Z-5: PREMIS tells how each record came to be; a package of others need not have it."""
    bare: list[PaperTold | RecordTold] = [
        one for one in case.records if one.title is not None and one.code and not one.events
    ]
    bare += [paper for paper in case.papers if paper.code and not paper.events]
    if not case.ours:
        return (
            warned("no-premis")
            if not any(paper.events for paper in case.papers)
            else passed("provenance", count=0)
        )
    if bare:
        return failed("provenance-lacking", codes=case.named(bare))
    return passed("provenance", count=len(case.papers))


def structure(case: Case) -> Outcome:
    """Z-7: it is a complete bag: nothing missing, every list well-formed, the totals as told."""
    rest = frozenset(Flaw) - CHANGED - EXTRA - UNSAFE
    return _without(case, rest, "bag-broken", passed("bag", seal=bag_check.seal(case.folder)[:12]))


def _without(case: Case, flaws: frozenset[Flaw], key: str, well: Outcome) -> Outcome:
    found = [one for one in case.flaws if one.flaw in flaws]
    if not found:
        return well
    return failed(
        key,
        count=len(found),
        paths=few(one.path[:60] for one in found),
        flaws=sorted({one.flaw for one in found}),
    )


# --- 完整性 ----------------------------------------------------------------------------------------


def numbers(case: Case) -> Outcome:
    """W-1: the papers of each volume are numbered without gap."""
    for record in case.records:
        found = [paper.seq_no for paper in record.papers]
        if record.title is not None and any(found) and sorted(found) != list(range(1, len(found) + 1)):
            gaps = sorted(set(range(1, max(found) + 1)) - set(found))
            return failed("numbers-broken", code=record.code, gaps=gaps[:10])
    return passed("numbers", count=len(case.papers))


def pages(case: Case) -> Outcome:
    """W-2: the pages of each volume run on and add up, as many as its own line says (V4)."""
    for record in case.records:
        expected = 1
        for paper in record.papers:
            if record.title is not None and paper.first_page not in {None, expected}:
                return failed("pages-broken", code=paper.code, expected=expected, first=paper.first_page)
            expected += paper.pages
        told = (record.items, record.pages)
        if record.title is not None and None not in told and told != (len(record.papers), expected - 1):
            return failed(
                "sums-broken", items=told[0], found=len(record.papers), pages=told[1], sum=expected - 1
            )
    return passed("pages", count=sum(paper.pages for paper in case.papers))


def attachments(case: Case) -> Outcome:
    """W-4: as many files beside the text as a paper says it has attachments."""
    named = [(paper, attachments_named(f"{paper.title} {paper.note}")) for paper in case.papers]
    lacking = [paper for paper, wanted in named if paper.files and len(paper.files) - 1 < wanted]
    if lacking:
        return failed("attachments-lacking", codes=case.named(lacking))
    count = sum(wanted for _, wanted in named)
    return passed("attachments", count=count) if count else not_applicable("no-attachments")


def links(case: Case) -> Outcome:
    """W-6: the catalogue names every file of the package, and the package has every file it names."""
    named = {file.path for paper in case.papers for file in paper.files}
    there = {file.path for file in case.files}
    if named != there:
        return failed(
            "links-broken", lacking=len(named - there), unnamed=len(there - named), paths=few(named ^ there)
        )
    return passed("something", files=len(there), pieces=0)


# --- 可用性 ----------------------------------------------------------------------------------------


def readable(case: Case) -> Outcome:
    """K-1: each file opens as far as its frame: not empty, a PDF with its end, a ZIP with its list of parts."""
    bad = [file.path for file in case.files if not _framed(case.folder, file)]
    if not case.files:
        return not_applicable("no-files")
    return (
        failed("unreadable", codes=few(bad), count=len(bad))
        if bad
        else passed("framed", count=len(case.files))
    )


def _framed(folder: Path, file: File) -> bool:
    if not file.size:
        return False
    if file.head.startswith(b"%PDF-"):
        return b"%%EOF" in file.tail
    found = formats.of(file.path)
    if file.head.startswith(b"PK\x03\x04") and found is not None:
        with (folder / file.path).open("rb") as stream:
            return zipfile.is_zipfile(stream)
    return True


def format_(case: Case) -> Outcome:
    """K-2: files are of formats that last."""
    bad = [file.path for file in case.files if not (found := formats.of(file.path)) or not found.lasting]
    if not case.files:
        return not_applicable("no-files")
    return (
        failed("format-broken", codes=few(bad), count=len(bad))
        if bad
        else passed("format", count=len(case.files))
    )


def unlocked(case: Case) -> Outcome:
    """K-3: nothing in it is encrypted: DA/T 70 counts that as a defect."""
    bad = [file.path for file in case.files if formats.locked(file.path, file.head, file.tail)]
    if not case.files:
        return not_applicable("no-files")
    return (
        failed("unlocked-broken", codes=few(bad), count=len(bad))
        if bad
        else passed("unlocked", count=len(case.files))
    )


def metadata(case: Case) -> Outcome:
    """K-5: the catalogue is readable in every form it comes in."""
    found = case.contents
    if isinstance(found, ArchiveError):
        return failed("metadata-unread", why=Spoken(f"outcome.{found.code}"))
    bad = list(_unreadable(case))
    return failed("metadata-broken", paths=few(bad)) if bad else passed("metadata", count=len(found.records))


def _unreadable(case: Case) -> Iterator[str]:
    base = f"{DATA}/{METADATA}/"
    for name, wanted in _XML:
        if base + name in case.payload:
            try:
                if not sum(1 for _ in guarded.elements(case.folder / (base + name), name, wanted)):
                    yield name
            except ArchiveError:
                yield name
    if base + CSV in case.payload:
        try:
            with (case.folder / (base + CSV)).open(encoding="utf-8-sig", newline="") as stream:
                for _ in csv.reader(stream, strict=True):
                    pass
        except (UnicodeDecodeError, csv.Error):
            yield CSV


# --- 安全性 ----------------------------------------------------------------------------------------


def only_listed(case: Case) -> Outcome:
    """A-2: nothing is in it but what its lists name."""
    return _without(case, EXTRA, "bag-extra", passed("objects", count=len(case.payload)))


def scanned(_: Case) -> Outcome:
    """A-5: no scanner for malicious programs is set up."""
    return not_applicable("no-scanner")


def safe(case: Case) -> Outcome:
    """A-6: no link, no way out of the folder, no two names that are one elsewhere."""
    return _without(case, UNSAFE, "bag-unsafe", passed("safe", count=len(case.payload)))


CHECKS: Mapping[str, Callable[[Case], Outcome]] = {
    "Z-1": required, "Z-2": ranges, "Z-3": attributes, "Z-4": fixity, "Z-5": provenance, "Z-7": structure,
    "W-1": numbers, "W-2": pages, "W-4": attachments, "W-6": links,
    "K-1": readable, "K-2": format_, "K-3": unlocked, "K-5": metadata,
    "A-2": only_listed, "A-5": scanned, "A-6": safe,
}  # fmt: skip
