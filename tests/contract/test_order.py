"""Order, pages and counts: exact, steady, and of what the viewer may see alone."""

import random
from collections import Counter

import pytest

from indexer.engine import Asking, Entry, Order, Scope
from indexer.question.query import parse
from indexer.question.tree import EVERYTHING, Column, Field, Term, Where
from tests.contract.engines import whoosh
from tests.contract.test_engine import ALL, EVERYONE, openly, secretly

FACETS = frozenset(Column)


def records(chance, count):
    for number in range(count):
        yield Entry(
            f"r{number:03}", 1, sealed=chance.random() < 0.2, bucket="b", code=f"K-{chance.randrange(40)}",
            title="装修" * chance.randrange(3), body="押金退还装修" * chance.randrange(1, 6),
            date=chance.choice(["", "2024-01-31", "2024-02-29", "1999-12-31"]), year=chance.choice([1999, 2024]),
            family=chance.choice(["ZX", "HT"]), place=chance.choice(["R1/", "R1/C2/", ""]), level=chance.randrange(3),
        )  # fmt: skip


@pytest.fixture
def engine(tmp_path):
    """A hundred and fifty records in several segments of both parts."""
    made, chance = whoosh(tmp_path / "index"), random.Random(11)
    held = list(records(chance, 150))
    for at in range(0, 150, 25):
        made.put(held[at : at + 25], mark=at + 25)
    made.held = {one.uid: one for one in held}
    return made


def pages(engine, words, order, size, *, between=lambda: None):
    """All hits, page by page, each begun where the one before ended."""
    found, after = [], None
    while hits := engine.find(parse(words), EVERYONE, Asking(limit=size, order=order, after=after)).hits:
        found += [hit.uid for hit in hits]
        after = hits[-1].cursor
        between()
    return found


@pytest.mark.parametrize("order", list(Order))
@pytest.mark.parametrize("words", ["装修", "押金 装修", "", "装修 非 退还装修装修"])
def test_pages_join_up_to_the_whole_list(engine, order, words):
    """
    By cursor and by offset, for every page size: the same hits in the same order, none twice, none missing.
    """
    whole = [hit.uid for hit in engine.find(parse(words), EVERYONE, Asking(limit=500, order=order)).hits]

    assert len(whole) == len(set(whole)) == engine.find(parse(words), EVERYONE).total > 10
    for size in (4, 40):
        assert whole == pages(engine, words, order, size)
        asked = [Asking(limit=size, offset=at, order=order) for at in range(0, len(whole), size)]
        assert whole == [hit.uid for one in asked for hit in engine.find(parse(words), EVERYONE, one).hits]


@pytest.mark.parametrize("order", list(Order))
def test_pages_do_not_drift_while_records_are_added(engine, order):
    """
    Between two pages more records come in that would stand first and make the words commoner: whoever was on
    the list is shown exactly once. Witness: by offset some are shown twice.
    """
    whole = [hit.uid for hit in engine.find(parse("装修"), EVERYONE, Asking(limit=500, order=order)).hits]
    numbers = iter(range(1000, 2000))

    def more():
        number = next(numbers)
        engine.put(
            [
                Entry(
                    f"n{number}",
                    1,
                    False,
                    bucket="b",
                    code=f"A-{number}",
                    title="装修",
                    date="2030-01-01" if order is Order.NEWEST else "1900-01-01",
                )
            ],
            mark=number,
        )

    assert whole == [uid for uid in pages(engine, "装修", order, 20, between=more) if uid.startswith("r")]
    by_offset = []
    for at in range(0, len(whole), 20):
        by_offset += [
            hit.uid
            for hit in engine.find(parse("装修"), EVERYONE, Asking(limit=20, offset=at, order=order)).hits
        ]
        more()
    assert len(by_offset) > len(set(by_offset))


def test_each_order_is_what_it_says(engine):
    """
    By date either way, undated last both times; by code; equal ones by code, then by uid.
    """
    held = engine.held.values()
    undated = [one for one in held if not one.date]
    dated = [one for one in held if one.date]

    def shown(order):
        return [hit.uid for hit in engine.find(EVERYTHING, EVERYONE, Asking(limit=500, order=order)).hits]

    def named(some, key):
        return [one.uid for one in sorted(some, key=lambda one: (key(one), one.code, one.uid))]

    assert shown(Order.CODE) == named(held, lambda one: 0)
    assert shown(Order.OLDEST) == named(dated, lambda one: one.date) + named(undated, lambda one: 0)
    newest = sorted({one.date for one in dated}, reverse=True)
    assert shown(Order.NEWEST) == named(dated, lambda one: newest.index(one.date)) + named(
        undated, lambda one: 0
    )


