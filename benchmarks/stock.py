"""Whoosh 2.7.4 as it comes, with a tokenizer that gives our tokens; see engines.py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engines import FACETS, FIELDS, Answer, Counts, parts, terms
from trade import Ask, Record
from whoosh import fields, index, query
from whoosh.analysis import Token, Tokenizer

from indexer.language.analysis import words


class Ready(Tokenizer):
    """Our tokens, as Whoosh takes them."""

    def __call__(self, value: str, **given: Any) -> Iterator[Any]:
        token = Token(given.get("positions", False), given.get("chars", False))
        token.boost, token.stopped = 1.0, False
        for at, word in enumerate(words(value)):
            token.text, token.pos = word, at
            yield token


class StockWhoosh:
    """The engine over a folder; no encryption, no fsync."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "whoosh"

    def create(self) -> None:
        self._folder.mkdir(parents=True)
        self._index = index.create_in(str(self._folder), _schema())
        self._writer = self._index.writer(limitmb=256)

    def add(self, records: Sequence[Record]) -> None:
        for record in records:
            self._writer.add_document(**_document(record))

    def finish(self) -> None:
        self._writer.commit()
        self._index.close()

    def open(self) -> None:
        self._index = index.open_dir(str(self._folder))
        self._searcher = self._index.searcher()

    def search(self, ask: Ask) -> Answer:
        found = self._searcher.search(_query(ask), limit=20)
        return [int(hit["number"]) for hit in found], len(found)

    def facets(self, ask: Ask) -> Counts:
        found = self._searcher.search(_query(ask), limit=1, groupedby=list(FACETS))
        return {name: {str(key): len(of) for key, of in found.groups(name).items()} for name in FACETS}

    def commit(self, record: Record) -> None:
        writer = self._index.writer()
        writer.add_document(**_document(record))
        writer.commit()
        self._searcher = self._index.searcher()


def _schema() -> Any:
    texts = {name: fields.TEXT(analyzer=Ready(), field_boost=weight) for name, weight in FIELDS.items()}
    facts = {name: fields.NUMERIC(int, bits=32, sortable=True) for name in ("year", "level")}
    return fields.Schema(number=fields.STORED, family=fields.ID(sortable=True), **facts, **texts)


def _document(record: Record) -> Mapping[str, object]:
    facts = {"family": record.family, "year": record.year, "level": record.level}
    return {**parts(record), **facts, "number": record.number}


def _query(ask: Ask) -> Any:
    found: list[Any] = [query.Or([_phrase(name, terms(word)) for name in FIELDS]) for word in ask.words]
    if ask.family:
        found.append(query.Term("family", ask.family))
        found += [query.NumericRange("year", *ask.years), query.NumericRange("level", 0, ask.level)]
    return query.And(found)


def _phrase(name: str, row: list[str]) -> Any:
    return query.Phrase(name, row) if len(row) > 1 else query.Term(name, row[0])
