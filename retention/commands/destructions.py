"""销毁: lists drafted, frozen, approved, signed, begun; the register; carried out and certified."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from archive import clikit, fields
from archive.acts import Act
from archive.clikit import DAY, Named, acting, argument, confirming, listing, option, showing, tell
from archive.clikit.scans import some
from archive.errors import BadValue
from archive.statuses import DestructionState, Method
from retention.commands import carrying_out, finalizing
from retention.destroying import destruction as lists
from retention.destroying import destruction_book as book
from retention.destroying import freezing, listable, register, signing

if TYPE_CHECKING:
    from archive.unit import Unit

NUMBER = "销毁清册号 / Number of the list"
CODES = "案卷或单独保管的文件的档号 / Volumes, or items kept on their own"
FILE = "每行一个档号的文件，- 为标准输入 / File with a code a line, - for standard input"
REASON = "理由 / Reason"
METHOD = "公开、内部且无个人信息的怎样销毁；其余一律碎纸 / How what is neither confidential nor personal is destroyed; the rest is shredded"
FINGERPRINT = "清册指纹，照所看的清册填写 / Fingerprint, as it stands on the list that was read"
ROW = (
    "number:destruction_number", "state", "lines:destruction_lines", "items", "pages", "pulled:destruction_pulled",
    "fingerprint", "drafted_by:list_drafted_by", "drafted_on:list_drafted_on", "approved_by", "approved_on:destruction_approved_on",
    "earliest_on", "countersigned_by", "operator:destruction_operator", "supervisors", "begun_on",
    "confirmed_by", "live_on", "all_on", "reason", "refused:destruction_refused", "withdrawn:destruction_withdrawn",
)  # fmt: skip
#: What is done with a list against which nothing stands, by its state.
NEXT = {
    DestructionState.DRAFT: "next.destruction-draft",
    DestructionState.FROZEN: "next.destruction-frozen",
    DestructionState.APPROVED: "next.destruction-approved",
    DestructionState.BEGUN: "next.destruction-confirmed",
    DestructionState.DESTROYED: "next.destruction-destroyed",
}
LINE = (
    "nth:number", "code", "title", "class_code", "level", "archive_year:year", "items", "pages", "period",
    "expires_on:appraisal_expires",
    "opinion:appraisal_opinion", "method:destroyed_how", "step:destruction_step", "destroyed_on", "pulled_because",
)  # fmt: skip
ENTRY = (
    "nth:number", "code", "document_no", "creator", "title", "archive_year:year", "level", "items", "pages", "period",
    "kept:years_kept", "opinion:appraisal_opinion", "method:destroyed_how", "destroyed_on", "note",
)  # fmt: skip


class Moment(click.ParamType[dt.datetime]):
    """2026-03-02 15:30, on the office's clock."""

    name = "moment"

    def convert(self, value: Any, _: click.Parameter | None, __: Any) -> dt.datetime:
        """The moment without a zone; raises `BadValue`."""
        if isinstance(value, dt.datetime):
            return value
        day, _space, time = value.strip().replace("T", " ").rpartition(" ")
        found = re.fullmatch(r"([01]?\d|2[0-3])[:：]([0-5]\d)", time)
        if found is None:
            raise BadValue(field="destroyed_at", value=value, expected="YYYY-MM-DD HH:MM")
        on = fields.day(day, "destroyed_at")
        return dt.datetime(on.year, on.month, on.day, int(found[1]), int(found[2]))  # noqa: DTZ001  # zone: the office's


@clikit.group("destruction")
def destruction() -> None:
    """销毁。 / Destruction."""


# --- the list -------------------------------------------------------------------------------------


@destruction.command("candidates", example="anjuan destruction candidates --appraisal JD2026-0001")
@option(
    "--appraisal",
    "appraisals",
    multiple=True,
    help="只看这次鉴定的，可多次 / Only of this appraisal; may be repeated",
)
@acting(Act.DESTRUCTION_SEE, reads=True)
@listing("code", "title", "appraisal:appraisal_opinion", "verdict:appraisal_verdict", "obstacles")
def candidates(unit: Unit, appraisals: Sequence[str]) -> Sequence[object]:
    """鉴定为销毁、尚未列入清册的，及有何妨碍。 / What was appraised for destruction and is on no list yet, and what bars it."""
    return listable.candidates(unit, appraisals)


