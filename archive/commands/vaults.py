"""The vault: every stored byte read and checked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit, objects, upkeep
from archive.acts import Act
from archive.clikit import acting, fail, listing, note, progress, tell
from archive.words import say

if TYPE_CHECKING:
    from archive.unit import Unit


@clikit.group("vault")
def vault() -> None:
    """电子库。 / The vault."""


@vault.command("verify", example="anjuan vault verify --json")
@acting(Act.VAULT_VERIFY, reads=True)
@listing("blob", "why", "items", quiet=True)
def verify(unit: Unit) -> Sequence[object]:
    """逐个读出并解密校验；有损坏时列出所属文件，退出码为 5。 / Read and decrypt everything; damage is listed with its items, exit status 5."""
    with progress("progress.verify") as step:
        found = objects.verify(unit, progress=step)
    note(
        "told.vault" if found.faults or found.orphans else "told.vault-sound",
        blobs=found.blobs,
        mib=found.bytes >> 20,
        faults=len(found.faults),
        orphans=found.orphans,
    )
    if found.faults:
        fail(5)
    language = clikit.desk().language
    return [
        {"blob": one.blob, "why": say(f"fault.{one.why}", language), "items": one.items}
        for one in found.faults
    ]


@vault.command("sweep", example="anjuan vault sweep")
@acting(Act.VAULT_SWEEP)
def sweep(unit: Unit) -> None:
    """清理断电或中断留下的无主密钥与存储块（满一天的）。 / Collect keys and blobs left without a record by a crash (a day old)."""
    made = upkeep.sweep(unit)
    tell(Act.VAULT_SWEEP, orphan_keys=made.keys, orphan_blobs=made.blobs)
