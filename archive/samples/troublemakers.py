"""Files that cannot be read, each for its own reason: to show that an import says which and why."""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Troublemaker:
    """One unreadable file and the reason to expect: a value of the extraction outcome in capitals."""

    path: Path
    reason: str


def write_troublemakers(folder: Path) -> list[Troublemaker]:
    """Write one file per reason under *folder*/QT/2025/KF; returns them with the reason to expect."""
    target = folder / "QT" / "2025" / "KF"
    target.mkdir(parents=True, exist_ok=True)
    return [_written(target / name, make(), reason) for name, reason, make in _TABLE]


def _written(path: Path, content: bytes, reason: str) -> Troublemaker:
    path.write_bytes(content)
    return Troublemaker(path, reason)


def _encrypted() -> bytes:
    """A PDF that asks for a password."""
    from pypdf import PdfReader, PdfWriter

    out, writer = io.BytesIO(), PdfWriter(clone_from=PdfReader(io.BytesIO(_plain_pdf())))
    writer.encrypt("不外传", algorithm="AES-256")
    writer.write(out)
    return out.getvalue()


def _plain_pdf() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.drawString(72, 720, "Tender offer")
    canvas.save()
    return out.getvalue()


def _scanned() -> bytes:
    """A PDF whose only page is a picture, as a scanner makes it."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    out = io.BytesIO()
    canvas = Canvas(out, invariant=1)
    canvas.drawImage(ImageReader(io.BytesIO(_picture())), 0, 0, 595, 842)
    canvas.save()
    return out.getvalue()


def _picture(width: int = 298, height: int = 421) -> bytes:
    """A grey-scale PNG that looks like lines of writing."""
    lines = b"".join(b"\0" + bytes(_grey(x, y) for x in range(width)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunks((b"IHDR", head), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    )


def _grey(x: int, y: int) -> int:
    """Dark where a stroke would be, paper-white elsewhere."""
    inside = 36 < x < 262 and 40 < y < 380
    return 40 if inside and y % 14 < 8 and (x * 7 + y * 3) % 11 < 5 and x % 10 < 8 else 246


def _chunks(*parts: tuple[bytes, bytes]) -> Iterator[bytes]:
    for kind, data in parts:
        yield struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _broken_docx() -> bytes:
    """A Word file that broke off in the middle of a copy."""
    from docx import Document

    out, document = io.BytesIO(), Document()
    document.add_paragraph("巡查记录：正文写到一半，复制时中断。")
    document.save(out)
    return out.getvalue()[:9_000]


_TABLE: tuple[tuple[str, str, Callable[[], bytes]], ...] = (
    ("2025-03-04 外包单位报价文件（加密）.pdf", "ENCRYPTED", _encrypted),
    ("2025-04-11 巡查记录（复制中断）.docx", "CORRUPT", _broken_docx),
    ("2025-05-20 空白表格.xlsx", "EMPTY", bytes),
    ("2025-06-09 业户来函扫描件.pdf", "IMAGE_ONLY", _scanned),
    ("2025-07-15 值班留言.txt", "EMPTY", bytes),
    ("2025-08-22 旧系统导出.xyz", "UNSUPPORTED", lambda: bytes(range(256)) * 8),
)
