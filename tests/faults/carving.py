"""Our own carving tool: given disks, secrets and slips it reads whatever can be read, the product's own checks left out.

Every value sealed with AES-GCM is opened as plain counter mode, so that no bound place stands in the way; every key
that turns up is tried on everything it could fit; files are searched byte by byte in every writing.
"""

from __future__ import annotations

import base64
import binascii
import re
import sqlite3
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive import backups
from archive.chunks import SEALED_CHUNK
from archive.errors import ArchiveError
from archive.keys import FLOOR
from archive.keystore import Keystore
from archive.sealing import bound, derive
from archive.slots import SlotKind, read_key_file, recovery_secret
from archive.values import ObjectPurpose
from archive.vault import HEADER_BYTES
from archive.vault import MAGIC as BLOB_MAGIC
from indexer.embedded.chunks import HEADER_BYTES as SEGMENT_HEADER
from indexer.embedded.chunks import MAGIC as SEGMENT_MAGIC

PACKAGES = ("archive", "indexer", "retention")
SEALED = 61  # a wrapped key: version, nonce, 32 bytes, tag

# --- canaries -------------------------------------------------------------------------------------

#: Where a canary sits: title, body, file name, note, purpose.
PLACES = "tbfnp"
_LATIN, _DIGITS, _HAN = "canaryquill", "470118", "獬豸"
_LETTERS, _STEMS, _SIDES = "abcdefghij", "甲乙丙丁戊己庚辛壬癸", "东西南北中"
_FOUND = re.compile(
    rf"(?i:{_LATIN}([{PLACES}])([{_LETTERS}]{{5}}))|{_DIGITS}([0-4])(\d{{5}})|{_HAN}([{_SIDES}])([{_STEMS}]{{5}})"
)


def canary(place: str, number: int) -> str:
    """Words for one place of one record: letters, digits, and Chinese.

    Place and number stand before the sign as well, so that a list of words that leaves out what a word shares
    with the one before it still shows the rest.
    """
    digits, at = f"{number:05d}", PLACES.index(place)
    latin = "".join(_LETTERS[int(one)] for one in digits)
    han = "".join(_STEMS[int(one)] for one in digits)
    parts = ((place + latin, _LATIN), (f"{at}{digits}", _DIGITS), (_SIDES[at] + han, _HAN))
    return " ".join(f"{own}{sign}{own}" for own, sign in parts)


def canaries_in(text: str) -> Iterator[tuple[int, str]]:
    """The records, with the place, whose canaries stand in a text."""
    for found in _FOUND.finditer(text):
        latin, letters, place, digits, side, stems = found.groups()
        if latin:
            yield int("".join(str(_LETTERS.index(one)) for one in letters.lower())), latin.lower()
        elif place:
            yield int(digits), PLACES[int(place)]
        else:
            yield int("".join(str(_STEMS.index(one)) for one in stems)), PLACES[_SIDES.index(side)]


_ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be", "gb18030")
_PREFIXES = [_LATIN, _DIGITS, _HAN]
_SIGNS = {(word.encode(code), code) for word in _PREFIXES for code in _ENCODINGS}
_BASE64 = {
    base64.b64encode(b"x" * shift + word.encode())[4 if shift else 0 : -4]
    for word in (_LATIN, _HAN * 2)
    for shift in range(3)
}
_HEX = {word.encode(code).hex() for word in _PREFIXES for code in _ENCODINGS}


def words_in(data: bytes, *, deeper: bool = True) -> set[tuple[int, str]]:
    """The canaries in *data*: in four encodings and both cases, as base64 and hex, and in what is packed within."""
    low = data.lower()
    found = set()
    for sign, code in _SIGNS:
        for at in _places(low, sign):
            found |= set(canaries_in(low[at : at + 80].decode(code, "ignore")))
    for sign in _BASE64:
        for at in _places(data, sign):
            found |= _based(data[max(0, at - 64) : at + 160])
    for sign in _HEX:
        for at in _places(low, sign.encode()):
            with suppress(binascii.Error):
                found |= words_in(bytes.fromhex(_run(low[at : at + 240], b"0123456789abcdef")), deeper=False)
    if deeper:
        for unpacked in _unpacked(data):
            found |= words_in(unpacked, deeper=False)
    return found


