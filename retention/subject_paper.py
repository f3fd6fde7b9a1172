"""The subject report as a Word file, to be handed to the person or kept with the answer (个保法 45)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from archive.cells import cell, label, value
from archive.durable import handed_out
from archive.forms.docx import docx
from archive.forms.page import Block, Column, Facts, Form, Orientation, Signatures, Table
from archive.unit import Unit
from archive.words import Language, say
from retention.subjects import SubjectReport

#: The columns of both tables, as wide as each needs on a sheet that lies.
LINES = {
    "code": 48, "title": 50, "class_name:subject_class": 34, "clause:subject_clause": 24, "department": 16,
    "keeping:subject_keeping": 30, "kept_until": 22, "why:subject_why": 44, "held_by:subject_held_by": 24,
}  # fmt: skip
ELSEWHERE = {
    "where:subject_where": 40, "entries:subject_entries": 20, "first:subject_first": 24, "last:subject_last": 24,
    "why:subject_why": 110,
}  # fmt: skip


def write(unit: Unit, report: SubjectReport, language: Language, target: Path) -> Path:
    """Write *report* to the new file *target*, outside the instance.

    Raises `InsideInstance`, `TargetExists`, `FileMissing` (no such folder), `StorageFailed`, `DiskFull`.
    """
    with handed_out(target, unit.home) as file:
        unit.log_now()
        file.write(document(report, language))
    return target.expanduser().absolute()


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
    kept = _table("kept", LINES, report.kept, language)
    elsewhere = _table("elsewhere", ELSEWHERE, report.elsewhere, language)
    wide = frozenset({say("subject.law", language), say("subject.notice", language)})
    blocks: list[Block] = [
        Facts(facts, wide=wide), *(table for table in (kept, elsewhere) if table.rows),
        Signatures([say("subject.signed", language)]),
    ]  # fmt: skip
    title = say("subject.title", language)
    return docx(Form("subject", title, blocks, orientation=Orientation.LANDSCAPE, language=language))


def _table(over: str, columns: Mapping[str, int], lines: Sequence[object], language: Language) -> Table:
    rows = [[cell(value(line, name), language) for name in columns] for line in lines]
    heads = [Column(label(name, language), wide) for name, wide in columns.items()]
    return Table(heads, rows, heading=say(f"list.{over}", language))
