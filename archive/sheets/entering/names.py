"""Parties by the name a list gives: found again by the blind index, entered if they are new (decision 6, R20)."""

from __future__ import annotations

import re

from sqlalchemy import select

from archive import registry
from archive.errors import NameUnclear
from archive.model import Dossier, Party, Premises
from archive.unit import Unit
from archive.values import PartyKind
from archive.volumes import next_number

#: What names of firms and offices have in them, and names of people do not.
_FIRM = re.compile(
    r"公司|集团|有限|商行|商店|超市|银行|中心|委员会|管理处|事务所|工作室|学校|医院|酒店|餐|局|厂|院|所|店|馆|站|部|社|署|处|厅|会$"
    r"|\b(?:ltd|inc|co|llc|corp|gmbh)\b",
    re.IGNORECASE,
)
LONGEST_PERSON = 12


def is_person(name: str) -> bool:
    """True unless the name is surely that of a firm or an office: who is in doubt is protected as a person."""
    return len(name) <= LONGEST_PERSON and _FIRM.search(name) is None


def one_unit(unit: Unit, name: str) -> Party | None:
    """The firm or office called so, None if there is none yet; raises `NameUnclear` if there are several."""
    registry.named(name)
    found = [party for party in registry.called(unit, [name])[name] if not party.natural_person]
    if len(found) > 1:
        raise NameUnclear(name=name, count=len(found))
    return found[0] if found else None


def unit_called(unit: Unit, name: str, kind: PartyKind) -> Party:
    """The firm or office called so, entered if it is new; raises `NameUnclear`."""
    return one_unit(unit, name) or registry.add_party(
        unit, next_code(unit, person=False), name=name, kind=kind, natural_person=False
    )


def occupant(
    unit: Unit, name: str, *, premises: Premises | None, phone: str, code: str, person: bool
) -> Party | None:
    """Whom a register of occupants means: by code, else by name with the premises or the phone number; None: somebody new.

    A firm is known by its name alone. Raises `NameUnclear` if that leaves several.
    """
    if code:
        return unit.session.scalar(select(Party).where(Party.code == code))
    found = [party for party in registry.called(unit, [name])[name] if party.natural_person == person]
    here = [party for party in found if premises is not None and _lives_in(unit, party, premises)]
    if not here and phone:
        here = [party for party in found if registry.party_line(unit, party).phone == phone]
    if not here and not person:
        here = found
    if len(here) > 1:
        raise NameUnclear(name=name, count=len(here))
    return here[0] if here else None


def _lives_in(unit: Unit, party: Party, premises: Premises) -> bool:
    rows = select(Dossier.uid).where(Dossier.party_uid == party.uid, Dossier.premises_uid == premises.uid)
    return unit.session.scalar(rows.limit(1)) is not None


def next_code(unit: Unit, *, person: bool) -> str:
    """A free code for a party of whom a list gives only the name: GR00001 for a person, DW00001 for a unit."""
    prefix = "GR" if person else "DW"
    while True:
        code = f"{prefix}{next_number(unit, prefix):05d}"
        if unit.session.scalar(select(Party.uid).where(Party.code == code)) is None:
            return code
