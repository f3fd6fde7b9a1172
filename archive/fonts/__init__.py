"""The Chinese font that is embedded in every PDF written here (see README.md beside it)."""

from __future__ import annotations

from pathlib import Path

#: Which face of the collection to use: 0 is Micro Hei, 1 Micro Hei Mono.
CJK_FACE = 0


def cjk_font_path() -> Path:
    """The TrueType collection WenQuanYi Micro Hei; its face `CJK_FACE` covers GB 18030 Han."""
    return Path(__file__).with_name("wqy-microhei.ttc")
