"""What the members of a panel think of each line: given with a reason, replaced by a later one, never erased (F21).

From each seat the newest opinion counts. Reasons are sealed under the key of the record they speak of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from archive.acts import Act
from archive.cards import plain
from archive.circulation.incidents import said
from archive.custody.wholes import batches
from archive.errors import ArchiveError, BadValue, LineRefused, NotFlagged
from archive.lives import APPRAISAL
from archive.model import Appraisal, AppraisalLine, AppraisalOpinion, Item, Volume, new_uid
from archive.statuses import Unfinished, Verdict
from archive.unit import Unit
from archive.values import Worded
from retention.appraising import appraisal, panel, standards, verdicts
from retention.appraising.appraisal import Line
from retention.appraising.panel import Seat
from retention.appraising.unfinished import BY_HAND, spelt, written
from retention.appraising.verdicts import Ruling


class LineState(Worded):
    """How far a line has come."""

    AWAITED = "AWAITED"
    AGREED = "AGREED"
    DISPUTED = "DISPUTED"
    DECIDED = "DECIDED"


@dataclass(frozen=True, slots=True)
class Left:
    """A line of a batch with which nothing was done, and why."""

    code: str
    why: ArchiveError


@dataclass(frozen=True, slots=True)
class Done:
    """How many lines of a batch were done, and which were left."""

    count: int
    left: Sequence[Left] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A line with the opinion that counts from each seat, as a ruling, and the seats it is awaited from; who leads."""

    line: AppraisalLine
    record: Volume | Item
    given: Mapping[int, AppraisalOpinion]
    rulings: Mapping[int, Ruling]
    awaited: Sequence[Seat]
    leader_uid: str | None = None

    @property
    def heard(self) -> int:
        """How many people beside the leader gave the opinions that count: one who changed seats is one."""
        return len({opinion.person_uid for opinion in self.given.values()} - {self.leader_uid})

    @property
    def state(self) -> LineState:
        """Decided; or agreed, disputed, awaited."""
        if self.line.decided_at is not None:
            return LineState.DECIDED
        if self.awaited or self.heard < panel.LEAST:
            return LineState.AWAITED
        return LineState.AGREED if len(set(self.rulings.values())) == 1 else LineState.DISPUTED


# --- giving ---------------------------------------------------------------------------------------


def opine(  # noqa: PLR0913
    unit: Unit, number: str, codes: Sequence[str] = (), *, verdict: Verdict, period: str = "",
    papers: Mapping[str, str] | None = None, standard: str = "", reason: str = "",
    unfinished: Collection[Unfinished] = (), every_open: bool = False,
) -> Done:  # fmt: skip
    """Give one opinion on the lines named (all or none), or on every open line that lacks one's own.

    The reason is a standard text, or said; *unfinished* flags matters that the books do not know.
    Raises `NotOnPanel`, `WrongState`, `BadValue`, `LineRefused` with what `verdicts.check` raises.
    """
    made = appraisal.one(unit, number)
    unit.act(Act.APPRAISAL_OPINE, made, verdict=verdict, period=period)
    APPRAISAL.after(made.state, Act.APPRAISAL_OPINE)
    seat = panel.own_seat(unit, made, Act.APPRAISAL_OPINE)
    ruling = verdicts.ruled(verdict, period, papers)
    code, text = reasoned(unit, verdict, standard, reason)
    flags = _flaggable(unfinished)
    meant = _still_open(unit, made) if every_open else appraisal.named(unit, made, codes)
    fit, left = sifted(unit, made, [(line, record, ruling) for line, record in meant], every_open)
    for line, record, checked in fit:
        unit.act(Act.APPRAISAL_OPINE, record, number=made.number, verdict=verdict, period=checked.period)
        line.unfinished = written(spelt(line.unfinished) | flags)
    _write(unit, seat, fit, code, text)
    return Done(len(fit), left)


def reasoned(unit: Unit, verdict: Verdict, standard: str, reason: str) -> tuple[str, str]:
    """The code of the standard text and the reason in words, one of which there must be; raises `BadValue`."""
    chosen = standards.one(standard, verdict) if standard.strip() else None
    text = said(reason, "reason", needed=chosen is None)
    return (chosen.code if chosen else ""), text or (chosen.told(unit.settings.tongue) if chosen else "")


Meant = tuple[AppraisalLine, Volume | Item, Ruling]


def sifted(
    unit: Unit, made: Appraisal, meant: Sequence[Meant], leave: bool
) -> tuple[list[Meant], list[Left]]:
    """The lines whose ruling may be given, and those left with the reason; unless *leave*, none may be left."""
    fit: list[Meant] = []
    left: list[Left] = []
    for place, (line, record, ruling) in enumerate(meant, 1):
        try:
            appraisal.undecided(line)
            fit.append((line, record, verdicts.check(unit, made, record, ruling)))
        except ArchiveError as why:
            if not leave:
                raise LineRefused(line=place, code=line.code, why=why) from why
            left.append(Left(line.code, why))
    return fit, left


