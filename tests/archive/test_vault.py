"""The vault: blobs that are whole, private and tamper-proof, or not there (reliability §5.5, E3, I1, I3, D2, D3)."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
import random
import stat
import tracemalloc
from pathlib import Path

import pytest

from archive import faults
from archive.chunks import CHUNK
from archive.errors import BlobMissing, Damaged, DiskFull, TargetExists
from archive.vault import HEADER_BYTES, Vault, stored_size
from tests.archive.rings import a_ring

TAG = 16


@pytest.fixture
def vault(tmp_path):
    with a_ring(tmp_path / "instance") as ring:
        yield Vault(tmp_path / "instance", ring)


def path_of(vault, blob) -> Path:
    return vault.folder / blob.name


def everything_in(vault) -> list[str]:
    return sorted(str(p.relative_to(vault.folder)) for p in vault.folder.rglob("*") if p.is_file())


def refused(read, spoilt) -> int:
    """How many of the spoilt states *read* refuses; *spoilt* yields once per state."""
    count = 0
    for _ in spoilt:
        try:
            read()
        except Damaged:
            count += 1
    return count


# --- round trips -----------------------------------------------------------------------------

EDGES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 17]


@pytest.mark.parametrize("size", EDGES)
def test_a_blob_comes_back_as_it_went_in(vault, size):
    """
    Any size, from bytes, a file or pieces: the same bytes, sizes and content id, a key and name of its own.
    """
    data = random.Random(size).randbytes(size)
    pieces = [data[at : at + 40_001] for at in range(0, size, 40_001)]
    blobs = [vault.write(data), vault.write(io.BytesIO(data)), vault.write(pieces), vault.write(iter([data]))]

    for blob in blobs:
        vault.check(blob.ref)
        vault.check(blob.ref, blob.key)
        assert data == vault.read_all(blob.ref, blob.key)
        assert (size, stored_size(size)) == (blob.size, blob.stored_size)
        assert path_of(vault, blob).stat().st_size == blob.stored_size
    assert 1 == len({blob.content_id for blob in blobs})
    assert 4 == len({blob.key for blob in blobs}) == len({blob.name for blob in blobs})
    assert 4 == len({path_of(vault, blob).read_bytes() for blob in blobs})


def test_equal_files_of_two_instances_have_nothing_in_common(tmp_path, vault):
    """
    The content id is keyed: it tells nobody that a known file is kept.
    """
    with a_ring(tmp_path / "other") as ring:
        one, two = vault.write(b"known form"), Vault(tmp_path / "other", ring).write(b"known form")

    assert one.content_id != two.content_id
    assert one.content_id != hashlib.sha256(b"known form").hexdigest()


def test_the_key_is_not_shown_and_not_part_of_the_reference(vault):
    """
    A new blob may be printed in a log without telling its key.
    """
    blob = vault.write(b"x")

    assert repr(blob.key) not in repr(blob)
    assert not hasattr(blob.ref, "key")


def test_memory_stays_flat_however_large_the_blob(vault):
    """
    32 MiB pass through in less than 2 MiB, both ways.
    """
    piece = bytes(CHUNK)
    tracemalloc.start()
    blob = vault.write(piece for _ in range(512))
    size = sum(len(chunk) for chunk in vault.read(blob.ref, blob.key))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert 512 * CHUNK == size
    assert peak < 2 * 1024 * 1024


# --- E3, I1, I3: nothing changed is ever read ------------------------------------------------


@pytest.mark.parametrize("every", [10, pytest.param(1, marks=pytest.mark.slow)])
def test_conf_E3_every_flipped_byte_of_a_blob_is_refused(vault, every):
    """
    Each stored byte of header, tags and last chunk of a blob of two; of the first one in so many, or each.
    """
    blob = vault.write(random.Random(3).randbytes(CHUNK + 50))
    ref, key, count = blob.ref, blob.key, 0
    sound = path_of(vault, blob).read_bytes()
    edges = {*range(HEADER_BYTES), *range(HEADER_BYTES + CHUNK, len(sound))}
    places = sorted(edges | set(range(0, len(sound), every)))
    with path_of(vault, blob).open("r+b", buffering=0) as stored:
        for at in places:
            os.pwrite(stored.fileno(), bytes([sound[at] ^ 0x10]), at)
            count += refused(lambda: vault.read_all(ref, key), [None])
            os.pwrite(stored.fileno(), sound[at : at + 1], at)

    assert count == len(places)
    assert len(sound) == HEADER_BYTES + CHUNK + 50 + 2 * TAG
    vault.check(ref, key)


def test_int_I1_500_flipped_bits_are_found_without_any_key(vault):
    """
    Fixity by SHA-256 of what is stored needs nobody to unlock anything.
    """
    blob = vault.write(random.Random(4).randbytes(1000))
    sound, dice = path_of(vault, blob).read_bytes(), random.Random(9)

    def flipped():
        for _ in range(500):
            at = dice.randrange(len(sound))
            path_of(vault, blob).write_bytes(
                sound[:at] + bytes([sound[at] ^ 1 << dice.randrange(8)]) + sound[at + 1 :]
            )
            yield

    assert 500 == refused(lambda: vault.check(blob.ref), flipped())


def forgeries(one: bytes, two: bytes) -> dict[str, bytes]:
    """What can be made of two valid blobs of the same shape (two full chunks) without a key."""
    step = CHUNK + TAG
    head, first, last = (
        one[:HEADER_BYTES],
        one[HEADER_BYTES : HEADER_BYTES + step],
        one[HEADER_BYTES + step :],
    )
    return {
        "chunks exchanged": head + last + first,
        "first chunk twice": head + first + first,
        "last chunk twice": head + last + last,
        "last chunk dropped": head + first,
        "first chunk dropped": head + last,
        "chunk appended": one + last,
        "byte appended": one + b"\x00",
        "byte cut": one[:-1],
        "tag cut": one[:-TAG],
        "header only": head,
        "nothing": b"",
        "other header": two[:HEADER_BYTES] + one[HEADER_BYTES:],
        "other magic": one[:6] + b"\x00" + one[7:],
        "other version": one[:7] + b"\x02" + one[8:],
        "other blob": two,
        "other first chunk": head + two[HEADER_BYTES : HEADER_BYTES + step] + last,
        "other last chunk": head + first + two[HEADER_BYTES + step :],
    }


def test_int_I3_no_cutting_swapping_or_appending_is_accepted(vault):
    """
    17 forgeries out of valid parts are refused, also when sizes in the catalogue are forged to match.
    """
    dice = random.Random(5)
    one, two = vault.write(dice.randbytes(2 * CHUNK)), vault.write(dice.randbytes(2 * CHUNK))
    forged = forgeries(path_of(vault, one).read_bytes(), path_of(vault, two).read_bytes())
    accepted = []
    for name, stored in forged.items():
        path_of(vault, one).write_bytes(stored)
        for size in {one.size, CHUNK, 0, 3 * CHUNK, one.size + 1, one.size - 1}:
            ref = dataclasses.replace(one.ref, size=size, stored_size=stored_size(size))
            if not refused(lambda ref=ref: vault.read_all(ref, one.key), [None]):
                accepted.append((name, size))

    assert [] == accepted


def test_int_I3_witness_chunks_without_order_and_end_accept_forgeries(vault):
    """
    The same forgeries catch a format with random nonces and no header in the associated data.
    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    cipher = AESGCM(bytes(32))

    def naive(data: bytes) -> bytes:
        parts = [data[at : at + CHUNK] for at in range(0, len(data), CHUNK)]
        return bytes(HEADER_BYTES) + b"".join(
            (n := os.urandom(12)) + cipher.encrypt(n, part, None) for part in parts
        )

    def opens(stored: bytes) -> bool:
        body, step = stored[HEADER_BYTES:], CHUNK + TAG + 12
        try:
            for at in range(0, len(body), step):
                cipher.decrypt(body[at : at + 12], body[at + 12 : at + step], None)
        except (InvalidTag, ValueError):
            return False
        return True

    step = CHUNK + TAG + 12
    stored = naive(os.urandom(2 * CHUNK))
    head, first, last = (
        stored[:HEADER_BYTES],
        stored[HEADER_BYTES : HEADER_BYTES + step],
        stored[HEADER_BYTES + step :],
    )

    assert opens(head + last + first)
    assert opens(head + first)
    assert opens(stored + last)


