"""The noun `sheet`, and what its verbs share: how a list is to be read, and telling how it is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from archive import clikit
from archive.cells import cell
from archive.clikit import LEVEL, PAIR, Named, desk, note, option
from archive.exchange import SheetKind
from archive.sheets import lists, profiles, report
from archive.sheets.headers import Corrections, corrected
from archive.words import say

if TYPE_CHECKING:
    from archive.unit import Unit

F = TypeVar("F", bound=Callable[..., Any])


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
