"""What may be done to records, asked for a whole page at once: as asked one by one, in as many questions as for one."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from archive import offers
from archive.acts import Act
from archive.circulation import lending
from archive.model import Item, Volume
from archive.policy import visible
from archive.values import Level
from tests import make

PEOPLE = ("staff", "clerk", "records", "archivist", "manager", "secretary", "gm", "hr", "admin", "auditor")


@pytest.fixture
def shelves(office):
    """Volumes open and held, one of them out and of one a single paper, one confidential."""
    make.volume(office, "ZX·02", 2)
    held = [make.volume(office, "YH·05", 2, held=True, premises=f"A120{n}") for n in (3, 4)]
    make.volume(office, "FW·01", 2, held=True, level=Level.CONFIDENTIAL)
    lent(office, held[0])
    return office


def lent(office, code):
    make.approved(office, code, to="clerk")
    with office.work("archivist", Act.LOAN_LEND) as unit:
        lending.lend(unit, code, to="clerk", purpose="核对")


def seen(unit):
    """All records this person may see."""
    return [
        one
        for kind in (Volume, Item)
        for one in unit.session.scalars(select(kind).where(visible(unit.actor, kind)))
    ]


@pytest.mark.parametrize("account", PEOPLE)
def test_req_offers_of_a_page_are_those_of_each_record_alone(shelves, account):
    """For every post; and every offer is allowed by the policy."""
    with shelves.ask(account) as unit:
        records = seen(unit)
        together = offers.offered(unit, records)

        assert together == {one.uid: offers.offered(unit, [one])[one.uid] for one in records}
        assert all(unit.may(act, one) for one in records for act in together[one.uid])


def test_req_R23_what_is_out_is_taken_back_and_not_lent_again(shelves):
    """The volume that is out offers its return; its papers, out with it, neither; what stands there may be lent."""
    with shelves.ask("archivist") as unit:
        volumes = [one for one in seen(unit) if isinstance(one, Volume) and one.class_code == "YH·05"]
        found = offers.offered(unit, seen(unit))
        out = next(one for one in volumes if Act.LOAN_RETURN in found[one.uid])
        papers = [found[one.uid] for one in seen(unit) if isinstance(one, Item) and one.volume_uid == out.uid]

        assert Act.LOAN_LEND not in found[out.uid]
        assert papers and all({Act.LOAN_LEND, Act.LOAN_RETURN}.isdisjoint(one) for one in papers)
        assert sum(Act.LOAN_LEND in found[one.uid] for one in volumes) == 1


def test_req_asking_is_offered_where_it_is_named(shelves):
    """It is no step of a record's life: only a caller that shows it hears of it."""
    with shelves.ask("staff") as unit:
        records = seen(unit)
        assert records
        assert all(Act.REQUEST_ASK not in acts for acts in offers.offered(unit, records).values())
        among = offers.offered(unit, records, {Act.REQUEST_ASK})
        assert set(map(tuple, among.values())) == {(Act.REQUEST_ASK,)}


def asked(office, many):
    """How many statements the offers of so many records take."""
    said = []
    with office.ask("archivist") as unit:
        records = seen(unit)[:many]
        assert len(records) == many
        event.listen(unit.session.get_bind(), "before_cursor_execute", lambda *given: said.append(given[2]))
        offers.offered(unit, records)
    return len(said)


def test_perf_offers_cost_no_question_more_for_more_records(shelves):
    """Two statements for one record as for nine."""
    assert asked(shelves, 1) == asked(shelves, 9) == 2


def test_perf_offers_witness_asking_one_by_one_is_seen(shelves, monkeypatch):
    """The same count where each record is asked for alone."""
    together = offers.offered
    monkeypatch.setattr(
        offers, "offered", lambda unit, records: {one.uid: together(unit, [one])[one.uid] for one in records}
    )
    assert asked(shelves, 9) > 2


def test_req_offers_judged_alike_only_where_the_policy_cannot_tell_records_apart(office):
    """Of two like confidential records one is opened to a person by name: only that one may be asked for."""
    uids = [
        make.volume(office, "FW·01", 1, held=True, level=Level.CONFIDENTIAL, year=year, department="GC")
        for year in (2024, 2025)
    ]
    make.approved(office, uids[1], to="manager", acts=(Act.RECORD_READ,))
    with office.ask("manager") as unit:
        both = [unit.session.get_one(Volume, uid) for uid in uids]
        found = offers.offered(unit, both, {Act.REQUEST_ASK})
        assert found == {uids[0]: [], uids[1]: [Act.REQUEST_ASK]}
