"""The full-text engines that benchmarks/search.py compares, behind one face; every one is given the same tokens.

`words` of our own analysis makes the tokens for all of them: character bigrams, the last character of a run
alone, a mark for every gap. A word asked for is the phrase of its bigrams, in any of four fields.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

from segments import ClearKeys
from trade import Ask, Record

from archive.keys import Keyring
from indexer.embedded.keypool import KeyPool
from indexer.embedded.whoosh_engine import WhooshEngine
from indexer.engine import Asking, Entry, Scope
from indexer.language.analysis import GAP, needles, words
from indexer.question.tree import And, Column, Term, Tree, Where
from indexer.shelf import KeySealer

#: The text fields and their weights where an engine takes weights.
FIELDS = {"title": 5.0, "code": 6.0, "creator": 2.0, "body": 1.0}
FACETS = ("family", "year", "level")
HITS = 20
MARK = "‖"  # stands for a gap in engines that are given text

Answer = tuple[list[int], int]  # numbers of the first records, how many there are
Counts = dict[str, dict[str, int]]


class Bench(Protocol):
    """An engine under measurement, over a folder of its own."""

    def create(self) -> None:
        """Begin an empty index."""

    def add(self, records: Sequence[Record]) -> None:
        """Take in some of many records."""

    def finish(self) -> None:
        """All records are in: merge what is to be merged, make it durable, let go."""

    def open(self) -> None:
        """Open what was built, for questions and single commits."""

    def search(self, ask: Ask) -> Answer:
        """The best twenty and the exact total."""

    def facets(self, ask: Ask) -> Counts:
        """How many have which family, year and level."""

    def commit(self, record: Record) -> None:
        """One more record, durably."""


def parts(record: Record) -> dict[str, str]:
    """The four texts of a record."""
    return {"title": record.title, "code": record.code, "creator": record.creator, "body": record.body}


def spelt(text: str) -> str:
    """*text* as its tokens with blanks between."""
    return " ".join(MARK if word == GAP else word for word in words(text))


def terms(word: str) -> list[str]:
    """The adjacent tokens that *word* means."""
    return [needle.term for needle in needles(word)]


# --- ours ---------------------------------------------------------------------------------------


class ClearSealer:
    """Files as they are: the same code path without encryption, to measure what it costs. Never for use."""

    def __init__(self, folder: Path) -> None:
        self.pool = KeyPool(folder, ClearKeys())

    def seal(self, name: str, data: bytes) -> bytes:  # noqa: ARG002 - the face of a sealer
        return data

    def open(self, name: str, data: bytes) -> bytes:  # noqa: ARG002
        return data


class Ours:
    """Our engine: encrypted files, a key for each segment in a real keystore, fsync, exact totals."""

    clear = False
    sealed = False

    def __init__(self, folder: Path) -> None:
        self._folder, self._mark = folder, 0
        self._scope = Scope(frozenset({"b"}), frozenset({"b"}), sealed=self.sealed)

    def create(self) -> None:
        self.open(first=True)
        self._engine.put([], mark=0)

    def add(self, records: Sequence[Record]) -> None:
        self._mark += 1
        self._engine.put(map(self._entry, records), mark=self._mark)
        self._engine.tidy()

    def finish(self) -> None:
        while self._engine.tidy(thorough=True):
            pass
        self._engine.close()

    def open(self, *, first: bool = False) -> None:
        home, index = self._folder / "instance", self._folder / "index"
        index.mkdir(parents=True, exist_ok=True)
        self._engine = WhooshEngine(index / "main", self._sealer(home, index, first))
        self._mark = self._engine.mark()

    def search(self, ask: Ask) -> Answer:
        found = self._engine.find(self.tree(ask), self._scope, Asking(limit=HITS))
        return [int(hit.uid[1:]) for hit in found.hits], found.total

    def facets(self, ask: Ask) -> Counts:
        asking = Asking(limit=1, facets=frozenset(map(Column, FACETS)))
        counted = self._engine.find(self.tree(ask), self._scope, asking).facets
        return {
            column.value: {str(value): many for value, many in of.items()} for column, of in counted.items()
        }

    def commit(self, record: Record) -> None:
        self._mark += 1
        self._engine.put([self._entry(record)], mark=self._mark)

    @staticmethod
    def tree(ask: Ask) -> Tree:
        """The question as our engine takes it."""
        found: list[Tree] = [Term(word) for word in ask.words]
        if ask.family:
            found.append(Where(Column.FAMILY, ask.family, ask.family))
        if ask.years:
            found.append(Where(Column.YEAR, *ask.years))
        if ask.level is not None:
            found.append(Where(Column.LEVEL, None, ask.level))
        return And(tuple(found))

    def _sealer(self, home: Path, index: Path, first: bool) -> Any:
        if self.clear:
            return ClearSealer(index)
        if first:
            home.mkdir(parents=True)
            ring = Keyring.create(home, key_file=self._folder / "key")[0]
        else:
            ring = Keyring.unlock(home, key_file=self._folder / "key")
        return KeySealer(ring, KeyPool(index, ring))

    def _entry(self, record: Record) -> Entry:
        return Entry(
            record.uid, 1, sealed=self.sealed, **parts(record), class_code=record.class_path, family=record.family,
            year=record.year, level=record.level, date=record.date, bucket="b",
        )  # fmt: skip


class OursClear(Ours):
    """The same without encryption."""

    clear = True


class OursSealed(Ours):
    """The same with every record in the sealed partition (decision 15 measures memory so)."""

    sealed = True


# --- SQLite FTS5 ----------------------------------------------------------------------------------


class Fts5:
    """SQLite's full text, contentless, with the facts in a table beside it; rollback journal, synchronous FULL."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "fts5.db"

    def create(self) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self.open()
        self._db.execute(
            f"CREATE VIRTUAL TABLE t USING fts5({','.join(FIELDS)}, content='', tokenize='ascii')"
        )
        weights = ",".join(map(str, FIELDS.values()))
        self._db.execute("INSERT INTO t(t, rank) VALUES ('rank', ?)", [f"bm25({weights})"])
        self._db.execute(
            "CREATE TABLE fact (number INTEGER PRIMARY KEY, family TEXT, year INTEGER, level INTEGER)"
        )

    def open(self) -> None:
        self._db = sqlite3.connect(self._path, isolation_level=None)
        for pragma in ("journal_mode=TRUNCATE", "synchronous=FULL", "cache_size=-65536", "temp_store=MEMORY"):
            self._db.execute(f"PRAGMA {pragma}")

    def add(self, records: Sequence[Record]) -> None:
        holes = ",".join("?" * (len(FIELDS) + 1))
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            f"INSERT INTO t (rowid,{','.join(FIELDS)}) VALUES ({holes})", map(self._row, records)
        )
        facts = ((one.number + 1, one.family, one.year, one.level) for one in records)
        self._db.executemany("INSERT INTO fact VALUES (?,?,?,?)", facts)
        self._db.execute("COMMIT")

    def finish(self) -> None:
        self._db.close()

    def search(self, ask: Ask) -> Answer:
        where, values = self._where(ask)
        best = f"SELECT t.rowid - 1 {where} ORDER BY rank LIMIT {HITS}"
        numbers = [row[0] for row in self._db.execute(best, values)]
        return numbers, self._db.execute(f"SELECT count(*) {where}", values).fetchone()[0]

    def facets(self, ask: Ask) -> Counts:
        _, values = self._where(ask)
        joined = "FROM t JOIN fact ON fact.number = t.rowid WHERE t MATCH ?"
        rows = self._db.execute(f"SELECT family, year, level, count(*) {joined} GROUP BY 1, 2, 3", values)
        return added(rows)

    def commit(self, record: Record) -> None:
        self.add([record])

    def _row(self, record: Record) -> tuple[object, ...]:
        return (record.number + 1, *map(spelt, parts(record).values()))

    def _where(self, ask: Ask) -> tuple[str, list[object]]:
        """What follows SELECT, and its values; the conditions only where there are any."""
        match = " AND ".join('"' + " ".join(terms(word)) + '"' for word in ask.words)
        if not ask.family:
            return "FROM t WHERE t MATCH ?", [match]
        joined = "FROM t JOIN fact ON fact.number = t.rowid WHERE t MATCH ?"
        return f"{joined} AND family = ? AND year BETWEEN ? AND ? AND level <= ?", [
            match,
            ask.family,
            *ask.years,
            ask.level,
        ]


