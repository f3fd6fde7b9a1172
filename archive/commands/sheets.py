"""Lists: tried before they are brought in, with the mapping of their columns shown, corrected and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from archive import clikit
from archive.acts import Act
from archive.cells import cell
from archive.clikit import (
    LEVEL,
    PAIR,
    Named,
    acting,
    argument,
    desk,
    fail,
    listing,
    note,
    option,
    progress,
    showing,
    tell,
)  # fmt: skip
from archive.durable import handed_out
from archive.exchange import RowFate, SheetKind
from archive.sheets import checking, lists, profiles, report
from archive.sheets.headers import Corrections, corrected
from archive.sheets.kinds import TABLE
from archive.words import say

if TYPE_CHECKING:
    from archive.unit import Unit

F = TypeVar("F", bound=Callable[..., Any])

#: Rows with a problem that are shown on the screen.
SHOWN = 20


@dataclass(frozen=True, slots=True)
class ColumnLine:
    """One column a kind of list may have."""

    column: str
    headings: list[str]
    required: bool
    kind: SheetKind


@dataclass(frozen=True, slots=True)
class ProblemLine:
    """One row that is refused or odd, and why."""

    row: int
    fate: RowFate
    problem: str
    suggestion: str


def reading(function: F) -> F:
    """The options that say how a list is read; `said_of` gathers them."""
    options = (
        option("--kind", type=Named(SheetKind), help="目录种类，不给则按表头判断 / Kind of list; by its heading if not given"),
        option("--profile", help="用存好的列对应表 / Read it by a kept profile"),
        option("--sheet", help="工作表的名称或第几张 / Sheet, by name or number"),
        option("--header-row", type=int, help="表头在第几行 / Which row is the heading"),
        option("--column", "columns", type=PAIR, multiple=True, help="更正列的对应：列名=表头，可多次；“-”为不用 / Correct a column: name=heading, may be repeated; - leaves it out"),
        option("--class", "class_code", help="类别代码 / Class code"),
        option("--department", help="部门 / Department"),
        option("--year", type=int, help="归档年度 / Archive year"),
        option("--premises", help="单元 / Premises"),
        option("--party", help="往来单位或个人 / Party"),
        option("--dossier", help="卷宗、项目或合同号 / Dossier, project or contract"),
        option("--level", type=LEVEL, help="密级 / Level"),
        option("--period", help="保管期限 / Period"),
        option("--volume", help="卷内目录所属的案卷 / The volume whose contents these are"),
        option("--place", help="库位 / Place"),
    )  # fmt: skip
    for one in reversed(options):
        function = one(function)
    return function


_OF_LIST = (
    "class_code",
    "department",
    "year",
    "premises",
    "party",
    "dossier",
    "level",
    "period",
    "volume",
    "place",
)


def said_of(unit: Unit, given: dict[str, Any]) -> lists.Said:
    """What the options of `reading` say, over what the profile says; takes them out of *given*."""
    name = given.pop("profile")
    kept = profiles.said(unit, name) if name else lists.Said()
    own = Corrections(given.pop("kind"), given.pop("header_row"), dict(given.pop("columns")))
    said = {one: value for one in _OF_LIST if (value := given.pop(one)) is not None}
    return lists.Said(
        given.pop("sheet") or kept.sheet, corrected(own, kept.corrections), replace(kept.defaults, **said)
    )


@clikit.group("sheet")
def sheet() -> None:
    """目录的导入与导出。 / Lists in and out."""


@sheet.command("kinds", example="anjuan sheet kinds --kind FILED")
@option("--kind", type=Named(SheetKind), help="只看这一种 / Only this one")
@acting(Act.SHEET_SEE, reads=True)
@listing("kind:sheet_kind", "column", "headings", "required")
def kinds(unit: Unit, kind: SheetKind | None) -> Sequence[object]:
    """能读哪些目录、各有哪些列、认得哪些表头。 / Which lists can be read, their columns and usual headings."""
    unit.look(Act.SHEET_SEE)
    rules = [rule for rule in TABLE.values() if kind in {None, rule.kind}]
    return [
        ColumnLine(report.column_label(one, desk().language), list(one.headings), one.required, rule.kind)
        for rule in rules
        for one in rule.columns
    ]


@sheet.command("check", example="anjuan sheet check 归档文件目录.xlsx --class WS·HY --report 报告.xlsx")
@argument("file", help="目录文件：XLSX、XLS、CSV / The list: XLSX, XLS or CSV")
@reading
@option(
    "--report",
    "target",
    metavar="FILE.xlsx",
    help="把逐行结论写成 XLSX / Write the verdict on every row as XLSX",
)
@acting(Act.SHEET_CHECK, reads=True)
@listing("row", "fate", "problem", "suggestion", quiet=True)
def check(unit: Unit, file: str, target: str | None, **given: Any) -> Sequence[object]:
    """试导入：只看结果，什么都不写入。 / Try an import: nothing is written.

    有不收的行时退出码为 5。 / Exit status 5 if rows are refused.
    """
    opened = lists.open_list(Path(file).expanduser(), said_of(unit, given))
    mapping_told(opened)
    found = _tried(unit, opened, target)
    _came_to(found, target)
    language = desk().language
    return [
        ProblemLine(one.number, one.fate, problem_of(one, language), one.suggestion) for one in found.problems
    ]


def _tried(unit: Unit, opened: lists.OpenList, target: str | None) -> checking.Report:
    with progress("progress.sheet-check") as step:
        if target is None:
            return checking.check(unit, opened, progress=step, most=SHOWN)
        home = unit.vault.folder.resolve().parent
        with (
            handed_out(Path(target), home) as file,
            report.report_to(file, opened, desk().language) as writer,
        ):
            found = checking.check(unit, opened, each=writer.take, progress=step, most=SHOWN)
            writer.finish(found)
        return found


def problem_of(one: checking.Checked, language: Any) -> str:
    """Why a row is refused or odd, in the user's language."""
    slips = (*one.slips, *one.remarks)
    if slips:
        return report.texts(slips, language)
    return one.error.message(language) if one.error else ""


