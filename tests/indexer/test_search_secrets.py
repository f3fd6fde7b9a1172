"""What a search may not tell: P2 over every channel, P3 by the clock, P4 at the very next question, L3 without end."""

from __future__ import annotations

import datetime as dt
import math
import random
import statistics
import time
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from sqlalchemy import event

from archive import grants, people, volumes
from archive.acts import Act
from archive.errors import ArchiveError, QueryTooLarge, QueryUnclear
from archive.values import Level
from indexer import saved, search, sync
from indexer import scope as scopes
from indexer.engine import Found, Scope
from indexer.facets import FACETS
from indexer.search import Page
from tests.indexer.asking import codes, heard, hide, page, questions, tells
from tests.indexer.shelves import copied

EVERY = frozenset(FACETS)


@pytest.fixture(scope="module")
def three(shelf_home, template, tmp_path_factory):
    """The same office with none, one and forty confidential papers more."""
    base = tmp_path_factory.mktemp("three")
    made = {count: copied(shelf_home, template, base / str(count)) for count in (0, 1, 40)}
    for count in (1, 40):
        hide(made[count], count)
    yield made
    for office in made.values():
        office.instance.close()


#: Every so many questions are asked where time is short; no divisor of how they are built.
SOME = 9


@pytest.fixture(scope="module")
def plain(three):
    """What is told where nothing is hidden."""
    return list(heard(three[0], "staff", every=SOME))


# --- P2: nothing of the hidden can be told ----------------------------------------------------


def test_conf_P2_an_uncleared_person_is_told_the_same_whether_or_not_confidential_papers_exist(three, plain):
    """k = 1 and k = 40: hits, order, scores, totals, counts, tokens, passages, suggestions, similar records: identical."""
    assert len(list(questions())) >= 500
    assert not tells(plain, heard(three[1], "staff", every=SOME))
    assert not tells(plain, heard(three[40], "staff", every=SOME))
    assert not tells(heard(three[0], "records", every=29), heard(three[40], "records", every=29))
    assert page(three[40], "押金", "gm", limit=200).total > page(three[0], "押金", "gm", limit=200).total + 40


@pytest.mark.slow
def test_conf_P2_all_the_questions_one_by_one(three):
    """The same over every question: more than five hundred requests, tokens and similar records besides."""
    plain = list(heard(three[0], "staff"))
    assert len(plain) > 550
    assert not tells(plain, heard(three[1], "staff"))
    assert not tells(plain, heard(three[40], "staff"))


def test_conf_P2_kept_searches_tell_nothing_of_hidden_papers(three):
    """Kept, listed and run again: alike with no and with forty confidential papers, also for the one who finds nothing."""

    def told(office):
        for name, words in (("甲", "押金 或 装修"), ("乙", "诉讼保险")):
            with office.work("staff", Act.SAVED_KEEP) as unit:
                yield repr(saved.keep(unit, name, search.Question(words, synonyms=True), replace=True))
            with office.ask("staff", Act.SAVED_SEE) as unit:
                yield repr(saved.listed(unit))
                question = saved.named(unit, name).question
            with office.ask("staff", Act.RECORD_SEARCH) as unit:
                yield repr(
                    search.search(unit, sync.engine(office.instance), question, search.Cut(facets=EVERY))
                )

    assert list(told(three[0])) == list(told(three[40])) == list(told(three[1]))


def test_conf_P2_the_questions_reach_every_channel(plain):
    """The comparison is not empty: somewhere there are counts, tokens, suggestions and similar records to compare."""
    for channel in ("Facet(", "meant=(Meant(", "similar=(Row(", "next='", "also=('", "Snippet(", "Mention("):
        assert any(channel in one for one in plain), channel


def test_conf_P2_a_scope_of_everything_is_caught(three, monkeypatch):
    """Witness: with every bucket in the scope the rows are still hidden, but totals and order tell."""
    monkeypatch.setattr(search, "scope", lambda _, index: everything(index))
    assert tells(heard(three[40], "staff"), heard(three[0], "staff"))


def everything(index):
    """The scope of somebody who may see and search whatever there is."""
    every = frozenset(index.buckets(sealed=True))
    return Scope(every, every, sealed=True)


