"""How well searches find what they should: 340 judged searches over 1,500 invented papers, through the real engine.

What is right is known from the facts the archive was made of (judged.py); no code of the index has a say in it.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.quality import asked, judged, measures, page, wear
from tests.quality.corpus import pieces

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

#: Every record that should be found is found, and no other.
EXACT = ("name", "code", "code prefix", "code, other separators", "phrase", "single character",
         "traditional and simplified", "dates", "units", "numbers, phones, plates, money", "Latin and Chinese", "negation", "boolean", "fields", "filters and ranges",
         "prefix", "worn texts", "natural words")  # fmt: skip
#: kind, least recall, least precision
FLOORS = (
    ("name that begins longer names", 1.0, 0.3),  # by the person; 王伟 is found in 王伟明
)


@pytest.fixture(scope="module")
def engine():
    with asked.archive() as opened:
        yield opened


@pytest.fixture(scope="module")
def done(engine):
    return asked.outcomes(engine)


@pytest.fixture(scope="module")
def gained(engine):
    return asked.gains(engine)


def told(outcomes):
    """What went wrong, to be read in a failure."""
    return [
        f"{one.query.ask}: missed {sorted(one.missed)[:3]}, besides {sorted(one.besides)[:3]}"
        for one in outcomes
        if one.missed or one.besides
    ]


@pytest.mark.parametrize("kind", EXACT)
def test_req_R30_searches_of_this_kind_find_every_right_record_and_no_other(done, kind):
    """Recall and precision 1.00: names, codes, phrases, dates, units, operators, worn texts."""
    of_kind = [one for one in done if one.query.kind == kind]

    assert len(of_kind) >= 10
    assert [] == told(of_kind)


@pytest.mark.parametrize(("kind", "recall", "precision"), FLOORS)
def test_req_R30_searches_of_this_kind_stay_above_their_floor(done, kind, recall, precision):
    """What is known to be missing is named beside the floor."""
    many, found, right, _ = asked.by_kind(done)[kind]

    assert many >= 8
    assert found >= recall, told(one for one in done if one.query.kind == kind)
    assert right >= precision


def test_req_R30_every_kind_of_search_is_judged_one_way_or_the_other():
    """No kind of search in the set goes without a demand."""
    assert {query.kind for query in judged.queries()} == {*EXACT, *(kind for kind, _, _ in FLOORS)}


def test_ranking_puts_better_records_first_than_bm25_over_bigrams_does(gained):
    """nDCG@10 over the graded questions; no fewer than 50 of them."""
    plain = sum(row[1] for row in gained) / len(gained)
    ours = sum(row[2] for row in gained) / len(gained)

    assert len(gained) >= 50
    assert ours > plain


def test_quality_page_says_what_the_engine_does_now(done, gained):
    """If this fails, run `python benchmarks/quality.py --write` and read the difference."""
    assert (ROOT / page.PATH).read_text("utf-8") == page.page(done, gained)


# --- the judged set itself --------------------------------------------------------------------


def test_judged_set_is_large_and_every_search_has_something_to_find():
    """At least 150 searches (aim 220), all different within a kind, none whose right answer is empty."""
    asked_for = [(query.kind, query.ask, str(query.narrow)) for query in judged.queries()]

    assert len(asked_for) >= 220
    assert len(asked_for) == len(set(asked_for))
    assert [] == [query.ask for query in judged.queries() if not judged.relevant(query)]
    assert [] == [need.ask for need in judged.needs() if not judged.grades(need)]


def test_judged_set_is_judged_without_the_index():
    """The modules that say what is right, and how a text is worn, import no analysis, query or engine."""
    judging = ("judged", "slips", "wear", "corpus")
    imported = {
        f"{name}: {node.module}"
        for name in judging
        for node in ast.walk(ast.parse((HERE / f"{name}.py").read_text("utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("indexer")
    }

    assert imported == {"corpus: indexer.engine"}  # the shape of an entry


def test_judged_set_has_worn_texts_of_every_kind():
    """Each way of wearing changes what is indexed of at least 40 records and never what is judged."""
    changed = {
        kind: sum(piece.worn == kind and piece.entry.body != piece.said["body"] for piece in pieces())
        for kind in wear.KINDS
        if kind != "plain"
    }

    assert min(changed.values()) >= 40, changed


def test_judged_set_witness_a_search_that_compares_characters_as_written_misses_much(done):
    """Looking for the words as typed in the texts as written falls short where ours does not."""
    kinds = ("traditional and simplified", "dates", "units", "code, other separators", "worn texts")
    texts = {piece.entry.uid: _written(piece.entry) for piece in pieces()}
    naive = {kind: [] for kind in kinds}
    for query in judged.queries():
        if query.kind in kinds:
            found = {
                uid for uid, text in texts.items() if all(word in text for word in query.ask.lower().split())
            }
            naive[query.kind].append(measures.share(found, judged.relevant(query)).recall)

    assert all(sum(row) / len(row) < 0.8 for row in naive.values()), naive
    assert all(asked.by_kind(done)[kind][1] == 1.0 for kind in kinds)


def _written(entry):
    parts = (
        entry.title,
        entry.code,
        entry.creator,
        entry.number,
        entry.unit,
        entry.contract,
        entry.names,
        entry.body,
    )
    return "\n".join(parts).lower()


def test_judged_set_witness_a_ranking_turned_round_scores_lower(engine):
    """nDCG tells a good order from a bad one: our own first ten, last first."""
    rows = [(asked.ranked(engine, need.ask), judged.grades(need)) for need in judged.needs()[:12]]
    straight = sum(measures.ndcg(row, right) for row, right in rows)
    turned = sum(measures.ndcg(row[::-1], right) for row, right in rows)

    assert turned < straight


@pytest.mark.parametrize(
    ("word", "text", "stands"),
    [
        ("A1203", "于A1203单元", True), ("A1203", "A12034", False), ("A1203", "BA1203", False),
        ("28,000元", "128,000元", False), ("28,000元", "共28,000元", True), ("2014年8月2日", "2014年8月29日", False),
        ("HT-2014-0004", "HT-2014-0004-B1", True), ("North Pier", "North  Pier 贸易", True), ("押金", "押\n金", True),
    ],
)  # fmt: skip
def test_judged_set_compares_characters_and_whole_numbers(word, text, stands):
    """What the judgement of every search rests on."""
    assert judged.stands(word, judged.joined(text)) is stands


def test_measures_of_known_answers():
    """Recall, precision and nDCG of answers worked out by hand."""
    half = measures.share({"a", "b"}, {"b", "c", "d", "e"})

    assert (half.recall, half.precision) == (0.25, 0.5)
    assert measures.ndcg(["x", "y"], {"x": 3, "y": 1}) == 1.0
    assert measures.ndcg(["y", "x"], {"x": 3, "y": 1}) == pytest.approx(
        (1 + 7 / 1.58496) / (7 + 1 / 1.58496), abs=1e-4
    )
    assert measures.Bm25({"a": "装修押金", "b": "装修"}).ranked("押金") == ["a"]
