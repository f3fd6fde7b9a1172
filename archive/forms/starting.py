"""A Word file to start an office's own layout from: every placeholder of a form beside its name."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from docx.shared import Pt

from archive.errors import NoTemplateHere
from archive.forms import looks
from archive.forms.kinds import FormKind
from archive.forms.placeholders import COMMON, Names, names_of
from archive.forms.templates import settled
from archive.words import Language, sentences

#: Where the names of placeholders are said, the first that knows one.
_SAID = ("catalogue", "paper", "placeholder", "destruction-paper", "accounting-paper", "column", "field")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A name a template may use, what it stands for, and the table it is a column of."""

    placeholder: str
    meaning: str
    table_name: str


def placeholders(kind: FormKind, language: Language) -> list[Placeholder]:
    """All that a template of *kind* may name; raises `NoTemplateHere`."""
    names = names_of(kind)
    if not names:
        raise NoTemplateHere(form=kind.code)
    single = [Placeholder(name, meaning(name, language), "") for name in (*COMMON, *names.values)]
    return [*single, *_of_tables(names, language)]


def _of_tables(names: Names, language: Language) -> Iterator[Placeholder]:
    for table, columns in names.tables.items():
        yield from (Placeholder(name, meaning(name, language), table) for name in columns)


def meaning(name: str, language: Language) -> str:
    """What a placeholder stands for, as the form's own heading says it."""
    said = sentences(language)
    told = (said.get(f"{place}.{name}", "{") for place in _SAID)
    return next((" ".join(text.split()) for text in told if "{" not in text), name)


def starting(kind: FormKind, language: Language) -> bytes:
    """A Word file with every placeholder of *kind*, to be rearranged in Word; raises `NoTemplateHere`."""
    placeholders(kind, language)
    names, document = names_of(kind), Document()
    font = document.styles["Normal"]
    font.font.size = Pt(looks.TEXT)
    font.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), looks.WORD_FONT)
    document.add_heading("{{ form_title }}", 1)
    _grid(document, [name for name in (*COMMON, *names.values) if name != "form_title"], language)
    for table, columns in names.tables.items():
        document.add_paragraph()
        _lines(document, table, columns, language)
    document.core_properties.title, document.core_properties.author = "", ""
    saved = io.BytesIO()
    document.save(saved)
    return settled(saved)


def _grid(document: Any, names: Sequence[str], language: Language) -> None:
    grid = document.add_table(rows=0, cols=2, style="Table Grid")
    for name in names:
        cells = grid.add_row().cells
        cells[0].text, cells[1].text = meaning(name, language), f"{{{{ {name} }}}}"


def _lines(document: Any, table: str, columns: Sequence[str], language: Language) -> None:
    """Headings, and between two rows that vanish the one that is repeated for each line."""
    grid = document.add_table(rows=4, cols=len(columns), style="Table Grid")
    for place, name in enumerate(columns):
        grid.cell(0, place).text = meaning(name, language)
        grid.cell(2, place).text = f"{{{{ row.{name} }}}}"
    grid.cell(1, 0).text = f"{{%tr for row in {table} %}}"
    grid.cell(3, 0).text = "{%tr endfor %}"
