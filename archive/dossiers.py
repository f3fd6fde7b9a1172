"""Dossiers: the view of an occupancy, a fit-out or a contract over its volumes, and what it lacks (decisions 2, 27)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeVar

from sqlalchemy import Select, func, select

from archive import checklists, views
from archive.acts import Act
from archive.errors import BadValue, NotFound
from archive.model import Dossier, Item, Party, Premises, Volume
from archive.policy import visible
from archive.unit import Unit
from archive.values import Worded
from archive.views import VolumeLine
from archive.words import Language

T = TypeVar("T", Volume, Item)


class DossierKind(Worded):
    """What a dossier gathers."""

    OCCUPANCY = "OCCUPANCY"
    FIT_OUT = "FIT_OUT"
    CONTRACT = "CONTRACT"
    PERSON = "PERSON"


#: Which checklist says what a dossier of a kind must hold.
CHECKLISTS: Mapping[DossierKind, str] = {
    DossierKind.OCCUPANCY: "tenant",
    DossierKind.FIT_OUT: "fit-out",
    DossierKind.CONTRACT: "contract",
}


@dataclass(frozen=True, slots=True)
class DossierLine:
    """One dossier with the sums of what this person may see in it (V5)."""

    code: str
    kind: DossierKind
    premises: str
    party: str
    volumes: int
    items: int
    pages: int


@dataclass(frozen=True, slots=True)
class DossierPage:
    """A dossier with its volumes and papers."""

    code: str
    kind: DossierKind
    premises: str
    party: str
    items: int
    pages: int
    volumes: list[VolumeLine]


@dataclass(frozen=True, slots=True)
class MissingLine:
    """A paper the checklist wants and this person does not see."""

    dossier: str
    stage: int
    doc_type: str
    classes: tuple[str, ...]
    when: str
    clause: str


def dossiers(
    unit: Unit, *, kind: DossierKind | None = None, premises: str | None = None, party: str | None = None
) -> list[DossierLine]:
    """The dossiers of which this person may see something, by code; what he may not see does not count."""
    unit.look(Act.DOSSIER_SEE)
    rows = select(Dossier, Premises.code, Party.code).outerjoin(
        Premises, Premises.uid == Dossier.premises_uid
    )
    rows = rows.outerjoin(Party, Party.uid == Dossier.party_uid).order_by(Dossier.code)
    if kind is not None:
        rows = rows.where(Dossier.kind == kind.value)
    if premises:
        rows = rows.where(Premises.code == premises.replace("-", ""))
    if party:
        rows = rows.where(Party.code == party)
    volumes, items = _volume_counts(unit), _item_sums(unit)
    return [
        DossierLine(one.code, DossierKind(one.kind), flat or "", who or "", volumes.get(one.uid, 0), *items.get(one.uid, (0, 0)))
        for one, flat, who in unit.session.execute(rows)
        if one.uid in volumes or one.uid in items
    ]  # fmt: skip


def _volume_counts(unit: Unit) -> dict[str, int]:
    rows = select(Volume.dossier_uid, func.count()).where(
        Volume.dossier_uid.is_not(None), visible(unit.actor, Volume)
    )
    return {uid: count for uid, count in unit.session.execute(rows.group_by(Volume.dossier_uid)) if uid}


def _item_sums(unit: Unit) -> dict[str, tuple[int, int]]:
    rows = select(Item.dossier_uid, func.count(), func.sum(Item.page_count)).where(
        Item.dossier_uid.is_not(None), visible(unit.actor, Item)
    )
    found = unit.session.execute(rows.group_by(Item.dossier_uid))
    return {uid: (count, int(pages or 0)) for uid, count, pages in found if uid}


def page(unit: Unit, code: str) -> DossierPage:
    """The dossier called *code* with its volumes; raises `NotFound` alike if it is absent or all hidden."""
    unit.look(Act.DOSSIER_SEE)
    dossier, volumes, items = _seen(unit, code)
    unit.listed(Act.DOSSIER_SEE, [*volumes, *items])
    premises = unit.session.get(Premises, dossier.premises_uid) if dossier.premises_uid else None
    party = unit.session.get(Party, dossier.party_uid) if dossier.party_uid else None
    return DossierPage(
        code=dossier.code,
        kind=DossierKind(dossier.kind),
        premises=premises.code if premises else "",
        party=party.code if party else "",
        items=len(items),
        pages=sum(item.page_count for item in items),
        volumes=views.volume_lines(unit, volumes),
    )


def _seen(unit: Unit, code: str) -> tuple[Dossier, list[Volume], list[Item]]:
    dossier = unit.session.scalar(select(Dossier).where(Dossier.code == code))
    volumes: list[Volume] = []
    items: list[Item] = []
    if dossier is not None:
        volumes = list(unit.session.scalars(_within(Volume, dossier, unit)))
        items = list(unit.session.scalars(_within(Item, dossier, unit)))
    if dossier is None or not (volumes or items):
        raise NotFound(what="dossier", code=code)
    return dossier, volumes, items


def _within(kind: type[T], dossier: Dossier, unit: Unit) -> Select[T]:
    rows = select(kind).where(kind.dossier_uid == dossier.uid, visible(unit.actor, kind))
    return rows.order_by(kind.reference_code)


def missing(
    unit: Unit, code: str, language: Language, *, facts: Collection[str] = (), stage: int | None = None
) -> list[MissingLine]:
    """What the checklist wants of the dossier and this person does not find there; nothing unseen is hinted at.

    A paper is known by its document type, else by its title. Raises `NotFound`, or `BadValue` for an unknown
    fact or a kind of dossier without a checklist.
    """
    unit.look(Act.DOSSIER_SEE)
    dossier, _, items = _seen(unit, code)
    kind = CHECKLISTS.get(DossierKind(dossier.kind))
    if kind is None:
        raise BadValue(field="dossier", value=code, expected=" ".join(sorted(CHECKLISTS.values())))
    unit.listed(Act.DOSSIER_SEE, items)
    cards = unit.cards(items)
    present = [
        (item.class_code, card.doc_type or card.title) for item, card in zip(items, cards, strict=True)
    ]
    wanted = checklists.missing(kind, present, facts=facts, stage=stage)
    shown = checklists.load().facts
    return [
        MissingLine(
            code, one.stage, one.name(language), one.classes,
            "" if not one.when else shown[one.when].zh if language is Language.ZH else shown[one.when].en, one.clause,
        )
        for one in wanted
    ]  # fmt: skip