@destruction.command(
    "draft",
    example="anjuan destruction draft --reason 期满鉴定\nanjuan destruction draft K001-… --reason 期满 --method tear",
)
@argument(
    "codes",
    nargs=-1,
    help=f"{CODES.partition(' / ')[0]}；不写则全部鉴定为销毁的 / {CODES.partition(' / ')[2]}; none: all that was appraised so",
)
@option(
    "--appraisal",
    "appraisals",
    multiple=True,
    help="只列这次鉴定的，可多次 / Only of this appraisal; may be repeated",
)
@option("--reason", required=True, help=REASON)
@option("--method", type=Named(Method, but=[Method.ERASE]), default="SHRED", help=METHOD)
@option("--file", "file", help=FILE)
@acting(Act.DESTRUCTION_DRAFT, Act.DESTRUCTION_SEE)
def draft(
    unit: Unit, codes: Sequence[str], appraisals: Sequence[str], reason: str, method: Method, file: str | None
) -> None:
    """拟制清册；所写档号有一件不能列，整份不拟。 / Draft a list; one code that cannot be listed refuses it all."""
    named = some(codes, file) if codes or file else []
    made = lists.draft(unit, reason=reason, appraisals=appraisals, codes=named, method=method)
    tell(
        Act.DESTRUCTION_DRAFT, destruction_number=made.number, destruction_lines=len(lists.going(unit, made))
    )
    left = [] if named else listable.candidates(unit, appraisals)
    if left:
        clikit.note("next.destruction-left-off", count=len(left))
    clikit.note("next.destruction-draft", number=made.number)


@destruction.command("add", example="anjuan destruction add XH2026-0001 K001-… K001-…")
@argument("number", help=NUMBER)
@argument("codes", nargs=-1, help=CODES)
@option("--method", type=Named(Method, but=[Method.ERASE]), default="SHRED", help=METHOD)
@option("--file", "file", help=FILE)
@acting(Act.DESTRUCTION_DRAFT)
def add(unit: Unit, number: str, codes: Sequence[str], method: Method, file: str | None) -> None:
    """列入草拟的清册。 / Put records on a draft."""
    added = lists.add(unit, number, some(codes, file), method=method)
    tell(Act.DESTRUCTION_DRAFT, destruction_number=number, count=len(added))


@destruction.command("pull", example="anjuan destruction pull XH2026-0001 K001-… --reason 找不到原件")
@argument("number", help=NUMBER)
@argument("codes", nargs=-1, help=CODES)
@option("--reason", required=True, help=REASON)
@option("--file", "file", help=FILE)
@acting(Act.DESTRUCTION_PULL)
def pull(unit: Unit, number: str, codes: Sequence[str], reason: str, file: str | None) -> None:
    """撤下：草拟时，或开始销毁后遇缺失、冻结的。 / Take off a draft, or off a list begun: missing, or held meanwhile."""
    pulled = lists.pull(unit, number, some(codes, file), reason=reason)
    tell(Act.DESTRUCTION_PULL, destruction_number=number, count=len(pulled))


@destruction.command("freeze", example="anjuan destruction freeze XH2026-0001")
@argument("number", help=NUMBER)
@acting(Act.DESTRUCTION_FREEZE)
def freeze(unit: Unit, number: str) -> None:
    """封定：此后不能增减，指纹供批准时核对。 / Freeze: nothing is added any more; the fingerprint is what is approved."""
    made = lists.freeze(unit, number)
    tell(
        Act.DESTRUCTION_FREEZE, destruction_number=made.number, destruction_lines=len(lists.going(unit, made)),
        fingerprint=freezing.fingerprint(made),
    )  # fmt: skip
    clikit.note("next.destruction-frozen", number=made.number)


@destruction.command("withdraw", example="anjuan destruction withdraw XH2026-0001 --reason 需重新鉴定")
@argument("number", help=NUMBER)
@option("--reason", required=True, help=REASON)
@acting(Act.DESTRUCTION_WITHDRAW)
def withdraw(unit: Unit, number: str, reason: str) -> None:
    """撤回清册；已下架的回到在库。 / Give a list up; what was taken off its shelf is held again."""
    lists.withdraw(unit, number, reason=reason)
    tell(Act.DESTRUCTION_WITHDRAW, destruction_number=number)


