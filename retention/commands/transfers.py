"""向外移交: to the owners' committee or the next company, as a package that opens without our keys, and a receipt."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.clikit import DAY, PATH, acting, argument, confirming, fail, listing, note, option, tell, warn
from archive.clikit.scans import scanned, some
from retention.transferring import packing, receipts, transfer_book
from retention.transferring import transfer as transfers
from retention.transferring.receipts import Receipt

if TYPE_CHECKING:
    from archive.instance import Instance, Who
    from archive.unit import Unit

NUMBER = "移交清单号 / Number of the list"
CODES = "案卷或单独保管的文件的档号 / Volumes, or items kept on their own"
FILE = "每行一个档号的文件，- 为标准输入 / File with a code a line, - for standard input"
REASON = "理由 / Reason"
LISTS = (
    "number:transfer_number", "state", "receiver:transfer_to", "lines:transfer_lines", "items", "pages",
    "pulled:transfer_pulled", "drafted_by:list_drafted_by", "drafted_on:list_drafted_on", "approved_by", "approved_on:transfer_approved_on",
    "packed_on", "package:package_sha256", "signed_by:transfer_signed_by", "signed_on:transfer_signed_on",
    "receiver_name", "receipt_no", "reason", "withdrawn:transfer_withdrawn",
)  # fmt: skip
LINES = (
    "nth:number", "code", "title", "class_code", "level", "period", "expires_on:appraisal_expires", "items", "pages", "state",
    "pulled:transfer_pulled", "still_here",
)  # fmt: skip


@clikit.group("transfer")
def transfer() -> None:
    """向外移交（业主委员会、新物业公司）。 / Transfer out of the company."""


@transfer.command(
    "draft", example="anjuan transfer draft --to U001 --due --class YH --reason 物业服务合同终止"
)
@argument("codes", nargs=-1, help=CODES)
@option("--to", required=True, help="接收单位代码 / Code of the party that receives")
@option("--reason", required=True, help=REASON)
@option("--file", "file", help=FILE)
@option(
    "--due",
    is_flag=True,
    help="到期应移交的，及鉴定结论为移交的 / What is due for transfer, or was so appraised",
)
@option("--class", "class_code", help="只要此类别或类别组 / Only this class or group of classes")
@option(
    "--skip", is_flag=True, help="不能移交的略过，逐条说明 / Leave off what may not go, told line by line"
)
@acting(Act.TRANSFER_DRAFT)
def draft(
    unit: Unit, codes: Sequence[str], to: str, reason: str, file: str | None, class_code: str | None, *,
    due: bool, skip: bool,
) -> None:  # fmt: skip
    """拟制清单：有一条不能移交，整份不拟。 / Draft a list; one record that may not go refuses it all."""
    drafted = transfers.draft(
        unit, to=to, codes=scanned(codes, file), due=due, class_code=class_code, reason=reason, skip=skip
    )
    for left in drafted.skipped:
        why = left.why.message(clikit.desk().language)
        warn("warning.transfer-skipped", code=left.code, why=why)
    tell(
        Act.TRANSFER_DRAFT, transfer_number=drafted.made.number, count=drafted.count,
        transfer_skipped=len(drafted.skipped),
    )  # fmt: skip
    note("next.transfer-draft", number=drafted.made.number)


@transfer.command("pull", example="anjuan transfer pull YC2026-0001 K001-… --reason 仍在诉讼")
@argument("number", help=NUMBER)
@argument("codes", nargs=-1, help=CODES)
@option("--reason", required=True, help=REASON)
@option("--file", "file", help=FILE)
@acting(Act.TRANSFER_PULL)
def pull(unit: Unit, number: str, codes: Sequence[str], reason: str, file: str | None) -> None:
    """从草拟的清单撤下。 / Take records off a draft."""
    meant = some(codes, file)
    transfers.pull(unit, number, meant, reason=reason)
    tell(Act.TRANSFER_PULL, transfer_number=number, count=len(meant))


@transfer.command("approve", example="anjuan transfer approve YC2026-0001")
@argument("number", help=NUMBER)
@acting(Act.TRANSFER_APPROVE)
def approve(unit: Unit, number: str) -> None:
    """总经理批准；单上的涉密内容向拟制人开放，供打包。 / The general manager approves; the drafter may open it to pack."""
    transfers.approve(unit, number)
    tell(Act.TRANSFER_APPROVE, transfer_number=number)
    note("next.transfer-approved", number=number)


@transfer.command("pack", example="anjuan transfer pack YC2026-0001 --to /media/stick/YC2026-0001")
@argument("number", help=NUMBER)
@option(
    "--to", required=True, type=PATH, help="新文件夹，不得在案卷库内 / A new folder, outside the instance"
)
@acting(Act.TRANSFER_PACK, instance=True)
def pack(instance: Instance, who: Who, number: str, to: str) -> None:
    """制作移交包（BagIt）：明文，不需本库密钥；逐件留痕。 / Make the package (BagIt), in plain; each record is logged.

    请当面交付，交付后妥善处理存储介质。 / Hand it over in person, and see to the medium afterwards.
    """
    with clikit.progress("progress.transfer") as step:
        made = packing.pack(instance, who, number, Path(to), progress=step)
    tell(
        Act.TRANSFER_PACK, transfer_number=number, path=made.folder, count=made.records, files=made.files,
        transfer_bytes=made.size, package_sha256=made.package,
    )  # fmt: skip
    note("next.transfer-packed", number=number)


@transfer.command("verify", example="anjuan transfer verify /media/stick/YC2026-0001")
@argument("folder", help="移交包所在文件夹 / Folder of the package")
@acting(Act.TRANSFER_SEE, reads=True)
@listing("path", "flaw", quiet=True)
def verify(unit: Unit, folder: str) -> Sequence[object]:
    """核对移交包：缺、多、改一件都指出，退出码为 5。 / Check a package: what is missing, extra or changed; exit status 5."""
    found = transfer_book.verify(unit, Path(folder))
    note("transfer.broken" if found else "transfer.sound", count=len(found))
    if found:
        fail(5)
    return found


@transfer.command(
    "sign", example="anjuan transfer sign YC2026-0001 --receiver-name 高主任 --receipt-no 收2026-7 --on today"
)
@argument("number", help=NUMBER)
@option("--receiver-name", required=True, help="接收方签字人 / Who signed for the receiver")
@option("--receipt-no", required=True, help="回执编号 / Number of the receipt")
@option("--on", type=DAY, required=True, help="签收日期 / Day of the signature")
@option(
    "--package",
    default="",
    help="回执上的包校验值（至少前12位） / Check value on the receipt, 12 letters at least",
)
@confirming("number")
@acting(Act.TRANSFER_SIGN)
def sign(unit: Unit, number: str, receiver_name: str, receipt_no: str, on: dt.date, package: str) -> None:
    """登记对方签收：全部转为“已移交”。 / Enter the signed receipt: every record is marked as transferred."""
    signed = receipts.sign(unit, number, Receipt(receiver_name, receipt_no, on, package))
    tell(Act.TRANSFER_SIGN, transfer_number=number, count=signed.count, items=signed.items)
    note("transfer.copies-stay", count=signed.count)
    if signed.ceilings:
        warn("warning.transfer-ceiling", count=signed.ceilings, number=number)


@transfer.command("withdraw", example="anjuan transfer withdraw YC2026-0001 --reason 接收方未成立")
@argument("number", help=NUMBER)
@option("--reason", required=True, help=REASON)
@acting(Act.TRANSFER_WITHDRAW)
def withdraw(unit: Unit, number: str, reason: str) -> None:
    """撤回尚未签收的清单。 / Take back a list that nobody has signed for."""
    transfers.withdraw(unit, number, reason=reason)
    tell(Act.TRANSFER_WITHDRAW, transfer_number=number)


@transfer.command("list", example="anjuan transfer list --open")
@option("--open", "open_only", is_flag=True, help="只列未了结的 / Only what is still going on")
@acting(Act.TRANSFER_SEE, reads=True)
@listing(*LISTS)
def rows(unit: Unit, *, open_only: bool) -> Sequence[object]:
    """向外移交登记簿。 / The register of transfers."""
    return transfer_book.rows(unit, open_only=open_only)


@transfer.command("show", example="anjuan transfer show YC2026-0001")
@argument("number", help=NUMBER)
@acting(Act.TRANSFER_SEE, reads=True)
@listing(*LINES)
def show(unit: Unit, number: str) -> Sequence[object]:
    """一份清单的各行。 / The lines of one list."""
    return transfer_book.show(unit, number)
