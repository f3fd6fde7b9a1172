"""Labels with QR codes, and separator sheets for the scanner."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import clikit
from archive.acts import Act
from archive.clikit import acting, argument, desk, listing, note, option, tell
from archive.clikit.scans import scanned, some
from archive.labels import printing
from archive.labels.grids import grids

if TYPE_CHECKING:
    from archive.unit import Unit

FILE = "每行一个码的文件；- 为标准输入 / A file of codes, one a line; - for standard input"
TO = "写到此 PDF 文件；绝不覆盖已有文件 / Write to this PDF file; nothing is ever overwritten"


@clikit.group("label")
def label() -> None:
    """标签与分隔页。 / Labels and separator sheets."""


@label.command("print", example="anjuan label print K001-… R1-C1 --to labels.pdf --sheet 3x8 --start 5")
@argument("codes", nargs=-1, help="档号、盒号、袋号、库位码 / Codes of records, boxes, bags, places")
@option("--file", help=FILE)
@option("--volumes", is_flag=True, help="所见的案卷 / The volumes one may see")
@option("--class", "class_code", help="此类的案卷 / The volumes of this class")
@option("--year", type=int, help="此年度的案卷 / The volumes of this archive year")
@option("--places", is_flag=True, help="库位、盒、袋 / Places, boxes and bags")
@option("--under", help="此库位及其中的 / This place and those in it")
@option("--to", required=True, metavar="FILE.pdf", help=TO)
@option("--sheet", default="3x8", show_default=True, help="规格，见 label sheets / See label sheets")
@option("--start", type=int, default=1, show_default=True, help="从第几格印起 / First label to be used")
@option("--copies", type=int, default=1, show_default=True, help="每枚几份 / Copies of each")
@acting(Act.LABEL_PRINT, reads=True)
def print_(unit: Unit, codes: Sequence[str], file: str | None, to: str, **given: Any) -> None:
    """打印标签：二维码、档号、题名；秘密及以上只印档号。 / Print labels: QR code, code, title; of what is confidential or secret the code only."""
    sheets = printing.Sheets(given.pop("sheet"), given.pop("start"), given.pop("copies"), desk().language)
    chosen = printing.Chosen(scanned(codes, file), **given)
    path = Path(to).expanduser()
    _told(printing.print_labels(unit, chosen, sheets, path), path)
    note("told.labels-scale")


@label.command("separators", example="anjuan label separators K001-… --to separators.pdf")
@argument(
    "codes", nargs=-1, help="件的档号；案卷则为卷内每件 / Codes of items; of a volume: every item in it"
)
@option("--file", help=FILE)
@option("--to", required=True, metavar="FILE.pdf", help=TO)
@acting(Act.LABEL_PRINT, reads=True)
def separators(unit: Unit, codes: Sequence[str], file: str | None, to: str) -> None:
    """打印分隔页：扫描时放在每件前面，用 scan attach --by qr 自动拆分。 / Print separator sheets, laid before each item when scanning; scan attach --by qr then takes the stack apart."""
    wanted, path = some(codes, file), Path(to).expanduser()
    _told(printing.print_separators(unit, wanted, path, desk().language), path)


def _told(made: printing.Sheet, path: Path) -> None:
    tell(Act.LABEL_PRINT, label_count=made.labels, label_pages=made.pages, label_path=path)
    if made.bare:
        note("told.labels-bare", count=made.bare)


@label.command("sheets", example="anjuan label sheets")
@acting(Act.LABEL_PRINT, opens=False)
@listing(
    "name:sheet_name", "size:label_size", "columns:sheet_columns", "rows:sheet_rows", "cells:sheet_cells",
    "page:sheet_page", "like:sheet_like",
)  # fmt: skip
def sheets() -> Sequence[object]:
    """标签规格：A4 不干胶与标签机。 / Sheets and rolls of labels."""
    return list(grids().values())
