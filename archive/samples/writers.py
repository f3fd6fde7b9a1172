"""Papers as real files: Word, PDF with an embedded Chinese font, Excel and plain text; and their manifest.

The same paper gives the same bytes, so that a second import of the same folder finds nothing new.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from archive.samples.papers import Paper

#: The import list at the top of the folder.
MANIFEST = "manifest.json"


def write(paper: Paper, folder: Path) -> Path:
    """Write *paper* under *folder* at its own place; returns the path."""
    path = folder / paper.place
    path.parent.mkdir(parents=True, exist_ok=True)
    _WRITERS[paper.format](paper, path)
    return path


def write_all(
    papers: Sequence[Paper], folder: Path, progress: Callable[[int, int], None] | None = None
) -> list[Path]:
    """Write all *papers* and `manifest.json`; *progress* hears (done, total) after each file."""
    written = []
    for done, paper in enumerate(papers, start=1):
        written.append(write(paper, folder))
        if progress:
            progress(done, len(papers))
    manifest = {"format": 1, "papers": [entry(paper) for paper in papers]}
    text = json.dumps(manifest, ensure_ascii=False, indent=1)
    (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")
    return written


def entry(paper: Paper) -> dict[str, object]:
    """One line of the import list: the path below the folder and all that is known about the paper."""
    return {
        "path": paper.place.as_posix(),
        "class": paper.class_code,
        "department": paper.department,
        "year": paper.year,
        "date": paper.date.isoformat(),
        "title": paper.title,
        "creator": paper.creator,
        "document_no": paper.document_no,
        "doc_type": paper.doc_type,
        "pages": paper.pages,
        "level": paper.level,
        "period": paper.period,
        "premises": paper.premises,
        "party": paper.party,
        "project": paper.project,
        "fields": dict(paper.fields),
        "volume": list(paper.volume),
        "volume_title": paper.volume_title,
        "events": [[trigger, day.isoformat()] for trigger, day in paper.events],
    }


def _text(paper: Paper) -> str:
    """The paper as plain text with the table in bars."""
    rows = ["｜".join(row) for row in paper.table]
    indented = [f"　　{paragraph}" for paragraph in paper.paragraphs]
    lines = [paper.title, paper.document_no or "", *indented, *rows, "", paper.creator, paper.signature, ""]
    return "\n".join(lines)


def _utf8(paper: Paper, path: Path) -> None:
    path.write_bytes(_text(paper).encode("utf-8"))


def _gb18030(paper: Paper, path: Path) -> None:
    """As Windows editors of the region save it."""
    path.write_bytes(_text(paper).replace("\n", "\r\n").encode("gb18030"))


def _docx(paper: Paper, path: Path) -> None:
    from archive.samples.word import write_docx

    write_docx(paper, path)


def _pdf(paper: Paper, path: Path) -> None:
    from archive.samples.press import write_pdf

    write_pdf(paper, path)


def _xlsx(paper: Paper, path: Path) -> None:
    from archive.samples.sheet import write_xlsx

    write_xlsx(paper, path)


_WRITERS: Mapping[str, Callable[[Paper, Path], None]] = {
    "docx": _docx,
    "pdf": _pdf,
    "xlsx": _xlsx,
    "txt-utf8": _utf8,
    "txt-gb18030": _gb18030,
}
