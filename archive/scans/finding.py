"""Finding the record of each scan: by its name, by the sheets between, by the pages of a whole volume."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import select

from archive.acts import Act
from archive.errors import ArchiveError, BadValue, FileMissing, PagesDiffer, ScanUnread
from archive.model import Item, Volume
from archive.policy import visible
from archive.scans import sorting, stacks
from archive.scans.fates import Way, Why
from archive.scans.names import Codes, Several
from archive.scans.sorting import Range, Section
from archive.unit import Unit
from archive.values import ComponentKind

#: Bytes that tell what a file is.
HEAD = 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """How scans find their records, and what becomes of those that do not."""

    way: Way = Way.NAME
    kind: ComponentKind = ComponentKind.TEXT
    volume: str | None = None
    ranges: str | None = None
    keep_separators: bool = False
    leave: bool = False
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Source:
    """A file, and its name under what the person named; one that came over the network is *held* in memory."""

    file: Path
    name: str
    held: bytes | None = field(default=None, repr=False)

    def size(self) -> int:
        """Its bytes; raises `FileMissing`."""
        if self.held is not None:
            return len(self.held)
        try:
            return self.file.stat().st_size
        except OSError as gone:
            raise FileMissing(path=self.name) from gone

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """The file to be read inside the block; raises `FileMissing` for what cannot be opened, or read to its end."""
        if self.held is not None:
            yield BytesIO(self.held)
            return
        try:
            with self.file.open("rb") as stream:
                yield stream
        except OSError as gone:
            raise FileMissing(path=self.name) from gone

    def read(self) -> bytes:
        """All of it; raises `FileMissing`."""
        with self.opened() as stream:
            return stream.read()


@dataclass(frozen=True, slots=True)
class Piece:
    """A file or some pages of one: the record it belongs to, or why none is known, or what refused the file."""

    source: Source
    code: str | None = None
    why: Why | None = None
    pages: str = ""
    count: int | None = None
    data: bytes | None = None
    separator: bool = False
    error: ArchiveError | None = None

    @property
    def name(self) -> str:
        """What it is called at its record: pages taken from a file bear their numbers."""
        path = Path(self.source.name)
        return f"{path.stem}_p{self.pages}{path.suffix}" if self.data is not None else path.name

    @contextmanager
    def opened(self) -> Iterator[BinaryIO]:
        """Its bytes to be read inside the block; raises `FileMissing`."""
        if self.data is not None:
            yield BytesIO(self.data)
        else:
            with self.source.opened() as stream:
                yield stream


Finder = Callable[[Source], Iterable[Piece]]


def finder(unit: Unit, sources: Sequence[Source], wanted: Wanted) -> Finder:
    """What finds the records of *sources*, with the codes this person may see at hand.

    Raises for pages of a volume `NotFound`, `PagesDiffer`, `BadValue`, `ScanUnread`.
    """
    unit.look(Act.RECORD_SEE)
    if wanted.way is Way.NAME:
        return _by_name(unit)
    if wanted.way is Way.QR:
        return _Stack(_codes(unit, Item), keep=wanted.keep_separators)
    return _by_pages(unit, sources[0], wanted)


def _codes(unit: Unit, kind: type[Item | Volume]) -> list[str]:
    return list(unit.session.scalars(select(kind.reference_code).where(visible(unit.actor, kind))))


# --- by name ----------------------------------------------------------------------------------


def _by_name(unit: Unit) -> Finder:
    items, volumes = Codes(_codes(unit, Item)), Codes(_codes(unit, Volume))

    def find(source: Source) -> Iterator[Piece]:
        stem = Path(source.name).stem
        found = items.find(stem)
        if isinstance(found, Several):
            yield Piece(source, why=Why.SEVERAL)
        elif found is not None:
            yield Piece(source, found.code)
        else:
            yield Piece(source, why=Why.VOLUME if volumes.find(stem) else Why.NO_CODE)

    return find


# --- by separator sheets ----------------------------------------------------------------------


class _Stack:
    """Files of several pages are a stack each; the single pictures of one folder are one stack together."""

    def __init__(self, codes: Iterable[str], *, keep: bool) -> None:
        self._codes, self._keep = {code: code for code in codes}, keep
        self._folder: Path | None = None
        self._begun: Section | None = None

    def __call__(self, source: Source) -> Iterator[Piece]:
        data = source.read()
        if not stacks.splittable(source.name, data[:HEAD]):
            yield Piece(source, why=Why.NO_CODE)
            return
        read = stacks.pages(data, source.name)
        if stacks.is_pdf(data) or len(read) > 1:
            self._folder = None
            found = sorting.sections(read, self._known, keep=self._keep)
            yield from pieces(source, data, len(read), found)
            return
        if self._folder != source.file.parent:
            self._folder, self._begun = source.file.parent, None
        found = sorting.sections(read, self._known, keep=self._keep, begun=self._begun)
        self._begun = found[-1]
        yield from pieces(source, data, 1, found)

    def _known(self, told: str) -> str | None:
        return self._codes.get(told)


def pieces(source: Source, data: bytes, total: int, found: Sequence[Section]) -> Iterator[Piece]:
    """A piece for every section with pages, cut out in memory before any is placed; raises `ScanUnread`."""
    full = [section for section in found if section.numbers]
    if not full:
        yield Piece(source, separator=True)
    elif len(full[0].numbers) == total:
        yield Piece(source, full[0].code, full[0].why, count=total)
    else:
        parts = [stacks.part(data, section.numbers, source.name) for section in full]
        for section, part in zip(full, parts, strict=True):
            yield Piece(source, section.code, section.why, section.told, len(section.numbers), part)


# --- by pages of a volume ---------------------------------------------------------------------


def _by_pages(unit: Unit, source: Source, wanted: Wanted) -> Finder:
    """Everything is settled before a page is placed: what was said of the whole is right, or nothing is done."""
    most = unit.settings.max_file_mib << 20
    if source.size() > most:
        return lambda one: iter([Piece(one)])
    data = source.read()
    if not stacks.splittable(source.name, data[:HEAD]):
        raise ScanUnread(path=source.name, why=Why.BROKEN)
    total = stacks.count(data, source.name)
    if wanted.ranges is not None:
        inside = _inside(unit, unit.volume(wanted.volume)) if wanted.volume else {}
        found = [_meant(unit, inside, one) for one in sorting.ranges(wanted.ranges)]
    else:
        found = _counted(unit, wanted.volume, total)
    cut = list(pieces(source, data, total, sorting.cut(total, found)))
    return lambda _: iter(cut)


def _inside(unit: Unit, volume: Volume) -> dict[int, Item]:
    """The items of a volume by their number, as far as this person sees them."""
    rows = select(Item).where(Item.volume_uid == volume.uid, visible(unit.actor, Item)).order_by(Item.seq_no)
    return {item.seq_no: item for item in unit.session.scalars(rows)}


def _counted(unit: Unit, code: str | None, total: int) -> list[Range]:
    """The pages of each item as the catalogue counts them (V4); raises `NotFound`, `PagesDiffer`, `BadValue`."""
    if code is None:
        raise BadValue(field="scan_volume", value="—", expected="--volume")
    volume = unit.volume(code)
    if volume.pages != total:
        raise PagesDiffer(code=volume.reference_code, expected=volume.pages, found=total)
    return [
        Range(item.reference_code, item.first_page, item.first_page + item.page_count - 1)
        for item in _inside(unit, volume).values()
        if item.page_count
    ]


def _meant(unit: Unit, inside: dict[int, Item], given: Range) -> Range:
    """*given* with the code of its item: a number in the volume, or a code; raises `NotFound`."""
    item = inside.get(int(given.key)) if given.key.isdecimal() else None
    code = item.reference_code if item is not None else unit.item(given.key).reference_code
    return Range(code, given.first, given.last)
