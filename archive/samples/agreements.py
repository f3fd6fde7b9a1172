"""The stories of contracts: chosen, signed, run, paid, and ended in full or early."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import count

from archive.samples.forms import Form, Subject, book
from archive.samples.office import LAST_DAY, Office, Party
from archive.samples.stories import Draft, Story, between, chosen, register
from archive.samples.wording import capitals, money, spellings

#: The general manager's secretary keeps contracts (R5, R89).
_KEEPER = "ZJL"

#: Years of signing, spread so that some contracts ended in 2015 and others still run.
_YEARS = (2013, 2018, 2020, 2012, 2016, 2021, 2023, 2013, 2014, 2019, 2022, 2015, 2024)


@dataclass(frozen=True, slots=True)
class _Contract:
    """One contract; *ended* only if performed or terminated by the last day."""

    subject: Subject
    party: Party
    number: str
    signed: dt.date
    term_from: dt.date
    term_to: dt.date
    ended: dt.date | None
    early: bool


def contracts(office: Office, rng: random.Random) -> Iterator[Story]:
    """One story per contract; every fifth is terminated early (T9)."""
    subjects, taken = book("contract").subjects, set[str]()
    for number in count():
        subject = subjects[number % len(subjects)]
        signed = between(
            rng, dt.date(_YEARS[number % len(_YEARS)], 2, 1), dt.date(_YEARS[number % len(_YEARS)], 11, 20)
        )
        yield _story(
            office,
            _contract(office, subject, signed, rng, taken, early=number % 5 == 3),
            rng,
            full=number == 0,
        )


def _contract(
    office: Office, subject: Subject, signed: dt.date, rng: random.Random, taken: set[str], *, early: bool
) -> _Contract:
    first = (signed.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    last = first.replace(year=first.year + subject.years) - dt.timedelta(days=1)
    ended = between(rng, first + dt.timedelta(days=150), last - dt.timedelta(days=60)) if early else last
    return _Contract(
        replace(subject, amount=subject.amount * rng.randint(90, 115) // 100 // 600 * 600),
        _counterparty(office, subject, rng),
        register("HT", signed, 4, taken),
        signed,
        first,
        last,
        ended if ended <= LAST_DAY else None,
        early,
    )


def _counterparty(office: Office, subject: Subject, rng: random.Random) -> Party:
    if subject.counterparty != "tenant":
        return office.party(subject.counterparty)
    return rng.choice([party for party in office.occupants if not party.natural_person])


def _story(office: Office, contract: _Contract, rng: random.Random, *, full: bool) -> Story:
    facts, drafts = _facts(office, contract), []
    for (form,) in chosen("contract", rng, full=full):
        day = _day(form, contract, rng)
        if day:
            drafts.append(_draft(form, contract, day, facts))
    return sorted(drafts, key=lambda draft: draft.date)


def _day(form: Form, contract: _Contract, rng: random.Random) -> dt.date | None:
    """When *form* is written, or None if its event has not come or will not."""
    if form.only and form.only != ("early" if contract.early else "full"):
        return None
    if form.when == "ended":
        return contract.ended
    after = dt.timedelta(days=rng.randint(*form.after))
    if form.when == "signed":
        return contract.signed + after
    return min(contract.signed + after, (contract.ended or LAST_DAY) - dt.timedelta(days=30))


def _draft(form: Form, contract: _Contract, day: dt.date, facts: Mapping[str, str]) -> Draft:
    class_code = form.class_code or contract.subject.class_code
    return Draft(
        "contract",
        replace(form, class_code=class_code),
        day,
        _KEEPER,
        form.department,
        facts,
        _fields(contract),
        (class_code, contract.number),
        premises=contract.party.premises,
        party=contract.party.code,
        project=contract.number,
        events=(("CONTRACT_END", contract.ended),) if contract.ended else (),
    )


def _facts(office: Office, contract: _Contract) -> dict[str, str]:
    facts = {
        "contract_no": contract.number,
        "counterparty": contract.party.name,
        "subject": contract.subject.subject,
        "scope": contract.subject.scope,
        "amount": money(contract.subject.amount),
        "amount_words": capitals(contract.subject.amount),
        "company": office.company,
    }
    days = {"signed": contract.signed, "term_from": contract.term_from, "term_to": contract.term_to}
    for name, day in (days | {"ended": contract.ended or contract.term_to}).items():
        facts.update(spellings(name, day))
    return facts


def _fields(contract: _Contract) -> dict[str, str]:
    return {
        "contract_no": contract.number,
        "counterparty": contract.party.name,
        "amount": f"{contract.subject.amount}.00",
        "signed_on": contract.signed.isoformat(),
        "term_from": contract.term_from.isoformat(),
        "term_to": contract.term_to.isoformat(),
    }
