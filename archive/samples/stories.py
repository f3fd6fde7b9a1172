"""What happens in the office: occupancies, fit-outs, contracts, letters and daily rounds, as drafts of papers.

A story is a run of drafts with dates, facts and volume; it knows no wording and no numbers of its own series.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

from archive.samples.forms import Form, book
from archive.samples.office import LAST_DAY, Office, Party, person_name
from archive.samples.wording import capitals, money, spellings

Event = tuple[str, dt.date]


@dataclass(frozen=True, slots=True)
class Draft:
    """One paper to be written; *department* keeps it, *author* is the department that writes.

    *shared* passes phrases and numbers from a letter to its answer."""

    family: str
    form: Form
    date: dt.date
    department: str
    author: str
    facts: Mapping[str, str]
    fields: Mapping[str, str]
    volume: tuple[str, ...]
    premises: str | None = None
    party: str | None = None
    project: str | None = None
    events: tuple[Event, ...] = ()
    shared: dict[str, str] = field(default_factory=dict)


Story = list[Draft]

#: Customer service keeps the occupants' and fit-out dossiers, whoever wrote the paper (§8 保管).
_KEEPER = "KF"


def between(rng: random.Random, first: dt.date, last: dt.date) -> dt.date:
    """A day from *first* to *last*, both included; *first* if they are the wrong way round."""
    return first + dt.timedelta(days=rng.randint(0, max(0, (last - first).days)))


def _after(rng: random.Random, day: dt.date, form: Form) -> dt.date:
    """The day of *form*, so many days after the event *day*, never beyond the last day."""
    return min(day + dt.timedelta(days=rng.randint(*form.after)), LAST_DAY)


def chosen(family: str, rng: random.Random, *, full: bool) -> Iterator[tuple[Form, ...]]:
    """The groups of forms that occur in one story; a full story has them all."""
    for group in book(family).groups():
        if full or rng.random() < group[0].share:
            yield group


def _closing(rng: random.Random, form: Form, day: dt.date) -> tuple[Event, ...]:
    """The closing of the case that *form* reports, some days later."""
    return (
        (("CASE_CLOSED", between(rng, day, min(day + dt.timedelta(days=25), LAST_DAY))),)
        if form.closes
        else ()
    )


def register(prefix: str, day: dt.date, digits: int, taken: set[str]) -> str:
    """A register number that rises through the year and is used once: HT-2019-0032."""
    for number in count(day.timetuple().tm_yday // 3 + 1):
        code = f"{prefix}-{day.year}-{number:0{digits}}"
        if code not in taken:
            taken.add(code)
            return code
    raise AssertionError("count() never ends")


# --- occupancies -----------------------------------------------------------------------------


def tenancies(office: Office, rng: random.Random) -> Iterator[Story]:
    """One story per occupancy, from hand-over to moving out; the first has every kind of paper."""
    occupants = office.occupants
    for number in count():
        yield _tenancy(office, occupants[number % len(occupants)], rng, full=number == 0)


def _tenancy(office: Office, party: Party, rng: random.Random, *, full: bool) -> Story:
    facts, drafts = _occupant_facts(office, party), []
    for group in chosen("tenant", rng, full=full):
        day, shared = _tenancy_day(party, group[0], rng), dict[str, str]()
        if day is None:
            continue
        for form in group:
            drafts.append(_tenant_draft(form, party, _after(rng, day, form), facts, shared, rng))
            day += dt.timedelta(days=rng.randint(3, 9))
    return sorted(drafts, key=lambda draft: draft.date)


def _tenancy_day(party: Party, form: Form, rng: random.Random) -> dt.date | None:
    """The event that *form* follows, or None if it has not happened."""
    began, ended = party.tenancy_from or LAST_DAY, party.tenancy_to
    if form.when == "during":
        margin = dt.timedelta(days=20)
        return between(rng, began + margin, (ended or LAST_DAY) - margin)
    return began if form.when == "start" else ended


def _tenant_draft(
    form: Form,
    party: Party,
    day: dt.date,
    facts: Mapping[str, str],
    shared: dict[str, str],
    rng: random.Random,
) -> Draft:
    letter = bool(form.direction)
    return Draft(
        "tenant",
        form,
        day,
        _KEEPER,
        form.department,
        facts,
        _letter_fields(form, party.name, day) if letter else _tenancy_fields(party),
        (form.class_code, party.premises or "", party.code),
        premises=party.premises,
        party=party.code,
        events=_tenant_events(form, party, day, rng),
        shared=shared,
    )


def _tenant_events(form: Form, party: Party, day: dt.date, rng: random.Random) -> tuple[Event, ...]:
    """The end of the case or, for papers of the tenancy itself, of the tenancy."""
    if form.closes or form.direction:
        return _closing(rng, form, day)
    return (("TENANCY_END", party.tenancy_to),) if party.tenancy_to else ()


def _occupant_facts(office: Office, party: Party) -> dict[str, str]:
    """What the papers of an occupancy or fit-out say about the occupant and the premises."""
    unit = office.unit(party.premises or "")
    facts = {
        "occupant": party.name,
        "contact": party.contact,
        "phone": party.phone,
        "emergency": party.emergency,
        "emergency_phone": party.emergency_phone,
        "identity": party.identity,
        "plate": party.plate,
        "premises": unit.code,
        "building": unit.building,
        "floor": str(unit.floor),
        "area": unit.area,
    }
    facts.update(spellings("from", party.tenancy_from or LAST_DAY))
    facts.update(spellings("to", party.tenancy_to) if party.tenancy_to else ())
    return facts


def _tenancy_fields(party: Party) -> dict[str, str]:
    fields = {
        "occupant": party.name,
        "tenancy_from": party.tenancy_from.isoformat() if party.tenancy_from else "",
        "tenancy_to": party.tenancy_to.isoformat() if party.tenancy_to else "",
        "contact_phone": party.phone,
        "emergency_contact": party.emergency,
    }
    return {name: value for name, value in fields.items() if value}


def _letter_fields(form: Form, correspondent: str, day: dt.date) -> dict[str, str]:
    fields = {"direction": form.direction, "correspondent": correspondent}
    return fields | {"received_on": day.isoformat()} if form.direction == "IN" else fields


# --- fit-outs --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Project:
    """One fit-out: its days in order; acceptance and settlement only if they have happened."""

    party: Party
    contractor: Party
    code: str
    permit_no: str
    deposit: int
    days: Mapping[str, dt.date]


def fitouts(office: Office, rng: random.Random) -> Iterator[Story]:
    """One story per project; every fourth is accepted with its deposit still unsettled."""
    occupants, taken = office.occupants, set[str]()
    for number in count():
        project = _project(office, occupants[number % len(occupants)], number, rng, taken)
        yield _fitout(office, project, rng, full=number == 0)


def _project(office: Office, party: Party, number: int, rng: random.Random, taken: set[str]) -> _Project:
    applied = (party.tenancy_from or LAST_DAY) + dt.timedelta(days=rng.randint(15, 60))
    days = {"applied": applied, "start": applied + dt.timedelta(days=12)}
    days["finish"] = days["start"] + dt.timedelta(days=rng.randint(45, 80))
    days["accepted"] = days["finish"] + dt.timedelta(days=rng.randint(4, 15))
    days["settled"] = days["accepted"] + dt.timedelta(days=rng.randint(25, 240))
    if number % 4 == 3:
        del days["settled"]
    permit = register("ZXXK", days["start"], 3, taken)
    contractor = rng.choice(office.fitout_contractors)
    code = f"{party.premises}-{permit.removeprefix('ZXXK-')}"
    return _Project(
        party, contractor, code, permit, rng.choice((5_000, 10_000, 20_000, 28_500, 50_000)), days
    )


def _fitout(office: Office, project: _Project, rng: random.Random, *, full: bool) -> Story:
    """The papers of a project up to the last day."""
    facts = _project_facts(office, project, rng)
    events = _acceptance(project)
    drafts = []
    for group in chosen("fitout", rng, full=full):
        form = group[0]
        anchor = project.days.get("applied" if form.when == "start" else form.when)
        day = anchor and anchor + dt.timedelta(days=rng.randint(*form.after))
        if anchor and day and max(anchor, day) <= LAST_DAY:
            drafts.append(_fitout_draft(form, project, day, facts, events))
    return sorted(drafts, key=lambda draft: draft.date)


def _fitout_draft(
    form: Form, project: _Project, day: dt.date, facts: Mapping[str, str], events: tuple[Event, ...]
) -> Draft:
    return Draft(
        "fitout",
        form,
        day,
        _KEEPER,
        form.department,
        facts,
        _project_fields(form, project),
        (form.class_code, project.party.premises or "", project.code),
        premises=project.party.premises,
        party=project.party.code,
        project=project.code,
        events=events,
    )


def _acceptance(project: _Project) -> tuple[Event, ...]:
    """Acceptance counts from the later of acceptance and settled deposit (§6.2, T11)."""
    known = [project.days.get(name) for name in ("accepted", "settled")]
    happened = [day for day in known if day and day <= LAST_DAY]
    return (("ACCEPTANCE", max(happened)),) if len(happened) == 2 else ()


def _project_facts(office: Office, project: _Project, rng: random.Random) -> dict[str, str]:
    facts = _occupant_facts(office, project.party) | {
        "fitout_contractor": project.contractor.name,
        "foreman": person_name(rng),
        "permit_no": project.permit_no,
        "deposit": money(project.deposit),
        "deposit_words": capitals(project.deposit),
        "work": rng.choice(book("fitout").pools["work"]),
    }
    for name, day in project.days.items():
        facts.update(spellings(name, day))
    return facts


def _project_fields(form: Form, project: _Project) -> dict[str, str]:
    """The fields of family FIT_OUT; the stage is the class itself (§8 ZX)."""
    fields = {
        "stage": form.class_code,
        "permit_no": project.permit_no,
        "fitout_contractor": project.contractor.name,
        "deposit_amount": f"{project.deposit}.00",
    }
    for name, event in (("accepted_on", "accepted"), ("deposit_settled_on", "settled")):
        day = project.days.get(event)
        if day and day <= LAST_DAY:
            fields[name] = day.isoformat()
    return fields


# --- letters and rounds ----------------------------------------------------------------------

#: Years of administrative papers: 2015 often, because ten years are over in January 2026.
_LETTER_YEARS = (*range(2011, 2026), 2015, 2015, 2015, 2015, 2015, 2014, 2014)
#: Years of operating records, so that one and three years are over in January 2026 for some.
_DUTY_YEARS = (2021, 2022, 2022, 2023, 2024, 2024, 2025, 2025)


def letters(office: Office, rng: random.Random) -> Iterator[Story]:
    """Administrative papers, one kind after the other; an answer follows its letter."""
    for number in count():
        for group in chosen("letters", rng, full=number == 0):
            yield _exchange("letters", office, group, rng, rng.choice(_LETTER_YEARS))


def duties(office: Office, rng: random.Random) -> Iterator[Story]:
    """Duty logs, visitor sheets and rounds of the last years."""
    for number in count():
        for group in chosen("duty", rng, full=number == 0):
            yield _exchange("duty", office, group, rng, rng.choice(_DUTY_YEARS))


def _exchange(family: str, office: Office, group: tuple[Form, ...], rng: random.Random, year: int) -> Story:
    """One paper, or a letter and its answer, of *year*."""
    month = group[0].month
    day = between(rng, dt.date(year, month or 1, 5), dt.date(year, month or 12, 20 if month else 10))
    party = office.party(rng.choice(group[0].correspondents)) if group[0].correspondents else None
    unit = rng.choice(office.premises)
    facts = {"premises": unit.code, "building": unit.building, "floor": str(unit.floor)}
    if party:
        facts |= {
            "correspondent": party.name,
            "stamp": party.mark,
            "contact": party.contact,
            "phone": party.phone,
        }
    drafts, shared = [], dict[str, str]()
    for form in group:
        drafts.append(_letter_draft(family, form, day, party, facts, shared, rng))
        day += dt.timedelta(days=rng.randint(4, 12))
    return drafts


def _letter_draft(
    family: str,
    form: Form,
    day: dt.date,
    party: Party | None,
    facts: Mapping[str, str],
    shared: dict[str, str],
    rng: random.Random,
) -> Draft:
    department = rng.choice(form.departments) if form.departments else form.department
    outside = party if form.direction != "OUT" else None
    key = (
        form.class_code,
        outside.code if outside else "",
        str(day.year),
        department,
        form.period or "",
        form.level or "",
    )
    return Draft(
        family,
        form,
        day,
        department,
        department,
        facts,
        _letter_fields(form, party.name, day) if form.direction and party else {},
        tuple(part for part in key if part),
        party=outside.code if outside else None,
        events=_closing(rng, form, day) or _repeal(rng, form, day),
        shared=shared,
    )


def _repeal(rng: random.Random, form: Form, day: dt.date) -> tuple[Event, ...]:
    """The day on which a rule was replaced, for some of those that can be."""
    ended = day + dt.timedelta(days=rng.randint(500, 1_500))
    return (("SUPERSEDED", ended),) if rng.random() < form.repeals and ended <= LAST_DAY else ()
