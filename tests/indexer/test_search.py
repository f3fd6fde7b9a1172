"""Searching: exactly what the searcher may see, nothing of the rest to be guessed, and a line for what is confidential."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from archive import objects
from archive.acts import Act
from archive.errors import BadValue, ClassUnknown, Damaged, NotAllowed, QueryUnclear, ValueUnknown
from archive.fields import PERSONAL
from archive.model import Event, Item, Party, Volume
from archive.policy import GRANTS, allowed
from archive.registry import party_line
from archive.unit import LOG_KEY
from archive.values import CONFIDENTIAL, Level, Role
from indexer import entries, search, sync
from indexer.scope import scope
from tests.conftest import PEOPLE
from tests.indexer.asking import codes, page, titles

BUSINESS = [
    account for account, _, _, roles, _ in PEOPLE if roles[0] not in {Role.SECURITY_ADMIN, Role.AUDITOR}
]


# --- what is found ----------------------------------------------------------------------------

WORDS = (
    "装修",
    "押金",
    "电梯",
    "供电局",
    "张三",
    "收楼表格",
    "退还",
    "钥匙",
    "A1203",
    "P001",
    "纪要",
    "诉讼策略",
    "清源保洁",
    "不存在的词",
)


def described(unit, record):
    """What the catalogue says of a record in words, told from the columns by hand."""
    card, sealed = unit.card(record), record.level >= CONFIDENTIAL
    party = unit.session.get(Party, record.party_uid) if record.party_uid else None
    told = [card.title, record.reference_code, card.creator, card.document_no, card.note]
    told += [value for name, value in card.fields.items() if sealed or name not in PERSONAL]
    if party:
        told += [party.code] + [party_line(unit, party).name] * (sealed or not party.natural_person)
    if isinstance(record, Item) and record.premises_uid:
        told.append(unit.session.get_one(entries.Premises, record.premises_uid).code)
    if record.dossier_uid:
        told.append(unit.session.get_one(entries.Dossier, record.dossier_uid).code)
    return told


def read_all(office):
    """Every record with all its words and its text."""
    with office.ask("gm") as unit:
        records = [*unit.session.scalars(select(Volume)), *unit.session.scalars(select(Item))]
        return [
            (
                record,
                described(unit, record),
                objects.text_of(unit, record) if isinstance(record, Item) else "",
            )
            for record in records
        ]


def brute(office, books, words, by):
    """By hand: of what he may see, what says it; of what he may also search, what its text says."""
    actor = office.actor(by)
    return {
        record.reference_code
        for record, told, text in books
        if allowed(actor, Act.RECORD_SEE, record)
        and (
            any(words in part for part in told)
            or (words in text and allowed(actor, Act.RECORD_SEARCH, record))
        )
    }


def test_conf_P1_every_role_finds_what_the_policy_and_plain_reading_say(library):
    """For each role and word: the same set as asking the policy of every record and reading it (V23, decision 1)."""
    books, sizes, engine = read_all(library), set(), sync.engine(library.instance)
    for by, words in itertools.product(BUSINESS, WORDS):
        found = page(library, f'"{words}"', by, engine, limit=200)
        expected = brute(library, books, words, by)

        assert set(codes(found)) == expected, (by, words)
        assert found.total == len(expected) == len(found.rows)
        sizes.add(len(expected))
    assert len(sizes) > 5


def test_conf_P1_a_scope_that_treats_search_as_see_is_caught(library, monkeypatch):
    """Witness: with texts searched wherever the catalogue right reaches, the same comparison fails."""
    right = search.scope

    def wrong(unit, index):
        found = right(unit, index)
        return replace(found, search_buckets=found.see_buckets, search_uids=found.see_uids)

    monkeypatch.setattr(search, "scope", wrong)
    books = read_all(library)
    assert any(
        set(codes(page(library, f'"{words}"', by, limit=200))) != brute(library, books, words, by)
        for by, words in itertools.product(("archivist", "manager", "secretary", "hr"), WORDS)
    )


def test_conf_buckets_hold_every_column_the_policy_asks(office):
    """Records alike in `ASKED` are alike to every rule but those that name the record itself."""

    class Asked:
        def __init__(self):
            self.names = set()

        def __getattr__(self, name):
            self.names.add(name)
            return {"level": Level.SECRET}.get(name, "")

    probe, actor = Asked(), office.actor("clerk")
    for act in (Act.RECORD_SEE, Act.RECORD_SEARCH):
        for conditions in GRANTS[act].values():
            for condition in conditions:
                condition.holds(actor, act, probe)

    assert probe.names - {"uid", "scope_uid"} <= set(entries.ASKED)
    assert {"level", "class_code", "department"} <= probe.names


def test_conf_a_bucket_says_of_its_records_what_the_policy_says_of_each(library):
    """Made of a record and read back: the same columns, judged alike for every role, in the scope and one by one."""
    engine = sync.engine(library.instance)
    records = [record for record, _, _ in read_all(library)]
    buckets = {entries.bucket(record) for record in records}
    assert (
        engine.buckets(sealed=True) == buckets == {entries.bucket(entries.stand_in(one)) for one in buckets}
    )
    for by in BUSINESS:
        with library.ask(by) as unit:
            within, actor = scope(unit, engine), replace(unit.actor, granted={})
        for act, held in ((Act.RECORD_SEE, within.see_buckets), (Act.RECORD_SEARCH, within.search_buckets)):
            assert held == {entries.bucket(one) for one in records if allowed(actor, act, one)}, (by, act)


@pytest.mark.parametrize(
    "bucket", ["", "x", "ZX\x1f10\x1fKF", "ZX\x1fx\x1fKF\x1fa\x1fb\x1f0", "ZX\x1f10\x1fKF\x1fa\x1fb\x1f2"]
)
def test_conf_a_bucket_that_is_none_makes_the_index_unfit(bucket):
    """An index that speaks of rights this version does not know is built anew, never guessed at."""
    with pytest.raises(Damaged):
        entries.stand_in(bucket)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({"class_code": "ZX"}, {"A1203装修平面图", "A1204装修平面图"}),
        ({"class_code": "WS·LW"}, {"供电局停电来函", "水务公司来函"}),
        ({"year_to": 2024}, {"工程例会纪要", "水务公司来函"}),
        ({"year_from": 2025, "class_code": "WS"}, {"客服例会纪要", "供电局停电来函", "保密例会纪要"}),
        ({"level": Level.CONFIDENTIAL, "class_code": "WS"}, {"保密例会纪要"}),
        ({"department": "GC"}, {"工程例会纪要"}),
        ({"place": "R1"}, {"A1203装修平面图"}),
        ({"place": "R1-C1"}, {"A1203装修平面图"}),
        ({"place": "R1-C2"}, set()),
        ({"date_from": dt.date(2025, 3, 3)}, set()),
        (
            {"date_from": dt.date(2025, 3, 2), "date_to": dt.date(2025, 3, 2), "class_code": "HT"},
            {"电梯维保合同"},
        ),
    ],
)
def test_filters_narrow_to_what_they_say(library, wanted, expected):
    """A class and a place mean what is in them too: an item stands where its volume does."""
    found = page(library, "", "gm", limit=200, **wanted)

    assert titles(found) == expected
    assert found.total == len(found.rows)


def test_a_place_or_class_that_only_begins_alike_is_not_inside(library):
    """`R1-C1` is not `R1-C10`, and `WS` holds no class that merely begins so."""
    assert not entries.within(["R1", "R1-C10"], "/").startswith(entries.within(["R1", "R1-C1"], "/"))
    assert not entries.class_path("WSX·01").startswith(entries.class_path("WS"))
    assert entries.class_path("WS·LW").startswith(entries.class_path("WS"))


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"class_code": "XX·99"}, ClassUnknown),
        ({"place": "R9"}, ValueUnknown),
        ({"department": "XX"}, ValueUnknown),
        ({"state": "XX"}, ValueUnknown),
        ({"kind": "XX"}, ValueUnknown),
        ({"date_from": dt.date(2025, 2, 1), "date_to": dt.date(2025, 1, 1)}, BadValue),
        ({"year_from": 2025, "year_to": 2024}, BadValue),
        ({"limit": 0}, BadValue),
        ({"limit": 201}, BadValue),
        ({"offset": -1}, BadValue),
    ],
)
def test_a_filter_that_names_nothing_is_told_not_ignored(library, given, error):
    """A slip gives its sentence instead of an empty page."""
    with pytest.raises(error):
        page(library, "装修", "gm", **given)


def test_pages_follow_each_other_without_gap_or_double(library):
    """However the hits are cut into pages: the same order, the same total."""
    whole = page(library, "押金 或 装修", "gm", limit=200)
    for limit in (1, 2, 3, 7):
        parts = [
            page(library, "押金 或 装修", "gm", limit=limit, offset=at)
            for at in range(0, whole.total + limit, limit)
        ]
        assert [code for part in parts for code in codes(part)] == codes(whole)
        assert {part.total for part in parts} == {whole.total}
        assert parts[-1].rows == []


def test_a_hit_shows_title_passage_place_and_marks(library):
    """What the screen needs: marked words in the title and in the passage that answers, and where the paper stands."""
    row = next(
        row
        for row in page(library, "装修", "clerk").rows
        if row.title == "A1203装修平面图" and row.kind == "item"
    )

    assert [row.title[start:end] for start, end in row.title_spans] == ["装修"]
    assert [row.passage.text[start:end] for start, end in row.passage.spans] == ["装修"]
    assert (row.place, row.level, row.class_code, row.year) == (
        "一号库房 / 一号柜",
        Level.INTERNAL,
        "ZX·02",
        2025,
    )


def test_conf_no_passage_without_the_right_to_read(library):
    """The archivist may know of tenant papers; their text is not shown to him, nor found by him where he may not search."""
    seen = [row for row in page(library, "收楼表格", "archivist").rows if row.kind == "item"]
    assert len(seen) == 2 and all(row.passage is None for row in seen)
    assert page(library, "诉讼策略", "archivist").total == 0
    assert page(library, "保密例会", "archivist").total == 1
    assert page(library, "诉讼策略", "gm").rows[0].passage is not None


@pytest.mark.parametrize("by", ["security", "auditor", "admin"])
def test_conf_the_three_administrators_search_nothing(library, by):
    """Decision 3: none of them opens a record; the refusal leaves its line."""
    with pytest.raises(NotAllowed):
        page(library, "装修", by)
    with library.ask("auditor", Act.AUDIT_SEE) as unit:
        last = unit.session.scalar(select(Event).order_by(Event.seq.desc()).limit(1))
        assert (last.account, last.act, last.outcome) == (by, Act.RECORD_SEARCH, "not-allowed")


# --- lines in the log -------------------------------------------------------------------------


def lines(office, after):
    """The lines written since: who, what, on what, in clear, and what was sealed."""
    with office.ask("gm") as unit:
        rows = unit.session.scalars(select(Event).where(Event.seq > after).order_by(Event.seq))
        return [
            (row.account, row.act, row.object_uid, json.loads(row.facts), _unsealed(unit, row))
            for row in rows
        ]


def _unsealed(unit, row):
    if not row.sealed or row.object_uid:
        return {}
    return json.loads(unit.keys.open_with(LOG_KEY, LOG_KEY.encode(), row.sealed))


def newest(office):
    with office.ask("gm") as unit:
        return unit.session.scalar(select(Event.seq).order_by(Event.seq.desc()).limit(1))


def test_conf_V25_a_search_that_may_touch_confidential_papers_leaves_its_words_sealed(library):
    """One line with the words sealed and the counts in clear; no word of it is readable in the database."""
    start = newest(library)
    found = page(library, "诉讼策略", "gm")
    written = lines(library, start)

    assert written[0][:2] == ("gm", Act.RECORD_SEARCH)
    assert written[0][3] == {"total": 1, "confidential": 1}
    assert written[0][4] == {"words": "诉讼策略"}
    disk = b"".join(path.read_bytes() for path in library.home.glob("catalogue.db*"))
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
        assert "诉讼策略".encode(encoding) not in disk
    assert b"\\u8bc9" not in disk and found.total == 1


def test_conf_V25_every_confidential_passage_shown_leaves_its_line(library):
    """Reading is reading, also on a page of hits: one line for each confidential passage, none for open ones."""
    start = newest(library)
    found = page(library, "押金", "gm", limit=200)
    shown = [row for row in found.rows if row.passage and row.level >= CONFIDENTIAL]
    read = [line for line in lines(library, start) if line[1] == Act.RECORD_READ]

    assert len(read) == len(shown) >= 3
    assert all(line[3] == {"passage": True} for line in read)
    with library.ask("gm") as unit:
        assert {unit.record(line[2]).reference_code for line in read} == {row.code for row in shown}


def test_conf_a_search_of_open_papers_leaves_no_line(library):
    """Whoever can see nothing confidential is not followed when he searches."""
    start = newest(library)
    assert page(library, "装修", "staff").total > 0
    assert lines(library, start) == []


def test_a_question_that_cannot_be_read_leaves_a_line_without_its_words(library):
    """Decision 7: the refusal is logged; what was typed is not."""
    start = newest(library)
    with pytest.raises(QueryUnclear):
        page(library, "诉讼策略 (", "gm")
    assert [line[1:4] for line in lines(library, start)] == [(Act.RECORD_SEARCH, "", {})]


def test_a_title_or_text_that_does_not_open_spoils_no_page(library):
    """A damaged card shows no title, a damaged text no passage; the other hits are told as ever."""
    engine = sync.engine(library.instance)
    before = page(library, "例会纪要", "gm", engine)
    with library.work("archivist", Act.ITEM_EDIT) as unit:
        unit.act(Act.ITEM_EDIT)
        item = unit.item(before.rows[0].code)
        item.card = b"\0" * 64
    after = page(library, "例会纪要", "gm", engine)

    assert codes(after) == codes(before)
    assert [row.title for row in after.rows] == ["", *(row.title for row in before.rows[1:])]
