"""Printing a long list: 归档文件目录 (F6) of N lines as PDF and as Word, from the question to the file.

`python benchmarks/forms.py [--json] [--rows N] [--rounds N]`; 5,000 lines by default.

The items are filed the public way and printed the public way: policy, opened cards, line breaking, fonts, log, file.
Peak memory is what Python held at once while drawing (tracemalloc, a round of its own) at a tenth of the lines and
at all of them: drawing is flat where both are alike. References in the same run: reportlab's own `LongTable` with
`Paragraph` cells over a tenth of the lines (its time grows faster than its lines), and the bare text of all cells set
with `drawString`, without breaking or ruling anything.
"""

from __future__ import annotations

import datetime as dt
import io
import tempfile
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import office
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, TableStyle
from rounds import Timing, report

from archive import items
from archive.acts import Act
from archive.fonts.face import chinese_font
from archive.forms import kinds, pdf, printing
from archive.forms.docx import docx
from archive.forms.kinds import Wanted
from archive.forms.page import Column, Form, Orientation, Table
from archive.instance import Instance
from archive.papers import Paper
from archive.volumes import Matter
from archive.words import Language

CLASS, BATCH = "WS·DA", 500
WIDTHS = (12, 44, 32, 32, 82, 18, 12, 12, 24)
HEADINGS = ["序号", "档号", "文号", "责任者", "题名", "日期", "密级", "页数", "备注"]
TITLE = "关于A座1203室装修施工期间消防设施改动（喷淋头移位）的请示及《室内装修管理规定》的批复，附图三张"


def fill(instance: Instance, rows: int) -> None:
    """*rows* items kept one by one."""
    for start in range(0, rows, BATCH):
        papers = [
            Paper(
                TITLE[: 16 + n % 30], dated=dt.date(2025, 3, 1 + n % 28), pages=1 + n % 9, creator="客户服务部",
                document_no=f"和物发〔2025〕{n}号",
            )
            for n in range(start, min(start + BATCH, rows))
        ]  # fmt: skip
        with office.as_archivist(instance, Act.ITEM_FILE) as unit:
            items.file_matter(unit, Matter(CLASS, 2025, "KF"), papers)


def lines(count: int) -> Iterator[list[str]]:
    """Rows as the catalogue tells them, without a database."""
    for n in range(1, count + 1):
        yield [
            str(n), f"K001-WS·2025·Y·KF-{n:04}", f"和物发〔2025〕{n}号", "客户服务部", TITLE[: 16 + n % 30], "20250302",
            "内部", "3", "",
        ]  # fmt: skip


def form(count: int) -> Form:
    """The same list as a form of its own."""
    columns = [Column(head, wide) for head, wide in zip(HEADINGS, WIDTHS, strict=True)]
    return Form(
        "f6", "归档文件目录", [Table(columns, lines(count))], Orientation.LANDSCAPE, company="和园物业"
    )


def longtable(count: int) -> None:
    """Reference: the same rows by reportlab's layout engine."""
    style = ParagraphStyle("cell", fontName=chinese_font(), fontSize=9.5, leading=12.5, wordWrap="CJK")
    wide = [one * 257 / sum(WIDTHS) * 72 / 25.4 for one in WIDTHS]
    rows = [HEADINGS, *([Paragraph(cell, style) for cell in row] for row in lines(count))]
    table = LongTable(rows, wide, repeatRows=1)
    table.setStyle(
        TableStyle([("GRID", (0, 0), (-1, -1), 0.4, "black"), ("FONT", (0, 0), (-1, 0), chinese_font())])
    )
    SimpleDocTemplate(io.BytesIO(), pagesize=landscape(A4)).build([table])


def bare(count: int) -> None:
    """Reference: the text of the same cells and nothing else."""
    canvas = Canvas(io.BytesIO(), pagesize=landscape(A4), initialFontName=chinese_font())
    for n, row in enumerate(lines(count)):
        for place, cell in enumerate(row):
            canvas.drawString(30 + 80 * place, 540 - n % 20 * 25, cell)
        if n % 20 == 19:
            canvas.showPage()
            canvas.setFont(chinese_font(), 9.5)
    canvas.save()


def printed(instance: Instance, folder: Path, suffix: str) -> printing.Printed:
    """The list as a person prints it."""
    path = folder / f"list{suffix}"
    path.unlink(missing_ok=True)
    with instance.ask(office.who("archivist"), Act.FORM_PRINT) as unit:
        wanted = Wanted(Language.ZH, class_code=CLASS)
        return printing.print_form(unit, kinds.named(kinds.ALL, "f6"), wanted, path)


def one_round(instance: Instance, folder: Path, rows: int) -> Iterator[tuple[str, office.Spent]]:
    """Each way once."""
    yield "pdf", office.timed(lambda: printed(instance, folder, ".pdf"))
    yield "word", office.timed(lambda: printed(instance, folder, ".docx"))
    yield "draw pdf", office.timed(lambda: pdf.write_pdf(form(rows), io.BytesIO()))
    yield "draw word", office.timed(lambda: docx(form(rows)))
    yield "bare text", office.timed(lambda: bare(rows))
    yield "LongTable, a tenth", office.timed(lambda: longtable(rows // 10))


def peak(work: Callable[[], object]) -> float:
    """MiB that Python held at most while *work* ran."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / (1 << 20)


def figures(timings: dict[str, Timing], rows: int, pages: int) -> dict[str, float]:
    """Seconds, pages a second, ratios, and memory at a tenth and at all."""
    found = {f"{name}: s": timing.median for name, timing in timings.items()}
    found["pdf: pages"] = pages
    found["pdf: pages a second"] = pages / timings["pdf"].median
    found["pdf: lines a second"] = rows / timings["pdf"].median
    found["draw pdf: times the bare text"] = timings["draw pdf"].median / timings["bare text"].median
    per_line = timings["LongTable, a tenth"].median / (rows // 10)
    found["LongTable: times as long a line"] = per_line / (timings["draw pdf"].median / rows)
    for name, draw in (
        ("pdf", lambda n: pdf.write_pdf(form(n), io.BytesIO())),
        ("word", lambda n: docx(form(n))),
    ):
        for count in (rows // 10, rows):
            found[f"draw {name}: peak MiB at {count}"] = peak(lambda draw=draw, count=count: draw(count))  # type: ignore[misc]
    return found


def main(arguments: list[str] | None = None) -> None:
    """File the items, print them, report."""
    told = office.arguments(__doc__, rows=5_000, rounds=3).parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as folder:
        home = office.found(Path(folder))
        with office.opened(home) as instance:
            fill(instance, told.rows)
            timings = office.in_turn(lambda: one_round(instance, Path(folder), told.rows), told.rounds)
            made = printed(instance, Path(folder), ".pdf")
    if made.rows != told.rows or not made.pages:
        raise SystemExit(f"{made.rows} lines of {told.rows} printed")
    report(
        "forms", {"lines": told.rows, **figures(timings, told.rows, made.pages)}, timings, as_json=told.json
    )


if __name__ == "__main__":
    main()
