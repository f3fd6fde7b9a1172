"""销毁的终结: verbs of the noun `destruction`, added to it there: the copies that could still be read, and the end of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import backups, clikit, printing
from archive.acts import Act
from archive.clikit import acting, argument, confirming, listing, note, option, tell
from archive.statuses import BackupState
from retention.destroying import destruction, destruction_book
from retention.destroying import finalizing as ending

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit


@clikit.command("finalize", example="anjuan destruction finalize XH2026-0001 --confirm XH2026-0001")
@argument("number", help="销毁清册号 / Number of the list")
@confirming("number")
@acting(Act.DESTRUCTION_FINALIZE, instance=True)
def finalize(instance: Instance, who: Who, number: str) -> None:
    """终结销毁：换发密钥纪元；不在的备份套从此谁也打不开，旧凭条应销毁。 / End a destruction: a new key epoch; sets out of reach open for nobody from now on, and the old slip is to be destroyed.

    请先接上还要用的备份套。 / Connect the backup sets that are still wanted first.
    """
    slip = backups.read_slip(ending.finalize(instance, who, number))
    with instance.ask(who, Act.DESTRUCTION_SEE) as unit:
        made = destruction.one(unit, number)
        lost = [
            one.set_number
            for one in backups.undone(unit, made.uid, every=True)
            if one.state is BackupState.DEAD
        ]
    tell(
        Act.DESTRUCTION_FINALIZE, destruction_number=made.number, all_on=made.all_on, epoch=slip.epoch,
        sets_dead=lost or None,
    )  # fmt: skip
    clikit.framed("told.slip", printing.groups(slip.text()), epoch=slip.epoch)
    note("told.slip-advice")
    note("told.old-slip", epoch=slip.epoch - 1)


@clikit.command("pending", example="anjuan destruction pending XH2026-0001")
@argument("number", required=False, help="销毁清册号，不写则为全部 / Number of the list; all if not said")
@option("--all", "every", is_flag=True, help="连同已补改的 / With those that were rewritten since")
@acting(Act.DESTRUCTION_SEE, reads=True)
@listing(
    "number:destruction_number",
    "set_number",
    "state:set_state",
    "since:pending_since",
    "done_at:pending_done",
)
def pending(unit: Unit, number: str | None, *, every: bool) -> Sequence[object]:
    """哪些备份套还留有已销毁档案的密钥。 / The backup sets that still hold keys of what was destroyed."""
    return destruction_book.pending(unit, number, every=every)
