"""What a segment holds of each record, so that two indexes can be compared: equal records give equal rows."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b
from typing import cast

import numpy as np

from indexer.embedded.matching import Leaf
from indexer.embedded.postings import Lexicon, Numbers

_ODD = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


def rows(leaf: Leaf) -> Iterator[tuple[object, ...]]:
    """Per living record: uid, version, code, its facts, whether it is sealed, and a digest of where which terms stand."""
    segment = leaf.segment
    columns = [segment.facts(name) for name in sorted(segment.columns)]
    versions, digests = segment.array("version"), _digests(leaf)
    for document in np.flatnonzero(leaf.alive).tolist():
        facts = tuple(column[document] for column in columns)
        yield (
            segment.uids[document], int(versions[document]), segment.codes[document], *facts, leaf.sealed,
            int(digests[document]),
        )  # fmt: skip


def _digests(leaf: Leaf) -> Numbers:
    """A number for each document, the sum over its places of a hash of field, term and position."""
    total = np.zeros(len(leaf.segment), np.uint64)
    for name in leaf.segment.lexicons:
        _add(total, name, cast("Lexicon", leaf.segment.lexicon(name)))
    return total


def _add(total: Numbers, name: str, lexicon: Lexicon) -> None:
    field = name.encode()
    for block in lexicon.blocks():
        terms = np.array([_hash(field, term) for term in block.names], np.uint64)
        hashed = np.repeat(terms, block.positions_of) + block.positions.astype(np.uint64) * _ODD
        hashed = (hashed ^ (hashed >> np.uint64(29))) * _MIX
        np.add.at(total, np.repeat(block.documents, block.times), hashed ^ (hashed >> np.uint64(32)))


def _hash(field: bytes, term: bytes) -> int:
    return int.from_bytes(blake2b(term, digest_size=8, key=field).digest(), "little")