# --- signatures -----------------------------------------------------------------------------------


@destruction.command(
    "approve",
    example="anjuan destruction approve XH2026-0001 --fingerprint 3fa9-0c17-88d2-41be --not-before 2027-01-04",
)
@argument("number", help=NUMBER)
@option("--fingerprint", required=True, help=FINGERPRINT)
@option(
    "--not-before", type=DAY, help="最早销毁日期，默认今天 / Not to be carried out before, today if not said"
)
@acting(Act.DESTRUCTION_APPROVE)
def approve(unit: Unit, number: str, fingerprint: str, not_before: dt.date | None) -> None:
    """总经理批准封定的清册。 / The general manager approves a frozen list."""
    made = signing.approve(unit, number, fingerprint=fingerprint, not_before=not_before)
    tell(Act.DESTRUCTION_APPROVE, destruction_number=number, earliest_on=made.earliest_on)
    clikit.note("next.destruction-approved", number=number)


@destruction.command("refuse", example="anjuan destruction refuse XH2026-0001 --reason 其中合同尚有争议")
@argument("number", help=NUMBER)
@option("--reason", required=True, help=REASON)
@acting(Act.DESTRUCTION_REFUSE)
def refuse(unit: Unit, number: str, reason: str) -> None:
    """总经理不批准。 / The general manager says no."""
    signing.refuse(unit, number, reason=reason)
    tell(Act.DESTRUCTION_REFUSE, destruction_number=number)


@destruction.command(
    "countersign", example="anjuan destruction countersign XH2026-0001 --fingerprint 3fa9-0c17-88d2-41be"
)
@argument("number", help=NUMBER)
@option("--fingerprint", required=True, help=FINGERPRINT)
@acting(Act.DESTRUCTION_COUNTERSIGN)
def countersign(unit: Unit, number: str, fingerprint: str) -> None:
    """会签：设有法定代表人的，及含人事档案时的人事。 / Countersign: the legal representative if set, HR where personnel files go."""
    signing.countersign(unit, number, fingerprint=fingerprint)
    tell(Act.DESTRUCTION_COUNTERSIGN, destruction_number=number)


@destruction.command(
    "begin",
    example="anjuan destruction begin XH2026-0001 --supervisor zhou --supervisor wang --confirm XH2026-0001",
)
@argument("number", help=NUMBER)
@option(
    "--supervisor",
    "supervisors",
    multiple=True,
    required=True,
    help="监销人账号，两名 / Account of a supervisor, two of them",
)
@confirming("number")
@acting(Act.DESTRUCTION_BEGIN)
def begin(unit: Unit, number: str, supervisors: Sequence[str]) -> None:
    """开始销毁：逐项过关后下架，不再借阅。 / Begin: through the gate, off the shelf, lent no more."""
    made = signing.begin(unit, number, supervisors=supervisors)
    tell(
        Act.DESTRUCTION_BEGIN, destruction_number=made.number, destruction_lines=len(lists.going(unit, made)),
        fingerprint=freezing.fingerprint(made),
    )  # fmt: skip
    clikit.note("next.destruction-begun", number=made.number)


@destruction.command(
    "confirm", example='anjuan destruction confirm XH2026-0001 --place 碎纸室 --at "2026-03-02 15:30"'
)
@argument("number", help=NUMBER)
@option("--place", required=True, help="销毁地点 / Where the papers were destroyed")
@option(
    "--at",
    type=Moment(),
    help="销毁时间，如 2026-03-02 15:30，默认现在 / When, as 2026-03-02 15:30; now if not said",
)
@option("--remark", default="", help="备注 / Remark")
@option("--fingerprint", default="", help=FINGERPRINT)
@acting(Act.DESTRUCTION_CONFIRM)
def confirm(
    unit: Unit, number: str, place: str, at: dt.datetime | None, remark: str, fingerprint: str
) -> None:
    """监销人各自签字：清点无误，当面销毁。 / Each supervisor signs: checked against the list, destroyed before him."""
    signed = signing.confirm(unit, number, place=place, at=at, remark=remark, fingerprint=fingerprint)
    tell(Act.DESTRUCTION_CONFIRM, destruction_number=number, destroyed_at=signed.happened_at)
    clikit.note("next.destruction-confirmed", number=number)


