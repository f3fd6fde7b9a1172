"""冻结、复核、解除: a hold is placed with a reason, an owner and a review date; letting go is an act of its own (V18, 6.2).

It stops transfer and destruction, also of what is begun and not yet carried out, and of what is filed under it
later. Lending, reading and editing go on, and so does the clock (T15).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archive import policy
from archive.acts import Act
from archive.cards import plain
from archive.custody import wholes
from archive.errors import BadValue, GoneForGood, NothingToHold, NotHisHold, OwnerUnfit
from archive.lives import HOLD
from archive.model import Hold, HoldTarget, Item, Party, Person, Premises, RecordClass, Volume, new_uid
from archive.statuses import HoldScope, HoldState
from archive.unit import Unit
from archive.values import Employment, Role
from archive.volumes import next_number
from retention.holding import hold_book
from retention.holding.hold_book import GONE
from retention.holding.holds import Mark

#: The posts that may answer for a hold: those that may release one.
OWNERS = frozenset(policy.GRANTS[Act.HOLD_RELEASE])


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found: the question as it was asked, and the uids of its hits."""

    question: str
    uids: Sequence[str]


@dataclass(frozen=True, slots=True)
class Named:
    """What a hold is placed on: codes of records, parties, premises and classes, and what a search found."""

    records: Sequence[str] = ()
    parties: Sequence[str] = ()
    premises: Sequence[str] = ()
    classes: Sequence[str] = ()
    found: Found | None = None


# --- placing --------------------------------------------------------------------------------------


def place(
    unit: Unit, *, reason: str, owner: str | None = None, review_on: dt.date | None = None,
    records: Sequence[str] = (), parties: Sequence[str] = (), premises: Sequence[str] = (),
    classes: Sequence[str] = (), found: Found | None = None,
) -> Hold:  # fmt: skip
    """Place a hold on everything named and found; *owner* (the actor if not said) answers for it.

    Reviewed by *review_on*, else `hold_review_days` from today. Of what a search found, what is gone is passed
    over. Raises `BadValue`, `NotFound`, `GoneForGood`, `NothingToHold`, `OwnerUnfit`.
    """
    wanted = Named(records, parties, premises, classes, found)
    told = {"reason": _said(reason, "reason"), "question": found.question if found else ""}
    unit.act(Act.HOLD_PLACE, private={name: text for name, text in told.items() if text})
    line = unit.lines[-1]
    answers = _owner(unit, owner)
    day = _ahead(unit, review_on or unit.today + dt.timedelta(days=unit.settings.hold_review_days))
    named = marks(unit, wanted)
    if not named:
        raise NothingToHold
    prefix = f"DJ{unit.today.year}-"
    hold = Hold(
        uid=new_uid(), number=f"{prefix}{next_number(unit, prefix):04d}", state=HoldState.ACTIVE,
        owner_uid=answers.uid, review_on=day, placed_at=unit.now, placed_by=unit.actor.uid, card=b"",
    )  # fmt: skip
    hold.card = hold_book.sealed(unit, hold, plain({**told, "reviews": []}))
    unit.session.add(hold)
    unit.session.flush()
    unit.insert(
        HoldTarget, [{"hold_uid": hold.uid, "scope": scope, "target": target} for scope, target in named]
    )
    line.kind, line.uid, line.code = "hold", hold.uid, hold.number
    line.facts = {"owner": answers.account, "review_on": day, **_counted(named), **_named_codes(wanted)}
    return hold


def marks(unit: Unit, wanted: Named) -> list[Mark]:
    """What is named, each once; raises `NotFound`, `GoneForGood`."""
    found = [(HoldScope.RECORD, record.uid) for record in _records(unit, wanted)]
    found += [(HoldScope.PARTY, unit.one(Party, "party", code).uid) for code in wanted.parties]
    flats = [code.replace("-", "") for code in wanted.premises]
    found += [(HoldScope.PREMISES, unit.one(Premises, "premises", code).uid) for code in flats]
    found += [(HoldScope.CLASS, unit.one(RecordClass, "class", code).code) for code in wanted.classes]
    return list(dict.fromkeys(found))


