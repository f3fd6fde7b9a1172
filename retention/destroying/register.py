"""销毁清册 as a paper (F23): what was destroyed, why, by whom, before whom; filed in WS·DA for ever (V20).

Where decision 10 lets no title stay, the register says 题名略: it never holds a confidential or personal word.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from archive.acts import Act
from archive.cards import Card
from archive.custody.wholes import by_uid
from archive.durable import NewFile
from archive.erasing import may_stay
from archive.errors import FileMissing
from archive.model import Appraisal, DestructionLine, DestructionList, Fonds, Item
from archive.statuses import DestructionState, DestructionStep, Method, SignedAs
from archive.unit import Unit
from archive.values import Level
from archive.words import ZONE, say, spoken
from retention import filing, paper
from retention.destroying import destruction
from retention.destroying.destruction_book import day, name, names, shown, totals
from retention.destroying.freezing import description, fingerprint, frozen
from retention.destroying.standing import said, signatures

COLUMNS = (
    "nth", "code", "document_no", "creator", "title", "archive_year", "level", "items", "pages", "period", "kept",
    "opinion", "method", "destroyed_on", "note",
)  # fmt: skip
#: States in which what stays of the records stands on the lines.
CARRIED_OUT = (DestructionState.BEGUN, DestructionState.DESTROYED, DestructionState.FINAL)


@dataclass(frozen=True, slots=True)
class Note:
    """What is remarked on a line: destroyed, pulled, pulled after a supervisor had signed for it; with the day."""

    what: str
    on: dt.date | None

    def told(self, language: object) -> str:
        """The remark as it is read; nothing for a line that waits."""
        return say(f"remark.{self.what}", language, on=self.on) if self.what else ""  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the register; *kept* in whole years."""

    nth: int
    code: str
    document_no: str
    creator: str
    title: str
    archive_year: int
    level: Level
    items: int
    pages: int
    period: str
    kept: int | None
    opinion: str
    method: Method
    destroyed_on: dt.date | None
    note: Note


def entries(unit: Unit, number: str) -> list[Entry]:
    """The register of a list, of the lines this person may be shown; raises `NotFound`."""
    unit.look(Act.DESTRUCTION_SEE)
    made = destruction.one(unit, number)
    found = shown(unit, made)
    unit.listed(Act.DESTRUCTION_SEE, by_uid(unit, [line.record_uid for line in found]))
    return _entries(unit, made, found)


def write(unit: Unit, number: str, target: Path) -> int:
    """Write the register to the new file *target* as a Word document; how many lines.

    Raises `TargetExists`, `FileMissing` (no such folder), `StorageFailed`, `DiskFull`, `NotFound`.
    """
    made, found = destruction.one(unit, number), entries(unit, number)
    if not target.parent.is_dir():
        raise FileMissing(path=str(target.parent))
    with NewFile(target.with_name(f".{target.name}.part"), points="export") as file:
        file.write(document(unit, made, found))
        file.keep(target)
    return len(found)


def file(unit: Unit, made: DestructionList) -> Item:
    """File the register of a list that was carried out, permanently (V20); the operator's act, already named."""
    found = _entries(unit, made, destruction.lines(unit, made))
    title = say("register.heading", unit.settings.tongue, number=made.number)
    item = filing.keep(unit, title=title, name=f"{made.number}.docx", body=document(unit, made, found))
    made.register_uid = item.uid
    unit.session.flush()
    return item


# --- lines ----------------------------------------------------------------------------------------


def _entries(unit: Unit, made: DestructionList, found: Sequence[DestructionLine]) -> list[Entry]:
    on_it = frozen(found) or list(found)  # a draft has no frozen lines yet
    cards = _cards(unit, made, on_it)
    late = _signed_for_before(unit, made)
    return [_entry(unit, line, cards.get(line.record_uid, Card("")), late) for line in on_it]


def _cards(unit: Unit, made: DestructionList, found: Sequence[DestructionLine]) -> Mapping[str, Card]:
    """What may stay of each record: kept on its line since it was begun, read from the record before."""
    if made.state in CARRIED_OUT:
        return {line.record_uid: description(unit, line) for line in found}
    records = [record for record in by_uid(unit, [line.record_uid for line in found]) if may_stay(record)]
    return {record.uid: card for record, card in zip(records, unit.cards(records), strict=True)}


def _entry(unit: Unit, line: DestructionLine, card: Card, late: set[int]) -> Entry:
    gone = day(unit, line.destroyed_at)
    return Entry(
        nth=line.nth, code=line.code, document_no=card.document_no, creator=card.creator,
        title=card.title or say("register.untitled", unit.settings.tongue), archive_year=line.archive_year,
        level=line.level, items=line.items, pages=line.pages, period=line.period,
        kept=_years(line.started_on, gone or unit.today), opinion=line.opinion, method=line.method,
        destroyed_on=gone, note=_note(unit, line, late),
    )  # fmt: skip


