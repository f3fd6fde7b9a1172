"""Printing a form: what is asked for is built, drawn as PDF or Word, logged, and only then leaves the house (V25)."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from archive.acts import Act
from archive.durable import free_place, handed_out
from archive.errors import BadValue
from archive.forms import pdf, templates
from archive.forms.docx import docx
from archive.forms.kinds import FormKind, Takes, Wanted
from archive.forms.page import Form
from archive.unit import Line, Unit
from archive.words import say

PDF, WORD = ".pdf", ".docx"


@dataclass(frozen=True, slots=True)
class Paper:
    """A form as it was drawn: its bytes (PDF or Word), pages (a Word file counts its own) and rows, letters the font lacks.

    *template*: the version of the office's own layout; *used* is false where a PDF keeps ours (decision 23).
    """

    body: BytesIO
    form: str
    pages: int | None
    rows: int
    confidential: int
    missing: frozenset[str]
    template: int | None
    used: bool


def print_form(unit: Unit, kind: FormKind, wanted: Wanted, path: Path, *, purpose: str = "") -> Paper:
    """Write *kind* of what is *wanted* to *path* (.pdf or .docx, 0600, never over another file).

    The line in the log names form, codes, rows and how many are confidential; it is written before the file is.
    Raises `BadValue`, `FileMissing`, `TargetExists`, `InsideInstance`, and what the builder refuses.
    """
    line = _asked(unit, kind, wanted, purpose)
    _writable(unit, path)
    made = _made(unit, kind, wanted, path.suffix.lower(), line)
    unit.log_now()
    _write(unit, path, made.body)
    return made


def drawn(unit: Unit, kind: FormKind, wanted: Wanted, suffix: str = PDF, *, purpose: str = "") -> Paper:
    """*kind* of what is *wanted* as PDF or Word in memory, for who asked over the network; logged as `print_form` does.

    Raises `BadValue`, and what the builder refuses.
    """
    line = _asked(unit, kind, wanted, purpose)
    if suffix not in {PDF, WORD}:
        raise BadValue(field="to", value=suffix, expected=f"{PDF}, {WORD}")
    made = _made(unit, kind, wanted, suffix, line)
    unit.log_now()
    return made


def _asked(unit: Unit, kind: FormKind, wanted: Wanted, purpose: str) -> Line:
    asked = {"asked": list(wanted.codes), "purpose": purpose} if wanted.codes or purpose else {}
    unit.act(Act.FORM_PRINT, private=asked, form=kind.code)
    return unit.lines[-1]


def _made(unit: Unit, kind: FormKind, wanted: Wanted, suffix: str, line: Line) -> Paper:
    """The form, drawn; the line tells what is on it."""
    _named(kind, wanted)
    form, body = kind.build(unit, wanted), BytesIO()
    found = templates.current(unit, kind)
    pages, missing, used = _drawn(unit, kind, form, found, suffix, body)
    _tell(line, wanted, form, suffix)
    body.seek(0)
    return Paper(
        body, kind.code, pages, form.shown.rows, form.shown.confidential, missing,
        found.version if found else None, used,
    )  # fmt: skip


def save(unit: Unit, path: Path, body: bytes) -> None:
    """Write a Word file somebody asked for to *path*; raises as `print_form` does."""
    _writable(unit, path, WORD)
    _write(unit, path, BytesIO(body))


#: What is printed of things that must be named.
_OF_NAMED = frozenset({Takes.VOLUME, Takes.VOLUMES, Takes.NUMBER, Takes.PERSON, Takes.PLACE})


def _named(kind: FormKind, wanted: Wanted) -> None:
    """Raise `BadValue` if a form of things that must be named names none."""
    if kind.takes in _OF_NAMED and not wanted.codes:
        raise BadValue(field="codes", value="—", expected=say(kind.takes.word, wanted.language))


def _writable(unit: Unit, path: Path, *formats: str) -> None:
    """Raise what is wrong with *path* before anything is read."""
    allowed = formats or (PDF, WORD)
    if path.suffix.lower() not in allowed:
        raise BadValue(field="to", value=path.name, expected=", ".join(allowed))
    free_place(path, unit.home)


def _drawn(
    unit: Unit, kind: FormKind, form: Form, found: templates.Template | None, suffix: str, body: BytesIO
) -> tuple[int | None, frozenset[str], bool]:  # fmt: skip
    """Draw into *body*: Word by the office's template if one paper is printed and there is one, else by our layout."""
    if suffix == PDF:
        drawn = pdf.draw(form, body)
        return drawn.pages, drawn.missing, False
    used = found is not None and bool(form.values or form.tables)
    body.write(templates.render(unit, kind, found, form) if found and used else docx(form))
    return None, frozenset(), used


def _tell(line: Line, wanted: Wanted, form: Form, suffix: str) -> None:
    """What the log keeps in clear: codes, counts, days; *codes* only now that they are known to be codes."""
    narrowed = {
        "codes": list(wanted.codes),
        "class_code": wanted.class_code,
        "department": wanted.department,
        "year": wanted.year,
        "period": wanted.period,
        "since": wanted.since,
        "until": wanted.until,
    }
    told = {name: value for name, value in narrowed.items() if value}
    counted = {"rows": form.shown.rows, "confidential": form.shown.confidential}
    line.facts = {**line.facts, **told, **counted, "format": suffix[1:]}


def _write(unit: Unit, path: Path, body: BytesIO) -> None:
    with handed_out(path, unit.home) as file:
        file.write(body.getbuffer())
