"""Lists brought in, looked at, handed over, taken back and written out: the rest of `anjuan sheet`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import clikit, printing
from archive.acts import Act
from archive.clikit import (
    Named,
    acting,
    argument,
    confirming,
    desk,
    fail,
    listing,
    note,
    option,
    progress,
    showing,
    tell,
)
from archive.commands.sheet_desk import mapping_told, reading, said_of, sheet
from archive.errors import BadValue
from archive.exchange import RowFate, SheetKind
from archive.sheets import exporting, imports_book, lists, running, undoing
from archive.sheets.exporting import Narrowed
from archive.sheets.running import Listing
from archive.words import say

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit

NUMBER = "导入批号 / Number of the import"
RUN = (
    "number:import_number", "kind:import_kind", "state:import_state", "rows:rows_in", "made:rows_made",
    "known:rows_known", "refused:rows_refused", "skipped:rows_skipped", "started_at:imported_at",
    "finished_at:imported_done",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RowTold:
    """One row of an import for people: the reason in words."""

    row: int
    fate: RowFate
    kind: object
    code: str
    why: str


@sheet.command("import", example="anjuan sheet import 案卷目录.xlsx --class FW·01 --department KF")
@argument("file", help="目录文件：XLSX、XLS、CSV / The list: XLSX, XLS or CSV")
@reading
@option(
    "--partly",
    is_flag=True,
    help="有不收的行时，其余各行照样导入 / Enter the other rows though some are refused",
)
@option("--dry-run", is_flag=True, help="请改用 sheet check / Use sheet check instead")
@acting(
    Act.SHEET_IMPORT, Act.VOLUME_OPEN, Act.VOLUME_MOVE, Act.ITEM_FILE, Act.PARTY_ADD, Act.PREMISES_ADD,
    Act.LOAN_TAKE_OVER, instance=True,
)  # fmt: skip
@showing(*RUN)
def import_(instance: Instance, who: Who, file: str, *, partly: bool, dry_run: bool, **given: Any) -> object:
    """导入目录：有一行不收就整份不动，除非加 --partly；中断后再运行即续做。 / Bring a list in; run it again if it was cut off.

    有不收的行时退出码为 1。 / Exit status 1 if rows were refused.
    """
    if dry_run:
        raise BadValue(field="dry_run", value="--dry-run", expected=f"anjuan sheet check {file}")
    with instance.ask(who, Act.SHEET_IMPORT) as unit:
        unit.look(Act.SHEET_SEE)
        opened = lists.open_list(Path(file).expanduser(), said_of(unit, given))
    mapping_told(opened)
    wanted = Listing(opened.layout.kind, opened.entries, opened.signs, opened.card)
    with progress("progress.sheet-import") as step:
        line = running.run(instance, who, wanted, partly=partly, progress=step)
    if line.resumed:
        note("told.import-resumed")
    if line.refused:
        note("told.import-refused", count=line.refused, number=line.number)
        fail(1)
    return line


@sheet.command("list", example="anjuan sheet list --json")
@option("--kind", type=Named(SheetKind), help="只列这一种 / Only this kind")
@option("--limit", type=int, default=100, show_default=True, help="至多多少行 / At most so many rows")
@acting(Act.SHEET_SEE, reads=True)
@listing(*RUN)
def runs(unit: Unit, kind: SheetKind | None, limit: int) -> Sequence[object]:
    """历次导入，新的在前。 / The imports, newest first."""
    return imports_book.runs(unit, kind=kind, limit=limit)


@sheet.command("show", example="anjuan sheet show DR2026-00001 --fate REFUSED")
@argument("number", help=NUMBER)
@option("--fate", type=Named(RowFate), help="只列这种结论的 / Only rows of this fate")
@option("--limit", type=int, default=1000, show_default=True, help="至多多少行 / At most so many rows")
@option("--offset", type=int, default=0, help="从第几行之后起 / After so many rows")
@acting(Act.SHEET_SEE, reads=True)
@listing("row", "fate:row_fate", "kind:row_made", "code:row_code", "why:row_why")
def show(unit: Unit, number: str, **given: Any) -> Sequence[object]:
    """一次导入的各行：成了什么，为什么不收。 / What became of the rows of an import, and why not."""
    found = imports_book.rows(unit, number, **given)
    here = desk()
    if here.form == "json":
        return [RowTold(one.row, one.fate, one.kind, one.code, one.error) for one in found]
    return [
        RowTold(
            one.row, one.fate, one.kind or "", one.code,
            printing.outcome_word(one.error, here.language) if one.error else "",
        )
        for one in found
    ]  # fmt: skip


@sheet.command("undo", example="anjuan sheet undo DR2026-00001 --reason 列认错了 --confirm DR2026-00001")
@argument("number", help=NUMBER)
@option("--reason", required=True, help="为什么撤销 / Why it is taken back")
@confirming("number")
@acting(Act.SHEET_UNDO, instance=True)
@showing(*RUN)
def undo(instance: Instance, who: Who, number: str, reason: str) -> object:
    """撤销导入：只在还没有别的事牵连时；全部撤销，或一样不动。 / Take an import back, while nothing hangs on it: all or nothing."""
    with progress("progress.sheet-undo") as step:
        return undoing.undo(instance, who, number, reason=reason, progress=step)


@sheet.command("handover", example="anjuan sheet handover DR2026-00001 --reason 历史档案整批移交")
@argument("number", help=NUMBER)
@option("--reason", required=True, help="移交原因或性质 / Why it is handed over")
@option("--to", "to_department", default="", help="接收部门，默认本人所在部门 / Department that takes over")
@acting(Act.SHEET_HANDOVER, Act.VOLUME_CLOSE, Act.HANDOVER_DRAFT)
def handover(unit: Unit, number: str, reason: str, to_department: str) -> None:
    """把与目录相符的案卷结卷，并起草移交清单。 / Close the volumes that agree with their list and draft a handover."""
    done = imports_book.hand_over(unit, number, reason=reason, to_department=to_department)
    tell(Act.SHEET_HANDOVER, drafts=done.numbers, handed_records=done.records)
    for one in done.left_out:
        language = desk().language
        clikit.out(say("told.import-left-out", language, why=one.error.message(language)))


@sheet.command("export", example="anjuan sheet export VOLUMES --to 案卷目录.xlsx --class FW --year 2024")
@argument("kind", type=Named(SheetKind), help="目录种类 / Kind of list")
@option(
    "--to",
    "target",
    required=True,
    metavar="FILE",
    help="写到此文件：.xlsx、.csv 或 .json / Write to this file",
)
@option("--class", "class_code", help="类别，含其下级 / Class, with those below it")
@option("--year", type=int, help="归档年度 / Archive year")
@option("--department", help="部门 / Department")
@option("--volume", help="只要这一卷的 / Only of this volume")
@acting(Act.SHEET_EXPORT, reads=True)
def export(unit: Unit, kind: SheetKind, target: str, **narrowed: Any) -> None:
    """导出目录；可以原样再导入而不改变什么。 / Write a list out; brought in again it changes nothing."""
    path = Path(target).expanduser()
    tell(Act.SHEET_EXPORT, rows=exporting.export(unit, kind, path, Narrowed(**narrowed)), path=path)
