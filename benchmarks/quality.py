"""How good searches are: recall and precision by kind of search, and nDCG@10 against plain BM25.

`python benchmarks/quality.py [--json] [--write] [--misses]`
`python benchmarks/quality.py --help-pages FOLDER --laws laws.db --crimes criminal_law.csv [--questions 200]`

The first asks the generated archive of tests/quality through the real engine; --write brings
docs/search-quality.md up to date, --misses lists what was missed and what was found besides. The second ranks
collections of others, which libraries.py names; they are read where they were unpacked and not kept.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import libraries
from rounds import report

from indexer.engine import Entry
from tests.contract.engines import whoosh
from tests.quality import asked, page
from tests.quality.measures import Bm25, ndcg

ROOT = Path(__file__).resolve().parents[1]


def arguments() -> argparse.ArgumentParser:
    """The options."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--json", action="store_true", help="for machines")
    parser.add_argument("--write", action="store_true", help=f"write {page.PATH} anew")
    parser.add_argument("--misses", action="store_true", help="what was missed, and found besides")
    parser.add_argument("--help-pages", type=Path, help="folder of help pages")
    parser.add_argument("--laws", type=Path, help="laws.db")
    parser.add_argument("--crimes", type=Path, help="criminal_law.csv, with --laws")
    parser.add_argument("--questions", type=int, default=200, help="at most so many of each collection")
    return parser


def misses(done: list[asked.Outcome]) -> Iterator[str]:
    """A line for each search that is not perfect."""
    for one in done:
        if one.missed or one.besides:
            missed, besides = sorted(one.missed), sorted(one.besides)
            yield f"{one.query.kind}: {one.query.ask}  -{len(missed)} {missed[:3]}  +{len(besides)} {besides[:3]}"


def figures(done: list[asked.Outcome], gained: list[tuple[asked.Need, float, float]]) -> dict[str, object]:
    """Recall and precision by kind, and the means of nDCG."""
    told: dict[str, object] = {"searches": len(done)}
    for kind, (_, recall, precision, _) in asked.by_kind(done).items():
        told[f"{kind}: recall"], told[f"{kind}: precision"] = recall, precision
    told["nDCG@10: BM25 over bigrams"] = sum(row[1] for row in gained) / len(gained)
    told["nDCG@10: ours"] = sum(row[2] for row in gained) / len(gained)
    return told


def office(wanted: argparse.Namespace) -> dict[str, object]:
    """The generated archive: every judged search, the page if asked for."""
    with asked.archive() as engine:
        done, gained = asked.outcomes(engine), asked.gains(engine)
    if wanted.misses:
        print("\n".join(misses(done)))
    if wanted.write:
        (ROOT / page.PATH).write_text(page.page(done, gained), "utf-8")
    return figures(done, gained)


# --- collections of others ------------------------------------------------------------------------


def found_libraries(wanted: argparse.Namespace) -> Iterator[libraries.Collection]:
    """The collections whose files were named."""
    if wanted.help_pages:
        yield from libraries.help_pages(wanted.help_pages, wanted.questions)
    if wanted.laws:
        yield libraries.chapters(wanted.laws, wanted.questions)
    if wanted.laws and wanted.crimes:
        yield libraries.crimes(wanted.laws, wanted.crimes, wanted.questions)


def compared(collection: libraries.Collection) -> list[tuple[float, float]]:
    """nDCG@10 of every question: plain BM25 and ours, as a person is answered."""
    names = [f"{number:07}" for number in range(len(collection.documents))]
    texts = dict(zip(names, collection.documents, strict=True))
    plain = Bm25({uid: f"{title}\n{text}" for uid, (title, text) in texts.items()})
    with tempfile.TemporaryDirectory() as folder:
        engine = whoosh(Path(folder) / "index")
        for start in range(0, len(names), 2_000):
            some = names[start : start + 2_000]
            entries = [
                Entry(uid, 1, False, title=texts[uid][0], body=texts[uid][1], bucket=asked.BUCKET)
                for uid in some
            ]
            engine.put(entries, mark=start + 1)
            engine.tidy()
        rows = []
        for question, right in collection.questions:
            graded = {names[at]: grade for at, grade in right.items()}
            ours = asked.ranked(engine, question)
            rows.append((ndcg(plain.ranked(question), graded), ndcg(ours, graded)))
        engine.close()
    return rows


def told(rows: list[tuple[float, float]]) -> dict[str, float]:
    """Means, and between what the difference lies with 95 % (paired bootstrap)."""
    ahead = [ours - plain for plain, ours in rows]
    rng = random.Random(1)
    means = sorted(sum(rng.choices(ahead, k=len(ahead))) / len(ahead) for _ in range(2_000))
    plain, ours = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    return {
        "questions": len(rows),
        "BM25 over bigrams": plain,
        "ours": ours,
        "at least ahead by": means[50],
        "at most ahead by": means[-50],
    }


def main(given: list[str] | None = None) -> None:
    """Ask everything once and tell it."""
    wanted = arguments().parse_args(given)
    others = {
        f"{collection.name}: {name}": value
        for collection in found_libraries(wanted)
        for name, value in told(compared(collection)).items()
    }
    report("quality", others or office(wanted), as_json=wanted.json)


if __name__ == "__main__":
    main()
