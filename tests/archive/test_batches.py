"""Many at once cost less and promise the same: keys made ahead, folders synced together, rows inserted in bulk."""

from __future__ import annotations

import os
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select

from archive import items
from archive.acts import Act
from archive.errors import NotFound, StorageFailed, UnnamedChange
from archive.importing import Fate, Wanted, import_folder
from archive.model import IndexTask, Item, Party, Volume
from archive.vault import Vault
from tests import make


def keys_of(office) -> int:
    with office.instance.keys._store.reading():
        return office.instance.keys._store.count()


def records_of(office) -> int:
    with office.ask("archivist") as unit:
        return sum(unit.session.scalar(select(func.count()).select_from(kind)) for kind in (Volume, Item))


# --- keys -------------------------------------------------------------------------------------


def test_an_import_leaves_no_key_without_a_record(office, tmp_path):
    """Keys are made ahead for the whole batch; what refused and known files did not use is dropped again."""
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(5):
        (folder / f"2024-05-{number + 1:02} 通知之{number}.txt").write_text(f"通知 {number}")
    (folder / "2024-02-30 没有这一天.txt").write_text("x")
    wanted = Wanted(class_code="FW·01", department="KF")
    before = keys_of(office) - records_of(office)

    first = import_folder(office.instance, office.who("archivist"), folder, wanted)
    (folder / "2024-06-01 新的.txt").write_text("新的")
    second = import_folder(office.instance, office.who("archivist"), folder, wanted)

    assert 5 == sum(line.fate is Fate.FILED for line in first)
    assert [Fate.FILED] == [line.fate for line in second if line.fate not in {Fate.KNOWN, Fate.REFUSED}]
    assert before == keys_of(office) - records_of(office)


def test_keys_ahead_are_used_first_and_the_rest_dropped(office):
    """Three asked for, one used: two are gone when the block ends, the used one opens."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        unit.act(Act.ITEM_FILE, "FW·01")
        before = keys_of(office)
        with unit.keys_ahead({"FW·01": 3}):
            (used,) = unit.new_uids("FW·01", 1)
            made = keys_of(office) - before
        assert (3, 1) == (made, keys_of(office) - before)
        assert unit.keys.has_key(used)


# --- blobs ------------------------------------------------------------------------------------


class Disk:
    """What was synced and renamed, in order, seen where the operating system is asked."""

    def __init__(self, monkeypatch) -> None:
        self.done: list[tuple[str, str]] = []
        fsync, replace, mkdir = os.fsync, os.replace, os.mkdir

        def synced(handle):
            self.done.append(("sync", os.readlink(f"/proc/self/fd/{handle}")))
            fsync(handle)

        def renamed(source, target):
            self.done += [("renamed", str(source)), ("named", str(target))]
            replace(source, target)

        def made(path, *given, **named):
            mkdir(path, *given, **named)
            self.done.append(("named", str(path)))

        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(os, "replace", renamed)
        monkeypatch.setattr(os, "mkdir", made)

    def unsafe(self) -> list[str]:
        """Names whose folder was not synced after they came, and files renamed before they were synced."""
        loose = []
        for at, (what, path) in enumerate(self.done):
            if what == "named" and ("sync", os.path.dirname(path)) not in self.done[at:]:
                loose.append(path)
            if what == "renamed" and ("sync", path) not in self.done[:at]:
                loose.append(path)
        return loose


def test_rel_blobs_written_together_are_all_durable_at_the_end(office, monkeypatch):
    """Every file is synced before its rename, every folder after; the folders once for all of them."""
    disk = Disk(monkeypatch)
    with office.instance.vault.together() as vault:
        blobs = [vault.write(b"%d" % number) for number in range(12)]
        within = list(disk.unsafe())

    assert [] != within
    assert [] == disk.unsafe()
    assert 1 == disk.done.count(("sync", str(vault.folder)))
    assert [b"%d" % number for number in range(12)] == [vault.read_all(blob.ref, blob.key) for blob in blobs]


def test_rel_a_single_blob_is_durable_on_return_and_so_are_its_folders(office, monkeypatch):
    """Also where another process has made the folders and not yet synced them."""
    disk = Disk(monkeypatch)
    office.instance.vault.write(b"one")
    assert [] == disk.unsafe()

    disk.done.clear()
    with Vault(office.home, office.instance.keys).together() as other:
        other.write(b"two")
        Vault(office.home, office.instance.keys).write(b"two")
        assert 3 <= sum(what == "sync" for what, path in disk.done if os.path.isdir(path))


def test_rel_witness_folders_that_are_never_synced_are_noticed(office, monkeypatch):
    """The check above fails for a vault that forgets them."""

    class Forgetful(Vault):
        @contextmanager
        def _sync_late(self):
            self._late = set()
            yield

    disk = Disk(monkeypatch)
    with Forgetful(office.home / "vault", office.instance.keys).together() as vault:
        vault.write(b"one")

    assert [] != disk.unsafe()


def test_rel_a_disk_that_fails_at_the_folders_ends_all_writing(office, monkeypatch):
    """An I/O error while syncing folders undoes the batch, and nothing more is written."""
    vault = office.instance.vault
    fsync = os.fsync

    def broken(handle):
        if os.path.isdir(f"/proc/self/fd/{handle}"):
            raise OSError(5, "EIO")
        fsync(handle)

    with pytest.raises(StorageFailed), vault.together() as batch:
        batch.write(b"one")
        monkeypatch.setattr(os, "fsync", broken)
    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(StorageFailed):
        vault.write(b"two")


# --- rows -------------------------------------------------------------------------------------


def test_a_bulk_insert_wants_a_named_act_like_any_change(office):
    """The net under the unit holds for rows without objects too."""
    with pytest.raises(UnnamedChange), office.work("archivist", Act.ITEM_FILE) as unit:
        unit.insert(IndexTask, [{"record_uid": "0" * 32, "version": 1}])


def test_a_batch_names_the_paper_whose_party_is_unknown(office):
    """Parties are looked up for all papers at once, by code or uid; one unknown code refuses them all."""
    with office.ask("archivist") as unit:
        uid = unit.one(Party, "party", "P001").uid
        assert {"P001": uid, uid: uid} == unit.uids(Party, {"P001", "P404"})
    papers = [make.paper(f"函件之{number}", "FW·01", party=code) for number, code in enumerate((uid, "P404"))]
    before = records_of(office)
    with pytest.raises(NotFound) as caught, office.work("archivist", Act.ITEM_FILE) as unit:
        items.file_matter(unit, make.matter("FW·01"), papers)

    assert "P404" == caught.value.facts["code"]
    assert before == records_of(office)


def test_as_many_papers_as_the_key_ring_remembers_and_more_are_filed_in_one_act(office, monkeypatch):
    """Papers beyond one batch of keys get theirs from the next; every card opens."""
    monkeypatch.setattr(items, "CACHED", 7)
    with office.work("archivist", Act.ITEM_FILE) as unit:
        filed = items.file_matter(
            unit, make.matter("FW·01"), [make.paper(f"记录之{number}", "FW·01") for number in range(16)]
        )
        titles = [unit.card(item).title for item in filed]

    assert [f"记录之{number}" for number in range(16)] == titles