class Filtered:
    """One index for all with a filter afterwards, as larger engines do: rarity is everybody's."""

    def __init__(self, engine):
        leaves = engine._leaves  # noqa: SLF001
        engine._leaves = lambda *, sealed=True: [  # noqa: SLF001
            replace(leaf, sealed=False) for leaf in leaves(sealed=sealed)
        ]
        self.engine, self.mark, self.buckets = engine, engine.mark, engine.buckets
        self.alike, self.near = engine.alike, engine.near

    def find(self, tree, scope, asking):
        whole = replace(asking, limit=10_000, offset=0, after=None, facets=frozenset())
        mine = {hit.uid for hit in self.engine.find(tree, scope, whole).hits}
        every = self.engine.find(tree, everything(self.engine), whole).hits
        left = [hit for hit in every if hit.uid in mine]
        return Found(tuple(left[asking.offset : asking.offset + asking.limit]), len(left))


def test_conf_P2_scores_shared_with_hidden_papers_are_caught(three):
    """Witness: the score of a hit, weighed among all papers, tells of k = 1 hidden ones already."""

    def ask(office, words, by, engine, **more):
        return page(office, words, by, Filtered(engine), **more)

    assert tells(heard(three[1], "staff", ask), heard(three[0], "staff", ask))


class Gossip:
    """Words like a word out of everybody's papers, as a shared lexicon gives them, checked no more."""

    def __init__(self, engine):
        self.engine, self.mark, self.buckets, self.alike = engine, engine.mark, engine.buckets, engine.alike

    def near(self, term, scope, *, limit):
        del scope
        return self.engine.near(term, everything(self.engine), limit=limit)

    def find(self, tree, scope, asking):
        found = self.engine.find(tree, scope, asking)
        return (
            found
            if found.total
            else replace(found, total=bool(self.engine.find(tree, everything(self.engine)).total))
        )


def test_conf_P2_suggestions_out_of_a_shared_lexicon_are_caught(three):
    """Witness: a word that stands only in a hidden paper is offered, and the comparison tells."""

    def ask(office, words, by, engine, **more):
        return page(office, words, by, Gossip(engine), **more)

    told = [
        repr(ask(three[count], "诉讼保现", "staff", sync.engine(three[count].instance))) for count in (0, 1)
    ]
    kept = [repr(page(three[count], "诉讼保现", "staff")) for count in (0, 1)]

    assert "诉讼保险" in told[1] and told[0] != told[1]
    assert "诉讼保险" not in kept[1] and kept[0] == kept[1]


# --- P3: nothing by the clock -----------------------------------------------------------------


def apart(first, second):
    """True if two samples of times can be told apart: medians by 1 ms and 2 %, and the distributions (Kolmogorov-Smirnov)."""
    shift = abs(statistics.median(first) - statistics.median(second))
    every = np.sort(np.concatenate([first, second]))
    left, right = (np.searchsorted(np.sort(one), every, side="right") / len(one) for one in (first, second))
    scaled = np.abs(left - right).max() * math.sqrt(len(first) * len(second) / (len(first) + len(second)))
    chance = 2 * sum((-1) ** (n - 1) * math.exp(-2 * n * n * scaled * scaled) for n in range(1, 101))
    return shift >= max(0.001, 0.02 * statistics.median(first)) and chance <= 0.01


def test_conf_P3_a_few_milliseconds_would_be_noticed():
    """Witness: the same comparison tells two samples apart that differ by 3 ms, and does not tell equal ones apart."""
    chance = np.random.default_rng(1)
    first, second = chance.gamma(9, 0.002, 500), chance.gamma(9, 0.002, 500)
    assert not apart(first, second)
    assert apart(first, second + 0.003)


@pytest.mark.slow
def test_conf_P3_the_clock_tells_nothing_of_hidden_papers(three):
    """Two thousand questions that would hit forty hidden papers, and that would hit none: the times are alike."""
    taken = {count: [] for count in (0, 40)}
    engines = {count: sync.engine(three[count].instance) for count in taken}
    for _ in range(520):
        for count in random.sample(sorted(taken), 2):
            for words in ("诉讼保险", "密码押金册"):
                began = time.perf_counter()
                page(three[count], words, "staff", engines[count])
                taken[count].append(time.perf_counter() - began)

    assert not apart(taken[0][40:], taken[40][40:])


# --- P4: revoked is gone ----------------------------------------------------------------------


