"""Searching: exactly what the searcher may see, nothing of the rest to be guessed, and a line for what is confidential."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from archive import grants, items, objects, people, volumes
from archive.acts import Act
from archive.errors import BadValue, ClassUnknown, NotAllowed, NotFound, QueryUnclear
from archive.fields import PERSONAL
from archive.model import Event, Item, Party, Volume
from archive.policy import GRANTS, allowed
from archive.registry import party_line
from archive.unit import LOG_KEY
from archive.values import CONFIDENTIAL, Level, Role
from indexer import entries, search, sync
from indexer.engine import Found, Scope
from indexer.search import Wanted
from tests import make
from tests.conftest import PEOPLE
from tests.indexer.shelves import copied

BUSINESS = [
    account for account, _, _, roles, _ in PEOPLE if roles[0] not in {Role.SECURITY_ADMIN, Role.AUDITOR}
]


@pytest.fixture
def library(shelf_home, template, tmp_path):
    """A copy of the filled office."""
    made = copied(shelf_home, template, tmp_path / "home")
    yield made
    made.instance.close()


def page(office, words, by, engine=None, **more):
    """One page, over the index as it stands."""
    wanted = Wanted(**{key: more.pop(key) for key in list(more) if key in Wanted.__dataclass_fields__})
    with office.ask(by, Act.RECORD_SEARCH) as unit:
        return search.search(unit, engine or sync.engine(office.instance), words, wanted, **more)


def codes(found):
    return [row.code for row in found.rows]


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

    def wrong(unit):
        found = right(unit)
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


@pytest.mark.parametrize(
    ("wanted", "titles"),
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
def test_filters_narrow_to_what_they_say(library, wanted, titles):
    """A class and a place mean what is in them too: an item stands where its volume does."""
    found = page(library, "", "gm", limit=200, **wanted)

    assert {row.title for row in found.rows} == titles
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
        ({"place": "R9"}, NotFound),
        ({"department": "XX"}, NotFound),
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


# --- P2: nothing of the hidden can be told ----------------------------------------------------

PARTS = ("装修", "押金", "电梯", "退还", "纪要", "合同", "A1203", "供电局", "钥匙", "停电")


def questions():
    """More than two hundred questions an uncleared person may put: words, operators, fields, filters, pages."""
    for one in PARTS:
        yield from ((one, {}), (f"{one}*", {}), (f"题名:{one}", {}), (f"正文:{one}", {}), (f"名称:{one}", {}))
        yield from ((one, {"limit": 1, "offset": at}) for at in range(3))
        yield from ((one, {"class_code": "WS"}), (one, {"year_from": 2025}), (f"非 {one}", {}))
    for one, other in itertools.permutations(PARTS, 2):
        yield f"{one} 或 {other}", {"limit": 2}
    yield from ((f"{one} {other}", {}) for one, other in itertools.combinations(PARTS, 2))
    yield from (("", {"limit": 3, "offset": at}) for at in range(0, 12, 3))


def heard(office, by, ask=page, every=1):
    """What *by* is told on all questions, or on every so many, one after the other."""
    engine = sync.engine(office.instance)
    for words, more in itertools.islice(questions(), 0, None, every):
        yield repr(ask(office, words, by, engine, **more))


def tells(left, right):
    """True as soon as one answer differs."""
    return any(one != other for one, other in zip(left, right, strict=True))


def hide(office, count):
    """File *count* confidential papers that hold the very words asked for."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper(f"A1204 装修押金退还 电梯 {n}", level=Level.CONFIDENTIAL) for n in range(count)]
        items.file_alone(unit, make.matter("WS·HY", level=Level.CONFIDENTIAL, year=2023), papers)
    with office.work("archivist", Act.ITEM_FILE) as unit:
        papers = [make.paper(f"A1204 押金纪要 {n}", "YH·01") for n in range(count)]
        first = items.file_matter(unit, make.matter("YH·01", premises="A1204"), papers)[0].uid
        objects.attach(unit, first, "装修押金退还供电局停电合同钥匙".encode(), name="密.txt")
    sync.drain(office.instance)


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


def test_conf_P2_an_uncleared_person_is_told_the_same_whether_or_not_confidential_papers_exist(three):
    """k = 1 and k = 40: over two hundred questions, hits, order, scores, totals and passages are byte-identical."""
    assert len(list(questions())) >= 200
    plain = list(heard(three[0], "staff"))
    assert not tells(plain, heard(three[1], "staff"))
    assert not tells(plain, heard(three[40], "staff"))
    assert not tells(heard(three[0], "records", every=7), heard(three[40], "records", every=7))
    assert page(three[40], "押金", "gm", limit=200).total > page(three[0], "押金", "gm", limit=200).total + 40


