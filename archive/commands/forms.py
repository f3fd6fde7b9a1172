"""表格: which forms there are, printing them, and an office's own Word layouts of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, acting, argument, listing, note, option, tell, warn
from archive.forms.kinds import ALL, FormKind, Takes, Wanted, named

if TYPE_CHECKING:
    from archive.forms.printing import Paper
    from archive.unit import Unit

FORM = "表格代号或名称，如 f1、案卷目录 / Code or name of the form, such as f1"
TO = "写到此文件；绝不覆盖已有文件 / Write to this file; nothing is ever overwritten"


@dataclass(frozen=True, slots=True)
class FormLine:
    """One form that can be printed."""

    code: str
    name: str
    takes: Takes
    clause: str
    template: str


def _kinds() -> tuple[FormKind, ...]:
    return (*ALL, *clikit.wiring.forms)


def _kind(name: str) -> FormKind:
    return named(_kinds(), name)


@clikit.group("form")
def form() -> None:
    """打印表格。 / Printed forms."""


@form.command("list", example="anjuan form list")
@acting(Act.FORM_SEE, reads=True)
@listing("code:form", "name", "takes", "clause", "template")
def rows(unit: Unit) -> Sequence[object]:
    """可打印的表格、打印对象、依据和所用模板。 / The forms, what each is printed of, its clause, and the template in use."""
    from archive.forms import templates
    from archive.words import say

    unit.look(Act.FORM_SEE)
    language = clikit.desk().language
    used = {line.form: f"v{line.version}" for line in templates.rows(unit) if line.retired_at is None}
    return [
        FormLine(kind.code, say(kind.word, language), kind.takes, kind.clause, used.get(kind.code, ""))
        for kind in _kinds()
    ]


@form.command("print", example="anjuan form print f1 K001-… --to 卷内目录.pdf")
@argument("name", help=FORM)
@argument("codes", nargs=-1, help="档号、单号、账号或盒号，依表格而定 / Codes or numbers, as the form takes")
@option("--to", required=True, metavar="FILE", help=f"{TO} (.pdf, .docx)")
@option("--class", "class_code", help="类别，含其下级 / Class, with those below it")
@option("--department", help="部门 / Department")
@option("--year", type=int, help="年度 / Year")
@option("--period", help="保管期限，如 Y、D30 / Retention period, such as Y or D30")
@option("--since", type=DAY, help="自此日起 / From this day on")
@option("--until", type=DAY, help="至此日止 / Up to this day")
@option("--width", type=int, help="脊背厚度，毫米 / Thickness of a back, millimetres")
@option("--blank", type=int, default=0, help="另加空行数，供手填 / Empty rows to write in")
@option("--for", "purpose", default="", help="用途，记入日志 / Purpose, kept in the log")
@acting(Act.FORM_PRINT, Act.RECORD_SEE, reads=True)
def print_(  # noqa: PLR0913, PLR0917
    unit: Unit, name: str, codes: Sequence[str], to: str, purpose: str, blank: int, year: int | None,
    width: int | None, class_code: str | None, department: str | None, period: str | None,
    since: dt.date | None, until: dt.date | None,
) -> None:  # fmt: skip
    """打印一种表格，PDF 或 Word；记入日志。 / Print a form as PDF or Word; it is logged."""
    from archive.errors import BadValue
    from archive.forms.printing import print_form

    if not 0 <= blank <= MOST_BLANK:
        raise BadValue(field="count", value=blank, expected=f"0–{MOST_BLANK}")
    wanted = Wanted(
        clikit.desk().language, codes, class_code=class_code, department=department, year=year, period=period,
        since=since, until=until, width=width, blank=blank,
    )  # fmt: skip
    path = Path(to).expanduser()
    made = print_form(unit, _kind(name), wanted, path, purpose=purpose)
    tell(Act.FORM_PRINT, form=made.form, pages=made.pages, rows=made.rows, path=path)
    _told(made)


#: Empty rows somebody may ask for.
MOST_BLANK = 1000


def _told(made: Paper) -> None:
    """What the reader should know of the paper besides."""
    if made.missing:
        letters = "".join(sorted(made.missing))[:40]
        warn("told.letters-missing", count=len(made.missing), letters=letters)
    if made.template and not made.used:
        note(f"told.{'pdf' if made.pages is not None else 'word'}-keeps-ours", version=made.template)


# --- an office's own layouts --------------------------------------------------------------------------


@form.group("template")
def template() -> None:
    """本单位自备的 Word 模板。 / The office's own Word layouts."""


@template.command("install", example="anjuan form template install f10 借阅审批单.docx")
@argument("name", help=FORM)
@argument("file", help="Word 文件（.docx） / Word file (.docx)")
@option("--note", "remark", default="", help="备注 / Note")
@acting(Act.FORM_TEMPLATE)
def install(unit: Unit, name: str, file: str, remark: str) -> None:
    """检查并启用模板；原模板停用但保留。 / Check a layout and use it; the one in use before stays, retired."""
    from archive.forms import templates

    kind = _kind(name)
    made = templates.install(unit, kind, Path(file).expanduser(), note=remark)
    tell(Act.FORM_TEMPLATE, form=kind.code, version=made.version)


@template.command("list", example="anjuan form template list")
@acting(Act.FORM_SEE, reads=True)
@listing("form", "version", "name", "note", "installed_at", "installed_by", "retired_at")
def installed(unit: Unit) -> Sequence[object]:
    """各表的模板及其历次版本。 / Every version of every layout."""
    from archive.forms import templates

    return templates.rows(unit)


@template.command("show", example="anjuan form template show f10 --to 现用模板.docx")
@argument("name", help=FORM)
@option("--to", metavar="FILE", help="把现用模板写到此文件 / Write the layout in use to this file")
@acting(Act.FORM_SEE, reads=True)
@listing("placeholder", "meaning", "table_name")
def show(unit: Unit, name: str, to: str | None) -> Sequence[object]:
    """模板可用的全部栏目。 / Every placeholder that a layout may use."""
    from archive.forms import starting, templates
    from archive.forms.printing import save

    kind = _kind(name)
    unit.look(Act.FORM_SEE)
    if to is not None:
        save(unit, Path(to).expanduser(), templates.installed(unit, kind))
    return starting.placeholders(kind, clikit.desk().language)


@template.command("remove", example="anjuan form template remove f10")
@argument("name", help=FORM)
@acting(Act.FORM_TEMPLATE)
def remove(unit: Unit, name: str) -> None:
    """停用模板，恢复系统版式。 / Go back to our layout."""
    from archive.forms import templates

    kind = _kind(name)
    tell(Act.FORM_TEMPLATE, form=kind.code, version=templates.remove(unit, kind))


@template.command("example", example="anjuan form template example f10 --to 起始.docx")
@argument("name", help=FORM)
@option("--to", required=True, metavar="FILE", help=TO)
@acting(Act.FORM_SEE, reads=True)
def example(unit: Unit, name: str, to: str) -> None:
    """写出列有全部栏目的起始文件。 / Write a file to start from, with every placeholder."""
    from archive.forms import starting
    from archive.forms.printing import save

    kind, path = _kind(name), Path(to).expanduser()
    unit.look(Act.FORM_SEE)
    save(unit, path, starting.starting(kind, clikit.desk().language))
    tell(Act.FORM_SEE, form=kind.code, path=path)