def told_of(office, by, engine, code, words="诉讼策略"):
    """True if any channel of search tells *by* of the record called *code*."""
    asked = [page(office, words, by, engine, facets=EVERY, order=order, limit=200) for order in search.Order]
    asked += [
        page(office, one, by, engine, facets=EVERY, limit=200) for one in ("", "诉讼策咯", "保密例会 诉讼")
    ]
    seen = [*(row.code for one in asked for row in (*one.rows, *one.similar))]
    seen += [code] * any("诉讼" in repr(one.meant) for one in asked)
    with suppress(ArchiveError):
        page(office, "", by, engine, like=code)
        seen.append(code)
    return code in seen


def test_conf_P4_a_revoked_grant_is_gone_at_the_next_search(library):
    """Granted by name, found with its text; revoked, not told of: over the same index, without a drain."""
    engine = sync.engine(library.instance)
    code = page(library, "诉讼策略", "gm", engine).rows[0].code
    with library.work("gm", Act.GRANT_GIVE) as unit:
        given = grants.give(unit, code, to="clerk", acts=[Act.RECORD_SEARCH, Act.RECORD_READ],
                            expires_on=dt.date(2026, 4, 1), reason="办案")  # fmt: skip
        uid = given.uid
    assert codes(page(library, "诉讼策略", "clerk", engine)) == [code]
    assert page(library, "诉讼策略", "clerk", engine).rows[0].passage is not None
    assert told_of(library, "clerk", engine, code)
    second = page(library, "", "clerk", engine, limit=1).next
    assert code in codes(page(library, "", "clerk", engine, limit=200, after=second))
    with library.work("gm", Act.GRANT_REVOKE) as unit:
        grants.revoke(unit, uid)
    assert page(library, "诉讼策略", "clerk", engine).rows == []
    assert code not in codes(page(library, "", "clerk", engine, limit=200, after=second))
    assert not told_of(library, "clerk", engine, code)
    library.tick(days=1)
    assert page(library, "保密例会", "clerk", engine).total == 0


def test_perf_what_is_opened_by_name_is_found_by_indexes_however_many_items_there_are(library):
    """A clerk with a grant searches: no question reads every item. Asked by `scope_uid` (the witness) it would."""
    code = raised(library, "A1204装修平面图")
    with library.work("gm", Act.GRANT_GIVE) as unit:
        grants.give(
            unit, code, to="clerk", acts=[Act.RECORD_SEE], expires_on=dt.date(2026, 4, 1), reason="办案"
        )
    asked = []
    event.listen(library.instance.engine, "before_cursor_execute", lambda *given: asked.append(given[2:4]))
    assert page(library, "装修", "clerk").total > 0
    by_name = [(sql, given) for sql, given in asked if "item.volume_uid IN" in sql and "item.level" in sql]
    assert by_name
    with library.ask("gm") as unit:

        def steps(sql, given):
            """How SQLite would go about *sql*."""
            rows = unit.session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", given)
            return [row[3] for row in rows]

        assert not [step for one in by_name for step in steps(*one) if step.startswith("SCAN item")]
        witness = [(sql.replace("item.volume_uid IN", "item.scope_uid IN"), given) for sql, given in by_name]
        assert [step for one in witness for step in steps(*one) if step.startswith("SCAN item")]


def test_conf_P4_an_expired_grant_and_a_dropped_clearance_are_gone_at_the_next_search(library):
    """Time passes, or the security administrator lowers a clearance: the next search is empty."""
    engine = sync.engine(library.instance)
    code = page(library, "诉讼策略", "gm", engine).rows[0].code
    with library.work("gm", Act.GRANT_GIVE) as unit:
        grants.give(
            unit, code, to="clerk", acts=[Act.RECORD_SEARCH], expires_on=dt.date(2026, 3, 3), reason="办案"
        )
    assert page(library, "诉讼策略", "clerk", engine).total == 1
    assert page(library, "收楼表格", "clerk", engine).total > 0
    with library.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, "clerk", Level.INTERNAL)
    assert page(library, "诉讼策略", "clerk", engine).total == 0
    assert page(library, "收楼表格", "clerk", engine).total == 0
    assert not told_of(library, "clerk", engine, code)
    with library.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, "clerk", Level.CONFIDENTIAL)
    assert page(library, "诉讼策略", "clerk", engine).total == 1
    library.tick(days=2)
    assert page(library, "诉讼策略", "clerk", engine).total == 0
    assert not told_of(library, "clerk", engine, code)


