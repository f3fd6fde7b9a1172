"""Items: filed, listed, shown, edited, moved; their files in and out, and what was read of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import clikit, items, objects, recognition, views
from archive.acts import Act
from archive.clikit import (
    DAY,
    LEVEL,
    PAIR,
    Named,
    acting,
    argument,
    listing,
    note,
    option,
    out,
    showing,
    tell,
    warn,
)
from archive.commands.volumes import CODE, PAGE, matter_of
from archive.errors import FileMissing, FileTooLarge
from archive.papers import Paper
from archive.values import ComponentKind
from archive.words import knows, say

if TYPE_CHECKING:
    from archive.unit import Unit

PURPOSE = "用途，记入日志 / Purpose, kept in the log"


@clikit.group("item")
def item() -> None:
    """文件（件）。 / Items."""


@item.command(
    "file", example="anjuan item file --volume K001-… --title '装修平面图' --date 2025-03-02 --pages 2"
)
@option(
    "--volume", help="归入此卷；不给则按类别归入应在的卷 / Into this volume; else where it belongs by class"
)
@option("--class", "class_code", help="类别代码 / Class code")
@option("--title", required=True, help="题名 / Title")
@option("--date", "dated", type=DAY, help="文件日期 / Date of the document")
@option("--creator", default="", help="责任者 / Creator")
@option("--number", "document_no", default="", help="文号 / Document number")
@option("--type", "doc_type", default="", help="文种，如 装修申请表 / Type of document")
@option("--pages", type=int, default=1, show_default=True, help="页数 / Pages")
@option("--first-page", type=int, help="首页页号，用于核对 / First page, to be checked")
@option("--copy", is_flag=True, help="是复制件 / It is a copy")
@option("--digital", is_flag=True, help="没有纸质原件 / There is no paper")
@option("--level", type=LEVEL, help="密级 / Level")
@option("--note", default="", help="备注 / Note")
@option("--party", help="往来单位或个人 / Party")
@option("--premises", help="单元 / Premises")
@option("--dossier", help="卷宗、项目或合同号 / Dossier, project or contract")
@option("--department", help="部门，默认本人部门 / Department, one's own if not given")
@option("--year", type=int, help="归档年度 / Archive year")
@option(
    "--field",
    "fields",
    type=PAIR,
    multiple=True,
    help="专项著录 名=值，可多次 / Family field name=value, may be repeated",
)
@option(
    "--period",
    help="保管期限；与案卷不同时须 --override / Period; another than the volume's needs --override",
)
@option("--override", help="合卷理由 / Reason for mixing periods")
@option("--attach", metavar="FILE", help="同时挂接此电子文件 / Attach this file as well")
@acting(Act.ITEM_FILE, Act.ITEM_ATTACH)
def file_(unit: Unit, volume: str | None, attach: str | None, override: str | None, **given: Any) -> None:
    """归档一件文件。 / File a document."""
    paper = _paper(given)
    if volume is not None:
        made = items.file_into(unit, volume, [paper], period=given["period"], override=override)[0]
    else:
        made = items.file_matter(unit, matter_of(unit, **_matter(given, paper)), [paper])[0]
    if attach is not None:
        _attached(unit, made.uid, attach, ComponentKind.TEXT)
    tell(Act.ITEM_FILE, code=made.reference_code, first_page=made.first_page, pages=made.page_count)


_OF_PAPER = (
    "title",
    "dated",
    "creator",
    "document_no",
    "doc_type",
    "pages",
    "first_page",
    "level",
    "note",
    "party",
    "premises",
)
_OF_MATTER = ("class_code", "department", "premises", "party", "dossier", "period")


def _paper(given: dict[str, Any]) -> Paper:
    said = {name: given[name] for name in _OF_PAPER}
    premises = said["premises"]
    said["premises"] = premises.replace("-", "") if premises else None
    return Paper(
        **said, is_original=not given["copy"], on_paper=not given["digital"], fields=dict(given["fields"])
    )


def _matter(given: dict[str, Any], paper: Paper) -> dict[str, Any]:
    year = given["year"] or (paper.dated.year if paper.dated else None)
    about = {name: given[name] for name in _OF_MATTER}
    return {**about, "class_code": given["class_code"] or "—", "year": year}


@item.command("list", example="anjuan item list --class HT --json")
@option("--class", "class_code", help="类别，含其下级 / Class, with those below it")
@option("--year", type=int, help="归档年度 / Archive year")
@option("--department", help="部门 / Department")
@option("--alone", is_flag=True, help="只列按件保管的 / Only those kept item by item")
@option("--limit", type=int, default=1000, show_default=True, help="至多多少行 / At most so many rows")
@acting(Act.RECORD_SEE, reads=True)
@listing(
    "code", "title", "dated", "creator", "document_no", "doc_type", "first_page", "pages", "level", "note"
)
def rows(unit: Unit, **given: Any) -> Sequence[object]:
    """文件目录。 / The items one may see."""
    return views.items(unit, **given)


@item.command("show", example="anjuan item show K001-…-001")
@argument("code", help=CODE)
@acting(Act.RECORD_SEE, reads=True)
@showing(*PAGE)
def show(unit: Unit, code: str) -> object:
    """一件文件的著录、电子文件和可办事项。 / Everything about an item."""
    unit.item(code)
    found = views.page(unit, code)
    if clikit.desk().form == "json":
        return found
    return replace(found, files=[_told(one) for one in found.files])


@item.command("edit", example="anjuan item edit K001-…-001 --field permit_no=XK-2025-018")
@argument("code", help=CODE)
@option("--title", help="新题名 / New title")
@option("--creator", help="新责任者 / New creator")
@option("--number", "document_no", help="新文号 / New document number")
@option("--type", "doc_type", help="新文种 / New type of document")
@option("--note", help="新备注 / New note")
@option("--field", "fields", type=PAIR, multiple=True, help="专项著录 名=值 / Family field name=value")
@acting(Act.ITEM_EDIT)
def edit(unit: Unit, code: str, fields: Sequence[tuple[str, str]], **told: str | None) -> None:
    """修改著录；原著录留在历史中。 / Change the card; the earlier one stays in the history."""
    made = items.edit(unit, code, fields=dict(fields), **told)  # type: ignore[arg-type]
    tell(Act.ITEM_EDIT, code=made.reference_code, history=made.version - 1)


@item.command("move", example="anjuan item move K001-…-001 --to K001-…")
@argument("code", help=CODE)
@option("--to", required=True, help="另一在立卷的案卷 / Another open volume")
@acting(Act.ITEM_MOVE)
def move(unit: Unit, code: str, to: str) -> None:
    """调到另一卷，件号随之改变。 / Move to another volume; the number changes with it."""
    made = items.move(unit, code, to)
    tell(Act.ITEM_MOVE, code=made.reference_code)


@item.command("attach", example="anjuan item attach K001-…-001 图纸.pdf --kind drawing")
@argument("code", help=CODE)
@argument("file", help="电子文件 / File")
@option("--kind", type=Named(ComponentKind), default="TEXT", help="组成部分 / Part of the item")
@acting(Act.ITEM_ATTACH, Act.COMPONENT_ADD)
def attach(unit: Unit, code: str, file: str, kind: ComponentKind) -> None:
    """挂接电子文件，加密存入电子库。 / Attach a file; it goes encrypted into the vault."""
    _attached(unit, code, file, kind)
    tell(Act.ITEM_ATTACH, code=unit.item(code).reference_code, kind=kind)


def _attached(unit: Unit, code: str, file: str, kind: ComponentKind) -> None:
    """Put a file a person named into the vault; raises `FileMissing`, `FileTooLarge`."""
    path, most = Path(file).expanduser(), unit.settings.max_file_mib
    if not path.is_file():
        raise FileMissing(path=path)
    try:
        with path.open("rb") as stream:
            size = path.stat().st_size >> 20
            if size >= most:
                raise FileTooLarge(path=path.name, size=size, most=most)
            objects.attach(unit, code, stream, name=path.name, kind=kind)
    except (PermissionError, FileNotFoundError) as barred:
        raise FileMissing(path=path) from barred


@item.command("get", example="anjuan item get K001-…-001 --to . --for 核对图纸")
@argument("code", help=CODE)
@option("--to", required=True, metavar="PATH", help="写到此文件或文件夹 / Write to this file or folder")
@option("--for", "purpose", required=True, help=PURPOSE)
@option(
    "--file", "number", type=int, default=1, show_default=True, help="第几个电子文件 / Which of its files"
)
@acting(Act.ITEM_GET, reads=True)
def get(unit: Unit, code: str, to: str, purpose: str, number: int) -> None:
    """取出电子文件；绝不覆盖已有文件。 / Take a file out; nothing is ever overwritten."""
    path = objects.fetch(unit, code, Path(to).expanduser(), number=number, purpose=purpose)
    tell(Act.ITEM_GET, code=code, path=path)


@item.command("read", example="anjuan item read K001-…-001 --for 答复业主")
@argument("code", help=CODE)
@option("--for", "purpose", required=True, help=PURPOSE)
@acting(Act.RECORD_READ, reads=True)
def read(unit: Unit, code: str, purpose: str) -> None:
    """阅读提取出的正文。 / Read the extracted text."""
    found = unit.item(code)
    unit.look(Act.RECORD_READ, found, private={"purpose": purpose})
    objects.purposeful(purpose)
    objects.still_ours(found, Act.RECORD_READ)
    text = objects.text_of(unit, found)
    out(text) if text else note("told.no-text", code=found.reference_code)
    scanned = recognition.of_items(unit, [found.uid]).get(found.uid)
    if scanned and scanned.confidence is not None:
        warn("told.recognised", pages=scanned.pages, confidence=scanned.confidence)


@item.command("files", example="anjuan item files K001-…-001")
@argument("code", help=CODE)
@acting(Act.RECORD_READ, reads=True)
@listing("number", "name", "outcome", "pages", "scans", "recognised", "confidence")
def files(unit: Unit, code: str) -> Sequence[object]:
    """电子文件及其正文提取情况。 / Its files and what could be read of them."""
    found = unit.item(code)
    unit.look(Act.RECORD_READ, found)
    return [_told(one) for one in views.page(unit, code).files]


def outcome_told(outcome: str | None, *, recognised: int = 0) -> str:
    """What became of reading a file, in the user's language; *recognised*: how many of its scans were."""
    language = clikit.desk().language
    if recognised and outcome in recognition.PICTURES:
        return say("told.recognised-file", language)
    key = f"extract.{outcome}" if outcome else "told.not-read-yet"
    return say(key, language) if knows(key, language) else str(outcome)


def _told(file: views.FileOnPage) -> views.FileOnPage:
    return replace(file, outcome=outcome_told(file.outcome, recognised=file.recognised))


@item.command("history", example="anjuan item history K001-…-001")
@argument("code", help=CODE)
@acting(Act.RECORD_SEE, reads=True)
@listing("version", "title", "replaced_at", "replaced_by")
def history(unit: Unit, code: str) -> Sequence[object]:
    """著录的修改历史。 / Earlier states of the card."""
    return views.history(unit, code)
