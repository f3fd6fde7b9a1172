"""What every engine must do: answer as brute force would, within rights, leaking and losing nothing."""

import dataclasses
import fcntl
import os
import random
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import Busy, Damaged, IndexOutdated
from indexer.embedded import whoosh_engine
from indexer.embedded.partition import Partition
from indexer.embedded.segment import CODED
from indexer.engine import Asking, Entry, Scope
from indexer.language.analysis import asked, cells, code_keys, keys, phrase
from indexer.question.query import parse
from indexer.question.tree import EVERYTHING, And, Column, Field, Not, Or, Term, Where
from tests.contract.engines import ENGINES, batch, plain, whoosh

#: Files that only carry a lock.
IDLE = {"lock", "merging"}
ROOT = Path(__file__).resolve().parents[2]
HOUSE = settings(deadline=None, derandomize=True)


@pytest.fixture(params=sorted(ENGINES))
def make(request, tmp_path):
    """Open an engine in a folder of its own."""
    return lambda name="index", **more: ENGINES[request.param](tmp_path / name, **more)


@pytest.fixture
def engine(make):
    return make()


def entry(uid, version=1, *, sealed=False, bucket="b", **more):
    return Entry(uid, version, sealed, bucket=bucket, **more)


ALL = frozenset({"b", "c"})
EVERYONE = Scope(ALL, ALL, sealed=True)


def ask(engine, query, scope=EVERYONE, **more):
    tree = parse(query) if isinstance(query, str) else query
    return [hit.uid for hit in engine.find(tree, scope, Asking(**more)).hits]


# --- the oracle ------------------------------------------------------------------------------


def stands(text, term):
    """Brute force: the cells of the phrase side by side in the cells of the text."""
    row, asked = [cell.text for cell in cells(text)], phrase(term.text)
    for at in range(len(row) - len(asked) + 1):
        part = row[at : at + len(asked)]
        if part == asked or (term.prefix and part[:-1] == asked[:-1] and part[-1].startswith(asked[-1])):
            return True
    return False


def keyed(text, term, field):
    held = code_keys(text) if field in CODED else keys(text)
    return any(
        key == one.term or (one.prefix and key.startswith(one.term))
        for one in asked(term.text, prefix=term.prefix)
        for key in held
    )


def meant(record, tree, scope):
    """Brute force over one record: whether it is a hit for this viewer."""
    seen = record.bucket in scope.see_buckets or record.uid in scope.see_uids
    searched = record.bucket in scope.search_buckets or record.uid in scope.search_uids
    if not seen or (record.sealed and not scope.sealed):
        return False
    if isinstance(tree, Not):
        return not meant(record, tree.part, scope)
    if isinstance(tree, (And, Or)):
        kind = all if isinstance(tree, And) else any
        return kind(meant(record, part, scope) for part in tree.parts)
    fields = [tree.field] if tree.field else list(Field)
    return any(
        (stands(getattr(record, field.value), tree) or keyed(getattr(record, field.value), tree, field))
        and (field is not Field.BODY or searched)
        for field in fields
    )


TEXT = st.text(st.sampled_from("物业管理装裝修ＡA12座，-\n "), max_size=14)
CODE = st.from_regex(r"\A(K1|HT)[-·](ZX|YH)[-·]?[0-9]{1,2}\Z")
RECORDS = st.lists(
    st.builds(
        Entry,
        uid=st.sampled_from("abcd"),
        version=st.integers(1, 3),
        sealed=st.booleans(),
        title=TEXT,
        code=CODE,
        number=st.sampled_from(["", "物字〔2025〕12号"]),
        names=TEXT,
        body=TEXT,
        bucket=st.sampled_from("bc"),
    ),
    max_size=8,
)
TERMS = st.builds(
    Term,
    st.one_of(st.text(st.sampled_from("物业管理装修A12座"), min_size=1, max_size=4), CODE, st.just("物-业")),
    st.sampled_from([None, None, Field.TITLE, Field.CODE, Field.BODY]),
    st.booleans(),
)
TREES = st.recursive(
    TERMS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(lambda parts: And(tuple(parts)), st.lists(inner, max_size=3)),
        st.builds(lambda parts: Or(tuple(parts)), st.lists(inner, min_size=1, max_size=3)),
    ),
    max_leaves=5,
)
BUCKETS = st.sets(st.sampled_from("bc")).map(frozenset)
UIDS = st.sets(st.sampled_from("abcd"), max_size=2).map(frozenset)
SCOPES = st.builds(Scope, BUCKETS, BUCKETS, UIDS, UIDS, st.just(frozenset()), st.booleans())
BATCHES = st.lists(st.tuples(RECORDS, st.sets(st.sampled_from("abcd"), max_size=2)), min_size=1, max_size=4)