def _places(data: bytes, sign: bytes) -> Iterator[int]:
    at = data.find(sign)
    while at >= 0:
        yield at
        at = data.find(sign, at + 1)


def _based(window: bytes) -> set[tuple[int, str]]:
    found = set()
    for shift in range(4):
        text = window[shift:]
        text = text[: len(text) // 4 * 4]
        with suppress(binascii.Error):
            found |= words_in(base64.b64decode(text, validate=False), deeper=False)
    return found


def _run(data: bytes, alphabet: bytes) -> str:
    end = next((at for at, one in enumerate(data) if one not in alphabet), len(data))
    return data[: end // 2 * 2].decode()


def _unpacked(data: bytes) -> Iterator[bytes]:
    for found in re.finditer(rb"\x78[\x01\x5e\x9c\xda]|PK\x03\x04.{22}", data, re.DOTALL):
        at, bits = found.start(), 15
        if data[at : at + 2] == b"PK":
            at += (
                30
                + int.from_bytes(data[at + 26 : at + 28], "little")
                + int.from_bytes(data[at + 28 : at + 30], "little")
            )
            bits = -15
        with suppress(zlib.error):
            if len(out := zlib.decompressobj(bits).decompress(data[at : at + (1 << 18)], 1 << 22)) > 8:
                yield out


# --- keys -----------------------------------------------------------------------------------------


@dataclass
class Haul:
    """What was got: keys of records, and canaries by the way they were read."""

    keys: set[str] = field(default_factory=set)
    words: dict[str, set[tuple[int, str]]] = field(default_factory=lambda: defaultdict(set))

    def of(self, number: int) -> dict[str, set[str]]:
        """The ways in which words of one record were read, with their places."""
        ways = {way: {place for n, place in found if n == number} for way, found in self.words.items()}
        return {way: places for way, places in ways.items() if places}


@dataclass
class Secrets:
    """What the thief was given: key file and recovery key, and slips of epochs."""

    key_file: Path
    recovery: str
    slips: Sequence[backups.Slip] = ()


def carve(disks: Sequence[Path], given: Secrets, uids: Iterable[str]) -> Haul:
    """Read whatever can be read from *disks*; the keys of *uids* are looked for at every offset."""
    haul = Haul()
    files = {path: path.read_bytes() for disk in disks for path in sorted(disk.rglob("*")) if path.is_file()}
    for data in files.values():
        haul.words["plain"] |= words_in(data)
    for root, instance in _roots(files, given):
        _open_all(haul, files, given, root, instance, set(uids))
    return haul


def _roots(files: dict[Path, bytes], given: Secrets) -> Iterator[tuple[bytes, str]]:
    """ROOT out of every keystore, and out of the slots in every pack a slip opens."""
    seen = set()
    for path in files:
        if path.name == "keystore.db":
            with closing(Keystore(path)) as store, store.reading():
                for slot in store.slots():
                    secret = recovery_secret(given.recovery) if slot.kind is SlotKind.RECOVERY else None
                    if slot.kind is SlotKind.KEY_FILE:
                        secret = read_key_file(given.key_file, path.parent.parent)
                    root = slot.open(secret, store.instance(), FLOOR) if secret else None
                    if root is not None and root not in seen:
                        seen.add(root)
                        yield root, store.instance()


def _open_all(
    haul: Haul, files: dict[Path, bytes], given: Secrets, root: bytes, instance: str, wanted: set[str]
) -> None:
    rows = list(_key_rows(files, given, root, instance))
    keks = _keks(rows, files, root, instance)
    deks = {}
    for table, *row in rows:
        if table == "dek" and (key := _gcm(keks.get((row[1], row[2])), bound("dek", *row[:3]), row[3])):
            deks[row[0]] = key
    for uid, key in _carved(files, rows, keks, wanted):
        deks[uid] = key
    haul.keys |= set(deks)
    general = [derive(root, purpose) for purpose in _purposes()]
    _open_segments(haul, files, root, instance)
    blob_keys = _open_values(haul, files, general, deks, wanted)
    _open_blobs(haul, files, blob_keys)


def _key_rows(files: dict[Path, bytes], given: Secrets, root: bytes, instance: str) -> Iterator[list]:
    """The rows of keystores, and of every pack under every epoch secret that can be had."""
    slips = {slip.secret for slip in given.slips} | set(_epochs(files, root, instance))
    for path, data in files.items():
        if path.name == "keystore.db":
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as raw:
                for table, columns in (
                    ("kek", "bucket, epoch, wrapped"),
                    ("dek", "uid, bucket, epoch, wrapped"),
                ):
                    yield from ([table, *row] for row in raw.execute(f"SELECT {columns} FROM {table}"))
        if data.startswith(b"ANJPACK\x01"):
            for secret in slips:
                yield from _pack_rows(path, data, secret)


def _pack_rows(path: Path, data: bytes, secret: bytes) -> Iterator[list]:
    slip = backups.Slip(int.from_bytes(data[40:44], "big"), secret)
    with suppress(ArchiveError):
        yield from (row for row in backups.open_pack(path.parent, slip) if row[0] in {"kek", "dek"})


def _epochs(files: dict[Path, bytes], root: bytes, instance: str) -> Iterator[bytes]:
    """Every epoch secret that lies, as a row or a remnant, in any file."""
    cipher = AESGCM(derive(root, "ring|pack"))
    for path, data in files.items():
        if "keystore" in path.name:
            for at in _places(data, b"\x01"):
                for number in range(1, 9):
                    if key := _gcm(cipher, bound("pack-epoch", instance, number), data[at : at + SEALED]):
                        yield key


def _keks(
    rows: Iterable[list], files: dict[Path, bytes], root: bytes, instance: str
) -> dict[tuple[str, int], AESGCM]:
    cipher = AESGCM(derive(root, "ring|kek"))
    return {
        (row[1], row[2]): AESGCM(key)
        for row in rows
        if row[0] == "kek" and (key := _gcm(cipher, bound("kek", instance, row[1], row[2]), row[3]))
    }


def _carved(
    files: dict[Path, bytes], rows: Iterable[list], keks: dict[tuple[str, int], AESGCM], wanted: set[str]
) -> Iterator[tuple[str, bytes]]:
    """Wrapped keys of *wanted* near their uids anywhere, and at every offset of what was a keystore."""
    for path, data in files.items():
        keystore = "keystore" in path.name
        for uid in wanted:
            text = uid.encode()
            if keystore:
                spots = set(_places(data, b"\x01"))
            else:
                near = (range(max(0, at - 160), at + 200) for at in _places(data, text))
                spots = {at for span in near for at in span if data[at : at + 1] == b"\x01"}
            for at in spots:
                for (bucket, epoch), kek in keks.items():
                    if key := _gcm(kek, bound("dek", uid, bucket, epoch), data[at : at + SEALED]):
                        yield uid, key


def _gcm(cipher: AESGCM | None, place: bytes, sealed: bytes) -> bytes | None:
    if cipher is None or len(sealed) != SEALED or sealed[:1] != b"\x01":
        return None
    try:
        return cipher.decrypt(sealed[1:13], sealed[13:], place)
    except InvalidTag:
        return None


def _purposes() -> set[str]:
    """The purpose of every instance-wide key there is, out of the source."""
    root = Path(backups.__file__).parents[2]
    sources = [path.read_text("utf-8") for package in PACKAGES for path in (root / package).rglob("*.py")]
    named = {
        name
        for text in sources
        for name in re.findall(
            r'^_?[A-Z]*(?:KEY|KEYS|SEALER|PURPOSE)\b[^"\n]*"([a-z-]+)"', text, re.MULTILINE
        )
    }
    named |= {
        name for text in sources for name in re.findall(r'(?:seal_with|open_with)\(\s*"([a-z-]+)"', text)
    }
    pairs = {
        name
        for text in sources
        for pair in re.findall(r'_KEY = ("[a-z-]+"(?:, "[a-z-]+")*)', text)
        for name in re.findall(r'"([a-z-]+)"', pair)
    }
    return {f"seal|{name}" for name in named | pairs}


# --- what keys open -------------------------------------------------------------------------------


def _ctr(key: bytes, nonce: bytes, data: bytes) -> bytes:
    """AES-GCM without its tag: the plaintext if the key is right, whatever it was bound to."""
    opened = Cipher(algorithms.AES(key), modes.CTR(nonce + b"\x00\x00\x00\x02")).decryptor()
    return opened.update(data) + opened.finalize()


def _value(key: bytes, sealed: bytes) -> bytes:
    return _ctr(key, sealed[1:13], sealed[13:-16])


def _open_values(
    haul: Haul, files: dict[Path, bytes], general: Sequence[bytes], deks: dict[str, bytes], wanted: set[str]
) -> set[bytes]:
    """Every sealed value of every database, under the instance's keys and those of the records its row names.

    Values of rows that name a wanted record are tried under every key there is. The keys of files are returned.
    """
    seen, blob_keys = set(), set()
    for path, data in files.items():
        if data[:1] == b"\x01" and len(data) > 29:
            for key in general:
                haul.words["value"] |= words_in(_value(key, data))
        if not data.startswith(b"SQLite format 3\0") or path.name == "keystore.db":
            continue
        for row in _rows(path):
            names = {one for one in row if isinstance(one, str) and len(one) == 32}
            keys = [deks[uid] for uid in names if uid in deks]
            every = keys if not names & wanted else [*keys, *deks.values()]
            for sealed in {
                one for one in row if isinstance(one, bytes) and one[:1] == b"\x01" and len(one) > 29
            }:
                if (sealed, len(every)) in seen:
                    continue
                seen.add((sealed, len(every)))
                for key in (*general, *every):
                    plain = _value(key, sealed)
                    haul.words["value"] |= words_in(plain, deeper=False) if _text(plain) else set()
                if len(sealed) == SEALED:
                    blob_keys |= set(_blob_keys(names, every, sealed))
    return blob_keys


def _blob_keys(names: set[str], deks: Iterable[bytes], sealed: bytes) -> Iterator[bytes]:
    """The key of a stored file, if one of *deks* is right for a record the row names."""
    places = [
        bound(record, f"key|blob|{kept}|{purpose.value}")
        for record in names
        for kept in names - {record}
        for purpose in ObjectPurpose
    ]
    for dek in deks:
        cipher = AESGCM(dek)
        yield from (key for place in places if (key := _gcm(cipher, place, sealed)) is not None)


def _text(plain: bytes) -> bool:
    """True if it begins like something written: JSON or UTF-8."""
    try:
        plain[:64].decode()
    except UnicodeDecodeError as fault:
        return fault.start > 60
    return True


def _rows(path: Path) -> Iterator[tuple]:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as raw:
        for (table,) in raw.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            yield from raw.execute(f'SELECT * FROM "{table}"')


def _open_blobs(haul: Haul, files: dict[Path, bytes], keys: set[bytes]) -> None:
    """Every stored file under every key of a file."""
    done = set()
    for data in files.values():
        if not data.startswith(BLOB_MAGIC) or data[:HEADER_BYTES] in done:
            continue
        done.add(data[:HEADER_BYTES])
        body = data[HEADER_BYTES:]
        for key in keys:
            head = _ctr(key, bytes(11) + (b"\x01" if len(body) <= SEALED_CHUNK else b"\x00"), body[:512])
            if _text(head):
                haul.words["file"] |= words_in(_chunks(key, body))


def _open_segments(haul: Haul, files: dict[Path, bytes], root: bytes, instance: str) -> None:
    """Every segment of an index whose key is still in a keystore."""
    cipher = AESGCM(derive(root, "ring|segment"))
    keys = {}
    for path in files:
        if path.name == "keystore.db":
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as raw:
                for name, wrapped in raw.execute("SELECT name, wrapped FROM segment_key"):
                    keys[name] = _gcm(cipher, bound("segment", instance, name), wrapped)
    for data in files.values():
        if data.startswith(SEGMENT_MAGIC):
            name, salt = data[8:24].hex(), data[24:40]
            if keys.get(name):
                opened = _chunks(derive(keys[name], "segment", salt), data[SEGMENT_HEADER:])
                haul.words["segment"] |= words_in(opened)


def _chunks(key: bytes, body: bytes) -> bytes:
    parts = [body[at : at + SEALED_CHUNK] for at in range(0, len(body), SEALED_CHUNK)]
    last = len(parts) - 1
    return b"".join(
        _ctr(key, at.to_bytes(11, "big") + (b"\x01" if at == last else b"\x00"), part[:-16])
        for at, part in enumerate(parts)
    )
