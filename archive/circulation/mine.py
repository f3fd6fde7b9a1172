"""我的: what concerns the actor himself: how much waits for him, and the notices he was sent."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from sqlalchemy import bindparam, func, select

from archive.acts import Act
from archive.circulation import notices
from archive.circulation.stages import Stage
from archive.model import Loan, Notice, Request, RequestLine
from archive.statuses import Channel, NoticeState, RequestKind, RequestState
from archive.unit import Unit
from archive.values import LoanState

#: The newest notices that are shown.
NEWEST = 20


@dataclass(frozen=True, slots=True)
class Told:
    """One notice to the actor, in full; *answered* says that he replied."""

    number: str
    loan: str
    stage: str
    channel: Channel
    state: NoticeState
    made_at: dt.datetime
    subject: str
    text: str
    answered: bool
    open: bool


_LATE = select(func.count()).where(
    Loan.borrower_uid == bindparam("me"), Loan.state == LoanState.OUT, Loan.due_on < bindparam("today")
)
_READY = (
    select(func.count())
    .select_from(RequestLine)
    .join(Request, Request.uid == RequestLine.request_uid)
    .where(
        Request.person_uid == bindparam("me"), RequestLine.state == RequestState.APPROVED,
        Request.kind.in_((RequestKind.LOAN, RequestKind.READ)), Request.until >= bindparam("today"),
    )
)  # fmt: skip
#: Loans somebody should have brought back, and what he may fetch; asked for every page, so written once.
_WAITING = select(_LATE.scalar_subquery(), _READY.scalar_subquery())


def count(unit: Unit) -> int:
    """How much waits for the actor: loans he should have brought back, and what he may come and fetch."""
    if not unit.may(Act.LOAN_SEE):
        return 0
    found = unit.session.execute(_WAITING, {"me": unit.actor.uid, "today": unit.today}).one()
    return int(found[0]) + int(found[1])


def told(unit: Unit, *, limit: int = NEWEST) -> list[Told]:
    """The newest notices addressed to the actor, with their words."""
    rows = (
        select(Notice, Loan)
        .outerjoin(Loan, Loan.uid == Notice.loan_uid)
        .where(Notice.person_uid == unit.actor.uid, Notice.state != NoticeState.CANCELLED)
        .order_by(Notice.made_at.desc(), Notice.number.desc())
        .limit(limit)
    )
    return [_told(unit, notice, loan) for notice, loan in unit.session.execute(rows)]


def _told(unit: Unit, notice: Notice, loan: Loan | None) -> Told:
    subject, text = notices.words(unit, notice)
    return Told(
        number=notice.number, loan=loan.number if loan else "", stage=Stage(notice.stage), channel=notice.channel,
        state=notice.state, made_at=notice.made_at, subject=subject, text=text,
        answered=notice.replied_at is not None, open=loan is not None and loan.state is LoanState.OUT,
    )  # fmt: skip
