"""借阅: lending and taking back over the counter, and the register."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from archive import clikit
from archive.acts import Act
from archive.circulation import lending
from archive.clikit import DAY, acting, argument, listing, option, tell, warn

if TYPE_CHECKING:
    from archive.unit import Unit

CODE = "档号 / Reference code"


@clikit.group("loan")
def loan() -> None:
    """借阅。 / Loans."""


@loan.command("lend", example="anjuan loan lend K001-… --to sun --for 核对图纸 --days 7")
@argument("code", help=CODE)
@option("--to", required=True, help="借阅人账号 / Borrower's account")
@option("--for", "purpose", required=True, help="用途 / Purpose")
@option("--items", type=int, help="当面清点的件数 / Items both counted")
@option("--pages", type=int, help="当面清点的页数 / Pages both counted")
@option("--days", type=int, help="借期天数 / Days")
@option("--due", "due_on", type=DAY, help="或：应还日期 / Or: due date")
@acting(Act.LOAN_LEND)
def lend(unit: Unit, code: str, to: str, purpose: str, items: int | None, pages: int | None, days: int | None, due_on: dt.date | None) -> None:  # fmt: skip
    """借出，当面清点。 / Lend, counted face to face."""
    made = lending.lend(
        unit, code, to=to, purpose=purpose, items=items, pages=pages, days=days, due_on=due_on
    )
    tell(
        Act.LOAN_LEND, loan_number=made.number, items=made.items_out, pages=made.pages_out, due_on=made.due_on
    )


@loan.command("return", example="anjuan loan return K001-… --items 2 --pages 4")
@argument("code", help=CODE)
@option("--by", help="归还人账号，默认借阅人 / Who brings it, the borrower if not given")
@option("--items", type=int, help="当面清点的件数 / Items both counted")
@option("--pages", type=int, help="当面清点的页数 / Pages both counted")
@option("--damaged", is_flag=True, help="有损坏 / Something is damaged")
@acting(Act.LOAN_RETURN)
def return_(
    unit: Unit, code: str, by: str | None, items: int | None, pages: int | None, *, damaged: bool
) -> None:
    """归还，当面清点；不符的照实记录。 / Take back, counted; a difference is kept on the line."""
    made = lending.take_back(unit, code, by=by, items=items, pages=pages, intact=not damaged)
    tell(
        Act.LOAN_RETURN,
        loan_number=made.number,
        items=made.items_back,
        pages=made.pages_back,
        intact=made.intact,
    )
    if not made.intact:
        warn("warning.not-intact", number=made.number)


@loan.command("list", example="anjuan loan list --overdue --csv")
@option("--open", "open_only", is_flag=True, help="只列未还的 / Only what is out")
@option("--overdue", is_flag=True, help="只列逾期的 / Only what is overdue")
@option("--borrower", help="借阅人账号 / Borrower's account")
@acting(Act.LOAN_SEE, reads=True)
@listing("number:loan_number", "code", "title", "borrower", "state", "lent_on", "due_on", "items", "pages", "lent_by", "returned_on", "received_by", "intact", "overdue_days")  # fmt: skip
def rows(unit: Unit, *, open_only: bool, overdue: bool, borrower: str | None) -> Sequence[object]:
    """借阅登记簿。 / The loan register."""
    return lending.register(unit, open_only=open_only, overdue=overdue, borrower=borrower)
