"""The leader of the panel decides: in bulk where all members agree, one by one with a reason where they differ (F21).

Nothing is let go while something stands open about it, and nothing that no member proposed to let go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archive.acts import Act
from archive.cards import plain
from archive.custody.wholes import after
from archive.errors import (
    ArchiveError,
    LineRefused,
    NobodyProposed,
    OpinionsDiffer,
    OpinionsMissing,
    PanelTooSmall,
    StillUnfinished,
)
from archive.lives import APPRAISAL
from archive.model import Appraisal, Item, Volume
from archive.statuses import Unfinished, Verdict
from archive.unit import Unit
from retention.appraising import appraisal, keeping, opinions, panel, unfinished, verdicts
from retention.appraising.opinions import Done, Judged, Left, LineState
from retention.appraising.verdicts import LETS_GO, Ruling


def decide_agreed(unit: Unit, number: str) -> Done:
    """Decide every open line on which all members agree and nothing stands open; the others are left, with the reason.

    Raises `NotLeader`, `WrongState`.
    """
    made = _led(unit, number)
    open_ = [line for line in appraisal.lines(unit, made) if line.decided_at is None]
    waiting = opinions.judged(unit, made, appraisal.seen(unit, open_))
    agreed = [one for one in waiting if one.state is LineState.AGREED]
    others = [one for one in waiting if one.state is not LineState.AGREED]
    left = [Left(one.line.code, _not_agreed(made, one)) for one in others]
    matters = _matters(unit, agreed)
    done = 0
    for one in agreed:
        try:
            ruling = _let(unit, made, one, next(iter(one.rulings.values())), matters)
        except ArchiveError as why:
            left.append(Left(one.line.code, why))
            continue
        _conclude(unit, made, one, ruling, "", matters)
        done += 1
    unit.session.flush()
    return Done(done, sorted(left, key=lambda line: line.code))


def decide(
    unit: Unit, number: str, codes: Sequence[str], *, verdict: Verdict, period: str = "",
    papers: Mapping[str, str] | None = None, standard: str = "", reason: str = "",
) -> int:  # fmt: skip
    """Decide these lines by the leader's own word, with a reason, all or none; every member has given his opinion.

    What lets a record go must have been proposed by a member. How many.
    Raises `NotLeader`, `WrongState`, `BadValue`, `LineRefused` with `OpinionsMissing`, `PanelTooSmall`,
    `NobodyProposed`, `StillUnfinished`, `LineDecided` or what `verdicts.check` raises.
    """
    made = _led(unit, number)
    ruling = verdicts.ruled(verdict, period, papers)
    _, text = opinions.reasoned(unit, verdict, standard, reason)
    meant = opinions.judged(unit, made, appraisal.named(unit, made, codes))
    matters = _matters(unit, meant)
    for place, one in enumerate(meant, 1):
        try:
            _heard(made, one)
            _conclude(unit, made, one, _let(unit, made, one, ruling, matters), text, matters)
        except ArchiveError as why:
            raise LineRefused(line=place, code=one.line.code, why=why) from why
    unit.session.flush()
    return len(meant)


def _led(unit: Unit, number: str) -> Appraisal:
    made = appraisal.one(unit, number)
    unit.act(Act.APPRAISAL_DECIDE, made)
    APPRAISAL.after(made.state, Act.APPRAISAL_DECIDE)
    panel.lead(unit, made, Act.APPRAISAL_DECIDE)
    return made


def _not_agreed(made: Appraisal, one: Judged) -> ArchiveError:
    try:
        _heard(made, one)
    except ArchiveError as why:
        return why
    return OpinionsDiffer(code=one.line.code)


def _heard(made: Appraisal, one: Judged) -> None:
    """Every member who may see the record has given his opinion, and beside the leader there are two at least."""
    appraisal.undecided(one.line)
    if one.awaited:
        raise OpinionsMissing(code=one.line.code, who=[seat.holder.account for seat in one.awaited])
    if one.heard < panel.LEAST:
        raise PanelTooSmall(number=made.number, code=one.line.code, has=one.heard)


def _let(
    unit: Unit, made: Appraisal, one: Judged, ruling: Ruling, matters: Mapping[str, frozenset[Unfinished]]
) -> Ruling:
    """The ruling, if the record may be decided so today."""
    after(one.record, Act.APPRAISAL_DECIDE)
    ruling = verdicts.check(unit, made, one.record, ruling)
    standing = matters[one.record.uid] & unfinished.BARS[ruling.verdict]
    if standing:
        raise StillUnfinished(code=one.line.code, matters=[one for one in Unfinished if one in standing])
    if ruling.verdict in LETS_GO and ruling.verdict not in {given.verdict for given in one.rulings.values()}:
        raise NobodyProposed(code=one.line.code, verdict=ruling.verdict)
    return ruling


def _matters(unit: Unit, meant: Sequence[Judged]) -> dict[str, frozenset[Unfinished]]:
    """What stands open about each record: by the books, and by what members flagged."""
    found = unfinished.find(unit, [one.record for one in meant])
    return {one.record.uid: found[one.record.uid] | unfinished.spelt(one.line.unfinished) for one in meant}


def _conclude(
    unit: Unit, made: Appraisal, one: Judged, ruling: Ruling, text: str,
    matters: Mapping[str, frozenset[Unfinished]],
) -> None:  # fmt: skip
    """Write the decision on its line and do what it does at once."""
    line, record = one.line, one.record
    by_leader = set(one.rulings.values()) != {ruling}
    unit.act(
        Act.APPRAISAL_DECIDE, record, number=made.number, verdict=ruling.verdict, period=ruling.period or None,
        by_leader=by_leader, papers=[uid for uid, _ in ruling.papers], private={"reason": text} if text else None,
    )  # fmt: skip
    line.verdict, line.decided_at, line.decided_by = ruling.verdict, unit.now, unit.actor.uid
    line.new_period, line.by_leader = ruling.period or None, by_leader
    line.unfinished = unfinished.written(matters[record.uid])
    line.card = _card(unit, record, line.uid, text, ruling) if text or ruling.papers else b""
    keeping.keep(unit, made, line, record, ruling)


def _card(unit: Unit, record: Volume | Item, line_uid: str, text: str, ruling: Ruling) -> bytes:
    told = plain({"reason": text, "papers": dict(ruling.papers)})
    return unit.keys.seal(record.uid, f"appraisal-line|{line_uid}", told)


def reason(unit: Unit, record: Volume | Item, line_uid: str, card: bytes) -> str:
    """Why the leader decided so; nothing where all agreed, or once the record is destroyed."""
    return str(unit.told(record.uid, f"appraisal-line|{line_uid}", card).get("reason", "")) if card else ""