def put_all(engine, batches):
    """Put the batches one after the other; what the index must then hold."""
    held = {}
    for mark, (records, drops) in enumerate(batches, 1):
        engine.put(records, drops, mark=mark)
        for record in records:
            known = held.get(record.uid)
            if record.uid not in drops and (known is None or known.version < record.version):
                held[record.uid] = record
            elif record.uid not in drops and known.version == record.version and known in records:
                held[record.uid] = record  # twice in one batch: the last one counts
        for uid in drops:
            held.pop(uid, None)
    return held


def distinct(batches):
    """Batches in which a (uid, version) always means the same content, as the catalogue guarantees."""
    first = {}
    return [
        ([first.setdefault((one.uid, one.version), one) for one in records], drops)
        for records, drops in batches
    ]


@settings(HOUSE, max_examples=120)
@given(BATCHES, st.lists(TREES, min_size=1, max_size=6), SCOPES)
def test_rel_P2_hits_are_those_of_brute_force(tmp_path_factory, batches, trees, scope):
    """
    Words, phrases, single characters, codes, AND, OR, NOT and prefixes, over puts, changes and drops,
    for any rights: hits and totals equal a search by hand over what the index should hold.
    """
    engine = whoosh(tmp_path_factory.mktemp("index"))
    held = put_all(engine, distinct(batches))

    assert len(held) == engine.count()
    for tree in trees:
        found = engine.find(tree, scope, Asking(limit=100))
        wanted = {record.uid for record in held.values() if meant(record, tree, scope)}
        assert (wanted, len(wanted)) == ({hit.uid for hit in found.hits}, found.total)


@settings(HOUSE, max_examples=60)
@given(BATCHES)
def test_rel_D3_a_rebuilt_index_equals_the_incremental_one(tmp_path_factory, batches):
    """
    Whatever the order of changes, the index holds what a new one of the last versions holds.
    """
    grown, fresh = (whoosh(tmp_path_factory.mktemp("index")) for _ in range(2))
    held = put_all(grown, distinct(batches))
    fresh.put(held.values(), mark=1)

    assert list(fresh.dump()) == list(grown.dump())


def test_the_dump_shows_a_difference(make):
    """
    Witness: one moved character is seen by the comparison above.
    """
    one, two = make("one"), make("two")
    one.put([entry("a", body="物业管理")], mark=1)
    two.put([entry("a", body="管理物业")], mark=1)

    assert list(one.dump()) != list(two.dump())


def test_many_commits_and_merges_keep_every_record(make):
    """
    A hundred and twenty commits with changes, moves between partitions and drops, merged on the way.
    """
    grown, fresh = make("grown"), make("fresh")
    chance, held = random.Random(5), {}
    for mark in range(1, 121):
        uid = f"r{chance.randrange(40)}"
        if chance.random() < 0.2:
            grown.put([], [uid], mark=mark)
            held.pop(uid, None)
        else:
            words = "".join(chance.choice("物业管理装修押金") for _ in range(12))
            held[uid] = entry(uid, mark, sealed=chance.random() < 0.5, title=words, body=words[::-1])
            grown.put([held[uid]], mark=mark)
    fresh.put(held.values(), mark=120)

    assert 120 == grown.mark()
    assert list(fresh.dump()) == list(grown.dump())
    assert set(held) == set(ask(grown, EVERYTHING, limit=100))


# --- what a question finds -------------------------------------------------------------------