def _records(unit: Unit, wanted: Named) -> Iterable[Volume | Item]:
    for code in wanted.records:
        record = unit.record(code)
        if record.state in GONE:
            raise GoneForGood(code=record.reference_code, state=record.state)
        yield record
    if wanted.found is not None:
        for record in wholes.by_uid(unit, wanted.found.uids):
            if record.state not in GONE and unit.may(Act.RECORD_SEE, record):
                yield record


def _counted(marks: Sequence[Mark]) -> dict[str, object]:
    """How many of each, and a hash over all of them: what was held is proved though the log names no thousand records."""
    told = "\n".join(sorted(f"{scope.value} {target}" for scope, target in marks))
    counts = {scope.value.lower(): sum(one is scope for one, _ in marks) for scope in HoldScope}
    return {**counts, "content_hash": hashlib.sha256(told.encode()).hexdigest()}


def _named_codes(wanted: Named) -> dict[str, list[str]]:
    told = {"parties": wanted.parties, "places": wanted.premises, "classes": wanted.classes}
    return {name: sorted(set(codes)) for name, codes in told.items() if codes}


# --- reviewing, releasing -------------------------------------------------------------------------


def review(unit: Unit, number: str, *, review_on: dt.date, remark: str, owner: str | None = None) -> Hold:
    """Keep a hold on and set its next review date, with a remark; *owner* passes it on to somebody else.

    By its owner or the general manager. Raises `NotFound`, `NotHisHold`, `WrongState`, `BadValue`, `OwnerUnfit`.
    """
    hold = hold_book.one(unit, number)
    unit.act(
        Act.HOLD_REVIEW,
        hold,
        private={"remark": _said(remark, "hold_remark")},
        was=hold.review_on,
        review_on=review_on,
    )
    _his(unit, hold, Act.HOLD_REVIEW)
    hold.state = HOLD.after(hold.state, Act.HOLD_REVIEW)
    answers = _owner(unit, owner) if owner else unit.session.get_one(Person, hold.owner_uid)
    told = hold_book.card(unit, hold)
    told["reviews"].append(
        {
            "at": unit.now.isoformat(), "by": unit.actor.uid, "was": hold.review_on.isoformat(),
            "review_on": _ahead(unit, review_on).isoformat(), "owner": answers.uid, "remark": remark.strip(),
        }
    )  # fmt: skip
    unit.lines[-1].facts = {**unit.lines[-1].facts, "owner": answers.account}
    hold.review_on, hold.owner_uid = review_on, answers.uid
    hold.card = hold_book.sealed(unit, hold, plain(told))
    unit.session.flush()
    return hold


def release(unit: Unit, number: str, *, reason: str) -> Hold:
    """Release a hold, by its owner or the general manager; other holds on the same records stay.

    What is overdue is due at once (T15). Raises `NotFound`, `NotHisHold`, `WrongState`, `BadValue`.
    """
    hold = hold_book.one(unit, number)
    unit.act(Act.HOLD_RELEASE, hold, private={"reason": _said(reason, "reason")})
    _his(unit, hold, Act.HOLD_RELEASE)
    hold.state = HOLD.after(hold.state, Act.HOLD_RELEASE)
    hold.released_at, hold.released_by = unit.now, unit.actor.uid
    hold.ending = hold_book.sealed(unit, hold, plain({"reason": reason.strip()}), end=True)
    unit.session.flush()
    return hold


def _his(unit: Unit, hold: Hold, act: Act) -> None:
    if unit.actor.uid == hold.owner_uid or Role.GM in unit.actor.roles:
        return
    owner = unit.session.get_one(Person, hold.owner_uid)
    raise NotHisHold(act=act, number=hold.number, owner=owner.account, clause="令79-18")


# --- what was said --------------------------------------------------------------------------------


def _owner(unit: Unit, account: str | None) -> Person:
    """Who answers for it: employed, in a post that may release it."""
    person = unit.person(account or unit.actor.uid)
    if person.employment is not Employment.ACTIVE or not person.roles & OWNERS:
        raise OwnerUnfit(field="owner", value=person.account, expected=sorted(OWNERS))
    return person


def _said(text: str, field: str) -> str:
    if not text.strip():
        raise BadValue(field=field, value="—", expected="…")
    return text.strip()


def _ahead(unit: Unit, day: dt.date) -> dt.date:
    """A day to come: a review that is over already reviews nothing."""
    if day <= unit.today:
        raise BadValue(field="hold_review_on", value=day, expected=f"> {unit.today}")
    return day
