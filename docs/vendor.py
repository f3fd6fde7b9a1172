# ruff: noqa: INP001  # a script of the developers, not a package
"""What the browser is given from other people: fetched by name and version, cut to what is used, written with hashes.

`python docs/vendor.py` asks npm for the packages below and writes `web/static/vendor/`; a test compares the
files with MANIFEST.toml. It runs on a developer's machine only: an office never fetches anything.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

TARGET = Path(__file__).resolve().parent.parent / "web" / "static" / "vendor"
SOURCE_MAP = re.compile(rb"\s*(/\*# sourceMappingURL=[^*]*\*/|//# sourceMappingURL=\S*)\s*$")
FRAME = re.compile(r'<path stroke="none"[^>]*>\s*')
HEAD = re.compile(r"^<svg[^>]*>|</svg>\s*$", re.DOTALL)

#: The icons in use, by their names among Tabler's outlines.
ICONS = (
    "activity adjustments alert-circle alert-octagon alert-triangle api archive arrow-back-up arrow-down arrow-left "
    "arrow-narrow-right arrow-right arrow-up arrows-exchange arrows-sort ban barcode bell book books bookmark box "
    "briefcase building building-warehouse calendar calendar-cog calendar-due calendar-event camera certificate "
    "chart-bar chart-line check checkbox checks chevron-down chevron-left chevron-right chevron-up circle-check "
    "circle-x clipboard-check clipboard-list clock copy database database-export device-floppy device-mobile "
    "dots dots-vertical download droplet edit external-link eye eye-off file file-check file-description file-export "
    "file-import file-off file-plus file-search file-text file-type-pdf files filter flame folder folder-open "
    "folder-plus folders gauge gavel git-branch grid-dots hand-stop heart-rate-monitor help history home hourglass "
    "id inbox info-circle key keyboard language layout-dashboard layout-grid layout-list link list list-check "
    "list-details list-search list-tree lock lock-open login logout mail mail-forward mail-opened map-2 map-pin menu-2 "
    "message minus note notes number package package-export package-import paperclip pencil percentage photo "
    "player-pause player-play plus printer progress qrcode question-mark receipt refresh report repeat rotate-clockwise "
    "route scale scan search send server settings settings-automation shield shield-check shield-lock signature "
    "sitemap sort-ascending sort-descending stack-2 star stethoscope table table-export table-import tag tags "
    "template tool transfer trash trending-up upload user user-check user-cog user-plus users users-group versions "
    "world writing x zoom-in zoom-out layout-sidebar-left-collapse moon player-skip-forward file-invoice folder-check "
    "folder-x lifebuoy bolt binary-tree-2 arrows-maximize arrows-left-right circle-dashed circle-dot"
)

#: MIT, as npm's packages of Tabler and Alpine.js name it without shipping its text.
MIT = """MIT License

Copyright (c) {holder}

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


@dataclass(frozen=True, slots=True)
class Package:
    """One package of npm: what of it is shipped under which name; *holder* where it ships no licence text."""

    name: str
    version: str
    licence: str
    inside: str
    file: str
    holder: str = ""

    @property
    def licence_file(self) -> str:
        """The name its licence is kept under."""
        return f"LICENSE.{self.file.partition('.')[0]}.txt"


PACKAGES = (
    Package("@tabler/core", "1.6.1", "MIT", "dist/css/tabler.min.css", "tabler.min.css",
            "2018-2026 The Tabler Authors, codecalm.net Paweł Kuna"),
    Package("@tabler/icons", "3.51.0", "MIT", "", "icons.svg"),
    Package("htmx.org", "4.0.1", "0BSD", "dist/htmx.min.js", "htmx.min.js"),
    Package("@alpinejs/csp", "3.17.4", "MIT", "dist/cdn.min.js", "alpine.min.js",
            "2019-2021 Caleb Porzio and contributors"),
    Package("jsqr", "1.4.0", "Apache-2.0", "dist/jsQR.js", "jsqr.js"),
)  # fmt: skip


def fetched(package: Package, room: Path) -> Path:
    """The unpacked package, asked of npm by its ordinary client."""
    npm = shutil.which("npm")
    assert npm is not None, "npm is needed to fetch what is vendored"
    asked = [npm, "pack", "--silent", "--json", f"{package.name}@{package.version}"]
    told = subprocess.run(asked, cwd=room, check=True, capture_output=True).stdout  # noqa: S603
    name = json.loads(told)[0]["filename"]
    home = room / package.file
    with tarfile.open(room / name) as packed:
        packed.extractall(home, filter="data")
    return home / "package"


def sprite(home: Path) -> bytes:
    """The icons in use as one drawing of symbols, taken by `<use href="icons.svg#name">`."""
    drawn = "\n".join(sorted(_symbols(home)))
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{drawn}\n</svg>\n'.encode()


def _symbols(home: Path) -> Iterator[str]:
    for name in sorted(set(ICONS.split())):
        text = (home / "icons" / "outline" / f"{name}.svg").read_text("utf-8")
        paths = " ".join(FRAME.sub("", HEAD.sub("", text)).split())
        yield f'<symbol id="{name}" viewBox="0 0 24 24">{paths}</symbol>'


def shipped(package: Package, home: Path) -> bytes:
    """What is shipped of *package*, without its pointer to a source map."""
    if not package.inside:
        return sprite(home)
    return SOURCE_MAP.sub(b"", (home / package.inside).read_bytes()) + b"\n"


def licence(package: Package, home: Path) -> bytes:
    """The text of its licence, its own where it ships one."""
    own = home / "LICENSE"
    return MIT.format(holder=package.holder).encode() if package.holder else own.read_bytes()


def main() -> int:
    """Write every file and the manifest."""
    TARGET.mkdir(parents=True, exist_ok=True)
    lines = ["# What the browser is given from other people; written by docs/vendor.py.", ""]
    with tempfile.TemporaryDirectory() as room:
        for package in PACKAGES:
            home = fetched(package, Path(room))
            for name, content in (
                (package.file, shipped(package, home)),
                (package.licence_file, licence(package, home)),
            ):
                (TARGET / name).write_bytes(content)
            lines += _entry(package)
    (TARGET / "MANIFEST.toml").write_text("\n".join(lines), "utf-8", newline="\n")
    return 0


def _entry(package: Package) -> Iterator[str]:
    yield "[[package]]"
    for key in ("name", "version", "licence", "file", "licence_file"):
        yield f'{key} = "{getattr(package, key)}"'
    for key, name in (("sha256", package.file), ("licence_sha256", package.licence_file)):
        yield f'{key} = "{hashlib.sha256((TARGET / name).read_bytes()).hexdigest()}"'
    yield ""


if __name__ == "__main__":
    sys.exit(main())