@pytest.fixture
def office(engine):
    """A few records as an office has them."""
    engine.put(
        [
            entry("lease", title="A座1203租赁合同", code="K001-HT·2019·D30-0032", number="HT-2019-0032",
                  names="张三 恒信贸易有限公司", body="物业管理费每月28,000元，押金两个月。", class_code="HT·01·",
                  family="HT", year=2019, level=1, department="客服部", place="档案室/1柜/", date="2019-03-08",
                  state="held", kind="item"),
            entry("fitout", title="A座1203裝修審批資料", code="K001-ZX·2025·D30-0012", names="李四",
                  body="业户办理装\n修押金退还手续。", class_code="ZX·02·", family="ZX", year=2025, level=1,
                  department="工程部", place="档案室/2柜/", date="2025-07-01", kind="item"),
            entry("letter", title="关于漏水投诉的函", code="K001-WS·2025·D10-0001", body="物业，管理处已维修。",
                  class_code="WS·", family="WS", year=2025, level=1, department="客服部", place="库房/", kind="item"),
        ],
        mark=1,
    )  # fmt: skip
    return engine


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("装修", {"fitout"}),
        ("裝修", {"fitout"}),
        ("物业管理", {"lease"}),
        ("物业 管理", {"lease", "letter"}),
        ("张三", {"lease"}),
        ("A座1203", {"lease", "fitout"}),
        ("租", {"lease"}),
        ("HT-2019-0032", {"lease"}),
        ("ht20190032", {"lease"}),
        ("K001zx2025d300012", {"fitout"}),
        ("档号:K001-ZX*", {"fitout"}),
        ("K001*", {"lease", "fitout", "letter"}),
        ("28000", {"lease"}),
        ("押金 -装修", {"lease"}),
        ("漏水 或 张三", {"lease", "letter"}),
        ("题名:押金", set()),
        ("正文:押金", {"lease", "fitout"}),
        ("退租", set()),
        ("", {"lease", "fitout", "letter"}),
    ],
)
def test_req_R108_a_question_finds_these(office, query, expected):
    """
    Two-character words, names, codes however separated, single characters, phrases, fields.
    """
    assert expected == set(ask(office, query))


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (Where(Column.CLASS, "ZX·"), {"fitout"}),
        (Where(Column.CLASS, "HT·01·"), {"lease"}),
        (Where(Column.FAMILY, "HT"), {"lease"}),
        (Where(Column.YEAR, 2020), {"fitout", "letter"}),
        (Where(Column.YEAR, None, 2020), {"lease"}),
        (Where(Column.YEAR, 2019, 2019), {"lease"}),
        (Where(Column.LEVEL, 2, 2), set()),
        (Where(Column.DEPARTMENT, "客服部"), {"lease", "letter"}),
        (Where(Column.DEPARTMENT, "客服"), set()),
        (Where(Column.PLACE, "档案室/"), {"lease", "fitout"}),
        (Where(Column.PLACE, "档案室/1柜/"), {"lease"}),
        (Where(Column.STATE, "held"), {"lease"}),
        (Where(Column.KIND, "item"), {"lease", "fitout", "letter"}),
        (Where(Column.DATE, "2019-03-08", "2025-07-01"), {"lease", "fitout"}),
        (Where(Column.DATE, None, "2020-01-01"), {"lease"}),
        (Not(Where(Column.DATE)), {"letter"}),
        (Or((Where(Column.FAMILY, "HT"), Where(Column.FAMILY, "WS"))), {"lease", "letter"}),
    ],
)
def test_conditions_narrow_the_answer(office, condition, expected):
    """
    Each condition alone, bounds inclusive; a path holds what lies within it; no date meets no bound.
    """
    assert expected == set(ask(office, condition))
    assert expected & {"fitout"} == set(ask(office, And((Term("装修"), condition))))


def test_codes_and_titles_come_first_and_pages_do_not_drift(engine):
    """
    A match in the title outweighs one in the text; equal records follow by code; pages join up.
    """
    engine.put([entry(f"r{n}", code=f"K-{9 - n}", body="装修") for n in range(9)], mark=1)
    engine.put([entry("titled", code="K-99", title="装修")], mark=2)
    whole = ask(engine, "装修")

    assert ["titled", *(f"r{n}" for n in range(8, -1, -1))] == whole
    assert whole == [uid for at in range(0, 12, 4) for uid in ask(engine, "装修", limit=4, offset=at)]
    assert 10 == engine.find(parse("装修"), EVERYONE, Asking(limit=1)).total


