"""Import: a folder tree of documents filed into volumes and items by the same acts a clerk uses.

Files go in batches, each one transaction; a file known by class, path and content is never filed twice,
so a second run adds nothing and a killed one goes on where it stopped. One bad file never stops the rest.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import select

from archive import items, objects
from archive.acts import Act
from archive.errors import ArchiveError, BadValue, FileMissing, FileTooLarge, LinkSkipped
from archive.faults import point
from archive.fields import day
from archive.filenames import readable
from archive.instance import Instance, Who
from archive.model import ImportedFile
from archive.papers import Paper
from archive.unit import Line, Unit
from archive.values import Level, Worded
from archive.volumes import Matter

MANIFEST = "manifest.json"
#: From this exit status on it is not the file's fault, and the next file would fare no better.
MACHINE = 6
BATCH = 20
_DATED = re.compile(r"^(\d{4}[-.年]\d{1,2}[-.月]\d{1,2}日?|\d{8}(?!\d))[ _-]*(.+)$")


class Fate(Worded):
    """What became of a file."""

    FILED = "filed"
    KNOWN = "known"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file of an import: where it went, or why it did not."""

    path: str
    fate: Fate
    code: str = ""
    uid: str = ""
    error: ArchiveError | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the clerk said about the whole folder; a manifest may say more about each file."""

    class_code: str | None = None
    department: str | None = None
    year: int | None = None
    premises: str | None = None
    party: str | None = None
    dossier: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A file to import with what is known about it."""

    file: Path
    relative: str
    told: Mapping[str, Any] = field(default_factory=dict)


