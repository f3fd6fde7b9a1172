"""What a person may do to records now: the steps of their life cycles, less what the ledgers forbid, judged by the policy.

For a whole page at once: what is out is asked of the ledger in two questions, and records alike are judged alike.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import select

from archive.acts import AS_A_LINE, Act
from archive.lives import ITEM, VOLUME
from archive.model import Holding, Item, Loan, Outing, Volume
from archive.registry import GONE
from archive.unit import Unit
from archive.values import LoanState

Offers = Mapping[str, list[Act]]
#: What depends on the ledger; who may do none of it needs not ask there.
LENDING = frozenset({Act.LOAN_LEND, Act.LOAN_RETURN})


def offered(unit: Unit, records: Sequence[Volume | Item], among: Collection[Act] | None = None) -> Offers:
    """What this person may do to each of *records* now, by uid, in the order of the life cycle.

    *among*: only these acts are judged; asking for a record, which is no step of its life, is offered if it is named there.
    """
    judge = _Judge(unit)
    lending = any(map(unit.may, LENDING if among is None else LENDING & frozenset(among)))
    lent, held = (_lent(unit, records), _partly_out(unit, records)) if lending else (set[str](), set[str]())
    found: dict[str, list[Act]] = {}
    for record in records:
        steps = _steps(record, lent=record.uid in lent, held=record.uid in held)
        wanted = list(steps) if among is None else [act for act in (*steps, *_asking(record)) if act in among]
        found[record.uid] = [act for act in wanted if judge.may(act, record)]
    return found


def _asking(record: Volume | Item) -> tuple[Act, ...]:
    """What is asked for is still here."""
    return () if record.state in GONE else (Act.REQUEST_ASK,)


def _steps(record: Volume | Item, *, lent: bool, held: bool) -> Iterable[Act]:
    """The steps open to *record*: what is *lent* is returned; of what is *held* in part nothing more is lent."""
    for act in (VOLUME if isinstance(record, Volume) else ITEM).open_to(record.state):
        if act in AS_A_LINE or (act is Act.LOAN_LEND and held and not lent):
            continue
        yield Act.LOAN_RETURN if act is Act.LOAN_LEND and lent else act


def _lent(unit: Unit, records: Sequence[Volume | Item]) -> set[str]:
    """The uids of those whose own originals are on loan."""
    uids = [record.uid for record in records]
    rows = select(Loan.volume_uid, Loan.item_uid).where(
        Loan.volume_uid.in_(uids) | Loan.item_uid.in_(uids),
        Loan.state == LoanState.OUT,
        Loan.only_copy.is_(False),
    )
    return {volume or item or "" for volume, item in unit.session.execute(rows)}


def _partly_out(unit: Unit, records: Sequence[Volume | Item]) -> set[str]:
    """The uids of those of which some original piece is on loan, alone or with its volume."""
    uids = [record.uid for record in records]
    rows = (
        select(Item.uid, Item.volume_uid)
        .join(Holding, Holding.item_uid == Item.uid)
        .join(Outing, Outing.holding_uid == Holding.uid)
        .join(Loan, Loan.uid == Outing.loan_uid)
        .where(
            Item.uid.in_(uids) | Item.volume_uid.in_(uids),
            Outing.returned_at.is_(None),
            Loan.only_copy.is_(False),
        )
    )
    return {uid for both in unit.session.execute(rows) for uid in both if uid}


class _Judge:
    """The policy asked once for records that it cannot tell apart."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._named = frozenset[str]().union(*unit.actor.granted.values())
        self._known: dict[tuple[object, ...], bool] = {}

    def may(self, act: Act, record: Volume | Item) -> bool:
        """As `Unit.may`."""
        if record.uid in self._named or record.scope_uid in self._named:
            return self._unit.may(act, record)
        key = (
            act, record.class_code, record.level, record.department, record.use_mode, record.custody,
            record.custodians_closed, record.centralised,
        )  # fmt: skip
        if key not in self._known:
            self._known[key] = self._unit.may(act, record)
        return self._known[key]