def test_a_hit_names_its_fields(office):
    """
    The fields that hold a wanted term are told, and no others.
    """
    (hit,) = office.find(parse("恒信 押金"), EVERYONE).hits

    assert frozenset({Field.NAMES, Field.BODY}) == hit.fields


# --- rights ----------------------------------------------------------------------------------


def test_rel_P1_the_text_answers_only_where_it_may_be_searched(engine):
    """
    Seen but not searched: the description answers, the text does not; a term in each needs both rights.
    """
    engine.put(
        [entry("a", title="租赁合同", body="押金"), entry("c", bucket="c", title="租赁合同", body="押金")],
        mark=1,
    )
    scope = Scope(see_buckets=ALL, search_buckets=frozenset("b"))

    assert {"a", "c"} == set(ask(engine, "合同", scope))
    assert {"a"} == set(ask(engine, "押金", scope))
    assert {"a"} == set(ask(engine, "合同 押金", scope))
    assert {"a", "c"} == set(ask(engine, "押金", dataclasses.replace(scope, search_uids=frozenset("c"))))


def test_rel_P1_not_does_not_tell_what_a_text_holds(engine):
    """
    `NOT x` leaves out only what shows x to this viewer: hidden texts and hidden records change nothing.
    """
    engine.put([entry("a", title="合同", body="押金"), entry("b", title="合同", body="租金")], mark=1)
    scope = Scope(see_buckets=ALL)

    assert {"a", "b"} == set(ask(engine, "合同 -押金", scope)) == set(ask(engine, "-押金", scope))
    assert {"b"} == set(ask(engine, "合同 -押金", dataclasses.replace(scope, search_buckets=ALL)))
    assert [] == ask(engine, "-押金", Scope(search_buckets=ALL))


def test_rel_P1_search_without_sight_finds_nothing(engine):
    """
    A record that may not be seen does not exist, also for one who may search its text.
    """
    engine.put([entry("a", title="合同", body="押金")], mark=1)

    assert [] == ask(engine, "押金", Scope(search_buckets=ALL, search_uids=frozenset("a")))


QUESTIONS = ["装修", "押金 或 合同", "物", "退租", "-押金", "装修 -并购", "K001*", "", "合同 物业"]


def openly(chance, count):
    words = ["装修", "押金", "合同", "物业", "管理", "租赁", "投诉"]
    for n in range(count):
        text = ["".join(chance.choices(words, k=chance.randrange(1, 30))) for _ in range(2)]
        yield entry(
            f"o{n:03}", title=text[0][:20], body=text[1], code=f"K001-HT·{n:03}", bucket=chance.choice("bc")
        )


def secretly(count, *, sealed):
    for n in range(count):
        yield entry(f"s{n:03}", sealed=sealed, bucket="secret", title="退租并购装修" * (n % 3 + 1),
                    code=f"K001-YH·{n:03}", body="押金" * 40)  # fmt: skip


def answers(engine, scope):
    return repr([engine.find(parse(question), scope, Asking(limit=50)) for question in QUESTIONS])


@pytest.mark.parametrize("sealed", [True, False], ids=["sealed", "open-but-unseen"])
@pytest.mark.parametrize("count", [1, 40])
def test_rel_P2_the_answer_does_not_depend_on_what_may_not_be_seen(make, count, sealed):
    """
    Hits, order, scores, fields and totals are the same bytes with and without 1 or 40 hidden records.
    """
    without, with_them = make("without"), make("with")
    shown = list(openly(random.Random(1), 60))
    without.put(shown, mark=1)
    with_them.put([*shown, *secretly(count, sealed=sealed)], mark=1)

    for viewer in (Scope(ALL, ALL), Scope(ALL, frozenset("b")), Scope(ALL, ALL, sealed=True)):
        assert answers(without, viewer) == answers(with_them, viewer)


