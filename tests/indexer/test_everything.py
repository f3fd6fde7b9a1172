"""All that a question finds, taken together: what a hold by search is placed on."""

import datetime as dt

import pytest
from sqlalchemy import select

from archive import items
from archive.acts import Act
from archive.errors import QueryTooLarge, QueryUnclear
from archive.model import Event, Item
from indexer import search, sync
from indexer.question import query
from indexer.shelf import Shelf
from tests import make


def papers(office, count, class_code="WS·BG", department="KF") -> list[str]:
    """Papers about one lift; their uids, indexed."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        written = [make.paper(f"电梯年检之{n}", class_code, dated=dt.date(2025, 3, 2)) for n in range(count)]
        before = set(unit.session.scalars(select(Item.uid)))
        items.file_alone(unit, make.matter(class_code, department=department), written)
        uids = sorted(set(unit.session.scalars(select(Item.uid))) - before)
    sync.drain(office.instance)
    return uids


def everything(office, words, who="archivist"):
    """The uids somebody finds."""
    with Shelf(office.instance) as shelf:
        return search.everything(office.instance, office.who(who), shelf, search.Question(words))


def test_every_hit_is_taken_however_many_pages_it_would_fill(office):
    """
    More than a page may hold; what does not fit the question is not among them.
    """
    uids = papers(office, search.MOST + 5)

    assert set(uids) == set(everything(office, "电梯 年检"))
    assert [] == everything(office, "玻璃钢")


def test_inv_V23_hidden_records_are_not_among_them_and_a_cleared_search_leaves_its_line(office):
    """
    The uncleared searcher gets the open ones; the cleared one all, and his words stand sealed in the log.
    """
    shown, hidden = papers(office, 2), papers(office, 1, "WS·MM", "CW")
    assert set(shown) == set(everything(office, "电梯", "records"))
    assert {*shown, *hidden} == set(everything(office, "电梯"))
    with office.ask("auditor") as unit:
        lines = list(unit.session.scalars(select(Event).where(Event.act == "record.search")))

    assert [("archivist", '{"total":3}')] == [(one.account, one.facts) for one in lines]
    assert lines[0].sealed


def test_more_hits_than_may_be_taken_together_and_unclear_questions_are_refused(office, monkeypatch):
    """
    Past the limit nothing is given, and how many there are is said.
    """
    papers(office, 3)
    monkeypatch.setitem(query._MOST, query.Limit.HITS, 2)
    with pytest.raises(QueryTooLarge) as told:
        everything(office, "电梯")
    with pytest.raises(QueryUnclear):
        everything(office, "((电梯")

    assert (3, 2) == (told.value.facts["found"], told.value.facts["most"])
