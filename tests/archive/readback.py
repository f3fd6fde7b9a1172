"""What a printed page says when it is read again: texts found, pages with ink on them, fonts, page numbers.

One set of checks for the product's own PDF and for Word files turned into PDF by another program.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import pypdf
import pypdfium2

from archive.forms import looks
from archive.forms.page import Break, Cover, Facts, Form, Signatures, Spine, Stamp, Table, Text
from archive.words import say

SOFFICE, PDFTOPPM = shutil.which("soffice"), shutil.which("pdftoppm")
#: What programs show for a letter that no font has.
REPLACED = frozenset("\ufffd〓\u25a1")


def squeezed(text: str) -> str:
    """*text* as it is compared: one form of each letter, no blanks, which line ends eat.

    No long dashes either: LibreOffice draws them with another font, before the words around them.
    """
    return re.sub(r"[\s\u200b\u3000—]+", "", unicodedata.normalize("NFKC", text))


class Pages:
    """A PDF read again."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        self._reader = pypdf.PdfReader(io.BytesIO(raw))

    def __len__(self) -> int:
        return len(self._reader.pages)

    @cached_property
    def texts(self) -> list[str]:
        """The text of each page, in the order it was drawn, squeezed."""
        return [squeezed(page.extract_text()) for page in self._reader.pages]

    def empty(self, form: Form) -> list[int]:
        """The pages (from 1) with nothing on them but what stands on every page: running lines, title, page number."""
        return [place for place, text in enumerate(self.texts, 1) if not _body(form, text)]

    def outside(self) -> list[int]:
        """The pages (from 1) on which a letter stands where no printer prints."""
        document = pypdfium2.PdfDocument(self.raw)
        try:
            return [place for place, page in enumerate(document, 1) if not _within(page)]
        finally:
            document.close()

    def pictures(self) -> list[bytes]:
        """Each page as a small picture, byte by byte."""
        document = pypdfium2.PdfDocument(self.raw)
        try:
            return [page.render(scale=0.7).to_pil().convert("L").tobytes() for page in document]
        finally:
            document.close()

    def lacking(self, wanted: Iterable[str]) -> list[str]:
        """Those of *wanted* that are on no page; a text torn between two pages is found too."""
        whole = "".join(self.texts)
        bare = "".join(self._bare())
        return [text for text in wanted if squeezed(text) not in whole and squeezed(text) not in bare]

    def _bare(self) -> Iterator[str]:
        """The pages without what stands on every one of them, so that a row torn between two reads on."""
        shared = _common(self.texts)
        for text in self.texts:
            yield text[shared:]

    def replaced(self) -> set[str]:
        """Marks for letters that could not be shown."""
        return {letter for text in self.texts for letter in text} & REPLACED

    def loose_fonts(self) -> set[str]:
        """Fonts that are named but not in the file."""
        return {
            name
            for page in self._reader.pages
            for name, embedded in _fonts(page.get("/Resources"))
            if not embedded
        }


def _body(form: Form, text: str) -> str:
    """What stands on a page beside running lines, title and page number."""
    language = form.language
    running = [
        say("printed.continued", language, title=form.title), form.title, form.company, form.foot,
        say("printed.number", language, number=form.number),
    ]  # fmt: skip
    for one in map(squeezed, running):
        text = text.replace(one, "", 1) if one else text
    return _numbering(form).sub("", text)


def _within(page: Any) -> bool:
    """Whether every letter is at least three millimetres from the edge of its sheet."""
    wide, high = page.get_size()
    edge, text = 3 * looks.MM, page.get_textpage()
    for place in range(text.count_chars()):
        left, bottom, right, top = text.get_charbox(place)
        if right > left and not (
            edge <= left and right <= wide - edge and edge <= bottom and top <= high - edge
        ):
            return False
    return True


def _common(texts: Sequence[str]) -> int:
    """How many letters all pages begin with alike."""
    first, last = min(texts), max(texts)
    return next((place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), 0)


def _fonts(resources: Any) -> Iterator[tuple[str, bool]]:
    """Name of each font, and whether its letters are in the file; also of what is drawn within."""
    found = resources.get_object() if resources is not None else {}
    for font in (found.get("/Font") or {}).values():
        yield from _font(font.get_object())
    for inner in (found.get("/XObject") or {}).values():
        yield from _fonts(inner.get_object().get("/Resources"))


