"""Importing a folder of small text files: files a second, memory that stays flat, then texts and index.

`python benchmarks/importing.py [--json] [--rows FILES] [--rounds N]`

Rounds are a tenth of --rows (10,000 files) each, beside a plain copy of the same files with the same care
(new file, fsync, rename, fsync of its folder). Memory is the peak of a process of its own that does nothing
but import: once a tenth, once all of them. Reading texts and indexing are timed apart and once, on a tenth.
"""

from __future__ import annotations

import json
import os
import resource
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import office
from rounds import report

from archive.importing import Fate, Wanted, import_folder
from archive.instance import Instance
from indexer import sync, texts

#: Half of the folder is kept paper by paper, half goes into a volume.
KINDS = {"letters": Wanted("WS·NB", "KF", 2024), "rounds": Wanted("FW·01", "KF", 2024)}
BODY = "电梯维护保养记录：本月巡检正常，机房温度二十二度，已更换门机皮带。\n"


def files_in(folder: Path, rows: int) -> Path:
    """*rows* dated text files of about 1 KiB, half in each sub-folder; no two alike."""
    for kind, wanted in KINDS.items():
        (folder / kind).mkdir(parents=True)
        for number in range(rows // 2):
            name = f"2024-05-{1 + number % 28:02} {wanted.class_code} 第{number}号.txt"
            (folder / kind / name).write_text(f"{kind} 第{number}号\n{BODY * 10}", "utf-8")
    return folder


def import_all(instance: Instance, folder: Path) -> None:
    for kind, wanted in KINDS.items():
        lines = import_folder(instance, office.who("archivist"), folder / kind, wanted)
        assert {Fate.FILED} == {line.fate for line in lines}, lines[0].error


def copy_all(folder: Path, target: Path) -> None:
    """The reference: the same bytes to the same kind of place, as carefully, with nothing recorded or encrypted."""
    target.mkdir()
    for file in sorted(folder.rglob("*.txt")):
        name = secrets.token_hex(16)
        temp = target / f"{name}.part"
        with temp.open("xb") as out:
            out.write(file.read_bytes())
            out.flush()
            os.fsync(out.fileno())
        place = target / name[:2]
        for parent in (target, place):
            place.mkdir(exist_ok=True)
            temp = temp.rename(parent / name) if parent == place else temp
            _sync(parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


def one_round(home: Path, folder: Path) -> Iterator[tuple[str, office.Spent]]:
    with office.opened(office.copied(home, "ours")) as instance:
        yield "import", office.timed(lambda: import_all(instance, folder), collecting=True)
    yield "plain copy", office.timed(lambda: copy_all(folder, home.parent / "plain"))
    shutil.rmtree(home.parent / "plain")


def followed(home: Path, folder: Path) -> dict[str, float]:
    """Once, after an import of *folder*: texts read and records indexed, in files a second."""
    count = len(list(folder.rglob("*.txt")))
    with office.opened(office.copied(home, "ours")) as instance:
        import_all(instance, folder)
        read, _ = office.timed(lambda: texts.read_texts(instance), collecting=True)
        indexed, _ = office.timed(lambda: sync.drain(instance), collecting=True)
    return {
        "texts read, once: files per second": count / read,
        "indexed, once: files per second": count / indexed,
    }


# --- memory, in a process of its own ----------------------------------------------------------


def peak_of(home: Path, folder: Path) -> dict[str, float]:
    """Import *folder* into a copy of *home* in a new process: its peak in MiB, and files a second."""
    copy = office.copied(home, "peak")
    done = subprocess.run(
        [sys.executable, __file__, "--peak", str(copy), str(folder)], capture_output=True, check=True
    )
    return json.loads(done.stdout)


def tell_peak(home: Path, folder: Path) -> None:
    with office.opened(home) as instance:
        before = _peak()
        wall, _ = office.timed(lambda: import_all(instance, folder), collecting=True)
    print(json.dumps({"before": before, "peak": _peak(), "wall": wall}))


def _peak() -> float:
    """The most memory held so far, in MiB; `ru_maxrss` also counts what the parent held at the fork."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- figures ----------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> None:
    asked = office.arguments(__doc__, rows=10_000).parse_args(arguments)
    tenth = max(2, asked.rows // 10)
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as place:
        home, base = office.found(Path(place)), Path(place)
        few, many = files_in(base / "few", tenth), files_in(base / "many", asked.rows)
        timings = office.in_turn(lambda: one_round(home, few), asked.rounds)
        after = followed(home, few)
        small, large = peak_of(home, few), peak_of(home, many)
    figures = {"files in a round": tenth}
    for case in timings:
        figures[f"{case}: files per second"] = tenth / timings[case].median
    figures |= after | {
        "import: milliseconds a file": timings["import"].median / tenth * 1e3,
        "import: time / plain copy": timings["import"].median / timings["plain copy"].median,
        "files at once": asked.rows,
        "import of all: files per second": asked.rows / large["wall"],
        "memory before: MiB": large["before"],
        "memory at peak, a tenth: MiB": small["peak"],
        "memory at peak, all: MiB": large["peak"],
        "memory growth: KiB a file": (large["peak"] - small["peak"]) * 1024 / max(1, asked.rows - tenth),
    }
    report("importing", figures, timings, as_json=asked.json)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--peak"]:
        tell_peak(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main()