def raised(library, title, level=Level.CONFIDENTIAL):
    """Raise the volume of the paper called *title*, and leave the index as it is."""
    code = next(row.code for row in page(library, title, "gm").rows if row.kind == "volume")
    with library.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, code, level, reason="涉诉")
    return code


def test_conf_P4_while_the_index_lags_behind_a_raised_level_every_channel_agrees(library):
    """The old bucket is still in the index: no page shows the record, no total or count holds it, no page is short."""
    before = page(library, "装修", "staff", limit=200)
    code = raised(library, "A1204装修平面图")
    assert any(row.startswith(code) for row in codes(before))
    engine = sync.engine(library.instance)
    assert sync.status(library.instance).waiting == 2

    for limit in (1, 2, 200):
        parts = [page(library, "装修", "staff", engine, limit=limit, offset=at) for at in range(0, 12, limit)]
        shown = [one for part in parts for one in codes(part)]
        assert shown == [one for one in codes(before) if not one.startswith(code)]
        assert {part.total for part in parts} == {len(shown)}
        assert all(len(part.rows) == limit for part in parts[: len(shown) // limit])
    lagging = page(library, "装修", "staff", engine, limit=200, facets=EVERY)
    assert not told_of(library, "staff", engine, code, "A1204")
    sync.drain(library.instance)
    after = page(library, "装修", "staff", limit=200, facets=EVERY)
    assert codes(after) == shown
    assert after.facets == lagging.facets


def test_conf_P4_while_the_index_lags_a_text_no_longer_to_be_searched_finds_nothing(library):
    """The archivist still sees the raised volume, but no longer searches its text: a word of the text is no oracle."""
    assert page(library, "水费结算", "archivist").total == 1
    code = raised(library, "水务公司来函", Level.SECRET)
    assert page(library, "水费结算", "archivist").total == 0
    sync.drain(library.instance)
    assert page(library, "水费结算", "archivist").total == 0
    assert code in codes(page(library, "水务公司来函", "archivist"))


def test_conf_P4_without_the_outbox_in_the_scope_the_lag_leaks(library, monkeypatch):
    """Witness: trusting the index alone, the raised record's total tells of it."""
    raised(library, "A1204装修平面图")
    true = page(library, "装修", "staff", limit=1)
    monkeypatch.setattr(scopes, "untrue", lambda *_: frozenset())
    assert page(library, "装修", "staff", limit=1).total != true.total


# --- L3: no question takes the archive down ---------------------------------------------------

HOSTILE = (
    " ".join(f"词{n}" for n in range(10_000)),
    "或".join([" 押金 "] * 64),
    " ".join(["押金"] * 64),
    "(" * 200 + "押金" + ")" * 200,
    "非 " * 500 + "押金",
    "*",
    "押*" * 40,
    "a*",
    "一*",
    "押" * 2_000,
    "\x00\x1b[2J\u202e" * 100,
    '"' * 999,
    "类别:" * 300,
    "日期:0001..9999 年度:1..99999999999999999999",
    " ".join(f"-词{n}" for n in range(60)),
    "。" * 1_000,
)


def test_conf_L3_a_page_far_down_is_answered_in_two_seconds(three):
    """The hundred-thousandth page of everything is empty, and soon."""
    began = time.monotonic()
    found = page(three[40], "", "gm", offset=20_000_000, limit=200, facets=EVERY)
    assert (found.rows, found.next) == ([], "") and found.total > 80
    assert time.monotonic() - began < 2.0


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_conf_L3_a_costly_question_is_answered_or_refused_in_two_seconds(three, words):
    """Ten thousand words, nesting, stars, control characters: two seconds at the most, with everything asked for."""
    engine = sync.engine(three[40].instance)
    page(three[40], "押金", "gm", engine)
    began, found = time.monotonic(), None
    try:
        found = page(three[40], words, "gm", engine, facets=EVERY, synonyms=True, limit=200)
    except (QueryTooLarge, QueryUnclear, ArchiveError) as told:
        assert told.http < 500
    assert time.monotonic() - began < 2.0
    assert found is None or isinstance(found, Page)
