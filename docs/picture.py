# ruff: noqa: INP001  # a script of the documentation, not a package
"""The picture of the terminal in the README: plays the demonstration and photographs its last chapters.

For developers only. It needs what the product does not: Debian's packages `chromium` and `fonts-noto-cjk`,
so that Chinese shows on every screen; no font or page is fetched from anywhere.

    .venv/bin/python docs/picture.py          # writes docs/img/demo.png
"""

from __future__ import annotations

import io
import shutil
import subprocess
import tempfile
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

import demo
from archive.words import Language, say

TARGET = Path(__file__).with_name("img") / "demo.png"
WIDTH = 110
#: Pixels of a line and of a half-width letter at the font size below.
LINE, LETTER = 24, 8
FIRST, AFTER = "search", "farewell"
#: Chinese letters twice as wide as Latin ones, and the marks that a Chinese font would widen from another.
PAGE = """<!doctype html><meta charset="utf-8"><style>
@font-face {{ font-family: Marks; src: local('DejaVu Sans Mono'); size-adjust: 83%; unicode-range: U+B7, U+2026, U+2500-257F, U+2713, U+2717; }}
body {{ margin: 0; padding: 20px 24px; background: #14161b; color: #d7dae0; }}
pre {{ margin: 0; font: 16px/24px Marks, 'Noto Sans Mono CJK SC', monospace; white-space: pre; }}
{stylesheet}</style><pre>{code}</pre>"""
CHROMIUM = (
    "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars",
)  # fmt: skip


def played(home: Path) -> list[str]:
    """The lines of the demonstration in Chinese, with their colours."""
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    demo.SHOWN = 5
    demo.run(home, Language.ZH, console=console)
    return console.export_text(styles=True).splitlines()


def chapters(lines: list[str], first: str = FIRST, after: str = AFTER) -> list[str]:
    """The lines from chapter *first* up to chapter *after*."""
    heads = [say(f"demo.{key}", Language.ZH, on="").partition("（")[0] for key in (first, after)]
    plain = [Text.from_ansi(line).plain.lstrip() for line in lines]
    start, end = (next(at for at, line in enumerate(plain) if line.startswith(head)) for head in heads)
    return lines[start:end]


def page(lines: list[str]) -> str:
    """The lines as a page that names no address."""
    console = Console(
        record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor"
    )
    for line in lines:
        console.print(Text.from_ansi(line), no_wrap=True, overflow="ignore", crop=False)
    return console.export_html(theme=MONOKAI, code_format=PAGE)


def photograph(html: str, size: tuple[int, int], target: Path) -> None:
    """*html* as a PNG of *size* pixels, with half again as many dots."""
    with tempfile.TemporaryDirectory(prefix="anjuan-picture-") as name:
        source = Path(name) / "demo.html"
        source.write_text(html, "utf-8")
        window = f"--window-size={size[0]},{size[1]}"
        own = f"--user-data-dir={name}/profile"
        subprocess.run(  # noqa: S603  # our own words only
            [*CHROMIUM, own, window, "--force-device-scale-factor=1.5", f"--screenshot={target}", source.as_uri()],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip


def main() -> None:
    """Write the picture."""
    with tempfile.TemporaryDirectory(prefix="anjuan-picture-") as name:
        lines = chapters(played(Path(name) / "demo-home"))
    lines = "\n".join(lines).strip("\n").splitlines()
    size = (WIDTH * LETTER + 48, len(lines) * LINE + 40)
    TARGET.parent.mkdir(exist_ok=True)
    photograph(page(lines), size, TARGET)
    Image.open(TARGET).convert("RGB").quantize(48).save(TARGET, optimize=True)
    print(f"{TARGET.name}: {len(lines)} lines, {TARGET.stat().st_size // 1024} KiB")  # noqa: T201


if __name__ == "__main__":
    if shutil.which(CHROMIUM[0]) is None:
        raise SystemExit("apt-get install chromium fonts-noto-cjk")
    main()