@pytest.mark.parametrize("count", [1, 40])
def test_rel_P2_a_filter_after_shared_scoring_would_leak(make, count):
    """
    Witness: rarity counted over everything and hits filtered afterwards, as big engines do, tells.
    """
    without, with_them = make("without"), make("with")
    shown = list(openly(random.Random(1), 60))
    without.put(shown, mark=1)
    with_them.put([*shown, *secretly(count, sealed=False)], mark=1)
    shared = Scope(ALL | {"secret"}, ALL | {"secret"}, sealed=True)

    def filtered(engine):
        found = [engine.find(parse(question), shared, Asking(limit=500)).hits for question in QUESTIONS]
        return repr([[hit for hit in hits if hit.uid.startswith("o")] for hits in found])

    assert filtered(without) != filtered(with_them)


def test_rel_P2_the_cleared_see_sealed_records_scored_by_open_words(make):
    """
    The score of a sealed hit, and of every open one, is the same however many sealed records there are.
    """
    few, many = make("few"), make("many")
    shown = list(openly(random.Random(1), 60))
    cleared = Scope(ALL | {"secret"}, ALL | {"secret"}, sealed=True)
    few.put([*shown, *secretly(1, sealed=True)], mark=1)
    many.put([*shown, *secretly(40, sealed=True)], mark=1)

    def scores(engine):
        return {
            hit.uid: hit.score for hit in engine.find(parse("装修 押金"), cleared, Asking(limit=500)).hits
        }

    assert "s000" in scores(few)
    assert scores(few).items() <= scores(many).items()


# --- putting ---------------------------------------------------------------------------------


def test_putting_the_same_again_changes_nothing(engine, tmp_path):
    """
    Idempotent by (uid, version): an equal or older version leaves even the files of the index alone.
    """
    engine.put([entry("a", 2, title="新")], mark=7)
    before = sorted(path.name for path in (tmp_path / "index" / "open").iterdir())
    engine.put([entry("a", 2, title="别的"), entry("a", 1, title="旧", sealed=True)], mark=3)

    assert before == sorted(path.name for path in (tmp_path / "index" / "open").iterdir())
    assert (["a"], [], [], 7) == (ask(engine, "新"), ask(engine, "别的"), ask(engine, "旧"), engine.mark())


def test_a_record_that_changes_sides_is_never_in_both(engine, monkeypatch):
    """
    What is disclosed leaves the sealed part before it enters the open one, and the other way round.
    """
    held = []

    def spied(partition, *given):
        written(partition, *given)
        held.append([uid for part in (engine._open, engine._sealed) for uid in part.versions(["a", "b"])])

    engine.put([entry("a", 1, sealed=True, title="装修"), entry("b", 1, title="装修")], mark=1)
    written = Partition.write
    monkeypatch.setattr(Partition, "write", spied)
    engine.put([entry("a", 2, title="装修"), entry("b", 2, sealed=True, title="装修")], mark=2)

    assert len(held) == 3
    assert all(len(each) == len(set(each)) for each in held)
    assert {"a", "b"} == set(ask(engine, "装修"))


def test_a_changed_record_is_found_by_its_new_words_only(engine):
    """
    The old version's words lie in its segment until that is merged, but answer nothing.
    """
    engine.put([entry("a", 1, title="装修"), entry("b", 1, title="物业")], mark=1)
    engine.put([entry("a", 2, title="押金")], mark=2)

    assert ([], ["a"], ["b"]) == (ask(engine, "装修"), ask(engine, "押金"), ask(engine, "-押金"))
    assert 2 == engine.count() == engine.find(EVERYTHING, EVERYONE).total


def test_a_phrase_never_runs_from_one_record_into_the_next(engine):
    """
    The last word of one record and the first of its neighbour in the index are not side by side.
    """
    for size in (1, 2, 4, 8):  # the places of a record fill a power of two
        first, second = (" ".join(f"{name}x{n}" for n in range(size)) for name in "ab")
        engine.put([entry(f"a{size}", title=first), entry(f"b{size}", title=second)], mark=size)
        last = first.split()[-1]
        assert [] == ask(engine, f'"{last} bx0"')
    assert {"a1", "b1", "a8"} <= set(ask(engine, '"ax0" OR "bx0"'))