def _years(start: dt.date | None, end: dt.date) -> int | None:
    """已保管期限: whole years from the first day that counted; None where none did."""
    if start is None:
        return None
    return max(0, end.year - start.year - ((end.month, end.day) < (start.month, start.day)))


def _note(unit: Unit, line: DestructionLine, late: set[int]) -> Note:
    if line.step is DestructionStep.PULLED:
        return Note("pulled-late" if line.nth in late else "pulled", day(unit, line.pulled_at))
    return Note(
        line.step.value.lower() if line.step is not DestructionStep.LISTED else "",
        day(unit, line.destroyed_at),
    )


def _signed_for_before(unit: Unit, made: DestructionList) -> set[int]:
    """The numbers of pulled lines that a supervisor had signed for before they were pulled."""
    pulled = {line.nth for line in destruction.lines(unit, made) if line.step is DestructionStep.PULLED}
    found: set[int] = set()
    for one in signatures(unit, made):
        if one.signed_as is SignedAs.SUPERVISOR:
            found |= pulled - set(said(unit, one)["pulled"])
    return found


# --- the paper ------------------------------------------------------------------------------------


def document(unit: Unit, made: DestructionList, found: Sequence[Entry]) -> bytes:
    """The register as a Word document, in the office's language and on its clock."""
    tongue = unit.settings.tongue
    before = ZONE.set(unit.settings.zone)
    try:
        return paper.docx(
            say("register.heading", tongue, number=made.number),
            [(say(f"register.{key}", tongue), spoken(told, tongue)) for key, told in _cover(unit, made)],
            [say(f"register.{column}", tongue) for column in COLUMNS],
            ([_cell(getattr(one, column), unit) for column in COLUMNS] for one in found),
            [
                say(f"register.{who}", tongue)
                for who in ("leader", "approver", "supervisor", "supervisor", "operator")
            ],
        )
    finally:
        ZONE.reset(before)


def _cell(told: object, unit: Unit) -> str:
    return "" if told is None else spoken(told, unit.settings.tongue)


def _cover(unit: Unit, made: DestructionList) -> list[tuple[str, object]]:
    """The facts over the table: what, how much, why, who, when (F23)."""
    going = [line for line in destruction.lines(unit, made) if line.step is not DestructionStep.PULLED]
    records, items, pages = totals(going)
    fonds = unit.session.scalar(select(Fonds)) or Fonds(code=unit.settings.fonds, name=unit.settings.company)
    facts: list[tuple[str, object]] = [
        ("fonds", f"{fonds.code} {fonds.name}"),
        ("counts", say("register.counted", unit.settings.tongue, records=records, items=items, pages=pages)),
        ("methods", _methods(unit, going)),
        ("reason", destruction.said_of(unit, made)["reason"]),
        ("leader", _leaders(unit, going)),
        ("approver", _signed(name(unit, made.approved_by), day(unit, made.approved_at))),
        ("earliest_on", made.earliest_on),
        ("countersigners", names(unit, made, SignedAs.COUNTERSIGNER)),
        ("operator", _signed(name(unit, made.operator_uid), day(unit, made.begun_at))),
        ("supervisor", _supervisors(unit, made)),
        ("live_on", made.live_on),
        ("fingerprint", f"{fingerprint(made)}（{made.content_hash}）" if made.content_hash else ""),
    ]
    return [(key, told) for key, told in facts if told]


def _signed(who: str, on: dt.date | None) -> str:
    return f"{who} {on}" if who else ""


def _methods(unit: Unit, going: Sequence[DestructionLine]) -> list[str]:
    counted = Counter(line.method for line in going)
    return [f"{spoken(method, unit.settings.tongue)} {count}" for method, count in sorted(counted.items())]


def _leaders(unit: Unit, going: Sequence[DestructionLine]) -> list[str]:
    """Who led the panels that decided it, and when they closed."""
    numbers = sorted({line.opinion for line in going})
    rows = unit.session.scalars(
        select(Appraisal).where(Appraisal.number.in_(numbers)).order_by(Appraisal.number)
    )
    return [_signed(f"{one.number} {name(unit, one.leader_uid)}", day(unit, one.closed_at)) for one in rows]


def _supervisors(unit: Unit, made: DestructionList) -> list[str]:
    """Each supervisor with time, place and remark; or, before they have signed, who is to."""
    zone = unit.settings.zone
    found = []
    for one in signatures(unit, made):
        if one.signed_as is SignedAs.SUPERVISOR and one.happened_at is not None:
            told, at = said(unit, one), one.happened_at.astimezone(zone)
            words = (name(unit, one.person_uid), f"{at:%Y-%m-%d %H:%M}", told["place"], told["remark"])
            found.append(" ".join(word for word in words if word))
    return found or [name(unit, uid) for uid in (made.supervisor_one, made.supervisor_two) if uid]
