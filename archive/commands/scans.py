"""Scans attached in bulk to the records they belong to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive import clikit, printing
from archive.acts import Act
from archive.clikit import Named, acting, argument, desk, fail, listing, note, option, progress
from archive.clikit.scans import whole
from archive.durable import handed_out
from archive.scans import attaching
from archive.scans.fates import ScanFate, ScanLine, Way, Why
from archive.scans.finding import Wanted
from archive.values import ComponentKind

if TYPE_CHECKING:
    from archive.instance import Instance, Who

COLUMNS = ("file", "pages:scan_pages", "fate", "code", "why")
#: What the table leaves out: it is well, and there may be thousands.
QUIET = frozenset({ScanFate.ATTACHED, ScanFate.KNOWN, ScanFate.SEPARATOR})


@dataclass(frozen=True, slots=True)
class ToldLine:
    """One file, or piece of one, as it is told: why in words."""

    file: str
    pages: str
    fate: ScanFate
    code: str
    why: str | Why | None


@clikit.group("scan")
def scan() -> None:
    """批量挂接扫描件。 / Attaching scans in bulk."""


@scan.command("attach", example="anjuan scan attach ./扫描件 --dry-run")
@argument("paths", nargs=-1, required=True, help="文件夹或文件 / Folders or files")
@option(
    "--by",
    "way",
    type=Named(Way),
    default="NAME",
    show_default=True,
    help="按文件名、按分隔页、按页码 / By file name, separator sheets or pages",
)
@option("--kind", type=Named(ComponentKind), default="TEXT", help="组成部分 / Part of the item")
@option(
    "--volume",
    help="按页码时：整卷一份，按著录的页数拆开 / By pages: one file of a whole volume, split as catalogued",
)
@option(
    "--ranges",
    metavar="001=1-3,002=4-9|FILE.csv",
    help="按页码时：每件的页码，或写有件号、起页、止页的清单 / By pages: the pages of each item, or a list of them",
)
@option("--keep-separators", is_flag=True, help="保留分隔页 / Keep the separator sheets")
@option(
    "--leave", is_flag=True, help="找不到所属的留在原处，不入收件盘 / Leave what finds no record where it is"
)
@option("--dry-run", is_flag=True, help="试运行，什么都不改 / Only tell what would become of each")
@option("--report", metavar="FILE.csv", help="把每份的结果写成 CSV / Write what became of each as CSV")
@acting(Act.SCAN_ATTACH, Act.ITEM_ATTACH, Act.COMPONENT_ADD, instance=True, reads=True)
@listing(*COLUMNS, quiet=True)
def attach(
    instance: Instance,
    who: Who,
    paths: Sequence[str],
    report: str | None,
    ranges: str | None,
    **given: object,
) -> Sequence[object]:
    """把扫描件挂到各自的件；找不到所属的入收件盘。重复运行不会重复挂接，中断后再运行即续做；原文件不动。 / Attach scans to their records; what finds none goes to the intake tray. A second run adds nothing, an interrupted one goes on; the files stay as they are.

    表中只列需要留意的；--json、--csv 和 --report 给出全部。有不收的，退出码为 1。 / The table shows what needs a look; --json, --csv and --report give all. Exit status 1 if some were not taken.
    """
    wanted = Wanted(ranges=_ranges(ranges), **given)  # type: ignore[arg-type]
    files = [Path(path).expanduser() for path in paths]
    with ExitStack() as stack:
        out = stack.enter_context(handed_out(Path(report), instance.home)) if report else None
        with progress("progress.scans") as step:
            lines = attaching.attach(instance, who, files, wanted, progress=step)
        told = [_told(line) for line in lines]
        if out is not None:
            out.write(f"\ufeff{printing.as_csv(told, COLUMNS, desk().language)}\n".encode())
    clikit.freshen(instance)
    _summed(lines, wanted)
    return [line for line in told if line.fate not in QUIET or desk().form != "table"]


def _ranges(given: str | None) -> str | None:
    """What was given, or what the list of that name says."""
    if given is None or ("=" in given and not Path(given).expanduser().is_file()):
        return given
    return whole(given)


def _told(line: ScanLine) -> ToldLine:
    why = line.error.message(desk().language) if line.error is not None else line.why
    return ToldLine(line.file, line.pages, line.fate, line.code, why)


def _summed(lines: Sequence[ScanLine], wanted: Wanted) -> None:
    fates = Counter(line.fate for line in lines)
    counts = {fate.value.lower(): fates[fate] for fate in ScanFate if fate is not ScanFate.SEPARATOR}
    note("told.scans", total=len(lines) - fates[ScanFate.SEPARATOR], **counts)
    if wanted.dry_run:
        note("told.scans-trial")
    elif fates[ScanFate.TRAY]:
        note("told.scans-tray")
    if fates[ScanFate.REFUSED]:
        fail(1)
