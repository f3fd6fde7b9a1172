"""The report of the four properties on paper, ready for signature (DA/T 70, domain §3.8)."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from archive.durable import handed_out
from archive.errors import BadValue
from archive.exchange import Passing
from archive.forms.docx import docx
from archive.forms.page import Align, Column, Facts, Form, Orientation, Signatures, Table
from archive.forms.pdf import write_pdf
from archive.properties.table import Verdict, counts
from archive.unit import Unit
from archive.words import Language, say

#: Columns of the table and their millimetres on a lying A4 sheet.
_WIDE = (
    ("check_of", 46.0),
    ("check_id", 14.0),
    ("checked", 62.0),
    ("passing", 18.0),
    ("check_seen", 88.0),
    ("clause", 34.0),
)


def write(unit: Unit, verdicts: Sequence[Verdict], path: Path, language: Language) -> None:
    """Write the report as *path* says (.docx or .pdf); raises `BadValue`, and as `durable.handed_out` does."""
    if path.suffix.lower() not in {".docx", ".pdf"}:
        raise BadValue(field="report", value=path.suffix or path.name[:40], expected=".docx .pdf")
    form = report(unit, verdicts, language)
    body = BytesIO()
    if path.suffix.lower() == ".docx":
        body.write(docx(form))
    else:
        write_pdf(form, body)
    with handed_out(path, unit.home) as file:
        file.write(body.getvalue())


def report(unit: Unit, verdicts: Sequence[Verdict], language: Language) -> Form:
    """The report as a form: how many checks of each property came to what, then every check."""
    columns = [
        Column(
            say(f"column.{name}", language),
            wide,
            Align.CENTRE if name in {"check_id", "passing"} else Align.LEFT,
        )
        for name, wide in _WIDE
    ]
    sums = [
        (
            say(proves.word, language),
            say("properties.sum", language, **{one.value.lower(): n for one, n in many.items()}),
        )
        for proves, many in counts(verdicts).items()
    ]
    rows = [
        (
            one.subject, one.id, say(one.check.word, language), say(one.passing.word, language),
            one.evidence.told(language), one.clause,
        )
        for one in verdicts
    ]  # fmt: skip
    well = not any(one.passing is Passing.FAILED for one in verdicts)
    facts = [(say("properties.on", language), str(unit.today))]
    facts += [
        (say("properties.result", language), say("properties.well" if well else "properties.ill", language))
    ]
    labels = [say("properties.checker", language), say("properties.reviewer", language)]
    return Form(
        kind="four-properties", title=say("properties.title", language), company=unit.settings.company,
        blocks=[Facts(sums, across=2), Table(columns, rows), Signatures(labels)], facts=facts,
        orientation=Orientation.LANDSCAPE,
    )  # fmt: skip
