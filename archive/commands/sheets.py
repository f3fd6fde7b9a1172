"""Lists: tried before they are brought in, with the mapping of their columns shown, corrected and kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import clikit
from archive.acts import Act
from archive.clikit import (
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
from archive.commands import sheet_runs  # noqa: F401  # adds what follows the trial to the same noun
from archive.commands.sheet_desk import mapping_told, reading, said_of, sheet
from archive.durable import handed_out
from archive.errors import BadValue
from archive.exchange import RowFate, SheetKind
from archive.sheets import checking, lists, profiles, report
from archive.sheets.kinds import TABLE

if TYPE_CHECKING:
    from archive.unit import Unit

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
    if target is not None and Path(target).suffix.lower() != ".xlsx":
        raise BadValue(field="to", value=target, expected=".xlsx")
    mapping_told(opened)
    found = _tried(unit, opened, target)
    _came_to(found, target, file)
    language = desk().language
    return [
        ProblemLine(one.number, one.fate, problem_of(one, language), one.suggestion) for one in found.problems
    ]


def _tried(unit: Unit, opened: lists.OpenList, target: str | None) -> checking.Report:
    with progress("progress.sheet-check") as step:
        if target is None:
            return checking.check(unit, opened, progress=step, most=SHOWN)
        with (
            handed_out(Path(target), unit.home) as file,
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


def _came_to(found: checking.Report, target: str | None, file: str) -> None:
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
    note("told.sheet-next-mend" if refused else "told.sheet-next-import", file=file)
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
