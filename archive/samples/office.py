"""An invented property-management office: its people, premises, parties and cabinets.

Pure and repeatable: the same seed gives the same office. It knows no catalogue and no database.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from archive.samples import names

#: The sample world ends here: nothing is dated later, and what ends later is still running.
LAST_DAY = dt.date(2025, 12, 31)


@dataclass(frozen=True, slots=True)
class Department:
    """One department; *mark* is its word in document numbers (和园客联〔2023〕…)."""

    code: str
    name: str
    english: str
    mark: str


@dataclass(frozen=True, slots=True)
class Person:
    """One member of staff; *roles* and *level* are names of `values.Role` and `values.Level`."""

    account: str
    name: str
    department: str
    post: str
    roles: tuple[str, ...]
    level: str


@dataclass(frozen=True, slots=True)
class Premises:
    """One flat, office or shop; *area* in square metres as a decimal string."""

    code: str
    building: str
    floor: int
    kind: str
    area: str


@dataclass(frozen=True, slots=True)
class Party:
    """An occupant, contractor or outside unit; *kind* is a name of `values.PartyKind`.

    Telephone, identity and plate numbers follow the pattern of real ones and belong to nobody.
    """

    code: str
    name: str
    kind: str
    natural_person: bool
    contact: str
    phone: str
    mark: str = ""
    premises: str | None = None
    tenancy_from: dt.date | None = None
    tenancy_to: dt.date | None = None
    emergency: str = ""
    emergency_phone: str = ""
    identity: str = ""
    plate: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A room, cabinet or layer; *kind* is a name of `values.PlaceKind`."""

    code: str
    name: str
    kind: str
    parent: str | None
    lockable: bool
    capacity: int | None = None


@dataclass(frozen=True, slots=True)
class Office:
    """Everything a demonstration needs to set up before the first paper is filed."""

    seed: int
    company: str
    fonds: str
    departments: tuple[Department, ...]
    people: tuple[Person, ...]
    premises: tuple[Premises, ...]
    parties: tuple[Party, ...]
    places: tuple[Place, ...]

    @property
    def occupants(self) -> tuple[Party, ...]:
        """Those who hold premises, in the order in which they were drawn."""
        return tuple(party for party in self.parties if party.premises)

    @property
    def fitout_contractors(self) -> tuple[Party, ...]:
        """The firms that carry out fit-outs."""
        return tuple(party for party in self.parties if party.code.startswith("CB1"))

    def party(self, code: str) -> Party:
        """The party with this code."""
        return next(party for party in self.parties if party.code == code)

    def unit(self, code: str) -> Premises:
        """The premises with this code."""
        return next(unit for unit in self.premises if unit.code == code)

    def department(self, code: str) -> Department:
        """The department with this code."""
        return next(department for department in self.departments if department.code == code)

    def holder(self, role: str, department: str) -> Person:
        """Who holds *role* in *department*, or in the general manager's office if nobody does."""
        holders = [person for person in self.people if role in person.roles]
        at_home = [person for person in holders if person.department == department]
        return (at_home or holders)[0]


def office(seed: int = 2026) -> Office:
    """The whole office drawn from *seed*; the same seed gives an equal office."""
    rng = random.Random(seed)
    premises = tuple(_premises(rng))
    return Office(
        seed=seed,
        company=names.COMPANY,
        fonds=names.FONDS,
        departments=tuple(Department(*row) for row in names.DEPARTMENTS),
        people=tuple(Person(*row) for row in names.PEOPLE),
        premises=premises,
        parties=(*_occupants(rng, premises), *_firms(rng)),
        places=tuple(_places()),
    )


def person_name(rng: random.Random) -> str:
    """A Chinese personal name."""
    return rng.choice(names.SURNAMES) + rng.choice(names.GIVEN)


def phone(rng: random.Random) -> str:
    """A number in the block of a carrier's own service line, so that it can belong to nobody."""
    return f"13800138{rng.randrange(1000):03}"