def test_a_raised_level_moves_the_record_at_once(engine):
    """
    A record that becomes confidential is gone from the open part in the same put, and back again later.
    """
    engine.put([entry("a", 1, body="押金")], mark=1)
    engine.put([entry("a", 2, body="押金", sealed=True)], mark=2)
    assert ([], ["a"], 1) == (ask(engine, "押金", Scope(ALL, ALL)), ask(engine, "押金"), engine.count())

    engine.put([entry("a", 3, body="押金")], mark=3)
    assert (["a"], ["a"], 1) == (ask(engine, "押金", Scope(ALL, ALL)), ask(engine, "押金"), engine.count())


def test_inv_V19_dropped_words_leave_the_files(engine, tmp_path):
    """
    After a drop the segment that held the record is written anew: its terms are in no file.
    """
    engine.put([entry("a", body="饕餮"), entry("b", body="押金")], mark=1)
    before = set(plain(tmp_path / "index"))
    engine.put([], ["a"], mark=2)

    assert any("饕餮".encode() in data for data in before)
    assert not any("饕餮".encode() in data for data in plain(tmp_path / "index"))
    assert ["b"] == ask(engine, "押金")


def test_a_second_reader_sees_each_commit(make):
    """
    An engine opened beside the writer answers with the newest commit, without being told.
    """
    writer, reader = make(), make()
    for mark in range(1, 30):
        writer.put([entry(f"r{mark}", title="装修")], mark=mark)
        assert (mark, mark) == (reader.mark(), reader.find(parse("装修"), EVERYONE).total)
    writer.put([], ["r3", "r4"], mark=30)
    assert 27 == reader.count()


def test_rel_X1_two_writers_at_once_are_refused(engine, tmp_path, monkeypatch):
    """
    While one process holds the writer's lock another is told that the index is busy.
    """
    monkeypatch.setattr(whoosh_engine, "PATIENCE", 0.05)
    engine.put([], mark=1)
    with (tmp_path / "index" / "lock").open() as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(Busy):
            engine.put([entry("a")], mark=2)
        with pytest.raises(Busy):
            engine.wipe()
    engine.put([entry("a", title="装修")], mark=2)

    assert ["a"] == ask(engine, "装修")


def test_a_new_index_is_empty_and_a_wiped_one_is_new(engine):
    """
    Before the first put there is nothing, mark 0; after a wipe there is nothing again.
    """
    assert (0, 0, []) == (engine.mark(), engine.count(), ask(engine, ""))
    engine.put([entry("a")], mark=5)
    engine.close()
    assert (5, 1) == (engine.mark(), engine.count())
    engine.wipe()
    assert (0, 0, []) == (engine.mark(), engine.count(), list(engine.dump()))
    engine.put([entry("a")], mark=1)
    assert (1, 1) == (engine.mark(), engine.count())


def test_another_version_of_analysis_is_refused_until_wiped(make, monkeypatch):
    """
    An index analysed by other rules answers nothing; wiping makes it new.
    """
    make().put([entry("a", title="装修")], mark=5)
    monkeypatch.setattr(whoosh_engine, "ANALYSIS_VERSION", 99)
    engine = make()

    for act in (engine.mark, engine.count, lambda: ask(engine, "装修"), lambda: engine.put([], mark=6)):
        with pytest.raises(IndexOutdated):
            act()
    engine.wipe()
    assert 0 == engine.mark()


# --- disk ------------------------------------------------------------------------------------


def test_conf_E1_no_word_of_a_record_is_on_the_disk(engine, tmp_path):
    """
    Neither names nor contents of files hold a word, in any usual encoding; files are private.
    """
    canary = {"title": "饕餮纹样", "body": "魑魅魍魉canaryword", "names": "欧阳貔貅", "code": "K001-CANARY-7"}
    engine.put([entry("a", **canary), entry("b", sealed=True, **canary)], mark=1)
    engine.put([entry("c", **canary)], ["b"], mark=2)
    files = [path for path in (tmp_path / "index").rglob("*") if path.is_file()]
    words = ["饕餮", "魑魅", "貔貅", "canary", "CANARY"]

    assert len(files) > 5
    for path in files:
        data = path.read_bytes() + path.name.encode()
        assert not [
            word
            for word in words
            for coding in ("utf-8", "utf-16-le", "gb18030")
            if word.encode(coding) in data
        ]
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    assert any("饕餮".encode() in data for data in plain(tmp_path / "index"))


