"""`anjuan properties`: the four properties of records and of packages, each check with its verdict and evidence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import acting, argument, fail, listing, note, option, progress
from archive.exchange import Passing, Property
from archive.properties import paper, reporting
from archive.properties.table import Check, Evidence, Verdict, counts

if TYPE_CHECKING:
    from archive.unit import Unit

COLUMNS = ("subject:check_of", "check_id", "property", "checked", "passing", "evidence:check_seen", "clause")
REPORT = "写成报告（.docx 或 .pdf），不覆盖已有文件 / Write a report (.docx or .pdf); nothing is overwritten"


@dataclass(frozen=True, slots=True)
class Line:
    """One check as it is listed."""

    subject: str
    check_id: str
    property: Property
    checked: Check
    passing: Passing
    evidence: Evidence | str
    clause: str


@clikit.group("properties")
def properties() -> None:
    """四性检测（DA/T 70）。 / The four properties (DA/T 70)."""


@properties.command("record", example="anjuan properties record K001-… --report 四性检测.docx")
@argument("codes", nargs=-1, help="案卷或文件的档号，可多个 / Codes of volumes or items")
@option("--class", "class_code", help="此类及其下级全部 / All of this class and below")
@option("--failed", "only", is_flag=True, help="只列不通过与留意的 / Only what failed or needs a look")
@option("--report", metavar="FILE", help=REPORT)
@acting(Act.PROPERTIES_CHECK)
@listing(*COLUMNS)
def record(
    unit: Unit, codes: Sequence[str], class_code: str | None, report: str | None, *, only: bool
) -> Sequence[Line]:
    """检测库藏：元数据、连续编号、页号、电子文件、存储、日志；有不通过的，退出码为 5。 / Check what is kept: metadata, numbers, pages, files, storage, the log; exit status 5 if a check fails."""
    with progress("progress.properties") as step:
        found = reporting.of_records(unit, codes, class_code=class_code, progress=step)
    return _told(unit, found, report, only=only)


@properties.command("package", example="anjuan properties package /media/stick/DC-1")
@argument("folder", help="档案包所在文件夹 / Folder of the package")
@option("--failed", "only", is_flag=True, help="只列不通过与留意的 / Only what failed or needs a look")
@option("--report", metavar="FILE", help=REPORT)
@acting(Act.PROPERTIES_CHECK)
@listing(*COLUMNS)
def package(unit: Unit, folder: str, report: str | None, *, only: bool) -> Sequence[Line]:
    """检测档案包：接收之前或导出之后；有不通过的，退出码为 5。 / Check a package, before it is taken in or after it was made; exit status 5 if a check fails."""
    return _told(unit, reporting.of_package(unit, Path(folder).expanduser()), report, only=only)


def _told(unit: Unit, found: Sequence[Verdict], report: str | None, *, only: bool) -> list[Line]:
    language = clikit.desk().language
    if report is not None:
        paper.write(unit, found, Path(report).expanduser(), language)
    for proves, many in counts(found).items():
        note(
            "properties.counted",
            property=proves,
            **{passing.value.lower(): count for passing, count in many.items()},
        )
    if any(one.passing is Passing.FAILED for one in found):
        fail(5)
    shown = [one for one in found if not only or one.passing in {Passing.FAILED, Passing.WARNED}]
    return [_line(one) for one in shown]


def _line(one: Verdict) -> Line:
    told = one.evidence.told(clikit.desk().language)
    return Line(one.subject, one.id, one.proves, one.check, one.passing, told, one.clause)
