"""Scans attached in bulk to records of the catalogue; what finds none goes to the intake tray, nothing is lost.

Files go in small transactions. The same bytes are never attached to a record twice, nor put in the tray twice: a
second run changes nothing, a killed one goes on where it stopped. The files themselves stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from sqlalchemy import select

from archive import objects, policy
from archive.acts import Act
from archive.errors import (
    ArchiveError,
    BadValue,
    FileMissing,
    FileTooLarge,
    LinkSkipped,
    ScanUnread,
    WrongState,
)
from archive.exchange import IntakeState
from archive.faults import point
from archive.filenames import portable, readable
from archive.instance import Instance, Who
from archive.lives import ITEM
from archive.model import Item
from archive.scans import tray
from archive.scans.fates import ScanFate, ScanLine, Way, Why
from archive.scans.finding import Finder, Piece, Source, Wanted, finder
from archive.scans.names import reading_order
from archive.unit import Line, Unit
from archive.values import CONFIDENTIAL

#: From this exit status on it is not the file's fault, and the next file would fare no better.
MACHINE = 6
BATCH = 20
#: What machines leave in folders.
_LEAVINGS = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db"})


Progress = Callable[[int, int], object]


def attach(
    instance: Instance, who: Who, paths: Sequence[Path], wanted: Wanted, *, progress: Progress | None = None
) -> list[ScanLine]:
    """Attach every scan under *paths* (folders, files); a line for each file or piece of one.

    Raises `FileMissing`, `NotFound` (the volume), `PagesDiffer`, `BadValue`, `ScanUnread` for what was said of the
    whole, and what the machine cannot do: the batch at hand is undone, run it again.
    """
    lines, sources = _sources(paths)
    return [*lines, *_attached(instance, who, sources, wanted, progress)]


def attach_received(
    instance: Instance, who: Who, files: Sequence[tuple[str, bytes]], wanted: Wanted
) -> list[ScanLine]:
    """The same for files that came over the network, by name and bytes, in the order of their names; raises as `attach` does."""
    named = [Source(Path(portable(name)), portable(name), held) for name, held in files]
    order = sorted(named, key=lambda one: reading_order(one.name))
    return _attached(instance, who, order, wanted, None)


def _attached(
    instance: Instance, who: Who, sources: Sequence[Source], wanted: Wanted, progress: Progress | None
) -> list[ScanLine]:
    if wanted.way is Way.PAGES and len(sources) != 1:
        raise BadValue(field="scan_files", value=len(sources), expected="1")
    with instance.ask(who, Act.SCAN_ATTACH) as unit:
        find = finder(unit, sources, wanted)
    run, lines = _Run(instance, who, wanted, find), list[ScanLine]()
    rest, done = iter(sources), 0
    while batch := list(islice(rest, BATCH if wanted.way is Way.NAME else 1)):
        lines += run.batch(batch)
        done += len(batch)
        if progress:
            progress(done, len(sources))
    return lines


def _sources(paths: Sequence[Path]) -> tuple[list[ScanLine], list[Source]]:
    """The files under *paths* in the order people count; links are told, never followed."""
    links, found = [], []
    for path in paths:
        if path.is_dir() and not path.is_symlink():
            below = [(one, one.relative_to(path)) for one in path.rglob("*")]
        elif path.exists():
            below = [(path, Path(path.name))]
        else:
            raise FileMissing(path=path)
        for one, relative in below:
            name = readable(relative.as_posix())
            if one.is_symlink():
                links.append(ScanLine(name, "", ScanFate.REFUSED, error=LinkSkipped(path=name)))
            elif one.is_file() and not _leaving(relative):
                found.append(Source(one, name))
    order = sorted(found, key=lambda one: (str(one.file.parent), reading_order(readable(one.file.name))))
    return sorted(links, key=lambda line: line.file), order


def _leaving(relative: Path) -> bool:
    hidden = any(part.startswith((".", "~$")) for part in relative.parts)
    return hidden or relative.name.lower() in _LEAVINGS


@dataclass(slots=True)
class _Run:
    """One run over many batches; on trial it remembers what it would have attached.

    *left* are scans that waited in the tray until their record was found now: their keys go after the commit.
    """

    instance: Instance
    who: Who
    wanted: Wanted
    find: Finder
    tried: set[tuple[str, str]] = field(default_factory=set)
    left: list[str] = field(default_factory=list)

    def batch(self, sources: Sequence[Source]) -> list[ScanLine]:
        """The lines of some files, placed in one transaction (on trial: in none)."""
        pieces = [piece for source in sources for piece in self._pieces(source)]
        if self.wanted.dry_run:
            with self.instance.ask(self.who, Act.SCAN_ATTACH) as unit:
                unit.act(Act.SCAN_ATTACH, files=len(sources), dry_run=True)
                return [self._line(unit, piece) for piece in pieces]
        point("scans.before_batch")
        with self.instance.work(self.who, Act.SCAN_ATTACH) as unit:
            unit.act(Act.SCAN_ATTACH, files=len(sources), pieces=len(pieces))
            with unit.vault.together() as unit.vault:
                lines = [self._line(unit, piece) for piece in pieces]
        point("scans.after_batch")
        if self.left:
            tray.forget(self.instance, self.left)
            self.left.clear()
        return lines

    def _pieces(self, source: Source) -> list[Piece]:
        """The pieces of a file; one that cannot be split stays whole, with the reason."""
        try:
            self._fits(source)
        except (FileMissing, FileTooLarge, ScanUnread) as refused:
            return [Piece(source, error=refused)]
        try:
            return list(self.find(source))
        except FileMissing as refused:
            return [Piece(source, error=refused)]
        except ScanUnread as unread:
            return [Piece(source, why=Why(str(unread.facts["why"])))]

    def _fits(self, source: Source) -> None:
        most = self.instance.settings.max_file_mib
        size = source.size()
        if size > most << 20:
            raise FileTooLarge(path=source.name, size=size >> 20, most=most)
        if not size:
            raise ScanUnread(path=source.name, why=Why.EMPTY)

    def _line(self, unit: Unit, piece: Piece) -> ScanLine:
        """Place one piece inside a savepoint: what fails is undone, logged and told, and the batch goes on."""
        mark = len(unit.lines)
        try:
            if piece.error is not None:
                raise piece.error
            with ExitStack() as stack:
                if not self.wanted.dry_run:
                    stack.enter_context(unit.session.begin_nested())
                return self._placed(unit, piece)
        except ArchiveError as error:
            if error.exit >= MACHINE:
                raise
            del unit.lines[mark:]
            private = {"file": piece.source.name}
            unit.lines.append(Line(Act.SCAN_ATTACH, outcome=error.code, private=private))
            return ScanLine(piece.source.name, piece.pages, ScanFate.REFUSED, error=error)

    def _placed(self, unit: Unit, piece: Piece) -> ScanLine:
        if piece.separator:
            return ScanLine(piece.source.name, piece.pages, ScanFate.SEPARATOR)
        with piece.opened() as stream:
            content = unit.vault.content_id(stream)
        item, barred = seen_item(unit, piece.code) if piece.code else None, None
        if item is not None:
            if objects.has(unit, item, content) or (item.uid, content) in self.tried:
                return _told(piece, ScanFate.KNOWN, item.reference_code)
            barred = _barred(unit, item)
            if barred is None:
                return self._attached(unit, piece, item, content)
            if item.level >= CONFIDENTIAL:  # colleagues not cleared for it open the tray
                raise barred
            unit.lines.append(
                Line(Act.ITEM_ATTACH, "item", item.uid, item.reference_code, outcome=barred.code)
            )
        why = piece.why or (Why.BARRED if item is not None else Why.UNKNOWN)
        return self._aside(unit, piece, content, why, barred)

    def _attached(self, unit: Unit, piece: Piece, item: Item, content: str) -> ScanLine:
        if self.wanted.dry_run:
            self.tried.add((item.uid, content))
        elif (scan := tray.alike(unit, content)) is not None and scan.state is IntakeState.WAITING:
            tray.onto(unit, scan, item, self.wanted.kind, name=piece.name)
            self.left.append(scan.uid)
        else:
            with piece.opened() as stream:
                objects.attach_to(unit, item, stream, name=piece.name, kind=self.wanted.kind)
        return _told(piece, ScanFate.ATTACHED, item.reference_code)

    def _aside(
        self, unit: Unit, piece: Piece, content: str, why: Why, barred: ArchiveError | None
    ) -> ScanLine:
        """Into the tray, unless it waits there, went from there to a record, or is to be left where it is."""
        known = tray.alike(unit, content)
        if known is not None:
            waits = known.state is IntakeState.WAITING
            code = known.number if waits else tray.item_code(unit, known)
            return _told(piece, ScanFate.WAITING if waits else ScanFate.KNOWN, code)
        if self.wanted.leave:
            return _told(piece, ScanFate.LEFT, why=why, error=barred)
        if self.wanted.dry_run:
            return _told(piece, ScanFate.TRAY, why=why, error=barred)
        with piece.opened() as stream:
            error = barred.code if barred is not None else ""
            scan = tray.put(unit, stream, name=piece.name, why=why, pages=piece.count, error=error)
        return _told(piece, ScanFate.TRAY, scan.number, why=why, error=barred)


def seen_item(unit: Unit, code: str) -> Item | None:
    """The item with this code, if this person may see it; none leaves no line: many names are tried."""
    rows = select(Item).where(Item.reference_code == code, policy.visible(unit.actor, Item))
    return unit.session.scalar(rows)


def _barred(unit: Unit, item: Item) -> ArchiveError | None:
    """Why this person may not attach to *item* now, if so."""
    found = policy.refusal(unit.actor, Act.ITEM_ATTACH, item)
    if found is None:
        try:
            ITEM.after(item.state, Act.ITEM_ATTACH)
        except WrongState as refused:
            return refused
    return found


def _told(
    piece: Piece, fate: ScanFate, code: str = "", *, why: Why | None = None, error: ArchiveError | None = None
) -> ScanLine:
    return ScanLine(piece.source.name, piece.pages, fate, code, why, error)