def _font(font: Any) -> Iterator[tuple[str, bool]]:
    name, within = str(font.get("/BaseFont", "")), font.get("/DescendantFonts")
    if within is not None:
        for one in within.get_object():
            yield from _font(one.get_object())
        return
    descriptor = font.get("/FontDescriptor")
    keys = descriptor.get_object().keys() if descriptor is not None else ()
    yield (
        name,
        any(key in keys for key in ("/FontFile", "/FontFile2", "/FontFile3"))
        or font.get("/Subtype") == "/Type3",
    )


# --- what a form says -----------------------------------------------------------------------------


def said(form: Form) -> list[str]:
    """Every text of a form (its rows read out), each as it should be found on paper."""
    told = [form.company, form.number, form.foot, *(part for pair in form.facts for part in pair)]
    if not all(isinstance(block, Cover | Spine | Break) for block in form.blocks):
        told.append(form.title)  # covers and strips have a page of their own, without it
    for block in form.blocks:
        told += _SAID[type(block)](block)
    return [text for text in told if squeezed(text)]


def _table(block: Table) -> list[str]:
    return [
        block.heading,
        *(one.heading for one in block.columns),
        *(cell for row in block.rows for cell in row),
    ]


def _pairs(block: Any) -> list[str]:
    return [part for pair in block.pairs for part in pair]


_SAID: dict[type, Any] = {
    Table: _table,
    Facts: _pairs,
    Text: lambda block: [block.text],
    Signatures: lambda block: list(block.labels),
    Break: lambda block: [part for pair in block.facts or () for part in pair],
    Cover: lambda block: [block.title, *_pairs(block)],
    Spine: lambda block: [block.title, *_pairs(block)],
    Stamp: lambda block: [*(part for cell in block.cells for part in cell), block.caption],
}


def _numbering(form: Form) -> re.Pattern[str]:
    """How a page of *form* says which of how many it is."""
    page, whole = say("printed.page", form.language, page="#"), say("printed.pages", form.language, pages="#")
    head, middle, tail = (re.escape(squeezed(part)) for part in _around(page, whole))
    return re.compile(f"{head}([0-9]+){middle}([0-9]+){tail}")


def numbered(form: Form, pages: Pages) -> list[int]:
    """The pages (from 1) that do not say which of how many they are; papers within a form count for themselves."""
    told = [_numbering(form).search(text) for text in pages.texts]
    found = [(int(one[1]), int(one[2])) if one else (0, 0) for one in told]
    return [place for place, pair in enumerate(found) if not _in_turn(found, place, pair)]


def _around(page: str, whole: str) -> tuple[str, str, str]:
    before, _, between = page.partition("#")
    more, _, after = whole.partition("#")
    return before, between + more, after


def _in_turn(found: Sequence[tuple[int, int]], place: int, pair: tuple[int, int]) -> bool:
    """This page follows the one before, or begins a paper where that one ended."""
    number, of = pair
    if not 1 <= number <= of:
        return False
    before = found[place - 1] if place else (0, 0)
    ends = place + 1 == len(found) or found[place + 1][0] == 1
    began = number == 1 and before[0] == before[1]
    return (began or (number == before[0] + 1 and of == before[1])) and (not ends or number == of)


# --- another program ------------------------------------------------------------------------------


def by_libreoffice(files: Sequence[Path], folder: Path) -> dict[str, Pages]:
    """The Word files as LibreOffice prints them, by their names; its settings are kept in *folder* too."""
    assert SOFFICE is not None
    profile, out = folder / "profile", folder / "pdf"
    asked = [
        SOFFICE,
        f"-env:UserInstallation={profile.as_uri()}",
        "--headless",
        "--norestore",
        "--convert-to",
        "pdf",
    ]
    subprocess.run(  # one process for all of them: it takes seconds to start
        [*asked, "--outdir", str(out), *map(str, files)], check=True, timeout=600, capture_output=True
    )
    return {path.stem: Pages((out / f"{path.stem}.pdf").read_bytes()) for path in files}
