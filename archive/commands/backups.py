"""Backup sets: made, listed, read through, tried, brought back, mended from, forgotten; the epoch slip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive import backups, clikit, printing
from archive.acts import Act
from archive.backups import Kit
from archive.clikit import (
    acting,
    argument,
    confirming,
    fail,
    framed,
    listing,
    note,
    off_paper,
    option,
    progress,
    tell,
)
from archive.clikit.front import SLIP_LETTERS
from archive.errors import BadValue
from archive.hardening import harden_process
from archive.slots import recovery_secret
from archive.words import say

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit

NUMBER = "备份套号 / Number of the set"


def _kit_files(command: Callable[..., Any]) -> Callable[..., Any]:
    """The two options that say where the recovery key and the slip are typed."""
    for where, chinese, english in (
        ("--slip-file", "纪元凭条", "epoch slip"),
        ("--recovery-file", "恢复密钥", "recovery key"),
    ):
        told = f"{chinese}所在文件，- 为标准输入；不写则当场输入 / File with the {english}, - for standard input; asked for otherwise"
        command = option(where, metavar="FILE", help=told)(command)
    return command


@clikit.group("backup")
def backup() -> None:
    """备份套与密钥包。 / Backup sets and key packs."""


@backup.command("create", example="anjuan backup create /media/usb/anjuan --remark 一号移动硬盘")
@argument(
    "folder",
    help="放备份套的文件夹：空的，或已有本库的备份套；须在案卷库之外，宜在另一块盘上 / Folder for sets: empty, or with sets of this instance; outside it, best on another disk",
)
@option("--remark", default="", help="备注 / Remark")
@option(
    "--thorough",
    is_flag=True,
    help="逐字节读一遍盘上已有的电子文件，坏的重新复制 / Read every stored file that is there already; bad ones are copied anew",
)
@acting(Act.BACKUP_CREATE, Act.BACKUP_FORGET, instance=True)
def create(instance: Instance, who: Who, folder: str, remark: str, *, thorough: bool) -> None:
    """制作并登记一个备份套：目录、电子文件、密钥包，全部是密文；已在盘上的电子文件不再复制。 / Make and register a set: catalogue, stored files, key pack, all of it sealed; stored files that are there already are not copied again.

    第一次制作时显示密钥纪元凭条：恢复时，恢复密钥和当期凭条缺一不可。 / The first one shows the slip of the key epoch: a set is brought back with the recovery key and that slip.
    """
    with progress("progress.backup") as step:
        made = backups.create(instance, who, Path(folder), remark=remark, thorough=thorough, progress=step)
    tell(
        Act.BACKUP_CREATE, set_number=made.number, set_folder=str(made.folder), epoch=made.epoch,
        records=made.records, files=made.files, files_new=made.copied, files_there=made.files - made.copied,
        set_size=made.size, files_aside=made.aside or None,
    )  # fmt: skip
    if made.same_disk:
        note("told.same-disk")
    if made.slip:
        show_slip(made.epoch, made.slip)


@backup.command("list", example="anjuan backup list")
@option("--all", "every", is_flag=True, help="连同已注销的 / With those that were forgotten")
@acting(Act.BACKUP_SEE, reads=True)
@listing(
    "number:set_number", "state:set_state", "folder:set_folder", "in_reach", "made_at:set_made_at",
    "made_by:set_made_by", "epoch", "records", "files", "size:set_size", "seen_at:set_seen_at", "lists:set_lists",
    "remark:set_remark", "age_days:set_age", "verified_at:set_verified_at", "drilled_at:set_drilled_at", "sound:set_sound",
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


@backup.command("verify", example="anjuan backup verify BF2026-00001 --subset 3/30")
@argument(
    "which", metavar="NUMBER|FOLDER", help="备份套号，或其所在文件夹 / Number of the set, or its folder"
)
@option("--quick", is_flag=True, help="电子文件只核对大小 / Of stored files only the sizes")
@option("--subset", metavar="N/T", help="只读 T 份中的第 N 份，如 3/30 / Read only part N of T, such as 3/30")
@option("--read-data", is_flag=True, help="读全部字节（默认） / Read every byte (default)")
@acting(Act.BACKUP_VERIFY, instance=True)
@listing("file", "wrong:set_wrong", quiet=True)
def verify(
    instance: Instance, who: Who, which: str, subset: str | None, *, quick: bool, read_data: bool
) -> Sequence[object]:
    """核验备份套：签名、目录、清单、密钥包和电子文件；有损坏或缺失时逐个列出，退出码为 5。 / Read a set through: signature, catalogue, list, key pack, stored files; damaged or missing files are listed, exit status 5."""
    if sum((quick, read_data, subset is not None)) > 1:
        raise BadValue(field="subset", value=subset or "--quick", expected="--quick | --subset | --read-data")
    how = backups.QUICK if quick else backups.share(subset) if subset is not None else backups.WHOLE
    with progress("progress.backup-verify") as step:
        found = backups.verify(instance, who, which, how, progress=step)
    facts = {"number": found.number, "files": found.files, "share": found.share, "faults": len(found.faults)}
    note("told.set-damaged" if found.faults else "told.set-sound", **facts)
    if found.faults:
        fail(5)
    return found.faults


@backup.command(
    "restore",
    example="anjuan backup restore /media/usb/anjuan --to /srv/anjuan --recovery-file key.txt --slip-file slip.txt",
)
@argument(
    "folder",
    help="备份套，或其所在的文件夹（取最新一套） / The set, or the folder of sets (the newest is taken)",
)
@option(
    "--to",
    required=True,
    metavar="FOLDER",
    help="空文件夹，将成为案卷库 / Empty folder that becomes the instance",
)
@_kit_files
@acting(Act.BACKUP_RESTORE, opens=False)
def restore(folder: str, to: str, recovery_file: str | None, slip_file: str | None) -> None:
    """在空机器上用备份套和恢复密钥、凭条恢复案卷库：要么完整，要么不留下任何东西；中断后重新运行即可。 / Bring an instance back on an empty machine from a set, the recovery key and the slip: whole or not at all; cut off, it is simply run again."""
    harden_process()
    assert clikit.wiring.ports is not None
    kit = _kit(recovery_file, slip_file)
    target = Path(to).expanduser().absolute()
    with progress("progress.restore") as step:
        made = backups.restore(
            Path(folder), target, kit, clikit.wiring.ports(), clock=clikit.wiring.clock, progress=step
        )
    tell(
        Act.BACKUP_RESTORE, set_number=made.number, set_made_at=made.made_at, path=str(made.folder), records=made.records,
        files=made.files, set_size=made.size, records_gone=made.gone or None,
    )  # fmt: skip
    if made.gone:
        note("told.restored-gone", count=made.gone)
    if made.newer:
        note("told.restored-newer", numbers=made.newer)
    note("told.restored-next", home=str(made.folder))


@backup.command("drill", example="anjuan backup drill BF2026-00001")
@argument("number", help=NUMBER)
@option(
    "--to",
    metavar="FOLDER",
    help="演练用的空文件夹，默认在案卷库旁边 / Empty folder for the trial; beside the instance by default",
)
@_kit_files
@acting(Act.BACKUP_DRILL, instance=True)
@listing("step:drill_step", "where:drill_where", quiet=True)
def drill(
    instance: Instance,
    who: Who,
    number: str,
    to: str | None,
    recovery_file: str | None,
    slip_file: str | None,
) -> Sequence[object]:
    """恢复演练：用恢复密钥和凭条把备份套恢复到旁边，核对日志、每个文件和件数，抽样解密，然后删去；有问题时退出码为 5。 / A restore on trial: with the kit, into a folder beside; log, every file and counts are checked, a sample decrypted, and all taken away; exit status 5 if anything is wrong."""
    kit = _kit(recovery_file, slip_file)
    with progress("progress.restore") as step:
        found = backups.drill(instance, who, number, kit, to=Path(to) if to else None, progress=step)
    if found.faults:
        note("told.drill-failed", number=found.number, count=len(found.faults))
        fail(5)
        return found.faults
    tell(
        Act.BACKUP_DRILL, set_number=found.number, records=found.records, files=found.files, set_size=found.size,
        cards_opened=found.cards, files_opened=found.opened, records_gone=found.gone or None,
    )  # fmt: skip
    return []


@backup.command("repair", example="anjuan backup repair BF2026-00001")
@argument("number", help=NUMBER)
@acting(Act.BACKUP_REPAIR, instance=True)
@listing("file", "why", "mended:set_mended", "items:set_items", "aside:set_aside", quiet=True)
def repair(instance: Instance, who: Who, number: str) -> Sequence[object]:
    """用备份套修复电子库：缺失或损坏的文件，哈希相符才复制回来；坏的改名保留，好的绝不覆盖。修不好的列出，退出码为 5。 / Mend the vault from a set: what is missing or damaged is copied back only if its hash fits; bad files are kept under another name, good ones never overwritten. Exit status 5 if something is left."""
    with progress("progress.repair") as step:
        found = backups.repair(instance, who, number, progress=step)
    note("told.repaired", files=found.files, bad=len(found.bad), left=found.left)
    if found.left:
        fail(5)
    language = clikit.desk().language
    return [
        {
            "file": one.file, "why": say(f"fault.{one.why}", language), "mended": one.mended, "items": one.items,
            "aside": one.aside,
        }
        for one in found.bad
    ]  # fmt: skip


def _kit(recovery_file: str | None, slip_file: str | None) -> Kit:
    """The recovery key and the slip, from files or typed unseen; never from the arguments."""
    recovery_file = recovery_file or clikit.desk().recovery_file
    recovery = off_paper(recovery_file, "prompt.recovery", name="--recovery-file")
    recovery_secret(recovery)  # a slip of the pen is told before the next is asked for
    slip = off_paper(slip_file, "prompt.slip", name="--slip-file", letters=SLIP_LETTERS)
    return Kit(recovery, backups.read_slip(slip))


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