def added(rows: Iterable[tuple[object, ...]]) -> Counts:
    """Counts by each fact from counts by all of them together."""
    counts: Counts = {name: {} for name in FACETS}
    for *values, many in rows:
        for name, value in zip(FACETS, values, strict=True):
            counts[name][str(value)] = counts[name].get(str(value), 0) + many
    return counts


# --- tantivy --------------------------------------------------------------------------------------


class Tantivy:
    """tantivy through its Python face: tokens split at blanks, positions kept, one writing thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "tantivy"

    def create(self) -> None:
        self._folder.mkdir(parents=True)
        self._start()

    def open(self) -> None:
        self._start()

    def add(self, records: Sequence[Record]) -> None:
        for record in records:
            self._writer().add_document(self._document(record))

    def finish(self) -> None:
        self._writer().commit()
        self._writing.wait_merging_threads()

    def search(self, ask: Ask) -> Answer:
        found = self._searcher.search(self._query(ask), HITS, count=True)
        return self._searcher.fast_field_values("number", [address for _, address in found.hits]), found.count

    def facets(self, ask: Ask) -> Counts:
        wanted = {name: {"terms": {"field": name, "size": 100}} for name in FACETS}
        counted = self._searcher.aggregate(self._query(ask), wanted)
        return {
            name: {str(_whole(one["key"])): one["doc_count"] for one in counted[name]["buckets"]}
            for name in FACETS
        }

    def commit(self, record: Record) -> None:
        self._writer().add_document(self._document(record))
        self._writer().commit()
        self._index.reload()
        self._searcher = self._index.searcher()

    def _start(self) -> None:
        import tantivy

        self._tantivy = tantivy
        building = tantivy.SchemaBuilder()
        for name in FIELDS:
            building.add_text_field(name, tokenizer_name="whitespace", index_option="position")
        building.add_text_field("family", tokenizer_name="raw", index_option="basic", fast=True)
        for name in ("number", "year", "level"):
            building.add_integer_field(name, indexed=name != "number", fast=True)
        self._schema = building.build()
        self._index = tantivy.Index(self._schema, path=str(self._folder), reuse=True)
        self._searcher, self._writing = self._index.searcher(), None

    def _writer(self) -> Any:
        if self._writing is None:
            self._writing = self._index.writer(heap_size=256_000_000, num_threads=1)
        return self._writing

    def _document(self, record: Record) -> Any:
        texts = {name: spelt(text) for name, text in parts(record).items()}
        facts = {"number": record.number, "year": record.year, "level": record.level}
        return self._tantivy.Document(**texts, family=record.family, **facts)

    def _query(self, ask: Ask) -> Any:
        query, occur = self._tantivy.Query, self._tantivy.Occur
        found = [(occur.Must, self._word(word)) for word in ask.words]
        if ask.family:
            found.append(
                (
                    occur.Must,
                    query.const_score_query(query.term_query(self._schema, "family", ask.family), 0.0),
                )
            )
            kind = self._tantivy.FieldType.Integer
            for name, (least, most) in {"year": ask.years, "level": (0, ask.level)}.items():
                within = query.range_query(self._schema, name, kind, least, most)
                found.append((occur.Must, query.const_score_query(within, 0.0)))
        return query.boolean_query(found)

    def _word(self, word: str) -> Any:
        query, row = self._tantivy.Query, terms(word)
        anywhere = []
        for name, weight in FIELDS.items():
            one = (
                query.term_query(self._schema, name, row[0])
                if len(row) == 1
                else query.phrase_query(self._schema, name, row)
            )
            anywhere.append((self._tantivy.Occur.Should, query.boost_query(one, weight)))
        return query.boolean_query(anywhere)


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) else value


# --- by name ----------------------------------------------------------------------------------------

ENGINES = {
    "ours": Ours,
    "ours sealed": OursSealed,
    "ours clear": OursClear,
    "SQLite FTS5": Fts5,
    "tantivy": Tantivy,
}
STOCK = "Whoosh"


def engine(name: str, folder: Path) -> Bench:
    """The engine called *name* over *folder*; Whoosh is imported only where it is measured."""
    if name == STOCK:
        from stock import StockWhoosh

        return StockWhoosh(folder)
    return ENGINES[name](folder)


def size(folder: Path) -> int:
    """Bytes of all files below *folder*."""
    return sum(os.path.getsize(Path(where) / name) for where, _, names in os.walk(folder) for name in names)
