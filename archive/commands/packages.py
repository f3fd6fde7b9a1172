"""`anjuan package`: records handed out as a BagIt folder, a folder checked, a folder taken in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive import bag_check, clikit
from archive.acts import Act
from archive.bag_check import Finding
from archive.clikit import acting, argument, fail, listing, note, option, progress, tell, warn
from archive.exchange import RowFate
from archive.filenames import readable
from archive.packages import checking, exporting, importing
from archive.packages.arriving import Usual
from archive.packages.exporting import Asked

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit

FOLDER = "档案包所在文件夹 / Folder of the package"


@dataclass(frozen=True, slots=True)
class Line:
    """One record of a package taken in, as it is listed."""

    row: int
    fate: RowFate
    former_code: str
    code: str
    papers: int
    files: int
    why: str


@clikit.group("package")
def package() -> None:
    """档案包（BagIt）。 / Packages (BagIt)."""


@package.command(
    "export", example="anjuan package export K001-… --to /media/stick/DC-1 --for 移交档案馆 --agency 市档案馆"
)
@argument("codes", nargs=-1, required=True, help="案卷或文件的档号，可多个 / Codes of volumes or items")
@option(
    "--to",
    required=True,
    metavar="FOLDER",
    help="新文件夹，须在案卷库之外 / A new folder, outside the instance",
)
@option("--for", "purpose", required=True, help="用途，记入日志 / Purpose, kept in the log")
@option("--agency", default="", help="提供给哪个单位 / Who it is given to")
@option("--partly", is_flag=True, help="无权取出的略过，其余照导 / Leave out what may not be taken out")
@acting(Act.PACKAGE_EXPORT, Act.ITEM_GET, instance=True)
def export(
    instance: Instance, who: Who, codes: Sequence[str], to: str, purpose: str, agency: str, *, partly: bool
) -> None:
    """导出为档案包：明文，不需本库密钥即可打开；逐件判权、逐件留痕。 / Export records as a package, in plain: it opens without our keys; each record is judged and logged."""
    asked = Asked(codes, Path(to), purpose, agency, partly)
    with progress("progress.package-export") as step:
        made = exporting.export(instance, who, asked, progress=step)
    tell(
        Act.PACKAGE_EXPORT, package_number=made.number, package_folder=made.folder, package_records=made.records,
        files=made.files, package_bytes=made.size, package_seal=made.package,
    )  # fmt: skip
    note("packages.plain")
    if made.left_out:
        note("packages.left", count=len(made.left_out))
        for left in made.left_out:
            warn("packages.left-one", code=left.code, why=left.why.message(clikit.desk().language))


@package.command("check", example="anjuan package check /media/stick/DC-1")
@argument("folder", help=FOLDER)
@acting(Act.PROPERTIES_CHECK, reads=True)
@listing("path:file", "flaw", quiet=True)
def check(unit: Unit, folder: str) -> Sequence[Finding]:
    """核对档案包是否完整、有效、安全；有问题时退出码为 5。 / Is a package complete, valid and safe; exit status 5 if not."""
    path = Path(folder).expanduser()
    unit.act(Act.PROPERTIES_CHECK, private={"folder": readable(path.name)})
    found = checking.findings(path)
    note("packages.broken" if found else "packages.sound", count=len(found), seal=bag_check.seal(path))
    if found:
        fail(5)
    return found


@package.command("import", example="anjuan package import /media/stick/DC-1 --dry-run")
@argument("folder", help=FOLDER)
@option(
    "--class",
    "class_code",
    help="全部归入此类；外来的包须给出 / File all under this class; needed for packages of others",
)
@option(
    "--department",
    help="部门，默认依包内所写，否则本人部门 / Department; else as the package says, or one's own",
)
@option(
    "--dry-run", is_flag=True, help="只核对和预览，不作改动 / Only check and show what would become of it"
)
@acting(
    Act.PACKAGE_IMPORT,
    Act.ITEM_FILE,
    Act.ITEM_ATTACH,
    Act.VOLUME_OPEN,
    Act.PARTY_ADD,
    Act.PREMISES_ADD,
    instance=True,
)
@listing("row:package_row", "fate", "former_code", "code", "papers:items", "files", "why")
def import_(
    instance: Instance,
    who: Who,
    folder: str,
    class_code: str | None,
    department: str | None,
    *,
    dry_run: bool,
) -> Sequence[Line]:
    """接收档案包：先核对，再逐卷（件）入库；中断后重新运行即续做，重复接收不会重复入库。 / Take in a package: checked first, then record by record; run again it goes on, and adds nothing twice.

    有不收的，退出码为 1。 / Exit status 1 if some were refused.
    """
    usual = Usual(class_code=class_code, department=department)
    with progress("progress.package-import") as step:
        made = importing.bring(
            instance, who, Path(folder).expanduser(), usual, dry_run=dry_run, progress=step
        )
    counts = {fate.value.lower(): made.count(fate) for fate in (RowFate.MADE, RowFate.KNOWN, RowFate.REFUSED)}
    note("packages.told", total=len(made.rows), **counts)
    if dry_run:
        note("packages.looked")
    elif not counts["made"] and counts["known"]:
        note("packages.again", number=made.number)
    else:
        note("packages.done", number=made.number)
    if counts["refused"]:
        fail(1)
    return [_line(row) for row in made.rows]


def _line(row: importing.Row) -> Line:
    why = row.error.message(clikit.desk().language) if row.error else ""
    return Line(row.row, row.fate, row.former, row.code, row.papers, row.files, why)