# --- looking --------------------------------------------------------------------------------------


@destruction.command("list", example="anjuan destruction list --open")
@option("--open", "open_only", is_flag=True, help="只列未了结的 / Only those not settled")
@acting(Act.DESTRUCTION_SEE, reads=True)
@listing(*ROW)
def rows(unit: Unit, *, open_only: bool) -> Sequence[object]:
    """各份销毁清册。 / Destruction lists."""
    return book.rows(unit, open_only=open_only)


@destruction.command("show", example="anjuan destruction show XH2026-0001")
@argument("number", help=NUMBER)
@acting(Act.DESTRUCTION_SEE, reads=True)
@showing(*ROW)
def show(unit: Unit, number: str) -> object:
    """一份清册：何人、何时、办到哪一步。 / One list: who, when, how far it has come."""
    return book.show(unit, number)


@destruction.command("lines", example="anjuan destruction lines XH2026-0001 --csv")
@argument("number", help=NUMBER)
@acting(Act.DESTRUCTION_SEE, reads=True)
@listing(*LINE)
def lines(unit: Unit, number: str) -> Sequence[object]:
    """清册上的各件。 / The records on a list."""
    return book.contents(unit, number)


@destruction.command("signatures", example="anjuan destruction signatures XH2026-0001")
@argument("number", help=NUMBER)
@acting(Act.DESTRUCTION_SEE, reads=True)
@listing(
    "signed_as",
    "person:signed_by_person",
    "signed_at",
    "happened_at:destroyed_at",
    "place:destroyed_where",
    "remark:note",
    "content:content_hash",
)
def signatures(unit: Unit, number: str) -> Sequence[object]:
    """何人以何身份签字。 / Who signed as what."""
    return book.signed(unit, number)


@destruction.command("check", example="anjuan destruction check XH2026-0001")
@argument("number", help=NUMBER)
@acting(Act.DESTRUCTION_SEE, reads=True)
@listing("code", "clause", "obstacle", quiet=True)
def check(unit: Unit, number: str) -> Sequence[object]:
    """下一步还有什么妨碍，逐行逐条；有妨碍时退出码为 5。 / What stands against the next step, line by line; exit status 5 if anything does."""
    found = book.ready(unit, number)
    if found:
        clikit.fail(5)
    else:
        clikit.note("breach.none", number=number)
        if (step := NEXT.get(lists.one(unit, number).state)) is not None:
            clikit.note(step, number=number)
    return [{"code": one.code, "clause": one.clause, "obstacle": one} for one in found]


@destruction.command("fingerprint", example="anjuan destruction fingerprint XH2026-0001")
@argument("number", help=NUMBER)
@acting(Act.DESTRUCTION_SEE, reads=True)
@showing("number:destruction_number", "fingerprint", "content_hash")
def fingerprint(unit: Unit, number: str) -> object:
    """封定清册的指纹，短写与全写。 / The fingerprint of a frozen list, short and whole."""
    made = lists.one(unit, number)
    unit.look(Act.DESTRUCTION_SEE, made)
    if not made.content_hash:
        clikit.note("next.destruction-unfrozen", number=made.number)
    return {
        "number": made.number, "fingerprint": freezing.fingerprint(made), "content_hash": made.content_hash,
    }  # fmt: skip


@destruction.command("register", example="anjuan destruction register XH2026-0001 --out XH2026-0001.docx")
@argument("number", help=NUMBER)
@option("--out", metavar="FILE", help="写成 Word 文件，须为新文件 / Write a Word document, a new file")
@acting(Act.DESTRUCTION_SEE, reads=True)
@listing(*ENTRY)
def register_(unit: Unit, number: str, out: str | None) -> Sequence[object] | None:
    """销毁清册（F23）：查看，或写成 Word 文件。 / The register (F23): shown, or written as a Word document."""
    if out is None:
        return register.entries(unit, number)
    written = register.write(unit, number, Path(out))
    clikit.note("register.written", path=out, count=written)
    return None


destruction.add_command(carrying_out.execute)
destruction.add_command(carrying_out.certificate)
destruction.add_command(finalizing.finalize)
destruction.add_command(finalizing.pending)
