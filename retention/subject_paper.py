"""The subject report as a Word file, to be handed to the person or kept with the answer (个保法 45)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archive.durable import NewFile
from archive.errors import FileMissing, InsideInstance
from archive.printing import cell, label, value
from archive.unit import Unit
from archive.words import Language, say
from retention.paper import Table
from retention.paper import report as paper
from retention.subjects import SubjectReport

LINES = (
    "code", "title", "class_name:subject_class", "clause:subject_clause", "department", "keeping:subject_keeping",
    "kept_until", "why:subject_why", "held_by:subject_held_by",
)  # fmt: skip
ELSEWHERE = (
    "where:subject_where", "entries:subject_entries", "first:subject_first", "last:subject_last", "why:subject_why",
)  # fmt: skip


def write(unit: Unit, report: SubjectReport, language: Language, target: Path) -> Path:
    """Write *report* to the new file *target*, outside the instance.

    Raises `InsideInstance`, `TargetExists`, `FileMissing` (no such folder), `StorageFailed`, `DiskFull`.
    """
    path = target.expanduser().absolute()
    if path.resolve().is_relative_to(unit.vault.folder.resolve().parent):
        raise InsideInstance(path=str(target))
    if not path.parent.is_dir():
        raise FileMissing(path=str(path.parent))
    unit.log_now()
    with NewFile(path.with_name(f".{path.name}.part"), points="export") as file:
        file.write(document(report, language))
        file.keep(path)
    return path


def document(report: SubjectReport, language: Language) -> bytes:
    """The bytes of the Word file: who, the records with reason and end, the registers, a line to sign."""
    facts = [
        (say("column.subject_code", language), f"{report.subject}  {report.name}"),
        (say("column.subject_made_on", language), f"{report.made_on}  {report.made_by}"),
        (say("subject.law", language), say("subject.basis", language)),
    ]
    if report.storage_only:
        told = say("subject.storage-only", language, count=report.storage_only)
        facts.append((say("subject.notice", language), told))
    tables = [
        Table(say("list.kept", language), _heads(LINES, language), _rows(report.kept, LINES, language)),
        Table(
            say("list.elsewhere", language), _heads(ELSEWHERE, language), _rows(report.elsewhere, ELSEWHERE, language)
        ),
    ]  # fmt: skip
    return paper(say("subject.title", language), facts, tables, [say("subject.signed", language)])


def _heads(columns: Sequence[str], language: Language) -> list[str]:
    return [label(name, language) for name in columns]


def _rows(lines: Sequence[object], columns: Sequence[str], language: Language) -> list[list[str]]:
    return [[cell(value(line, name), language) for name in columns] for line in lines]
