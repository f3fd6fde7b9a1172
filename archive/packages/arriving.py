"""One record of a package becomes a volume or item here: judged by our classes, its parties and places found or made.

A record keeps its reference code where it comes from our own fonds and the code is free; otherwise it gets one of
ours, and what the sender called it is told in its note. No level is lowered below its class (R48).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select

from archive import classes, numbering, policy, registry, volumes
from archive.acts import Act
from archive.codes import template
from archive.errors import BadValue, NotFound, PartyDiffers
from archive.fields import checked
from archive.items import file_alone, file_into
from archive.model import Department, Item, Party, Premises, RecordClass, Volume
from archive.packages import provenance
from archive.packages.told import PaperTold, PartyTold, PremisesTold, RecordTold
from archive.papers import Paper
from archive.unit import Unit
from archive.values import Level
from archive.volumes import Listed, Matter
from archive.words import Language, say


@dataclass(frozen=True, slots=True)
class Usual:
    """What is said for the whole package: where it does not say itself, or instead of what it says (*class_code*)."""

    class_code: str | None = None
    department: str | None = None
    fonds: str = ""
    origin: str = ""
    number: str = ""


@dataclass(slots=True)
class Arrived:
    """What a record became: itself, its papers in the order told."""

    record: Volume | Item
    papers: list[Item]


def foreseen(unit: Unit, told: RecordTold, usual: Usual) -> Matter:
    """Where a record would go; raises what would keep it from going there. Nothing is changed."""
    matter, rule = _matter(unit, told, usual)
    refused = policy.refusal(unit.actor, Act.ITEM_FILE, volumes.prospect(rule, matter))
    if refused is not None:
        raise refused
    there = [_known_party(unit, party) is not None for party in _parties(told)]
    ahead = matter if all(there) else replace(matter, party=None)
    if matter.premises and not _known_premises(unit, matter.premises):
        ahead = replace(ahead, premises=None)
    if ahead == matter or matter.dossier:  # a dossier that would be named after either is made with it
        volumes.look_up(unit, ahead, ahead=True)
    for paper in told.papers:
        checked(rule.family, paper.fields)
        if paper.dated is not None and paper.dated > unit.today:
            raise BadValue(field="dated", value=paper.dated, expected=f"≤ {unit.today}")
        if len(paper.title) < 2:
            raise BadValue(field="title", value=paper.title or "—", expected="2–200")
    return matter


def arrive(unit: Unit, told: RecordTold, usual: Usual) -> Arrived:
    """Make the record with its papers, without their files; raises as `foreseen` and as filing does."""
    foreseen(unit, told, usual)
    for party in _parties(told):
        _party(unit, party)
    for place in filter(None, [told.premises, *(paper.premises for paper in told.papers)]):
        _premises(unit, place)
    matter, rule = _matter(unit, told, usual)
    keep = usual.fonds == unit.settings.fonds
    by_volume = template(rule.template).volume_width is not None
    if told.title is None and not by_volume:
        return _alone(unit, told, matter, usual, keep=keep)
    if not by_volume:
        raise BadValue(field="class", value=rule.code, expected="kept_by = volume")
    return _volume(unit, told, matter, usual, keep=keep)


def _volume(unit: Unit, told: RecordTold, matter: Matter, usual: Usual, *, keep: bool) -> Arrived:
    free = keep and told.title is not None and told.code and not numbering.taken(unit, [told.code])
    if told.title is None:
        home = _home(unit, told, matter)
    else:
        listed = Listed(code=told.code if free else None)
        note = told.note if free else _noted(told.note, told.code, usual)
        home = volumes.open_volume(
            unit, matter, title=told.title, note=note, fields=told.fields, listed=listed
        )
    kept = bool(free)
    papers = [_paper(unit, paper, usual, kept=kept, home=home) for paper in told.papers]
    made = _each(unit, file_into(unit, home.uid, papers) if papers else [], home, len(papers))
    return Arrived(home, made)


def _home(unit: Unit, told: RecordTold, matter: Matter) -> Volume:
    """The open volume a lone paper of others belongs to, as for any paper filed by class."""
    unit.act(Act.ITEM_FILE, volumes.prospect(classes.usable(unit, matter.class_code), matter))
    return volumes.volume_for(unit, volumes.look_up(unit, matter), title=told.papers[0].title)


def _alone(unit: Unit, told: RecordTold, matter: Matter, usual: Usual, *, keep: bool) -> Arrived:
    paper = told.papers[0]
    kept = keep and bool(paper.code) and not numbering.taken(unit, [paper.code])
    (item,) = file_alone(unit, matter, [_paper(unit, paper, usual, kept=kept, home=None)])
    return Arrived(item, [item])


def _each(unit: Unit, made: Sequence[Item], home: Volume, count: int) -> list[Item]:
    """The papers just filed, in order: filing many returns none of them."""
    if made or not count:
        return list(made)
    rows = select(Item).where(Item.volume_uid == home.uid).order_by(Item.seq_no.desc()).limit(count)
    return list(unit.session.scalars(rows))[::-1]


def _paper(unit: Unit, told: PaperTold, usual: Usual, *, kept: bool, home: Volume | None) -> Paper:
    keeps = kept and (home is None or told.code.startswith(home.reference_code))
    level = (
        None if told.level is None or home is None else min(max(told.level, _floor(unit, home)), home.level)
    )
    return Paper(
        title=told.title, dated=told.dated, creator=told.creator, document_no=told.document_no,
        doc_type=told.doc_type, pages=told.pages, is_original=told.is_original, on_paper=told.on_paper,
        party=told.party.code if told.party else None, premises=told.premises.code if told.premises else None,
        level=level, note=told.note if keeps else _noted(told.note, told.code, usual), fields=told.fields,
        code=told.code if keeps else None,
    )  # fmt: skip


def _floor(unit: Unit, home: Volume) -> Level:
    return unit.session.get_one(RecordClass, home.class_code).level


def _noted(note: str, code: str, usual: Usual) -> str:
    """*note*, and after it what the sender called the record."""
    if not code:
        return note
    former = say("packages.former", Language.ZH, code=code, origin=usual.origin or usual.fonds or "—")
    return f"{note}\n{former}".strip()


# --- where it goes --------------------------------------------------------------------------------


def _matter(unit: Unit, told: RecordTold, usual: Usual) -> tuple[Matter, RecordClass]:
    code = usual.class_code or told.class_code
    if not code:
        raise BadValue(field="class", value="—", expected="--class")
    rule = classes.usable(unit, code)
    department = usual.department or told.department or unit.actor.department
    if unit.session.get(Department, department) is None:
        raise NotFound(what="department", code=department)
    levels = [rule.level, *(one for one in (told.level, *(paper.level for paper in told.papers)) if one)]
    matter = Matter(
        class_code=rule.code, year=told.year or _year(told) or unit.today.year, department=department,
        premises=told.premises.code if told.premises else None, party=told.party.code if told.party else None,
        dossier=told.dossier, level=max(levels), period=told.period if rule.code == told.class_code else None,
    )  # fmt: skip
    return matter, rule


def _year(told: RecordTold) -> int | None:
    days = [paper.dated for paper in told.papers if paper.dated]
    return min(days).year if days else None


# --- who and where --------------------------------------------------------------------------------


def _parties(told: RecordTold) -> Iterator[PartyTold]:
    yield from filter(None, [told.party, *(paper.party for paper in told.papers)])


def _known_party(unit: Unit, told: PartyTold) -> Party | None:
    """The party of this code, if it is the same one; raises `PartyDiffers` for somebody else."""
    found = unit.session.scalar(select(Party).where(Party.code == told.code))
    if found is not None and registry.party_line(unit, found).name.split() != told.name.split():
        raise PartyDiffers(code=told.code)
    return found


def _party(unit: Unit, told: PartyTold) -> None:
    if _known_party(unit, told) is None:
        registry.add_party(
            unit, told.code, name=told.name, kind=told.kind, natural_person=told.natural_person
        )


def _premises(unit: Unit, told: PremisesTold) -> None:
    if not _known_premises(unit, told.code):
        registry.add_premises(
            unit, told.code, building=told.building or "—", floor=told.floor, kind=told.kind, area=told.area
        )


def _known_premises(unit: Unit, code: str) -> bool:
    return unit.session.scalar(select(Premises.uid).where(Premises.code == code.replace("-", ""))) is not None


def history(unit: Unit, arrived: Arrived, told: RecordTold, number: str) -> None:
    """Keep what the sender said happened to each record, sealed in the line of its import."""
    each: list[tuple[Volume | Item, Sequence[provenance.Happened], str]] = [
        (item, paper.events, paper.code) for item, paper in zip(arrived.papers, told.papers, strict=True)
    ]
    if isinstance(arrived.record, Volume) and told.title is not None:
        each.insert(0, (arrived.record, told.events, told.code))
    for record, events, code in each:
        private = {"former": provenance.kept(events), "code": code}
        unit.act(Act.PACKAGE_IMPORT, record, private=private, run=number)