def test_int_I3_whole_blobs_exchanged_under_each_others_names_are_refused(vault):
    """
    Renaming one valid blob to another's place does not make it that other.
    """
    blobs = [vault.write(bytes([n]) * 100) for n in range(12)]
    for blob, other in zip(blobs, blobs[1:] + blobs[:1], strict=True):
        path_of(vault, blob).with_suffix(".swap").write_bytes(path_of(vault, other).read_bytes())
    for blob in blobs:
        path_of(vault, blob).with_suffix(".swap").replace(path_of(vault, blob))

    assert 12 == sum(refused(lambda b=b: vault.read_all(b.ref, b.key), [None]) for b in blobs)
    assert 12 == sum(refused(lambda b=b: vault.check(b.ref), [None]) for b in blobs)
    assert 12 == sum(
        refused(lambda b=b: vault.read_all(b.ref, blobs[b.content_id != b.uid].key), [None]) for b in blobs
    )


def test_int_I3_a_content_id_that_does_not_match_is_found_by_the_full_check(vault):
    """
    The full check opens the blob and recomputes what it is; a row pointing elsewhere is found.
    """
    one, two = vault.write(b"one"), vault.write(b"two")
    other = dataclasses.replace(one.ref, content_id=two.content_id)
    path_of(vault, other).parent.mkdir(parents=True, exist_ok=True)
    path_of(vault, other).write_bytes(path_of(vault, one).read_bytes())

    vault.check(other)
    with pytest.raises(Damaged):
        vault.check(other, one.key)


