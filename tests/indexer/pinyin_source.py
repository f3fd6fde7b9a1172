"""Makes `indexer/data/pinyin.tsv` from pypinyin: `python -m tests.indexer.pinyin_source --write`.

One line per syllable without tone (ü as v), then the characters read so, in the order of their code points:
the characters of GBK that stay as they are when folded, with every reading that pypinyin knows.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

from pypinyin import Style, pinyin

from indexer.language.folding import folding

TARGET = Path(__file__).resolve().parents[2] / "indexer" / "data" / "pinyin.tsv"
_HAN = range(0x4E00, 0xA000)


def characters() -> list[str]:
    """The Han characters of GBK that are compared as themselves."""
    return [
        character
        for character in map(chr, _HAN)
        if ord(character) not in folding() and character.encode("gbk", "ignore")
    ]


def table() -> str:
    """The text of the file."""
    read_so: defaultdict[str, list[str]] = defaultdict(list)
    for character in characters():
        (found,) = pinyin(character, style=Style.NORMAL, heteronym=True, errors="ignore") or [[]]
        for syllable in dict.fromkeys(one.replace("ü", "v") for one in found):
            if syllable.isascii() and syllable.isalpha():
                read_so[syllable].append(character)
    return "".join(f"{syllable}\t{''.join(read_so[syllable])}\n" for syllable in sorted(read_so))


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        TARGET.write_text(table(), "utf-8")
    else:
        sys.stdout.write(table())
