"""收发文登记: a letter is filed, and entered under its running number in the register of its direction and year (R60, R68).

What is 秘密 or above has registers of its own (机要): a gap in the open ones tells nobody that there is more (decision 6).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import select

from archive import classes, items
from archive.acts import Act
from archive.entrance import Direction
from archive.errors import BadValue, LetterAgain
from archive.letters import IN, OUT
from archive.model import Item, LetterEntry
from archive.papers import Paper
from archive.policy import visible
from archive.sheets.entering import names
from archive.unit import Unit
from archive.values import CONFIDENTIAL, Family, Level, PartyKind
from archive.volumes import Matter, next_number

#: Where letters of a direction go if nothing else is said.
USUAL: Mapping[Direction, str] = {IN: "WS·LW", OUT: "WS·DW"}
#: What the numbers of a register begin with; the second series of a direction is that of 秘密 and above.
SERIES: Mapping[tuple[Direction, bool], str] = {
    (IN, False): "SW",
    (OUT, False): "FW",
    (IN, True): "JS",
    (OUT, True): "JF",
}


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as who registers it describes it; *handled_on* is the day it was received or sent (today if not said)."""

    direction: Direction
    title: str
    correspondent: str
    document_no: str = ""
    dated: dt.date | None = None
    handled_on: dt.date | None = None
    reply_to: str = ""
    pages: int = 1
    level: Level | None = None
    note: str = ""
    on_paper: bool = True


@dataclass(frozen=True, slots=True)
class Home:
    """Where a letter is filed: in an open volume, or where its class puts it; nothing said, where its direction goes."""

    volume: str | None = None
    class_code: str | None = None
    department: str | None = None
    party: str | None = None
    premises: str | None = None
    dossier: str | None = None


def register(unit: Unit, letter: Letter, home: Home = Home(), *, again: bool = False) -> LetterEntry:
    """File *letter* and give it the next number of its register, in one act.

    *again* enters it although a letter with this document number, of the same correspondent, is registered already.
    Raises `LetterAgain`, `BadValue` (a day to come, a class without letters), and what filing raises.
    """
    unit.act(Act.LETTER_REGISTER, direction=letter.direction)
    line = unit.lines[-1]
    letter = _checked(unit, letter)
    found = "" if again else alike(unit, letter)
    if found:
        raise LetterAgain(document_no=letter.document_no, number=found)
    item = _filed(unit, letter, home)
    if item.family is not Family.CORRESPONDENCE:
        raise BadValue(field="class", value=item.class_code, expected=Family.CORRESPONDENCE)
    made = _entered(unit, letter, item)
    line.kind, line.uid, line.code = "letterentry", made.uid, made.number
    line.facts = {**line.facts, "item": item.uid, "year": made.year}
    return made


def alike(unit: Unit, letter: Letter) -> str:
    """The number of a registered letter with the same document number and correspondent, of those one may see; else nothing.

    Looked for among the letters of its direction of the year it bears and of the year it was handled.
    """
    if not letter.document_no:
        return ""
    years = {day.year for day in (letter.dated, letter.handled_on) if day is not None}
    wanted = (
        select(LetterEntry.number, Item)
        .join(Item, Item.uid == LetterEntry.item_uid)
        .where(LetterEntry.direction == letter.direction, LetterEntry.year.in_(years))
        .where(visible(unit.actor, Item))
        .order_by(LetterEntry.number)
    )
    rows = list(unit.session.execute(wanted))
    cards = unit.cards([item for _, item in rows])
    told = _folded(letter.document_no), _folded(letter.correspondent)
    for (number, _), card in zip(rows, cards, strict=True):
        if (_folded(card.document_no), _folded(card.fields.get("correspondent", ""))) == told:
            return str(number)
    return ""


def _folded(text: str) -> str:
    return "".join(text.split()).casefold()


def _checked(unit: Unit, letter: Letter) -> Letter:
    """*letter* with its day, and without margins; raises `BadValue`."""
    if letter.direction not in USUAL:
        raise BadValue(field="direction", value=letter.direction, expected=f"{IN.value} | {OUT.value}")
    day = letter.handled_on or unit.today
    if day > unit.today:
        raise BadValue(field="handled_on", value=day, expected=f"≤ {unit.today}")
    names_of = {
        name: getattr(letter, name).strip() for name in ("title", "correspondent", "document_no", "reply_to")
    }
    if not names_of["correspondent"]:
        raise BadValue(field="correspondent", value="—", expected="…")
    return replace(letter, handled_on=day, **names_of)


def _filed(unit: Unit, letter: Letter, home: Home) -> Item:
    paper = _paper(unit, letter, home)
    if home.volume:
        return items.file_into(unit, home.volume, [paper])[0]
    rule = classes.usable(unit, home.class_code or USUAL[letter.direction])
    party = home.party
    if rule.volume_by == "party" and party is None:
        party = names.unit_called(unit, letter.correspondent, PartyKind.OUTSIDE_UNIT).code
    paper = replace(paper, party=party)
    matter = Matter(
        rule.code,
        (paper.dated or unit.today).year,
        home.department or unit.actor.department,
        premises=home.premises.replace("-", "") if home.premises else None,
        party=party,
        dossier=home.dossier,
        level=letter.level,
    )
    title = f"{letter.correspondent} {matter.year}" if rule.volume_by == "party" else rule.name
    return items.file_matter(unit, matter, [paper], volume_title=title[:200])[0]


def _paper(unit: Unit, letter: Letter, home: Home) -> Paper:
    fields = {"direction": letter.direction, "correspondent": letter.correspondent}
    if letter.direction == IN and letter.handled_on is not None:
        fields["received_on"] = letter.handled_on.isoformat()
    if letter.reply_to:
        fields["reply_to"] = letter.reply_to
    return Paper(
        letter.title,
        dated=letter.dated or letter.handled_on,
        creator=letter.correspondent if letter.direction == IN else unit.settings.company,
        document_no=letter.document_no,
        pages=letter.pages,
        on_paper=letter.on_paper,
        party=home.party,
        premises=home.premises.replace("-", "") if home.premises else None,
        level=letter.level,
        note=letter.note,
        fields=fields,
    )


def _entered(unit: Unit, letter: Letter, item: Item) -> LetterEntry:
    day = letter.handled_on or unit.today
    prefix = f"{SERIES[letter.direction, item.level >= CONFIDENTIAL]}{day.year}-"
    made = LetterEntry(
        number=f"{prefix}{next_number(unit, prefix):05d}", direction=letter.direction, year=day.year,
        item_uid=item.uid, handled_on=day, registered_at=unit.now, registered_by=unit.actor.uid,
    )  # fmt: skip
    unit.session.add(made)
    unit.session.flush()
    return made