def import_folder(
    instance: Instance,
    who: Who,
    folder: Path,
    wanted: Wanted,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> list[FileLine]:
    """File every document under *folder*; returns one line a file.

    Raises `FileMissing` if there is no such folder, `BadValue` for an unreadable manifest, and what the machine
    cannot do (`DiskFull`, `StorageFailed`, `Busy`): the batch at hand is undone, run it again.
    """
    if not folder.is_dir():
        raise FileMissing(path=folder)
    told = _manifest(folder / MANIFEST)
    below = sorted(folder.rglob("*"))
    sources = list(_sources(folder, below, told))
    absent = told.keys() - {source.relative for source in sources}
    lines = [FileLine(path, Fate.REFUSED, error=FileMissing(path=path)) for path in sorted(absent)]
    lines += [FileLine(path, Fate.REFUSED, error=LinkSkipped(path=path)) for path in _links(folder, below)]
    aside = len(lines)
    rest = iter(sources)
    while batch := list(islice(rest, BATCH)):
        point("import.before_batch")
        with instance.work(who, Act.IMPORT_RUN) as unit:
            lines += _file_batch(unit, folder, batch, wanted)
        point("import.after_batch")
        if progress:
            progress(len(lines) - aside, len(sources))
    return lines


def _sources(folder: Path, below: Sequence[Path], told: Mapping[str, Mapping[str, Any]]) -> Iterator[Source]:
    """The documents under *folder* in a steady order; links, hidden files and the manifest are not documents."""
    for file in below:
        relative = file.relative_to(folder)
        hidden = any(part.startswith((".", "~$")) for part in relative.parts)
        if file.is_file() and not file.is_symlink() and not hidden and relative != Path(MANIFEST):
            name = readable(relative.as_posix())
            yield Source(file, name, told.get(name, {}))


def _links(folder: Path, below: Sequence[Path]) -> list[str]:
    """The links under *folder*: never followed, always told."""
    return [readable(file.relative_to(folder).as_posix()) for file in below if file.is_symlink()]


def _manifest(path: Path) -> dict[str, Mapping[str, Any]]:
    if not path.is_file():
        return {}
    try:
        given = json.loads(path.read_text("utf-8-sig"))
        entries = given["papers"] if isinstance(given, dict) else given
        return {str(entry["path"]): _entry(entry) for entry in entries}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as slip:
        raise BadValue(field=MANIFEST, value=str(slip)[:80], expected='[{"path": …}]') from slip


def _entry(entry: Any) -> Mapping[str, Any]:
    """One line of the manifest with its values as text, as if typed; raises ValueError or TypeError."""
    fields = entry.get("fields") or {}
    plain = {name: str(value) for name, value in entry.items() if isinstance(value, (str, int, float))}
    return {**plain, "on_paper": entry.get("on_paper", True) is not False, "fields": dict(fields)}


def _file_batch(unit: Unit, folder: Path, batch: Sequence[Source], wanted: Wanted) -> list[FileLine]:
    unit.act(Act.IMPORT_RUN, private={"folder": readable(folder.name)}, files=len(batch))
    classes = Counter(_class_code(source, wanted) for source in batch)
    with unit.keys_ahead(classes), unit.vault.together() as unit.vault:
        return [_file_one(unit, source, wanted) for source in batch]


def _class_code(source: Source, wanted: Wanted) -> str:
    return str(source.told.get("class") or wanted.class_code or "")


def _file_one(unit: Unit, source: Source, wanted: Wanted) -> FileLine:
    """File one document inside a savepoint: what fails is undone, logged and told, and the batch goes on."""
    mark = len(unit.lines)
    try:
        with unit.session.begin_nested():
            return _filed(unit, source, wanted)
    except ArchiveError as error:
        if error.exit >= MACHINE:
            raise
        del unit.lines[mark:]
        unit.lines.append(Line(Act.IMPORT_RUN, outcome=error.code, private={"file": source.relative}))
        return FileLine(source.relative, Fate.REFUSED, error=error)


def _filed(unit: Unit, source: Source, wanted: Wanted) -> FileLine:
    matter, paper = described(source, wanted, unit)
    size = _size(source.file)
    if size > unit.settings.max_file_mib << 20:
        raise FileTooLarge(path=source.relative, size=size >> 20, most=unit.settings.max_file_mib)
    key = _key(unit, source, matter)
    known = unit.session.scalar(select(ImportedFile).where(ImportedFile.key == key))
    if known is not None:
        return FileLine(source.relative, Fate.KNOWN, uid=known.item_uid)
    item = items.file_matter(unit, matter, [paper], volume_title=str(source.told.get("volume_title") or ""))[
        0
    ]
    with _opened(source.file) as stream:
        objects.attach_to(unit, item, stream, name=readable(source.file.name))
    unit.session.add(ImportedFile(key=key, item_uid=item.uid, imported_at=unit.now))
    unit.session.flush()
    return FileLine(source.relative, Fate.FILED, item.reference_code, item.uid)


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError as fault:
        raise FileMissing(path=readable(file.name)) from fault


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    """*file* to be read inside the block; raises `FileMissing` for what cannot be opened, or read to its end."""
    try:
        with file.open("rb") as stream:
            yield stream
    except OSError as fault:
        raise FileMissing(path=readable(file.name)) from fault


def _key(unit: Unit, source: Source, matter: Matter) -> str:
    """A keyed MAC of class, path and content: the list of imported files tells nothing by itself."""
    mac = unit.keys.running_mac("import")
    with _opened(source.file) as stream:
        while chunk := stream.read(1 << 20):
            mac.update(chunk)
    place = f"{matter.class_code}|{source.relative}|".encode()
    return unit.keys.mac("import", place + mac.digest()).hex()


def described(source: Source, wanted: Wanted, unit: Unit) -> tuple[Matter, Paper]:
    """What a file is, from the manifest if it says so, else from its name and what the clerk said."""
    told = source.told
    dated, title = dated_title(readable(source.file.stem))
    if told.get("date"):
        dated = day(str(told["date"]), "date")
    class_code = _class_code(source, wanted)
    if not class_code:
        raise BadValue(field="class", value="—", expected="--class")
    year = _number(told, "year") or wanted.year or (dated.year if dated else unit.today.year)
    matter = Matter(
        class_code=class_code,
        year=year,
        department=str(told.get("department") or wanted.department or unit.actor.department),
        premises=told.get("premises") or wanted.premises,
        party=told.get("party") or wanted.party,
        dossier=told.get("project") or wanted.dossier,
        level=Level.named(str(told["level"])) if told.get("level") else None,
        period=told.get("period"),
    )
    paper = Paper(
        title=str(told.get("title") or title),
        dated=dated,
        creator=str(told.get("creator") or ""),
        document_no=str(told.get("document_no") or ""),
        doc_type=str(told.get("doc_type") or ""),
        pages=_number(told, "pages") or 1,
        on_paper=bool(told.get("on_paper", True)),
        party=matter.party,
        premises=matter.premises,
        fields=told.get("fields") or {},
    )
    return matter, paper


def _number(told: Mapping[str, Any], name: str) -> int | None:
    text = told.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,6}", text):
        raise BadValue(field=name, value=text[:40], expected="1–999999")
    return int(text)


def dated_title(stem: str) -> tuple[dt.date | None, str]:
    """`2024-05-14 题名` as day and title; a day that does not exist is refused, not guessed."""
    match = _DATED.match(stem)
    return (day(match[1], "date"), match[2].strip()) if match else (None, stem.strip())
