"""Backup sets: made, listed, caught up with what was destroyed since, forgotten; the epoch slip."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archive import backups, clikit, printing
from archive.acts import Act
from archive.clikit import acting, argument, confirming, framed, listing, note, option, progress, tell

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit

NUMBER = "备份套号 / Number of the set"


@clikit.group("backup")
def backup() -> None:
    """备份套与密钥包。 / Backup sets and key packs."""


@backup.command("create", example="anjuan backup create /media/usb/anjuan-2026-03 --remark 一号移动硬盘")
@argument(
    "folder",
    help="空文件夹，须在案卷库之外，宜在另一块盘上 / An empty folder outside the instance, best on another disk",
)
@option("--remark", default="", help="备注 / Remark")
@acting(Act.BACKUP_CREATE, instance=True)
def create(instance: Instance, who: Who, folder: str, remark: str) -> None:
    """制作并登记一个备份套：目录、电子文件、密钥包，全部是密文。 / Make and register a set: catalogue, stored files, key pack, all of it sealed.

    第一次制作时显示密钥纪元凭条：恢复时，恢复密钥和当期凭条缺一不可。 / The first one shows the slip of the key epoch: a set is brought back with the recovery key and that slip.
    """
    with progress("progress.backup") as step:
        made = backups.create(instance, who, Path(folder), remark=remark, progress=step)
    tell(
        Act.BACKUP_CREATE, set_number=made.number, set_folder=str(made.folder), epoch=made.epoch,
        records=made.records, files=made.files, set_size=made.size,
    )  # fmt: skip
    if made.slip:
        show_slip(made.epoch, made.slip)


@backup.command("list", example="anjuan backup list")
@option("--all", "every", is_flag=True, help="连同已注销的 / With those that were forgotten")
@acting(Act.BACKUP_SEE, reads=True)
@listing(
    "number:set_number", "state:set_state", "folder:set_folder", "in_reach", "made_at:set_made_at",
    "made_by:set_made_by", "epoch", "records", "files", "size:set_size", "seen_at:set_seen_at", "lists:set_lists",
    "remark:set_remark",
)  # fmt: skip
def rows(unit: Unit, *, every: bool) -> Sequence[object]:
    """已登记的备份套，新的在前；是否可及，还留有哪些销毁清册的密钥。 / The registered sets, newest first; whether they are in reach, and the keys of which destruction lists they still hold."""
    return backups.listing(unit, every=every)


@backup.command("catch-up", example="anjuan backup catch-up")
@acting(Act.BACKUP_CATCH_UP, instance=True)
def catch_up(instance: Instance, who: Who) -> None:
    """销毁时不在的备份套接上以后，补改其密钥包；例行巡检也会补改。 / Rewrite the key packs of sets that were out of reach when something was destroyed; the daily rounds do the same."""
    made = backups.catch_up(instance, who)
    if clikit.wiring.settled is not None:
        clikit.wiring.settled(instance, who)
    if not made.current and not made.pending:
        note("told.none-pending")
        return
    tell(Act.BACKUP_CATCH_UP, sets_current=made.current, sets_pending=made.pending or None)
    if made.pending:
        note("told.sets-pending", count=len(made.pending), numbers=made.pending)


@backup.command(
    "forget", example="anjuan backup forget BF2026-00001 --reason 硬盘报废 --confirm BF2026-00001"
)
@argument("number", help=NUMBER)
@option("--reason", required=True, help="理由 / Reason")
@confirming("number")
@acting(Act.BACKUP_FORGET, instance=True)
def forget(instance: Instance, who: Who, number: str, reason: str) -> None:
    """注销一个备份套：先抹去其密钥包，此后谁也打不开。 / Strike a set off the register: its key pack is wiped first, and it opens for nobody any more."""
    made = backups.forget(instance, who, number, reason=reason)
    tell(Act.BACKUP_FORGET, set_number=made.number, set_state=made.state)


@backup.command("slip", example="anjuan backup slip")
@acting(Act.KEYS_RECOVERY)
def slip(unit: Unit) -> None:
    """再看一次当期密钥纪元凭条（系统管理员；记入日志）。 / Show the slip of the current key epoch once more (system administrator; it is logged)."""
    unit.act(Act.KEYS_RECOVERY)
    current = backups.current_slip(unit.keys)
    unit.lines[-1].facts = {"slip": current.epoch}
    show_slip(current.epoch, current.text())


def show_slip(epoch: int, text: str) -> None:
    """Print a slip in a frame, with what its holder must know."""
    framed("told.slip", printing.groups(text), epoch=epoch)
    note("told.slip-advice")