def plate(rng: random.Random) -> str:
    """A vehicle plate such as 粤B12K3N."""
    return "粤B" + "".join(rng.choice("0123456789ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(5))


def _premises(rng: random.Random) -> Iterator[Premises]:
    """Towers A and B are offices, C flats; the first floor of each is shops."""
    for tower, kind in (("A", "office"), ("B", "office"), ("C", "flat")):
        for number in range(1, 5):
            yield _unit(rng, tower, 1, number, "shop")
        for floor in range(3, 21):
            for number in range(1, 5):
                yield _unit(rng, tower, floor, number, kind)


def _unit(rng: random.Random, tower: str, floor: int, number: int, kind: str) -> Premises:
    """One flat, office or shop with an area that fits its kind."""
    low, high = {"office": (86, 420), "flat": (58, 136), "shop": (24, 180)}[kind]
    area = f"{rng.uniform(low, high):.2f}"
    return Premises(f"{tower}{floor:02}{number:02}", f"{tower}座", floor, kind, area)


#: Years of moving in and out: some ended long enough ago to be due in January 2026, some still let.
#: The row marked "same" follows the row before it in the same premises.
_TERMS: tuple[tuple[int, int | None, str], ...] = (
    (2016, 2022, ""),
    (2019, None, ""),
    (2013, 2020, ""),
    (2021, 2023, "same"),
    (2025, None, ""),
    (2011, 2015, ""),
    (2023, None, ""),
    (2020, 2024, ""),
    (2012, None, ""),
    (2014, 2022, ""),
    (2022, None, ""),
    (2017, 2020, ""),
)
_OCCUPANCIES = 60


def _occupants(rng: random.Random, premises: tuple[Premises, ...]) -> Iterator[Party]:
    """Sixty occupancies; A1203 comes first so that stories can name it."""
    units = list(premises)
    rng.shuffle(units)
    units.sort(key=lambda unit: unit.code != "A1203")
    current, tenants = iter(units), _trade_names(rng)
    unit = units[0]
    for number in range(_OCCUPANCIES):
        began, ended, follows = _TERMS[number % len(_TERMS)]
        unit = unit if follows else next(current)
        yield _occupant(rng, f"YH{number + 1:04}", unit, (began, ended), tenants)


def _trade_names(rng: random.Random) -> dict[str, Iterator[str]]:
    """Names of shops and of firms, each used once."""
    made = [f"{word}{trade}有限公司" for word in names.FIRM_WORDS for trade in names.FIRM_TRADES]
    shops = [
        f"{name}（{branch}店）" if branch else name for branch in ("", "和园", "听松") for name in names.SHOPS
    ]
    return {"office": iter((*names.FIRMS, *rng.sample(made, len(made)))), "shop": iter(shops)}


def _occupant(
    rng: random.Random,
    code: str,
    unit: Premises,
    years: tuple[int, int | None],
    tenants: Mapping[str, Iterator[str]],
) -> Party:
    """One occupant of *unit* who moved in and out within the given *years*."""
    natural = unit.kind == "flat"
    contact, (began, ended) = person_name(rng), years
    return Party(
        code=code,
        name=contact if natural else next(tenants[unit.kind]),
        kind={"flat": rng.choice(("OWNER", "RESIDENT")), "office": "TENANT", "shop": "SHOP"}[unit.kind],
        natural_person=natural,
        contact=contact,
        phone=phone(rng),
        premises=unit.code,
        tenancy_from=dt.date(began, rng.randint(1, 8), rng.randint(1, 28)),
        tenancy_to=dt.date(ended, rng.randint(2, 11), rng.randint(1, 28)) if ended else None,
        emergency=person_name(rng),
        emergency_phone=phone(rng),
        identity=f"999999{rng.randint(1960, 1999)}{rng.randint(1, 12):02}{rng.randint(1, 28):02}000{rng.randrange(10)}",
        plate=plate(rng),
    )


def _firms(rng: random.Random) -> Iterator[Party]:
    """Contractors and outside units."""
    for code, name in names.CONTRACTORS:
        yield Party(code, name, "CONTRACTOR", False, person_name(rng), phone(rng))
    for code, name, mark in names.OUTSIDE_UNITS:
        yield Party(code, name, "OUTSIDE_UNIT", False, person_name(rng), phone(rng), mark)


def _places() -> Iterator[Place]:
    """Rooms and cabinets from the table, and the layers of every cabinet."""
    for code, name, kind, parent, lockable in names.PLACES:
        yield Place(code, name, kind, parent, lockable)
        if kind == "CABINET":
            for layer in range(1, names.LAYERS + 1):
                called = f"{name}第{layer}层"
                yield Place(f"{code}-{layer}", called, "LAYER", code, lockable, names.ON_A_LAYER)