def settle(unit: Unit, number: str, codes: Sequence[str], matter: Unfinished, *, reason: str) -> int:
    """Say of flagged lines that the matter is settled, with a reason; members and the leader may.

    What the books say themselves is settled in the books. Raises `NotOnPanel`, `WrongState`, `NotFlagged`.
    """
    made = appraisal.one(unit, number)
    unit.act(Act.APPRAISAL_OPINE, made, settled=matter)
    APPRAISAL.after(made.state, Act.APPRAISAL_OPINE)
    _takes_part(unit, made)
    told = said(reason, "reason")
    meant = appraisal.named(unit, made, codes)
    for line, record in meant:
        unit.act(Act.APPRAISAL_OPINE, record, number=made.number, settled=matter, private={"reason": told})
        appraisal.undecided(line)
        if matter not in spelt(line.unfinished):
            raise NotFlagged(code=line.code, matter=matter)
        line.unfinished = written(spelt(line.unfinished) - {matter})
    unit.session.flush()
    return len(meant)


def _takes_part(unit: Unit, made: Appraisal) -> None:
    if made.leader_uid != unit.actor.uid:
        panel.own_seat(unit, made, Act.APPRAISAL_OPINE)


def _flaggable(unfinished: Iterable[Unfinished]) -> frozenset[Unfinished]:
    flags = frozenset(unfinished)
    if not flags <= BY_HAND:
        raise BadValue(field="unfinished", value=sorted(flags - BY_HAND), expected=sorted(BY_HAND))
    return flags


def _still_open(unit: Unit, made: Appraisal) -> list[Line]:
    """The undecided lines the actor sees and has given no opinion on."""
    own = select(AppraisalOpinion.line_uid).where(AppraisalOpinion.person_uid == unit.actor.uid)
    has = set(unit.session.scalars(own))
    waiting = [
        line for line in appraisal.lines(unit, made) if line.decided_at is None and line.uid not in has
    ]
    return appraisal.seen(unit, waiting)


def _write(unit: Unit, seat: Seat, fit: Sequence[Meant], standard: str, text: str) -> None:
    before = _counted(unit, [line.uid for line, _, _ in fit])
    rows: list[dict[str, Any]] = []
    for line, record, ruling in fit:
        uid = new_uid()
        card = plain({"reason": text, "papers": dict(ruling.papers)})
        rows.append(
            {
                "uid": uid, "line_uid": line.uid, "nth": before.get(line.uid, 0) + 1, "seat": seat.number,
                "person_uid": unit.actor.uid, "verdict": ruling.verdict, "new_period": ruling.period or None,
                "standard": standard, "given_at": unit.now,
                "card": unit.keys.seal(record.uid, f"opinion|{uid}", card),
            }
        )  # fmt: skip
    unit.session.flush()
    unit.insert(AppraisalOpinion, rows)


def _counted(unit: Unit, uids: Sequence[str]) -> dict[str, int]:
    """How many opinions each line has."""
    found: dict[str, int] = {}
    for some in batches(uids):
        rows = select(AppraisalOpinion.line_uid, func.max(AppraisalOpinion.nth))
        mine = rows.where(AppraisalOpinion.line_uid.in_(some))
        found |= {row[0]: row[1] for row in unit.session.execute(mine.group_by(AppraisalOpinion.line_uid))}
    return found


# --- reading --------------------------------------------------------------------------------------


def of(unit: Unit, line_uids: Sequence[str]) -> dict[str, list[AppraisalOpinion]]:
    """All opinions on these lines, each line's in the order they were given."""
    found: dict[str, list[AppraisalOpinion]] = {uid: [] for uid in line_uids}
    for some in batches(line_uids):
        rows = select(AppraisalOpinion).where(AppraisalOpinion.line_uid.in_(some))
        for opinion in unit.session.scalars(rows.order_by(AppraisalOpinion.nth)):
            found[opinion.line_uid].append(opinion)
    return found


def judged(unit: Unit, made: Appraisal, lines: Sequence[Line]) -> list[Judged]:
    """Each line with the opinions that count and those awaited; the caller has judged that they may be seen."""
    chairs = panel.seats(unit, made)
    every = of(unit, [line.uid for line, _ in lines])
    found = []
    for line, record in lines:
        given = {opinion.seat: opinion for opinion in every[line.uid]}
        rulings = {seat: ruling_of(unit, record, opinion) for seat, opinion in given.items()}
        awaited = [one for one in chairs if one.number not in given and one.sees(record)]
        found.append(Judged(line, record, given, rulings, awaited, made.leader_uid))
    return found


def ruling_of(unit: Unit, record: Volume | Item, opinion: AppraisalOpinion) -> Ruling:
    """The opinion as a ruling; its card is opened only where papers belong to it."""
    if opinion.verdict is not Verdict.TAKE_OUT:
        return Ruling(opinion.verdict, opinion.new_period or "")
    papers = words(unit, record, opinion).get("papers", {}) or {}
    return Ruling(opinion.verdict, "", tuple(sorted(papers.items())))


def words(unit: Unit, record: Volume | Item, opinion: AppraisalOpinion) -> dict[str, Any]:
    """What was said with an opinion: reason, papers; nothing is left of it once the record is destroyed."""
    return unit.told(record.uid, f"opinion|{opinion.uid}", opinion.card)