def mapping_told(opened: lists.OpenList) -> None:
    """Tell how a list is read: its kind, its heading, every column, what holds for all rows."""
    language, layout, file = desk().language, opened.layout, opened.sheet
    named = say("told.sheet-named", language, name=file.name) if file.name else ""
    note(
        "told.sheet-read",
        kind=layout.kind,
        file=file.file,
        sheet=named,
        row=layout.header_row,
        sure=layout.sure,
    )
    for one in report.mapped(opened, language):
        note("told.sheet-column", column=one.column, heading=one.heading, letter=one.letter)
    if layout.unknown:
        note("told.sheet-unknown", headings=list(layout.unknown))
    common = {report.label_of(name, language): value for name, value in opened.common.items()}
    if common:
        note("told.sheet-said", said=[f"{name} {_told(value)}" for name, value in common.items()])
    others = [name for name in file.sheets if name != file.name]
    if others:
        note("told.sheet-others", sheets=others)
    if file.macros:
        note("told.sheet-macros")


def _told(value: object) -> str:
    return cell(value, desk().language)


def _came_to(found: checking.Report, target: str | None) -> None:
    """Tell what the trial came to and what to do next; a list with refused rows ends with status 5."""
    refused = found.fates[RowFate.REFUSED]
    note(
        "told.sheet-counts", rows=found.fates.total(), made=found.fates[RowFate.MADE],
        known=found.fates[RowFate.KNOWN], refused=refused, skipped=found.fates[RowFate.SKIPPED],
        remarks=found.remarks, suggestions=found.suggestions,
    )  # fmt: skip
    if len(found.problems) >= SHOWN and target is None:
        note("told.sheet-more", shown=SHOWN)
    if target is not None:
        note("told.sheet-report", path=target)
    note("told.sheet-next-mend" if refused else "told.sheet-next-import")
    if refused:
        fail(5)


@sheet.group("profile", cls=clikit.Group)
def profile() -> None:
    """列对应表：某种目录怎样读，存起来下次再用。 / Profiles: how a list is read, kept for the next time."""


@profile.command("keep", example="anjuan sheet profile keep 老案卷目录 --kind VOLUMES --column 题名=案卷名称")
@argument("name", help="名称 / Name")
@reading
@acting(Act.SHEET_PROFILE)
def keep(unit: Unit, name: str, **given: Any) -> None:
    """存列对应表；同名的被替换。 / Keep a profile; one of the same name is replaced."""
    made = profiles.keep(unit, name, said_of(unit, given))
    tell(Act.SHEET_PROFILE, name=made.name, kind=made.kind, columns=len(made.columns))


PROFILE = (
    "name:sheets_named",
    "kind:sheet_kind",
    "columns",
    "header_row",
    "sheet",
    "said",
    "changed_at",
    "changed_by",
)


@profile.command("list", example="anjuan sheet profile list")
@acting(Act.SHEET_SEE, reads=True)
@listing(*PROFILE)
def profile_rows(unit: Unit) -> Sequence[object]:
    """存好的列对应表。 / The kept profiles."""
    return profiles.rows(unit)


@profile.command("show", example="anjuan sheet profile show 老案卷目录")
@argument("name", help="名称 / Name")
@acting(Act.SHEET_SEE, reads=True)
@showing(*PROFILE)
def profile_show(unit: Unit, name: str) -> object:
    """一份列对应表。 / One profile."""
    return profiles.show(unit, name)


@profile.command("remove", example="anjuan sheet profile remove 老案卷目录")
@argument("name", help="名称 / Name")
@acting(Act.SHEET_PROFILE)
def profile_remove(unit: Unit, name: str) -> None:
    """删去一份列对应表。 / Remove a profile."""
    profiles.remove(unit, name)
    tell(Act.SHEET_PROFILE, name=name)


from archive.commands import sheet_runs  # noqa: E402, F401  # adds what happens after the trial to the same noun