def test_rel_D4_a_blob_cut_at_any_of_200_places_is_refused(vault):
    """
    Torn tails are never read as shorter files.
    """
    blob = vault.write(random.Random(6).randbytes(3 * CHUNK))
    sound, dice = path_of(vault, blob).read_bytes(), random.Random(7)

    def cut():
        for _ in range(200):
            path_of(vault, blob).write_bytes(sound[: dice.randrange(len(sound))])
            yield

    assert 200 == refused(lambda: vault.read_all(blob.ref, blob.key), cut())


def test_a_missing_blob_and_a_reference_that_leads_outside_are_refused(vault):
    """
    A lost file is told as such; a forged row cannot make the vault read another path.
    """
    blob = vault.write(b"x")
    path_of(vault, blob).unlink()
    with pytest.raises(BlobMissing):
        vault.check(blob.ref)
    for name in ("../../etc/passwd", "a" * 63 + "/", "A" * 64):
        with pytest.raises(Damaged):
            vault.read_all(dataclasses.replace(blob.ref, content_id=name), blob.key)


# --- walk, sweep, discard --------------------------------------------------------------------


def test_rel_I5_sweep_takes_only_old_unknown_blobs_and_old_temporaries(vault):
    """
    Known blobs stay for ever, young ones for the grace; foreign files are never touched.
    """
    known, orphan, young = vault.write(b"1"), vault.write(b"2"), vault.write(b"3")
    temp, foreign = vault.folder / "tmp" / "0a.part", vault.folder / "readme.txt"
    for path in (temp, foreign):
        path.write_bytes(b"x")
    for path in (temp, foreign, path_of(vault, known), path_of(vault, orphan)):
        os.utime(path, (1, 1))

    removed = vault.sweep(lambda batch: [name for name in batch if name == known.name], 86_400)

    assert {"tmp/0a.part", orphan.name} == set(removed)
    assert sorted([known.name, young.name]) == list(vault.walk())
    assert foreign.exists()


def test_discard_removes_a_blob_once_and_for_all(vault):
    """
    A second discard, as after a kill in between, changes nothing.
    """
    blob, other = vault.write(b"same"), vault.write(b"same")
    vault.discard(blob.ref)
    vault.discard(blob.ref)

    assert [other.name] == list(vault.walk())
    assert b"same" == vault.read_all(other.ref, other.key)


# --- export ----------------------------------------------------------------------------------


def test_export_writes_what_was_asked_for_and_overwrites_only_on_request(vault, tmp_path):
    """
    A private file at the path asked for; an existing file stays unless replacing is asked for.
    """
    blob, target = vault.write("合同".encode() * 50_000), tmp_path / "合同.docx"
    vault.export(blob.ref, blob.key, target)
    assert "合同".encode() * 50_000 == target.read_bytes()
    assert 0o600 == stat.S_IMODE(target.stat().st_mode)
    target.write_bytes(b"mine")
    with pytest.raises(TargetExists):
        vault.export(blob.ref, blob.key, target)
    assert b"mine" == target.read_bytes()
    vault.export(blob.ref, blob.key, target, replace=True)

    assert blob.size == target.stat().st_size


@pytest.mark.parametrize("replace", [False, True])
def test_export_of_a_damaged_blob_leaves_no_partial_file(vault, tmp_path, replace):
    """
    Damage in the last chunk: refused, nothing of the first chunk stays, an older export stays as it was.
    """
    blob, folder = vault.write(bytes(CHUNK + 1)), tmp_path / "out"
    folder.mkdir()
    if replace:
        (folder / "a").write_bytes(b"older")
    sound = path_of(vault, blob).read_bytes()
    path_of(vault, blob).write_bytes(sound[:-1] + bytes([sound[-1] ^ 1]))
    with pytest.raises(Damaged):
        vault.export(blob.ref, blob.key, folder / "a", replace=replace)

    assert ([b"older"] if replace else []) == [p.read_bytes() for p in folder.iterdir()]


@pytest.mark.parametrize("point", sorted(name for name in faults.POINTS if name.startswith("export.")))
def test_rel_D2_export_onto_a_full_disk_is_told_and_leaves_nothing_partial(vault, tmp_path, point):
    """
    Either nothing stands at the path, or the whole file.
    """
    blob, folder = vault.write(bytes(100)), tmp_path / "out"
    folder.mkdir()
    with faults.armed(f"{point}:1:enospc"), pytest.raises(DiskFull):
        vault.export(blob.ref, blob.key, folder / "a")

    assert [p.read_bytes() for p in folder.iterdir()] in ([], [bytes(100)])
    vault.export(blob.ref, blob.key, folder / "a", replace=True)