def test_rel_F4_any_changed_file_is_refused(make, tmp_path):
    """
    One flipped byte anywhere in any file of the index, or one file gone, is told as damage.
    """
    make().put([entry("a", title="装修"), entry("b", sealed=True, title="押金")], mark=1)
    files = [path for path in (tmp_path / "index").rglob("*") if path.is_file() and path.name not in IDLE]
    chance = random.Random(3)

    for path in files:
        good = path.read_bytes()
        for _ in range(3):
            at = chance.randrange(len(good))
            path.write_bytes(good[:at] + bytes([good[at] ^ 0x40]) + good[at + 1 :])
            with pytest.raises(Damaged):
                ask(make(), "装修")
        path.unlink()
        if path.name != "mark":
            with pytest.raises(Damaged):
                ask(make(), "装修")
        path.write_bytes(good)
    assert ["a"] == ask(make(), "装修")


def test_rel_F4_another_key_opens_nothing(make):
    """
    The right files with the wrong key are damage, not an empty index.
    """
    make().put([entry("a", title="装修")], mark=1)

    with pytest.raises(Damaged):
        make(key=b"x" * 32).mark()


def test_rel_F4_an_older_part_beside_a_newer_one_is_refused(make, tmp_path):
    """
    One part of the index set back to an earlier day is damage; all of it set back shows in the mark.
    """
    folder = tmp_path / "index"
    make().put([entry("a", title="装修")], mark=1)
    old = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    make().put([entry("a", 2, title="押金")], mark=2)
    for path in (folder / "open").iterdir():
        path.unlink()
    for path, data in old.items():
        if path.parent.name == "open":
            path.write_bytes(data)

    with pytest.raises(Damaged):
        ask(make(), "装修")
    (folder / "mark").write_bytes(old[folder / "mark"])
    assert (["a"], 1) == (ask(make(), "装修"), make().mark())


def test_rel_C1_killed_between_writes_the_index_is_readable_and_the_mark_never_leads(tmp_path):
    """
    Eight times kill -9 at a random moment: what was acknowledged is there, the mark tells no more than
    that, and putting the interrupted batch again gives the index that never was interrupted.
    """
    survives(tmp_path, 8, random.Random(7))


@pytest.mark.slow
def test_rel_C1_a_hundred_kills(tmp_path):
    """
    The same a hundred times.
    """
    survives(tmp_path, 100, random.Random(8))


def survives(tmp_path, kills, chance):
    folder = tmp_path / "index"
    for kill in range(kills):
        acked = killed_after(folder, chance.uniform(0.02, 0.2))
        engine, undisturbed = whoosh(folder), whoosh(tmp_path / f"undisturbed{kill}")
        mark = engine.mark()
        held = {row[0] for row in engine.dump()}
        assert acked <= mark <= acked + 1
        # Not "same": what moves to the other part leaves the one before it enters the other.
        assert {f"r{n}" for n in range(max(1, mark - 3), mark + 1)} <= held

        entries, drops = batch(mark + 1)
        engine.put(entries, drops, mark=mark + 1)
        engine.tidy()
        last = [one for n in range(max(1, mark - 3), mark + 2) for one in batch(n)[0]]
        undisturbed.put(last, mark=mark + 1)
        assert list(undisturbed.dump()) == list(engine.dump())


def killed_after(folder, seconds):
    """Run a writer, let it acknowledge once, kill it *seconds* later; the last mark it acknowledged."""
    command = [sys.executable, str(Path(__file__).with_name("engines.py")), str(folder)]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        told = [process.stdout.readline()]
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
        told += process.stdout.readlines()
    return int([line for line in told if line.endswith("\n")][-1])
