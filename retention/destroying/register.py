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
from archive.durable import handed_out
from archive.erasing import may_stay
from archive.forms import ruled
from archive.forms.docx import docx
from archive.forms.page import Align, Block, Cover, Facts, Form, Orientation, Signatures
from archive.forms.ruled import Ruled, of
from archive.model import Appraisal, DestructionLine, DestructionList, Fonds, Item
from archive.statuses import DestructionState, DestructionStep, Method, SignedAs
from archive.unit import Unit
from archive.values import Level
from archive.words import ZONE, Language, say, spoken
from retention import filing
from retention.destroying import destruction
from retention.destroying.destruction_book import day, name, names, shown, totals
from retention.destroying.freezing import description, fingerprint, frozen
from retention.destroying.standing import said, signatures

#: States in which what stays of the records stands on the lines.
CARRIED_OUT = (DestructionState.BEGUN, DestructionState.DESTROYED, DestructionState.FINAL)


@dataclass(frozen=True, slots=True)
class Note:
    """What is remarked on a line: destroyed, pulled, pulled after a supervisor had signed for it; with the day."""

    what: str
    on: dt.date | None

    def told(self, language: Language) -> str:
        """The remark as it is read; nothing for a line that waits."""
        return say(f"remark.{self.what}", language, on=self.on) if self.what else ""


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


#: The union of the lists in use (F23), as wide as each needs on a sheet that lies.
COLUMNS: tuple[Ruled[Entry], ...] = (
    Ruled("nth", 9, of("nth"), Align.CENTRE), Ruled("code", 40, of("code")), Ruled("document_no", 20, of("document_no")),
    Ruled("creator", 16, of("creator")), Ruled("title", 40, of("title")),
    Ruled("archive_year", 10, of("archive_year"), Align.CENTRE), Ruled("level", 17, of("level"), Align.CENTRE),
    Ruled("items", 10, of("items"), Align.RIGHT), Ruled("pages", 11, of("pages"), Align.RIGHT),
    Ruled("period", 11, of("period"), Align.CENTRE), Ruled("kept", 11, of("kept"), Align.RIGHT),
    Ruled("opinion", 18, of("opinion")), Ruled("method", 12.5, of("method"), Align.CENTRE),
    Ruled("destroyed_on", 17, of("destroyed_on"), Align.CENTRE), Ruled("note", 21, of("note")),
)  # fmt: skip
#: What stands on the cover, and what below the table.
COVER = ("fonds", "counts", "leader", "approver", "supervisor", "operator")
BELOW = ("methods", "earliest_on", "countersigners", "live_on", "reason", "fingerprint")
SIGNERS = ("leader", "approver", "supervisor", "supervisor", "operator")


def entries(unit: Unit, number: str) -> list[Entry]:
    """The register of a list, of the lines this person may be shown; raises `NotFound`."""
    unit.look(Act.DESTRUCTION_SEE)
    made = destruction.one(unit, number)
    found = shown(unit, made)
    unit.listed(Act.DESTRUCTION_SEE, by_uid(unit, [line.record_uid for line in found]))
    return _entries(unit, made, found)


def write(unit: Unit, number: str, target: Path) -> int:
    """Write the register to the new file *target* as a Word document; how many lines.

    Raises `InsideInstance`, `TargetExists`, `FileMissing` (no such folder), `StorageFailed`, `DiskFull`, `NotFound`.
    """
    made, found = destruction.one(unit, number), entries(unit, number)
    with handed_out(target, unit.home) as file:
        file.write(document(unit, made, found))
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
    before = ZONE.set(unit.settings.zone)
    try:
        return docx(described(unit, made, found, unit.settings.tongue))
    finally:
        ZONE.reset(before)


def described(
    unit: Unit, made: DestructionList, found: Sequence[Entry], language: Language, *, foot: str = ""
) -> Form:  # fmt: skip
    """The register as a paper (F23): cover, lines, what else is to be known, signatures of everybody concerned."""
    title, facts = say("register.heading", language, number=made.number), _facts(unit, made, language)
    told = {name: _lines(facts[name], language) for name in (*COVER, *BELOW) if name in facts}
    blocks: list[Block] = [
        Cover(title, _cover(told, language)),
        ruled.table(COLUMNS, found, language, dense=True, words="register"),
        _below(told, language),
        Signatures([say(f"register.{who}", language) for who in SIGNERS]),
    ]
    return Form(
        kind="f23", title=title, blocks=blocks, orientation=Orientation.LANDSCAPE, company=unit.settings.company,
        number=made.number, foot=foot, values={name: "\n".join(lines) for name, lines in told.items()},
        tables={"lines": ruled.lines(COLUMNS, found, language)}, language=language,
    )  # fmt: skip


def _cover(told: Mapping[str, Sequence[str]], language: Language) -> list[tuple[str, str]]:
    """The facts of the cover, a line for each of several people; what is not known yet is left to the pen."""
    wanted = {**dict.fromkeys(COVER, ("",)), "supervisor": ("", ""), **told}
    return [(say(f"register.{name}", language), line) for name in COVER for line in wanted[name]]


def _below(told: Mapping[str, Sequence[str]], language: Language) -> Facts:
    words = {name: say(f"register.{name}", language) for name in BELOW}
    pairs = [(words[name], "；".join(told[name])) for name in BELOW if name in told]
    return Facts(pairs, wide=frozenset({words["reason"], words["fingerprint"]}))


def _lines(fact: object, language: Language) -> list[str]:
    return [spoken(one, language) for one in (fact if isinstance(fact, list) else [fact])]


def _facts(unit: Unit, made: DestructionList, language: Language) -> dict[str, object]:
    """What stands beside the table: what, how much, why, who, when (F23); nothing for what is not known."""
    going = [line for line in destruction.lines(unit, made) if line.step is not DestructionStep.PULLED]
    records, items, pages = totals(going)
    fonds = unit.session.scalar(select(Fonds)) or Fonds(code=unit.settings.fonds, name=unit.settings.company)
    facts: dict[str, object] = {
        "fonds": f"{fonds.code} {fonds.name}",
        "counts": say("register.counted", language, records=records, items=items, pages=pages),
        "methods": _methods(going, language),
        "reason": destruction.said_of(unit, made)["reason"],
        "leader": _leaders(unit, going),
        "approver": _signed(name(unit, made.approved_by), day(unit, made.approved_at)),
        "earliest_on": made.earliest_on,
        "countersigners": names(unit, made, SignedAs.COUNTERSIGNER),
        "operator": _signed(name(unit, made.operator_uid), day(unit, made.begun_at)),
        "supervisor": _supervisors(unit, made),
        "live_on": made.live_on,
        "fingerprint": f"{fingerprint(made)}（{made.content_hash}）" if made.content_hash else "",
    }
    return {name: told for name, told in facts.items() if told}


def _signed(who: str, on: dt.date | None) -> str:
    return f"{who} {on}" if who else ""


def _methods(going: Sequence[DestructionLine], language: Language) -> list[str]:
    counted = Counter(line.method for line in going)
    return [f"{spoken(method, language)} {count}" for method, count in sorted(counted.items())]


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