def test_conf_P2_a_scope_without_buckets_is_caught(three, monkeypatch):
    """Witness: with every bucket in the scope the rows are still hidden, but totals and order tell."""
    everything = Scope(*[frozenset(map(entries.bucket, _likes(three[40])))] * 2, sealed=True)
    monkeypatch.setattr(search, "scope", lambda _: everything)
    assert tells(heard(three[40], "staff"), heard(three[0], "staff"))


def test_conf_P2_scores_shared_with_hidden_papers_are_caught(three):
    """Witness: one index for all with a filter afterwards (as larger engines do) tells at k = 1 already."""

    class Filtered:
        def __init__(self, engine, everything):
            self.engine, self.everything, self.mark = engine, everything, engine.mark

        def find(self, tree, scope, filters, *, limit, offset):
            mine = {hit.uid for hit in self.engine.find(tree, scope, filters, limit=10_000, offset=0).hits}
            every = self.engine.find(tree, self.everything, filters, limit=10_000, offset=0).hits
            left = [hit for hit in every if hit.uid in mine]
            return Found(tuple(left[offset : offset + limit]), len(left))

    def ask(office, words, by, engine, **more):
        opened_ = frozenset(map(entries.bucket, _likes(office)))
        return page(
            office, words, by, Filtered(_all_open(engine), Scope(opened_, opened_, sealed=True)), **more
        )

    assert tells(heard(three[1], "staff", ask), heard(three[0], "staff", ask))


def _likes(office):
    with office.ask("gm") as unit:
        return search._likes(unit)  # noqa: SLF001


def _all_open(engine):
    """*engine* with rarity counted over everything, as a single shared index would."""
    leaves = engine._leaves  # noqa: SLF001
    engine._leaves = lambda state, *, sealed=True: [replace(leaf, sealed=False) for leaf in leaves(state)]  # noqa: SLF001, ARG005
    return engine


# --- P4: revoked is gone ----------------------------------------------------------------------


def test_conf_P4_a_revoked_grant_is_gone_at_the_next_search(library):
    """Granted by name, found with its text; revoked, not found: over the same index, without a drain."""
    engine = sync.engine(library.instance)
    code = page(library, "诉讼策略", "gm", engine).rows[0].code
    with library.work("gm", Act.GRANT_GIVE) as unit:
        given = grants.give(unit, code, to="clerk", acts=[Act.RECORD_SEARCH, Act.RECORD_READ],
                            expires_on=dt.date(2026, 4, 1), reason="办案")  # fmt: skip
        uid = given.uid
    assert codes(page(library, "诉讼策略", "clerk", engine)) == [code]
    assert page(library, "诉讼策略", "clerk", engine).rows[0].passage is not None
    with library.work("gm", Act.GRANT_REVOKE) as unit:
        grants.revoke(unit, uid)
    assert page(library, "诉讼策略", "clerk", engine) == search.Page([], 0, 0)
    library.tick(days=1)
    assert page(library, "保密例会", "clerk", engine).total == 0


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
    with library.work("security", Act.PERSON_CLEAR) as unit:
        people.clear(unit, "clerk", Level.CONFIDENTIAL)
    assert page(library, "诉讼策略", "clerk", engine).total == 1
    library.tick(days=2)
    assert page(library, "诉讼策略", "clerk", engine).total == 0


def raised(library, title, level=Level.CONFIDENTIAL):
    """Raise the volume of the paper called *title*, and leave the index as it is."""
    code = next(row.code for row in page(library, title, "gm").rows if row.kind == "volume")
    with library.work("archivist", Act.VOLUME_LEVEL) as unit:
        volumes.set_level(unit, code, level, reason="涉诉")
    return code


def test_conf_P4_while_the_index_lags_behind_a_raised_level_totals_and_pages_agree(library):
    """The old bucket is still in the index: no page shows the record, no total counts it, and no page comes up short."""
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
    sync.drain(library.instance)
    assert codes(page(library, "装修", "staff", limit=200)) == shown


def test_conf_P4_while_the_index_lags_a_text_no_longer_to_be_searched_finds_nothing(library):
    """The archivist still sees the raised volume, but no longer searches its text: a word of the text is no oracle."""
    assert page(library, "水费结算", "archivist").total == 1
    code = raised(library, "水务公司来函", Level.SECRET)
    assert page(library, "水费结算", "archivist").total == 0
    sync.drain(library.instance)
    assert page(library, "水费结算", "archivist").total == 0
    assert code in codes(page(library, "水务公司来函", "archivist"))


def test_conf_P4_without_the_row_check_the_lag_leaks(library, monkeypatch):
    """Witness: trusting the index alone, the raised record's total tells of it."""
    raised(library, "A1204装修平面图")
    true = page(library, "装修", "staff", limit=1)
    monkeypatch.setattr(search, "_untrue", lambda *_: set())
    assert page(library, "装修", "staff", limit=1).total != true.total


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
