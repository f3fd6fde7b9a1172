"""A form as an editable Word file: the frame by python-docx, the body written as it is read; equal forms, equal bytes.

Rows go straight into the packed file, so ten thousand lines take seconds and little memory.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any

from docx import Document
from docx.enum.section import WD_ORIENT
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from lxml import etree

from archive.forms import looks
from archive.forms.looks import in_lines, sheets_of_strips
from archive.forms.page import (
    Align,
    Block,
    Break,
    Cover,
    Facts,
    Form,
    Orientation,
    Signatures,
    Spine,
    Stamp,
    Table,
    Text,
)  # fmt: skip
from archive.forms.wordxml import (
    TABLE_ENDS,
    aligned,
    borders,
    cell,
    dxa,
    fitting,
    paragraph,
    row,
    run,
    table_begins,
    written,
)  # fmt: skip
from archive.words import say

_EPOCH = (1980, 1, 1, 0, 0, 0)
_BODY = b"<!--body-->"
_BOLD = "<w:b/>"
#: Styles: name, size, bold, centred.
_STYLES = (
    ("FormTitle", looks.TITLE, True, True),
    ("FormHeading", looks.HEADING, True, False),
    ("FormText", looks.TEXT, False, False),
    ("FormNote", looks.NOTE, False, False),
    ("FormCell", looks.CELL, False, False),
    ("FormDense", looks.DENSE, False, False),
    ("FormRunning", looks.RUNNING, False, False),
    ("FormGap", 2.0, False, False),
    ("FormCover", 22.0, True, True),
)


def docx(form: Form) -> bytes:
    """*form* as the bytes of a Word file."""
    frame, out = _frame(form), io.BytesIO()
    with zipfile.ZipFile(frame) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with target.open(entry, "w") as file:
                before, found, after = source.read(name).partition(_BODY)
                file.write(before)
                if found:
                    for told in _body(form, list(form.blocks)):
                        file.write(told.encode())
                file.write(after)
    return out.getvalue()


# --- the frame ------------------------------------------------------------------------------------


def _frame(form: Form) -> io.BytesIO:
    """An empty document with styles, sheet and running lines."""
    document = Document()
    for style in _STYLES:
        _style(document, *style)
    section = document.sections[0]
    _sheet(section, form.orientation)
    _running(section, form)
    document.core_properties.title = written(form.title)[:255]
    document.core_properties.author = written(form.company)[:255]
    document.element.body.insert(0, etree.Comment("body"))
    saved = io.BytesIO()
    document.save(saved)
    return saved


def _style(document: Any, name: str, size: float, bold: bool, centred: bool) -> None:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    style.font.size, style.font.bold, style.font.name = Pt(size), bold, "Times New Roman"
    font = looks.WORD_COVER_FONT if name == "FormCover" else looks.WORD_FONT
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
    spacing = style.paragraph_format
    spacing.space_before = spacing.space_after = Pt(0)
    spacing.line_spacing = 1.0 if name in {"FormCell", "FormDense", "FormGap"} else 1.15
    if centred:
        spacing.alignment = WD_ALIGN_PARAGRAPH.CENTER


def _sheet(section: Any, orientation: Orientation) -> None:
    wide, high = looks.sheet(orientation)
    landscape = orientation is Orientation.LANDSCAPE
    section.orientation = WD_ORIENT.LANDSCAPE if landscape else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(wide), Mm(high)
    section.left_margin, section.right_margin = Mm(looks.BINDING), Mm(looks.OUTER)
    section.top_margin, section.bottom_margin = Mm(looks.TOP), Mm(looks.BOTTOM)
    section.header_distance, section.footer_distance = Mm(looks.HEAD - 3), Mm(looks.FOOT - 3)


def _running(section: Any, form: Form) -> None:
    """Company and number above; fingerprint and page x of y below."""
    edge = Mm(looks.room(form.orientation))
    number = say("printed.number", form.language, number=form.number) if form.number else ""
    _line(section.header.paragraphs[0], [written(form.company), written(number)], edge)
    foot = section.footer.paragraphs[0]
    _line(foot, [written(form.foot), ""], edge)
    for key, name, instruction in (
        ("printed.page", "page", "PAGE"),
        ("printed.pages", "pages", "NUMPAGES"),
    ):
        before, _, after = say(key, form.language, **{name: "\0"}).partition("\0")
        foot.add_run(before if name == "page" else f"　{before}")
        _field(foot, instruction)
        foot.add_run(after)


def _line(paragraph: Any, sides: Sequence[str], edge: Any) -> None:
    paragraph.style = "FormRunning"
    stops = paragraph.paragraph_format.tab_stops
    stops.clear_all()
    stops.add_tab_stop(edge, 2)  # WD_TAB_ALIGNMENT.RIGHT
    paragraph.add_run("\t".join(sides))


def _field(paragraph: Any, instruction: str) -> None:
    """A number that the word processor counts."""
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    counted, told = OxmlElement("w:r"), OxmlElement("w:t")
    told.text = "1"
    counted.append(told)
    field.append(counted)
    paragraph._p.append(field)  # noqa: SLF001  python-docx has no page-number field of its own


# --- the body -------------------------------------------------------------------------------------


def _body(form: Form, blocks: Sequence[Block]) -> Iterator[str]:
    """The blocks in order; a title heads what flows, and a new page comes where a page of its own begins or ended."""
    facts: Sequence[tuple[str, str]] | None = form.facts  # until the title with them is written
    used, turn = False, False
    for kind, group in groupby(blocks, type):
        together: list[Any] = list(group)
        if kind is Break:
            facts, turn = next((one.facts for one in together if one.facts is not None), facts), True
            continue
        own = kind in _PAGES
        yield _NEW_PAGE if used and (turn or own) else ""
        if facts is not None and not own:
            yield from _titled(form, facts)
            facts = None
        yield from _PAGES[kind](form, together) if own else _flowing(form, together)
        used, turn = True, own
    if not used:
        yield from _titled(form, form.facts)
    yield paragraph("", "FormGap")


def _flowing(form: Form, group: Sequence[Any]) -> Iterator[str]:
    if isinstance(group[0], Stamp):
        yield from _stamps(form, group)
        return
    for block in group:
        yield from _WRITERS[type(block)](form, block)


_NEW_PAGE = paragraph("", "FormGap", "<w:pageBreakBefore/>")


def _titled(form: Form, facts: Sequence[tuple[str, str]]) -> Iterator[str]:
    yield paragraph(run(form.title), "FormTitle", "<w:keepNext/>")
    told = [say("word.labelled", form.language, label=label, value=value) for label, value in facts]
    if told:
        yield paragraph(
            run("　　".join(told)), "FormText", '<w:keepNext/><w:spacing w:before="60" w:after="60"/>'
        )


def _room(form: Form) -> float:
    return looks.room(form.orientation)


def _table(form: Form, block: Table) -> Iterator[str]:
    widths = [dxa(wide) for wide in looks.shares([one.wide for one in block.columns], _room(form))]
    aligns = [aligned(one.align) for one in block.columns]
    style = "FormDense" if block.dense else "FormCell"
    if block.heading:
        yield paragraph(run(block.heading), "FormHeading", "<w:keepNext/>")
    yield table_begins(widths)
    middle = [aligned(Align.CENTRE)] * len(widths)
    yield _row([one.heading for one in block.columns], widths, middle, style, bold=True)
    for told in block.rows:
        form.shown.rows += 1
        yield _row(told, widths, aligns, style)
    empty = row("".join(cell(paragraph("", "FormCell"), wide) for wide in widths), looks.WRITTEN)
    yield empty * (block.blank + (_FILLED if block.fill else 0))
    yield TABLE_ENDS + paragraph("", "FormGap", '<w:spacing w:after="120"/>')


#: Rows to write in that a list to be filled gets in Word, where nobody knows how much room is left.
_FILLED = 5


def _row(
    told: Sequence[str], widths: Sequence[int], aligns: Sequence[str], style: str, *, bold: bool = False
) -> str:
    cells = [
        cell(paragraph(run(text, _BOLD if bold else ""), style, align), wide)
        for text, wide, align in zip(told, widths, aligns, strict=True)
    ]
    return row("".join(cells), looks.ROW, heading=bold)


def _facts(form: Form, block: Facts) -> Iterator[str]:
    """A grid of labels and values; a pair alone on its line takes all of it."""
    share = _room(form) / block.across
    longest = max((len(label) for label, _ in block.pairs), default=0) * looks.CELL / looks.MM
    label = min(longest + 2 * looks.BESIDE + 3, _room(form) * looks.LABEL / block.across)
    widths = [dxa(label), dxa(share - label)] * block.across
    yield table_begins(widths)
    for pairs in in_lines(block):
        least = max([looks.ROW, *(block.tall.get(name, 0.0) for name, _ in pairs)])
        cells = ""
        for place, (name, told) in enumerate(pairs):
            over = 2 * (block.across - place) - 1 if place == len(pairs) - 1 else 1
            wide = sum(widths[2 * place + 1 : 2 * place + 1 + over])
            cells += cell(paragraph(run(name), "FormCell", aligned(Align.CENTRE)), widths[0])
            cells += cell(paragraph(run(told), "FormCell"), wide, span=over)
        yield row(cells, least)
    yield TABLE_ENDS + paragraph("", "FormGap", '<w:spacing w:after="120"/>')


def _text(_: Form, block: Text) -> Iterator[str]:
    style = "FormHeading" if block.heading else "FormNote" if block.note else "FormText"
    keep = "<w:keepNext/>" if block.heading else ""
    yield paragraph(run(block.text), style, f'{keep}<w:spacing w:before="60" w:after="60"/>')


def _signatures(form: Form, block: Signatures) -> Iterator[str]:
    """Lines to sign, side by side, all on one page."""
    share = dxa(_room(form) / block.across)
    day = say("printed.day", form.language)
    yield table_begins([share] * block.across, ruled=False)
    lines = range(0, len(block.labels), block.across)
    for start in lines:
        cells = ""
        keep = "<w:keepNext/>" if start != lines[-1] else ""
        for label in block.labels[start : start + block.across]:
            name = say("word.labelled", form.language, label=label, value="")
            done = block.signed.get(label)
            told = f"{name}{done.told}　{done.on}" if done else f"{name}＿＿＿＿＿＿＿＿　{day}"
            cells += cell(paragraph(run(told), "FormText", keep), share)
        for _ in range(start + block.across - len(block.labels)):
            cells += cell(paragraph("", "FormText"), share)
        yield row(cells, looks.SIGNED)
    yield TABLE_ENDS + paragraph("", "FormGap", '<w:spacing w:after="120"/>')


def _covers(form: Form, group: Sequence[Cover]) -> Iterator[str]:
    """Each on a page of its own: a large title, labelled lines below."""
    for nth, block in enumerate(group):
        yield _NEW_PAGE if nth else ""
        yield from _cover(form, block)


def _cover(form: Form, block: Cover) -> Iterator[str]:
    high = looks.sheet(form.orientation)[1]
    air = f'<w:spacing w:before="{dxa(high * 0.2)}" w:after="{dxa(high * 0.14)}"/>'
    yield paragraph(run(block.title), "FormCover", air)
    widths = [dxa(20), dxa(38), dxa(_room(form) - 78), dxa(20)]
    yield table_begins(widths, ruled=False)
    blank = cell(paragraph("", "FormText"), widths[0])
    large = '<w:sz w:val="26"/>'
    for label, told in block.pairs:
        name = cell(paragraph(run(label, large), "FormText"), widths[1])
        value = cell(paragraph(run(told, large), "FormText"), widths[2], more=borders("bottom"))
        yield row(f"{blank}{name}{value}{blank}", min(13.0, high * 0.4 / max(len(block.pairs), 1)))
    yield TABLE_ENDS


# --- strips and stamps ------------------------------------------------------------------------------


def _strips(form: Form, group: Sequence[Spine]) -> Iterator[str]:
    """Strips side by side, as many as the sheet is broad for."""
    for nth, sheet in enumerate(sheets_of_strips(group, _room(form))):
        form.shown.rows += len(sheet)
        yield (_NEW_PAGE if nth else "") + _sheet_of_strips(form, sheet)


def _sheet_of_strips(form: Form, sheet: Sequence[Spine]) -> str:
    widths = [dxa(wide) for block in sheet for wide in (block.wide, looks.SPINE_GAP)]
    lines = max(len(block.pairs) for block in sheet)
    high = looks.spine_high(form.orientation) - 10 - lines * 18
    framed, free = (
        borders("top", "left", "bottom", "right"),
        cell(paragraph("", "FormGap"), dxa(looks.SPINE_GAP)),
    )
    told = table_begins(widths, ruled=False)
    for nth in range(lines):
        cells = ""
        for block in sheet:
            text = run("\n".join(block.pairs[nth]), '<w:sz w:val="14"/>') if nth < len(block.pairs) else ""
            cells += (
                cell(paragraph(text, "FormCell", aligned(Align.CENTRE)), dxa(block.wide), more=framed) + free
            )
        told += row(cells, 18)
    cells = ""
    for block in sheet:
        cells += _upright(block, high, framed) + free
    return told + row(cells, high, exact=True) + TABLE_ENDS


def _upright(block: Spine, high: float, look: str) -> str:
    """The title from top to bottom: letter under letter where it fits, else turned as Word does it."""
    size = min((high - 6) * looks.MM / (max(len(block.title), 1) * 1.25), block.wide * looks.MM * 0.7, 18.0)
    text = "\n".join(block.title) if size >= _STACKED else block.title
    turned = "" if size >= _STACKED else '<w:textDirection w:val="tbRl"/>'
    told = run(text, f'<w:b/><w:sz w:val="{round(max(size, _STACKED) * 2)}"/>')
    return cell(paragraph(told, "FormCell", aligned(Align.CENTRE)), dxa(block.wide), more=look + turned)


#: Points of the smallest letters that stand under one another.
_STACKED = 8.0


def _stamps(form: Form, group: Sequence[Stamp]) -> Iterator[str]:
    """归档章 in rows across the sheet."""
    across = int((_room(form) + looks.STAMP_GAP) // (looks.STAMP_WIDE + looks.STAMP_GAP))
    widths = [dxa(looks.STAMP_WIDE + looks.STAMP_GAP)] * across
    yield table_begins(widths, ruled=False)
    for start in range(0, len(group), across):
        some = group[start : start + across]
        form.shown.rows += len(some)
        cells = "".join(cell(_stamp(one), widths[0]) for one in some)
        cells += cell(paragraph("", "FormGap"), widths[0]) * (across - len(some))
        yield row(cells, looks.STAMP_HIGH + looks.STAMP_GAP)
    yield TABLE_ENDS


def _stamp(block: Stamp) -> str:
    wide = dxa(looks.STAMP_WIDE / 3)
    told = table_begins([wide] * 3)
    small, room = '<w:sz w:val="9"/>', looks.STAMP_WIDE / 3
    for start in (0, 3):
        cells = "".join(
            cell(paragraph(run(label, fitting(label, 4.5, room)), "FormGap") + paragraph(run(text, fitting(text, 8.5, room)), "FormGap", aligned(Align.CENTRE)), wide)
            for label, text in block.cells[start : start + 3]
        )  # fmt: skip
        told += row(cells, looks.STAMP_HIGH / 2, exact=True)
    return told + TABLE_ENDS + paragraph(run(block.caption, small), "FormGap")


_WRITERS: dict[type[Block], Callable[[Form, Any], Iterator[str]]] = {
    Table: _table,
    Facts: _facts,
    Text: _text,
    Signatures: _signatures,
}
_PAGES: dict[type[Block], Callable[..., Iterator[str]]] = {Cover: _covers, Spine: _strips}
