"""Slots and keys: what opens the instance; rotation; the recovery key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archive import clikit, printing
from archive.acts import Act
from archive.clikit import acting, argument, confirming, framed, listing, note, option, progress, secret, tell
from archive.errors import BadValue

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit


@clikit.group("keys")
def keys() -> None:
    """开锁方式与密钥。 / Slots and keys."""


@keys.command("slots", example="anjuan keys slots")
@acting(Act.INSTANCE_INSPECT, reads=True)
@listing("number", "kind", "cost", "created_at")
def slots(unit: Unit) -> Sequence[object]:
    """能打开案卷库的方式；不含任何秘密。 / What opens the instance; no secrets."""
    unit.look(Act.INSTANCE_INSPECT)
    return [
        {
            "number": one.number, "kind": one.kind,
            "cost": f"Argon2id {one.cost.memory >> 10} MiB × {one.cost.passes}" if one.cost else "",
            "created_at": dt.datetime.fromtimestamp(one.created_at, dt.UTC),
        }
        for one in unit.keys.slots()
    ]  # fmt: skip


@keys.command("add-slot", example="anjuan keys add-slot --key-file /media/usb/second.key")
@option(
    "--passphrase-file",
    metavar="FILE",
    help="新口令所在文件，- 为标准输入 / File with the new passphrase, - for standard input",
)
@option(
    "--key-file",
    metavar="FILE",
    help="新建密钥文件，须在案卷库之外 / Key file to be made, outside the instance",
)
@acting(Act.KEYS_ADD_SLOT, instance=True, reads=True)
def add_slot(instance: Instance, who: Who, passphrase_file: str | None, key_file: str | None) -> None:
    """增加一种开锁方式。 / One more way to open the instance."""
    if passphrase_file and key_file:
        raise BadValue(field="passphrase", value="--passphrase-file", expected="--key-file")
    path = Path(key_file).expanduser().absolute() if key_file else None
    phrase = (
        None
        if path
        else secret(
            passphrase_file, "prompt.new-passphrase", twice=True, name="--key-file | --passphrase-file"
        )
    )
    with instance.work(who, Act.KEYS_ADD_SLOT) as unit:
        unit.act(Act.KEYS_ADD_SLOT)
        number = unit.keys.add_slot(passphrase=phrase, key_file=path)
        unit.lines[-1].facts = {"slot": number}
    tell(Act.KEYS_ADD_SLOT, number=number)


@keys.command("remove-slot", example="anjuan keys remove-slot 1 --confirm 1")
@argument("number", type=int, help="编号，见 keys slots / Number, see keys slots")
@confirming("number")
@acting(Act.KEYS_ADD_SLOT)
def remove_slot(unit: Unit, number: int) -> None:
    """取消一种开锁方式；最后一种和恢复密钥不能取消。 / Remove a way to open; the last one and the recovery key stay."""
    unit.act(Act.KEYS_ADD_SLOT, removed=number)
    unit.keys.remove_slot(number)
    note("told.slot-removed", number=number)


@keys.command("rotate", example="anjuan keys rotate")
@acting(Act.KEYS_ROTATE)
def rotate(unit: Unit) -> None:
    """轮换密钥：全部记录密钥重新包裹，内容不动。 / Rotate: every record key is wrapped anew, content stays as it is."""
    unit.act(Act.KEYS_ROTATE)
    with progress("progress.rotate") as step:
        total = unit.keys.rotate(lambda done: step(done, 0))
    unit.lines[-1].facts = {"records": total}
    tell(Act.KEYS_ROTATE, records=total)


@keys.command("recovery", example="anjuan keys recovery --confirm recovery")
@option("--replace", default="recovery", hidden=True, help="固定为 recovery / Always recovery")
@confirming("replace")
@acting(Act.KEYS_RECOVERY)
def recovery(unit: Unit, replace: str) -> None:
    """换新的恢复密钥，旧的即时作废；只显示一次。 / A new recovery key; the old one opens nothing any more. Shown once."""
    del replace
    unit.act(Act.KEYS_RECOVERY)
    fresh = unit.keys.new_recovery()
    tell(Act.KEYS_RECOVERY)
    framed("told.recovery", printing.groups(fresh))
    note("told.recovery-advice")
