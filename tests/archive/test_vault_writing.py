"""Writing into the vault: whole, durable and private, or not at all (reliability C1, D1, D2, D3, E1)."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from archive import faults
from archive.errors import DiskFull, StorageFailed
from archive.vault import Vault
from tests.archive.rings import a_ring, again, in_child


@pytest.fixture
def vault(tmp_path):
    with a_ring(tmp_path / "instance") as ring:
        yield Vault(tmp_path / "instance", ring)


def path_of(vault, blob) -> Path:
    return vault.folder / blob.name


def everything_in(vault) -> list[str]:
    return sorted(str(p.relative_to(vault.folder)) for p in vault.folder.rglob("*") if p.is_file())


def test_rel_D1_file_then_name_then_folders_reach_the_disk_in_that_order(vault, monkeypatch):
    """
    Before `write` answers: new folders are synced in their parents, the file before its rename, its folder after.
    """
    seen: list[tuple[str, str]] = []
    fsync, replace = os.fsync, os.replace

    def spying_fsync(handle: int) -> None:
        seen.append(("fsync", os.readlink(f"/proc/self/fd/{handle}")))
        fsync(handle)

    def spying_replace(source, target) -> None:
        seen.append(("rename", str(target)))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", spying_fsync)
    monkeypatch.setattr(os, "replace", spying_replace)
    blob = vault.write(b"x")
    place, root = path_of(vault, blob), vault.folder

    assert seen == [
        ("fsync", str(root)), ("fsync", str(place.parents[1])),
        ("fsync", str(root / "tmp" / f"{blob.uid}.part")), ("rename", str(place)), ("fsync", str(place.parent)),
    ]  # fmt: skip


WRITING = """
from archive.vault import Vault
ring = Keyring.unlock(folder, key_file=Path(sys.argv[2]), floor=CHEAP)
vault = Vault(folder, ring)
for n in range(4):
    blob = vault.write(bytes([n]) * 70_000)
    print(n, blob.uid, blob.content_id, blob.size, blob.stored_size, blob.stored_sha256, blob.key.hex(), flush=True)
"""
MOMENTS = sorted(name for name in faults.POINTS if name.startswith("vault.") and name != "vault.discarded")


@pytest.mark.parametrize("point", MOMENTS)
def test_rel_C1_a_kill_at_any_step_loses_no_written_blob_and_leaves_at_most_an_orphan(tmp_path, point):
    """
    Every acknowledged blob is whole; what is left over is one temporary file or one unknown whole blob.
    """
    from archive.vault import BlobRef

    folder, key_file = tmp_path / "instance", tmp_path / "k.key"
    a_ring(folder, passphrase=None, key_file=key_file).close()
    nth = 8 if point == "vault.chunk" else 3
    died = in_child(WRITING, folder, key_file, fault=f"{point}:{nth}:kill")
    assert -9 == died.returncode, died.stderr

    with again(folder, key_file=key_file) as ring:
        vault, names = Vault(folder, ring), []
        for line in died.stdout.splitlines():
            number, uid, content, size, stored, digest, key = line.split()
            ref = BlobRef(uid, content, int(size), int(stored), digest)
            assert bytes([int(number)]) * 70_000 == vault.read_all(ref, bytes.fromhex(key))
            names.append(ref.name)
        assert 2 == len(names)
        left = set(everything_in(vault)) - set(names)
        assert len(left) <= 1
        assert left == set(vault.sweep(lambda batch: [n for n in batch if n in names], -1))
        assert sorted(names) == everything_in(vault) == list(vault.walk())


@pytest.mark.parametrize("effect", ["eio", "enospc"])
@pytest.mark.parametrize("point", MOMENTS)
def test_rel_D2_D3_a_failing_disk_is_told_and_leaves_nothing_half_done(vault, point, effect):
    """
    No partial blob, earlier blobs readable; after an I/O error the vault takes nothing more until restarted.
    """
    kept = vault.write(b"earlier")
    with (
        faults.armed(f"{point}:1:{effect}"),
        pytest.raises(DiskFull if effect == "enospc" else StorageFailed),
    ):
        vault.write(b"later" * 20_000)

    assert b"earlier" == vault.read_all(kept.ref, kept.key)
    assert not [name for name in everything_in(vault) if name.startswith("tmp/")]
    if effect == "enospc":
        vault.write(b"there is room again")
    else:
        with pytest.raises(StorageFailed):
            vault.write(b"the disk is not to be trusted")


def test_rel_D2_a_real_file_limit_is_told_as_a_full_disk(tmp_path):
    """
    RLIMIT_FSIZE stands for a full disk: told, nothing left, small files still fit.
    """
    a_ring(tmp_path / "instance", passphrase=None, key_file=tmp_path / "k.key").close()
    script = """
import resource
from archive.errors import DiskFull
from archive.vault import Vault
vault = Vault(folder, Keyring.unlock(folder, key_file=Path(sys.argv[2]), floor=CHEAP))
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    vault.write(bytes(200_000))
except DiskFull:
    blob = vault.write(b"small")
    print(vault.read_all(blob.ref, blob.key), len([p for p in vault.folder.rglob('*') if p.is_file()]))
"""
    done = in_child(script, tmp_path / "instance", tmp_path / "k.key")

    assert "b'small' 1\n" == done.stdout, done.stderr


def test_a_source_that_fails_leaves_nothing(vault):
    """
    The upload broke off: its own error comes through, no partial blob stays, the vault is not degraded.
    """

    def broken():
        yield bytes(100_000)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        vault.write(broken())

    assert [] == everything_in(vault)
    vault.write(b"fine")


def test_conf_E1_no_plaintext_is_ever_in_the_folder(vault):
    """
    Not while a blob is being written and not afterwards, in any encoding; a plain temporary file is caught.
    """
    canary = "业户张三丰的身份证号"
    forms = [canary.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "gb18030")]
    found: list[str] = []

    def scan() -> None:
        for name in everything_in(vault):
            stored = (vault.folder / name).read_bytes()
            found.extend(name for form in forms if form in stored)

    def source():
        for form in forms:
            yield form * 9000
            scan()

    vault.write(source())
    scan()
    assert [] == found
    (vault.folder / "tmp" / "witness").write_bytes(b"..." + forms[3])
    scan()
    assert ["tmp/witness"] == found


def test_files_and_folders_are_private_whatever_the_umask(tmp_path):
    """
    0600 and 0700 under umask 0, temporary files included.
    """
    before = os.umask(0)
    try:
        with a_ring(tmp_path / "instance") as ring:
            vault, modes = Vault(tmp_path / "instance", ring), set()

            def source():
                yield bytes(10)
                modes.update(stat.S_IMODE(p.stat().st_mode) for p in vault.folder.rglob("*") if p.is_file())

            vault.write(source())
            paths = [vault.folder, *vault.folder.rglob("*")]
    finally:
        os.umask(before)

    assert {0o600} == modes
    assert {(True, 0o700), (False, 0o600)} == {(p.is_dir(), stat.S_IMODE(p.stat().st_mode)) for p in paths}
