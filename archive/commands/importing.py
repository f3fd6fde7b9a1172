"""`anjuan import`: a folder of documents filed by the same acts a clerk uses, with a report of what was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import clikit, importing, objects, printing
from archive.acts import Act
from archive.clikit import acting, argument, fail, listing, note, option, progress
from archive.commands.items import outcome_told
from archive.durable import storing
from archive.importing import Fate, FileLine, Wanted

if TYPE_CHECKING:
    from archive.instance import Instance, Who

COLUMNS = ("file", "fate", "code", "why")


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One file that was not filed, or was filed but not read, and why."""

    file: str
    fate: Fate
    code: str
    why: str


@clikit.command(
    "import", example="anjuan import ./扫描件 --class ZX·02 --premises A1203 --party P001 --report 未归档.csv"
)
@argument("folder", help="文件夹，可含 manifest.json / Folder; it may hold a manifest.json")
@option("--class", "class_code", help="类别代码 / Class code")
@option("--department", help="部门，默认本人部门 / Department, one's own if not given")
@option(
    "--year",
    type=int,
    help="归档年度，默认按文件日期 / Archive year, by the date of the document if not given",
)
@option("--premises", help="单元 / Premises")
@option("--party", help="往来单位或个人 / Party")
@option("--dossier", help="卷宗、项目或合同号 / Dossier, project or contract")
@option(
    "--report",
    metavar="FILE.csv",
    help="把未归档与未读出的写成 CSV / Write what was not filed or read as CSV",
)
@acting(Act.IMPORT_RUN, instance=True, reads=True)
@listing(*COLUMNS, quiet=True)
def import_(instance: Instance, who: Who, folder: str, report: str | None, **wanted: Any) -> Sequence[object]:
    """导入一个文件夹；重复运行不会重复归档，中断后再运行即续做。 / Import a folder; a second run adds nothing, an interrupted one goes on.

    有文件未归档时退出码为 1。 / Exit status 1 if some were not filed.
    """
    path = Path(folder).expanduser()
    with progress("progress.import") as step:
        lines = importing.import_folder(instance, who, path, Wanted(**wanted), progress=step)
    clikit.freshen(instance)
    found = [*_refused(lines), *_unread(instance, who, lines)]
    _told(lines, found)
    if report is not None:
        _written(Path(report).expanduser(), found)
    if any(line.fate is Fate.REFUSED for line in lines):
        fail(1)
    return found


def _refused(lines: Sequence[FileLine]) -> list[ReportLine]:
    language = clikit.desk().language
    return [
        ReportLine(line.path, line.fate, "", line.error.message(language))
        for line in lines
        if line.fate is Fate.REFUSED and line.error is not None
    ]


def _unread(instance: Instance, who: Who, lines: Sequence[FileLine]) -> list[ReportLine]:
    """Files that were filed now and whose text could not be read."""
    filed = {line.uid: line for line in lines if line.fate is Fate.FILED}
    with instance.ask(who, Act.IMPORT_RUN) as unit:
        silent = objects.unreadable(unit, list(filed))
        return [
            ReportLine(line.path, line.fate, line.code, outcome_told(stored.outcome))
            for stored in silent
            for line in [filed[stored.item_uid]]
        ]


def _told(lines: Sequence[FileLine], found: Sequence[ReportLine]) -> None:
    fates = Counter(line.fate for line in lines)
    unread = sum(1 for line in found if line.fate is Fate.FILED)
    note(
        "told.import", total=len(lines), filed=fates[Fate.FILED], known=fates[Fate.KNOWN],
        refused=fates[Fate.REFUSED], unread=unread,
    )  # fmt: skip


def _written(path: Path, found: Sequence[ReportLine]) -> None:
    """The report as CSV with a byte-order mark, so that spreadsheets read the Chinese."""
    with storing(path):
        path.write_text(printing.as_csv(found, COLUMNS, clikit.desk().language) + "\n", "utf-8-sig")