@pytest.mark.parametrize("words", ["", "装修", "押金 -退还"])
def test_counts_are_exact_and_sum_to_the_total(engine, words):
    """
    Every column, counted by hand over all hits; the page asked for makes no difference.
    """
    found = engine.find(parse(words), EVERYONE, Asking(limit=500, facets=FACETS))
    paged = engine.find(parse(words), EVERYONE, Asking(limit=3, offset=5, facets=FACETS))
    hits = [engine.held[hit.uid] for hit in found.hits]
    names = {Column.CLASS: "class_code"}

    assert found.facets == paged.facets
    assert set(found.facets) == FACETS
    for column, counts in found.facets.items():
        assert dict(counts) == Counter(getattr(one, names.get(column, column.value)) for one in hits)
        assert list(counts.values()) == sorted(counts.values(), reverse=True)


QUESTIONS = ["装修", "押金 或 合同", "物", "退租", "-押金", ""]
LIKE = {Field.TITLE: "装修押金", Field.BODY: "合同物业管理投诉"}
MISTYPED = ["装休", "壮修", "押进", "并够", "退祖", "k001ht0O1"]


def everything_told(engine, scope):
    """All that a viewer can get out of an engine, as text."""
    told = [
        engine.find(parse(words), scope, Asking(limit=7, order=order, facets=FACETS))
        for words in QUESTIONS
        for order in Order
    ]
    told += [
        engine.find(EVERYTHING, scope, Asking(limit=7, after=one.hits[-1].cursor)) for one in told if one.hits
    ]
    told += [
        engine.alike(LIKE, scope, limit=9),
        engine.alike(LIKE, scope, narrowed=Where(Column.LEVEL, 0, 0)),
    ]
    told += [engine.near(Term(word), scope) for word in MISTYPED]
    return repr(told)


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "open-but-unseen"])
@pytest.mark.parametrize("count", [1, 40])
def test_rel_P2_order_counts_cursors_likeness_and_suggestions_tell_nothing_of_what_may_not_be_seen(
    tmp_path, count, sealed
):
    """
    The same bytes with and without 1 or 40 hidden records, for viewers with and without clearance.
    """
    without, with_them = whoosh(tmp_path / "without"), whoosh(tmp_path / "with")
    shown = list(openly(random.Random(1), 60))
    without.put(shown, mark=1)
    with_them.put([*shown, *secretly(count, sealed=sealed)], mark=1)

    for viewer in (Scope(ALL, ALL), Scope(ALL, frozenset("b")), Scope(ALL, ALL, sealed=True)):
        assert everything_told(without, viewer) == everything_told(with_them, viewer)
    cleared = Scope(ALL | {"secret"}, ALL | {"secret"}, sealed=True)
    assert everything_told(without, cleared) != everything_told(with_them, cleared)  # witness


def test_similar_records_share_rare_words(tmp_path):
    """
    What shares the rarest words comes first; a common word alone counts little; conditions narrow.
    """
    engine = whoosh(tmp_path)
    engine.put(
        [Entry("leak", 1, False, title="A座1203漏水投诉", body="业户反映卫生间漏水，已派人维修。", bucket="b"),
         Entry("leak2", 1, False, title="B座漏水处理", body="卫生间渗漏，维修完毕。", bucket="b", year=2024),
         *(Entry(f"o{n}", 1, False, title="例会纪要", body="业户反映，已派人处理。", bucket="b") for n in range(9))],
        mark=1,
    )  # fmt: skip
    text = {Field.BODY: "卫生间漏水维修"}

    assert ["leak", "leak2"] == [hit.uid for hit in engine.alike(text, EVERYONE, limit=2).hits]
    assert ["leak2"] == [
        hit.uid for hit in engine.alike(text, EVERYONE, narrowed=Where(Column.YEAR, 2024, 2024)).hits
    ]
    assert () == engine.alike({Field.BODY: "，。"}, EVERYONE).hits


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("装休", "装修"),
        ("庄修", "装修"),
        ("修装", "装修"),
        ("押金腿还", "押金退还"),
        ("押金金退还", "押金退还"),
        ("contarct", "contract"),
        ("12O3", "1203"),
    ],
)
def test_a_slip_of_the_pen_or_the_ear_is_recognised(tmp_path, typed, meant):
    """
    Sounds alike, changed places, one too many, a letter for a figure: the word that stands there is offered.
    """
    engine = whoosh(tmp_path)
    engine.put([Entry("a", 1, False, title="装修押金退还 contract", body="A座1203", bucket="b")], mark=1)

    assert meant in engine.near(Term(typed), EVERYONE)
    assert () == engine.near(Term("没有这样的词"), EVERYONE)
