"""Volumes: opened, listed, shown, edited, closed, shelved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit, views, volumes
from archive.acts import Act
from archive.clikit import LEVEL, PAIR, Named, acting, argument, confirming, listing, option, showing, tell
from archive.values import Level, VolumeState
from archive.volumes import Matter

if TYPE_CHECKING:
    from archive.unit import Unit

CODE = "档号 / Reference code"
PAGE = (
    "code", "card", "class_code", "class_name", "department", "year", "state", "level", "period", "use_mode",
    "trigger", "trigger_date", "expires_on", "review_due", "place", "dossier", "loan", "history", "items", "files", "may",
)  # fmt: skip


@clikit.group("volume")
def volume() -> None:
    """案卷。 / Volumes."""


@volume.command(
    "open",
    example="anjuan volume open --class ZX·02 --title 'A1203 装修图纸' --department KF --premises A1203 --party P001",
)
@option("--class", "class_code", required=True, help="类别代码 / Class code")
@option("--title", required=True, help="题名 / Title")
@option("--department", help="部门，默认本人部门 / Department, one's own if not given")
@option("--year", type=int, help="归档年度，默认今年 / Archive year, this year if not given")
@option("--premises", help="单元 / Premises")
@option("--party", help="往来单位或个人 / Party")
@option("--dossier", help="卷宗、项目或合同号 / Dossier, project or contract")
@option("--level", type=LEVEL, help="密级，只可高于类别规定 / Level, only above that of the class")
@option("--period", help="保管期限，如 D30 / Period, such as D30")
@option("--note", default="", help="备注 / Note")
@option(
    "--field",
    "fields",
    type=PAIR,
    multiple=True,
    help="专项著录 名=值，可多次 / Family field name=value, may be repeated",
)
@acting(Act.VOLUME_OPEN)
def open_(unit: Unit, title: str, note: str, fields: Sequence[tuple[str, str]], **about: object) -> None:
    """立卷。 / Open a volume."""
    matter = matter_of(unit, **about)
    made = volumes.open_volume(unit, matter, title=title, note=note, fields=dict(fields))
    tell(Act.VOLUME_OPEN, code=made.reference_code)


def matter_of(unit: Unit, **about: object) -> Matter:
    """What options say a volume is about; department and year are the person's and this one's if not said."""
    given = {name: value for name, value in about.items() if value is not None}
    return Matter(**{"department": unit.actor.department, "year": unit.today.year, **given})  # type: ignore[arg-type]


@volume.command("list", example="anjuan volume list --class ZX --year 2025 --csv")
@option("--class", "class_code", help="类别，含其下级 / Class, with those below it")
@option("--year", type=int, help="归档年度 / Archive year")
@option("--department", help="部门 / Department")
@option("--state", type=Named(VolumeState), help="状态 / State")
@option("--limit", type=int, default=1000, show_default=True, help="至多多少行 / At most so many rows")
@acting(Act.RECORD_SEE, reads=True)
@listing("code", "title", "class_code", "year", "department", "level", "period", "state", "items", "pages", "first_date", "last_date", "place", "out")  # fmt: skip
def rows(unit: Unit, **given: object) -> Sequence[object]:
    """案卷目录。 / The volumes one may see."""
    return views.volumes(unit, **given)  # type: ignore[arg-type]


@volume.command("show", example="anjuan volume show K001-… --json")
@argument("code", help=CODE)
@acting(Act.RECORD_SEE, reads=True)
@showing(*PAGE)
def show(unit: Unit, code: str) -> object:
    """一卷的著录、期限、卷内目录和可办事项。 / Everything about a volume: card, retention, inner list, what may be done."""
    unit.volume(code)
    return views.page(unit, code)


@volume.command("edit", example="anjuan volume edit K001-… --title 新题名")
@argument("code", help=CODE)
@option("--title", help="新题名 / New title")
@option("--note", help="新备注 / New note")
@option("--field", "fields", type=PAIR, multiple=True, help="专项著录 名=值 / Family field name=value")
@acting(Act.VOLUME_EDIT)
def edit(
    unit: Unit, code: str, title: str | None, note: str | None, fields: Sequence[tuple[str, str]]
) -> None:
    """修改著录；原著录留在历史中。 / Change the card; the earlier one stays in the history."""
    made = volumes.edit(unit, code, title=title, note=note, fields=dict(fields))
    tell(Act.VOLUME_EDIT, code=made.reference_code, history=made.version - 1)


@volume.command("close", example="anjuan volume close K001-… --confirm K001-…")
@argument("code", help=CODE)
@confirming("code")
@acting(Act.VOLUME_CLOSE)
def close(unit: Unit, code: str) -> None:
    """组卷结束：按日期排序、编件号和页号，其后不能再归入。 / Close a volume: papers are ordered and numbered; nothing can be added later."""
    made = volumes.close(unit, code)
    tell(Act.VOLUME_CLOSE, code=made.reference_code, items=made.items, pages=made.pages)


@volume.command("move", example="anjuan volume move K001-… --to R1-C1")
@argument("code", help=CODE)
@option("--to", required=True, help="库位 / Place")
@acting(Act.VOLUME_MOVE)
def move(unit: Unit, code: str, to: str) -> None:
    """上架或移架；涉密的只能放带锁的柜。 / Put on a shelf; confidential papers only behind a lock."""
    made = volumes.move(unit, code, to)
    tell(Act.VOLUME_MOVE, code=made.reference_code, place=views.place(unit, made))


@volume.command("level", example="anjuan volume level K001-… 秘密 --reason 涉及业主隐私")
@argument("code", help=CODE)
@argument("level", type=LEVEL, help="密级 / Level")
@option("--reason", required=True, help="理由 / Reason")
@acting(Act.VOLUME_LEVEL)
def level_(unit: Unit, code: str, level: Level, reason: str) -> None:
    """调整密级，卷内文件随卷。 / Change the level; the items follow."""
    made = volumes.set_level(unit, code, level, reason=reason)
    tell(Act.VOLUME_LEVEL, code=made.reference_code, level=made.level)


@volume.command("history", example="anjuan volume history K001-…")
@argument("code", help=CODE)
@acting(Act.RECORD_SEE, reads=True)
@listing("version", "title", "replaced_at", "replaced_by")
def history(unit: Unit, code: str) -> Sequence[object]:
    """著录的修改历史。 / Earlier states of the card."""
    return views.history(unit, code)
