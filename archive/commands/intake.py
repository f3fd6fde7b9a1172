"""The intake tray: scans that matched no record, looked at, put where they belong, or thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import Named, acting, argument, confirming, listing, option, tell
from archive.scans import tray
from archive.values import ComponentKind

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit

NUMBER = "收件号 / Number in the tray"


@clikit.group("intake")
def intake() -> None:
    """收件盘：没有找到所属的扫描件。 / The intake tray: scans that found no record."""


@intake.command("list", example="anjuan intake list")
@option("--all", "every", is_flag=True, help="连同已处理的 / With those that were settled")
@acting(Act.INTAKE_SEE, reads=True)
@listing(
    "number:scan_number", "state", "name:scan_name", "why:scan_why", "pages", "size:scan_size", "department", "put_at",
    "put_by", "waits_days:scan_waits", "code:scan_code", "settled_at:scan_settled_at",
    "settled_by:scan_settled_by", "reason:scan_reason",
)  # fmt: skip
def rows(unit: Unit, *, every: bool) -> Sequence[object]:
    """本部门的收件盘；档案员看到各部门的。 / The tray of one's department; the archivist sees every department's."""
    return tray.rows(unit, every=every)


@intake.command("attach", example="anjuan intake attach SM2026-00001 --item K001-…-001 --kind attachment")
@argument("number", help=NUMBER)
@option("--item", "code", required=True, help="所属的件 / The item it belongs to")
@option("--kind", type=Named(ComponentKind), default="TEXT", help="组成部分 / Part of the item")
@acting(Act.INTAKE_ATTACH, Act.ITEM_ATTACH, instance=True)
def attach(instance: Instance, who: Who, number: str, code: str, kind: ComponentKind) -> None:
    """挂到一件上。 / Attach it to an item."""
    made = tray.attach(instance, who, number, code, kind)
    tell(Act.INTAKE_ATTACH, scan_number=made.number, code=made.code, kind=kind)


@intake.command("get", example="anjuan intake get SM2026-00001 --to . --for 辨认所属")
@argument("number", help=NUMBER)
@option("--to", required=True, metavar="PATH", help="写到此文件或文件夹 / Write to this file or folder")
@option("--for", "purpose", required=True, help="用途，记入日志 / Purpose, kept in the log")
@acting(Act.INTAKE_GET, reads=True)
def get(unit: Unit, number: str, to: str, purpose: str) -> None:
    """取出来看；绝不覆盖已有文件。 / Take it out to look at it; nothing is ever overwritten."""
    path = tray.fetch(unit, number, Path(to).expanduser(), purpose=purpose)
    tell(Act.INTAKE_GET, scan_number=number, path=path)


@intake.command(
    "discard", example="anjuan intake discard SM2026-00001 --reason 扫描测试页 --confirm SM2026-00001"
)
@argument("number", help=NUMBER)
@option("--reason", required=True, help="理由 / Reason")
@confirming("number")
@acting(Act.INTAKE_DISCARD, instance=True)
def discard(instance: Instance, who: Who, number: str, reason: str) -> None:
    """弃去：密钥先毁，再删字节，不能恢复。 / Throw it away: its key goes, then its bytes; there is no way back."""
    made = tray.discard(instance, who, number, reason=reason)
    tell(Act.INTAKE_DISCARD, scan_number=made.number)
