"""A list of papers in one XLSX brought in: rows a second, memory that stays flat, and the ratio to reading the sheet alone.

`python benchmarks/import_lists.py [--json] [--rows ROWS] [--rounds N]`

Rounds are a twentieth of --rows (100,000) each: the import (every row looked at, then entered), and the sheet only
read, in turn. Memory is the peak of a process of its own that does nothing but import: a tenth of the rows, and all.
"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import office
from importing import _peak
from rounds import report

from archive.instance import Instance
from archive.sheets import lists, running
from archive.sheets.lists import Said
from archive.sheets.running import Listing
from archive.sheets.writing import write_xlsx
from archive.words import Language

COLUMNS = ("档号", "文号", "责任者", "题名", "日期", "页数", "保管期限", "年度", "类别号", "部门", "备注")


def rows_of(count: int) -> Iterator[list[object]]:
    """*count* papers kept one by one, each with its code."""
    for number in range(1, count + 1):
        day = dt.date(2024, 1 + number % 12, 1 + number % 28)
        yield [
            f"K001-WS·2024·D10·KF-{number:06}", f"客服〔2024〕{number}号", "客服部", f"关于第{number}号设备报修事项的处理报告",
            day, 1 + number % 9, "10年", 2024, "WS·BG", "KF", "原件" if number % 3 else "",
        ]  # fmt: skip


def workbook(path: Path, count: int) -> Path:
    with path.open("wb") as out:
        write_xlsx(out, COLUMNS, rows_of(count), title="归档文件目录", language=Language.ZH)
    return path


def bring_in(instance: Instance, path: Path) -> int:
    opened = lists.open_list(path, Said())
    listing = Listing(opened.layout.kind, opened.entries, opened.signs, opened.card)
    line = running.run(instance, office.who("archivist"), listing)
    assert (line.made, line.refused) == (line.rows, 0), line
    return line.made


def read_only(path: Path) -> int:
    """The reference: the same rows out of the same sheet, understood and dropped."""
    return sum(1 for _ in lists.open_list(path, Said()).entries())


def one_round(home: Path, path: Path) -> Iterator[tuple[str, office.Spent]]:
    with office.opened(office.copied(home, "ours")) as instance:
        yield "import", office.timed(lambda: bring_in(instance, path), collecting=True)
    yield "sheet read", office.timed(lambda: read_only(path), collecting=True)


# --- memory, in a process of its own ----------------------------------------------------------


def peak_of(home: Path, path: Path) -> dict[str, float]:
    """Import *path* into a copy of *home* in a new process: its peak in MiB, and seconds."""
    copy = office.copied(home, "peak")
    done = subprocess.run(
        [sys.executable, __file__, "--peak", str(copy), str(path)], capture_output=True, check=True
    )
    return json.loads(done.stdout)


def tell_peak(home: Path, path: Path) -> None:
    with office.opened(home) as instance:
        before = _peak()
        read, _ = office.timed(lambda: read_only(path), collecting=True)
        wall, _ = office.timed(lambda: bring_in(instance, path), collecting=True)
    print(json.dumps({"before": before, "peak": _peak(), "wall": wall, "read": read}))


# --- figures ----------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> None:
    asked = office.arguments(__doc__, rows=100_000).parse_args(arguments)
    share, tenth = max(2, asked.rows // 20), max(2, asked.rows // 10)
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as place:
        home, base = office.found(Path(place)), Path(place)
        paths = [
            workbook(base / f"{name}.xlsx", count)
            for name, count in (("few", share), ("some", tenth), ("all", asked.rows))
        ]
        timings = office.in_turn(lambda: one_round(home, paths[0]), asked.rounds)
        small, large = peak_of(home, paths[1]), peak_of(home, paths[2])
    figures: dict[str, float] = {"rows in a round": share}
    for case in timings:
        figures[f"{case}: rows per second"] = share / timings[case].median
    figures |= {
        "import: time / sheet read": timings["import"].median / timings["sheet read"].median,
        "rows at once": asked.rows,
        "import of all: rows per second": asked.rows / large["wall"],
        "sheet of all read: rows per second": asked.rows / large["read"],
        "import of all: time / sheet read": large["wall"] / large["read"],
        "memory before: MiB": large["before"],
        "memory at peak, a tenth: MiB": small["peak"],
        "memory at peak, all: MiB": large["peak"],
        "memory growth: KiB a row": (large["peak"] - small["peak"]) * 1024 / max(1, asked.rows - tenth),
    }
    report("import_lists", figures, timings, as_json=asked.json)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        tell_peak(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
