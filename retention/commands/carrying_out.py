"""销毁的执行与证明: verbs of the noun `destruction`, added to it there."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import acting, argument, confirming, option, showing, tell
from archive.durable import handed_out
from archive.errors import BadValue
from retention.destroying import certificate as certificates
from retention.destroying import execution

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit

CERTIFICATE = (
    "number:destruction_number", "content_hash", "records:destroyed_records",
    "items:destroyed_items", "pages:destroyed_pages", "keys:destroyed_keys", "pulled:destroyed_pulled",
    "live_on", "all_on", "pending:pending_sets", "size:certificate_log", "root:certificate_root",
    "signed_at",
)  # fmt: skip


@clikit.command("execute", example="anjuan destruction execute XH2026-0001")
@argument("number", help="销毁清册号 / Number of the list")
@confirming("number")
@acting(Act.DESTRUCTION_EXECUTE, Act.ITEM_FILE, Act.ITEM_ATTACH, instance=True)
def execute(instance: Instance, who: Who, number: str) -> None:
    """执行销毁：逐件毁钥、清除文件与索引，出具证明，登记销毁清册；中断后再运行即续作。 / Carry a list out: keys, files and index entries go, certificate and register follow; run again it goes on."""
    with clikit.progress("progress.destroy") as step:
        done = execution.execute(instance, who, number, progress=step)
    tell(
        Act.DESTRUCTION_EXECUTE, destruction_number=done.number, destroyed_records=done.lines,
        destroyed_keys=done.keys, live_on=done.live_on, all_on=done.all_on, pending_sets=done.pending or None,
    )  # fmt: skip
    if done.pending:
        clikit.note("next.destruction-pending", number=done.number)
    clikit.note("next.destruction-destroyed", number=done.number)


@clikit.command(
    "certificate",
    example="anjuan destruction certificate XH2026-0001 --out XH2026-0001.txt\n"
    "anjuan destruction certificate --verify XH2026-0001.txt",
)
@argument("number", required=False, help="销毁清册号 / Number of the list")
@option("--out", metavar="FILE", help="把签名的证明写成新文件 / Write the signed note to a new file")
@option("--verify", "file", metavar="FILE", help="核验一份证明文件 / Check a certificate somebody holds")
@acting(Act.DESTRUCTION_SEE, reads=True)
@showing(*CERTIFICATE)
def certificate(unit: Unit, number: str | None, out: str | None, file: str | None) -> object:
    """销毁证明：两个日期、件数、待补改的备份套，由日志的密钥签名。 / The certificate: both dates, counts, sets pending, signed with the log's key."""
    if (number is None) == (file is None) or (file is not None and out is not None):
        raise BadValue(field="destruction_number", value=number or "—", expected="XH2026-0001 | --verify")
    if file is not None:
        return certificates.verify(unit, Path(file))
    assert number is not None
    if out is not None:
        with handed_out(Path(out), unit.home) as new:
            new.write(certificates.note(unit, number).encode())
    return certificates.show(unit, number)
