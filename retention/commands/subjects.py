"""个人信息: what is kept about a person, why, until when; personal records past their ceiling."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import acting, listing, note, option, showing, tell
from retention import ceilings as late
from retention import subjects

if TYPE_CHECKING:
    from archive.unit import Unit

PAGE = (
    "subject:subject_code", "name:subject_name", "kind", "made_on:subject_made_on", "made_by",
    "records:subject_records", "storage_only:subject_storage_only", "kept", "elsewhere",
)  # fmt: skip
CEILING = (
    "code", "title", "class_code", "department", "period", "ceiling_on:subject_ceiling_on",
    "late_days:subject_late_days", "why:subject_still_here", "by:subject_by",
)  # fmt: skip


@clikit.group("subject")
def subject() -> None:
    """个人信息：保存了什么，为何保存，到何时为止。 / Personal data: what is kept about a person, why, until when."""


@subject.command(
    "report",
    example="anjuan subject report --party P001\nanjuan subject report --person sun --out report.docx",
)
@option("--party", help="业户或单位代码 / Code of the party")
@option("--person", help="员工账号 / Account of the employee")
@option("--out", metavar="FILE", help="写成 Word 文件，须为新文件 / Write a Word document, a new file")
@acting(Act.SUBJECT_SEE, reads=True)
@showing(*PAGE)
def report(unit: Unit, party: str | None, person: str | None, out: str | None) -> object:
    """关于某人保存了哪些档案与登记，为何保存，到何时为止；每次出具都记入日志。 / What is kept about somebody, why, until when; each report is logged."""
    language = clikit.desk().language
    made = subjects.report(unit, language, party=party, person=person)
    if out:
        from retention import subject_paper

        written = subject_paper.write(unit, made, language, Path(out))
        tell(Act.SUBJECT_SEE, path=str(written), subject_records=made.records)
        return None
    if not made.kept:
        note("subject.none")
    if made.storage_only:
        note("subject.storage-only", count=made.storage_only)
    return made


@subject.command("ceilings", example="anjuan subject ceilings --csv")
@option("--personal", is_flag=True, help="含一切有个人信息的类别 / Every class with personal data")
@acting(Act.SUBJECT_SEE, reads=True)
@listing(*CEILING)
def ceilings(unit: Unit, *, personal: bool) -> Sequence[object]:
    """已过最长保管期限而仍在的个人信息，以及为何仍在。 / Personal data past its ceiling and still here, and why."""
    return late.past(unit, personal=personal)
