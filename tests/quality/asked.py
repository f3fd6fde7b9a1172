"""The judged searches put to the real engine in a folder of its own, and what came of them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive.errors import QueryUnclear
from indexer.engine import Asking, Engine, Hit, Scope
from indexer.question.apart import together
from indexer.question.query import parse
from indexer.question.tree import And, Column, Field, Tree, Where
from tests.contract.engines import whoosh
from tests.quality.corpus import BUCKET, pieces
from tests.quality.judged import Need, Query, grades, needs, queries, relevant
from tests.quality.measures import Bm25, Share, ndcg, share

EVERYBODY = Scope(frozenset({BUCKET}), frozenset({BUCKET}), sealed=True)
DEPTH = 10


@dataclass(frozen=True, slots=True)
class Outcome:
    """One judged search: what was missed and what was found besides."""

    query: Query
    share: Share
    missed: frozenset[str]
    besides: frozenset[str]


@contextmanager
def archive() -> Iterator[Engine]:
    """An engine that holds the whole archive, in four segments."""
    with tempfile.TemporaryDirectory() as folder:
        engine = whoosh(Path(folder) / "index")
        entries = [piece.entry for piece in pieces()]
        for part in range(4):
            engine.put(entries[part::4], mark=part + 1)
        yield engine
        engine.close()


def tree(query: Query) -> Tree:
    """What is typed, and the conditions beside it."""
    return And((together(parse(query.ask)), *_conditions(query.narrow)))


def _conditions(narrow: Mapping[str, Any]) -> Iterator[Where]:
    for name, value in narrow.items():
        if name == "class":
            yield Where(Column.CLASS, f"{value}·")
        elif isinstance(value, tuple | list):
            yield Where(Column(name), *value)
        else:
            yield Where(Column(name), value, value)


def outcomes(engine: Engine) -> list[Outcome]:
    """Every judged search, asked for all its hits."""
    return [_outcome(engine, query) for query in queries()]


def _outcome(engine: Engine, query: Query) -> Outcome:
    answer = engine.find(tree(query), EVERYBODY, Asking(limit=len(pieces())))
    found, wanted = frozenset(hit.uid for hit in answer.hits), relevant(query)
    return Outcome(query, share(found, wanted), wanted - found, found - wanted)


def by_kind(done: list[Outcome]) -> dict[str, tuple[int, float, float, Share]]:
    """Per kind: how many searches, recall and precision as means over them, and the records in all."""
    kinds = dict.fromkeys(outcome.query.kind for outcome in done)
    return {kind: _summed([one.share for one in done if one.query.kind == kind]) for kind in kinds}


def _summed(shares: list[Share]) -> tuple[int, float, float, Share]:
    many = len(shares)
    recall, precision = sum(one.recall for one in shares) / many, sum(one.precision for one in shares) / many
    return many, recall, precision, sum(shares, Share())


# --- ranking ----------------------------------------------------------------------------------


def ranked(engine: Engine, question: str) -> list[str]:
    """Our answer to a question in natural words: what it means exactly, then what is most like it."""
    hits = [hit.uid for hit in _exact(engine, question)]
    texts = dict.fromkeys((Field.BODY,), question)
    more = [hit.uid for hit in engine.alike(texts, EVERYBODY, limit=DEPTH).hits]
    return list(dict.fromkeys([*hits, *more]))[:DEPTH]


def _exact(engine: Engine, question: str) -> tuple[Hit, ...]:
    """The records that *question* means as it stands; none where it cannot be read as a search."""
    try:
        return engine.find(parse(question), EVERYBODY, Asking(limit=DEPTH)).hits
    except QueryUnclear:
        return ()


def gains(engine: Engine) -> list[tuple[Need, float, float]]:
    """nDCG@10 of each graded need: plain BM25 and ours."""
    plain = Bm25({piece.entry.uid: f"{piece.entry.title}\n{piece.entry.body}" for piece in pieces()})
    rows = []
    for need in needs():
        right = grades(need)
        rows.append((need, ndcg(plain.ranked(need.ask), right), ndcg(ranked(engine, need.ask), right)))
    return rows
