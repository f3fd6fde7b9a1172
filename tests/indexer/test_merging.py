"""Merging: what lives stays, what was deleted goes, and no more is merged at a time than was allowed."""

import random

import numpy as np
import pytest

from indexer.embedded.merging import FACTOR, Kept, Weight, due, merge
from indexer.embedded.postings import MOST_DOCUMENTS
from indexer.embedded.segment import Segment, write
from indexer.embedded.storage import SealedFolder
from indexer.engine import Entry
from tests.contract.engines import Gcm
from tests.indexer.shelves import terms_of


@pytest.fixture
def folder(tmp_path):
    return SealedFolder(tmp_path, Gcm(), "merging")


def entries(chance, count, *, first=0):
    for number in range(first, first + count):
        words = "".join(chance.choice("物业管理装修押金A座12 ，") for _ in range(chance.randrange(60)))
        yield Entry(
            f"r{number:03}", number, sealed=False, title=words[:9], body=words, code=f"K-{chance.randrange(99)}",
            year=chance.choice([2020, 2024]), date=chance.choice(["", "2024-05-06"]), bucket=chance.choice("bc"),
            class_code=chance.choice(["ZX·", "YH·01·"]), unit=chance.choice(["", "A1203"]),
        )  # fmt: skip


def segment(folder, name, what):
    with folder.create(name) as file:
        write(file, list(what))
    return Segment(folder.opened(name))


def merged(folder, name, sources):
    with folder.create(name) as file:
        merge(file, sources)
    return Segment(folder.opened(name))


def content(one, documents=None):
    """Everything a segment tells of its documents, by uid."""
    terms, found = terms_of(one), {}
    for document in range(len(one)) if documents is None else documents:
        facts = [one.facts(name)[document] for name in one.columns]
        lengths = {
            name: int(one.lengths(name)[document])
            for name in sorted(one.lexicons)
            if one.lengths(name)[document]
        }
        found[one.uids[document]] = (
            one.codes[document],
            int(one.array("version")[document]),
            facts,
            lengths,
            terms[document],
        )
    return found


@pytest.mark.parametrize("seed", range(6))
def test_a_merged_segment_holds_what_lived_in_its_sources(folder, seed):
    """
    Several segments with random deletions: each document's code, version, facts, lengths and terms are as
    before, in order, and whoever was deleted has left no term behind.
    """
    chance, sources, wanted, first = random.Random(seed), [], {}, 0
    for number in range(chance.randrange(1, 5)):
        count = chance.randrange(1, 40)
        one = segment(folder, f"s{number}.seg", entries(chance, count, first=first))
        kept = np.array(sorted(chance.sample(range(count), chance.randrange(1, count + 1))))
        sources.append(Kept(one, kept))
        wanted |= content(one, kept.tolist())
        first += count
    result = merged(folder, "merged.seg", sources)

    assert wanted == content(result)
    assert list(wanted) == [result.uids[document] for document in range(len(result))]
    living = set().union(*(terms for *_, terms in wanted.values()))
    held = {
        name.decode()
        for each in result.lexicons
        for block in result.lexicon(each).blocks()
        for name in block.names
    }
    assert living == held


def test_positions_survive_merging(folder):
    """
    The same text stands at the same places in its document, before and after.
    """
    text = Entry("a", 1, sealed=False, body="物业管理 物业")
    other = Entry("b", 1, sealed=False, body="管理处，物业")
    parts = [Kept(segment(folder, f"{one.uid}.seg", [one]), np.array([0])) for one in (text, other)]
    run = merged(folder, "merged.seg", parts).lexicon("body").term("物业")

    assert ([0, 1], [2, 1], [0, 4, 4]) == (
        run.documents().tolist(),
        run.times().tolist(),
        run.positions().tolist(),
    )


@pytest.mark.parametrize(
    ("living", "expected"),
    [
        ([], []),
        ([1] * (FACTOR - 1), []),
        ([1] * FACTOR, list(range(FACTOR))),
        ([500, *[1] * FACTOR, 70], list(range(1, FACTOR + 1))),
        ([1] * 3 + [100] * FACTOR, list(range(3, FACTOR + 3))),
        ([60_000] * FACTOR, []),
        ([20_000] * FACTOR, [0, 1, 2]),
    ],
)
def test_segments_of_a_size_are_merged_when_there_are_enough(living, expected):
    """
    Each tier waits until it is full; what is too large to fit stays as it is.
    """
    assert expected == due([Weight(one, one) for one in living])


def test_what_is_due_never_exceeds_what_is_allowed():
    """
    However many segments of whatever sizes: the merged one holds at most what was allowed, and merging ends.
    """
    chance = random.Random(7)
    for _ in range(300):
        weights = [
            Weight(size, chance.randrange(size + 1))
            for size in (chance.choice([1, 9, 80, 700, 6000, 50_000]) for _ in range(chance.randrange(30)))
        ]
        most, thorough, rounds = chance.choice([64, 4096, MOST_DOCUMENTS]), chance.random() < 0.5, 0
        while chosen := due(weights, most=most, thorough=thorough):
            together = sum(weights[at].living for at in chosen)
            assert together <= most
            weights = [one for at, one in enumerate(weights) if at not in chosen] + [
                Weight(together, together)
            ] * (together > 0)
            rounds += 1
            assert rounds < 100


def test_a_worn_segment_is_rewritten():
    """
    One segment of which a third was deleted is due alone.
    """
    assert [1] == due([Weight(100, 90), Weight(100, 60)])
