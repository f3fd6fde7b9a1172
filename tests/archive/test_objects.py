"""Digital objects: in and out whole, shared content, the content right, nothing in clear, every flipped bit."""

from __future__ import annotations

import datetime as dt
import io
import os
import random
import shutil
import stat

import pytest
from sqlalchemy import func, select, text, update

from archive import faults, grants, items, objects, views
from archive.acts import Act
from archive.errors import (
    Confidential,
    CustodianClosed,
    DiskFull,
    NotAllowed,
    NotFound,
    NothingStored,
    OtherDepartment,
    SealedUp,
    TargetExists,
)
from archive.instance import SYSTEM
from archive.model import Blob, DigitalObject, Item
from archive.values import ComponentKind, VolumeState
from archive.vault import Vault
from tests import make
from tests.faults.invariants import spellings_found

CANARY = "绝密金丝雀七号4711"


def attach(office, uid, data=b"plan", name="平面图.dwg", by="archivist", **given):
    with office.work(by, Act.ITEM_ATTACH) as unit:
        return objects.attach(unit, uid, data, name=name, **given).uid


def fetch(office, uid, target, by="archivist", **given):
    with office.ask(by, Act.ITEM_GET) as unit:
        return objects.fetch(unit, uid, target, purpose="核对", **given)


def count(office, kind) -> int:
    with office.instance.engine.connect() as raw:
        return raw.scalar(select(func.count()).select_from(kind))


# --- there and back ---------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 65_535, 65_536, 65_537, 300_000])
def test_bytes_come_back_as_they_were_given(office, tmp_path, size):
    """Empty, one byte, around a chunk's edge, several chunks."""
    uid = make.filed(office, count=1)[0]
    data = random.Random(size).randbytes(size)
    attach(office, uid, io.BytesIO(data))
    out = fetch(office, uid, tmp_path / "out.dwg")
    assert out.read_bytes() == data
    assert stat.S_IMODE(out.stat().st_mode) == 0o600


def test_a_folder_as_target_takes_the_name_the_file_came_with(office, tmp_path):
    """The sealed name is given back, stripped of any folder a stranger wrote into it."""
    uid = make.filed(office, count=1)[0]
    attach(office, uid, b"plan", name="../../etc/平面图.dwg")
    assert fetch(office, uid, tmp_path) == tmp_path / "平面图.dwg"


def test_export_refuses_to_overwrite_unless_told(office, tmp_path):
    """What stands there stays as it is, link or file; `replace` is a person's explicit word."""
    uid = make.filed(office, count=1)[0]
    attach(office, uid)
    target, link = tmp_path / "there.dwg", tmp_path / "link.dwg"
    target.write_bytes(b"mine")
    link.symlink_to(tmp_path / "nowhere")
    for path in (target, link):
        with pytest.raises(TargetExists):
            fetch(office, uid, path)
    assert target.read_bytes() == b"mine" and link.is_symlink() and not link.exists()
    fetch(office, uid, target, replace=True)
    assert target.read_bytes() == b"plan"


def test_parts_come_in_their_fixed_order(office, tmp_path):
    """Text before drawing before copy, whatever order they were attached in (DA/T 22)."""
    uid = make.filed(office, count=1)[0]
    for kind, data in ((ComponentKind.COPY, b"3"), (ComponentKind.DRAWING, b"2"), (ComponentKind.TEXT, b"1")):
        attach(office, uid, data, kind=kind)
    got = [fetch(office, uid, tmp_path / str(n), number=n).read_bytes() for n in (1, 2, 3)]
    assert got == [b"1", b"2", b"3"]


def test_what_is_not_there_is_said_to_be_not_there(office, tmp_path):
    """No object, a number past the last, an unknown item."""
    uid = make.filed(office, count=1)[0]
    with pytest.raises(NothingStored):
        fetch(office, uid, tmp_path / "x")
    attach(office, uid)
    for number in (0, 2, -1):
        with pytest.raises(NothingStored):
            fetch(office, uid, tmp_path / "x", number=number)
    with pytest.raises(NotFound):
        fetch(office, "K001-NONE", tmp_path / "x")
    assert not list(tmp_path.glob("x*"))


def test_a_sealed_item_takes_no_more_files(office):
    """What lies in a sealed bag stays as it is (8-1.4.4); what is merely held can still be digitised (AR42)."""
    volume = make.volume(office, "ZX·02", 1, held=True)
    with office.ask("archivist") as unit:
        code = views.inner_list(unit, unit.volume(volume))[0].code
    attach(office, code)
    with office.instance.engine.begin() as connection:
        connection.execute(update(Item).where(Item.reference_code == code).values(state=VolumeState.SEALED))
    with pytest.raises(SealedUp):
        attach(office, code)


# --- shared content ---------------------------------------------------------------------------


def test_one_content_is_stored_once_and_opens_for_both_records(office, tmp_path):
    """Two items, one blob, each with a key wrapped for itself."""
    first, second = make.filed(office, count=2)
    attach(office, first, b"same" * 1000)
    attach(office, second, b"same" * 1000, name="另一名.dwg")
    assert (count(office, DigitalObject), count(office, Blob)) == (2, 1)
    assert len(list(office.instance.vault.walk())) == 1
    for number, uid in enumerate((first, second)):
        assert fetch(office, uid, tmp_path / str(number)).read_bytes() == b"same" * 1000
    office.instance.keys.drop_keys([first])
    assert fetch(office, second, tmp_path / "still").read_bytes() == b"same" * 1000


def test_content_of_a_record_whose_key_is_gone_is_stored_anew(office, tmp_path):
    """No living record can lend its key, so the bytes get a blob of their own."""
    first, second = make.filed(office, count=2)
    attach(office, first, b"same" * 1000)
    office.instance.keys.drop_keys([first])
    attach(office, second, b"same" * 1000)
    assert count(office, Blob) == 2
    assert fetch(office, second, tmp_path / "out").read_bytes() == b"same" * 1000


# --- the content right ------------------------------------------------------------------------

#: Who may take the bytes of what (None), or the refusal; class, then account by account.
RIGHTS = {
    "ZX·02": {
        "archivist": None, "clerk": None, "supervisor": None, "manager": None, "secretary": None, "gm": None,
        "staff": OtherDepartment, "records": OtherDepartment, "hr": OtherDepartment,
        "admin": NotFound, "security": NotFound, "auditor": NotFound,
    },
    "HT·01": {
        "gm": None, "archivist": Confidential, "secretary": Confidential, "manager": Confidential,
        "clerk": Confidential, "staff": NotFound, "hr": NotFound, "admin": NotFound,
    },
    # see and search by the duty grants of decision 1; taking the bytes needs a grant of its own
    "RS·01": {
        "archivist": CustodianClosed, "gm": CustodianClosed, "hr": Confidential,
        "clerk": NotFound, "manager": NotFound, "admin": NotFound,
    },
}  # fmt: skip


def tried(office, uid, target, account):
    """The class of the refusal *account* gets, or None."""
    try:
        fetch(office, uid, target, by=account, replace=True)
    except Exception as refusal:
        return type(refusal)
    return None


@pytest.mark.parametrize("class_code", RIGHTS)
def test_inv_V9_the_content_right_of_every_role(office, tmp_path, class_code):
    """Seeing the catalogue is not having the bytes: each role gets them, is refused, or sees nothing."""
    uid = make.filed(office, class_code, 1, **({"party": "P001"} if class_code == "RS·01" else {}))[0]
    attach(office, uid)
    got = {account: tried(office, uid, tmp_path / account, account) for account in RIGHTS[class_code]}
    assert got == RIGHTS[class_code]
    assert {path.name for path in tmp_path.glob("*") if path.is_file()} == {
        account for account, refusal in RIGHTS[class_code].items() if refusal is None
    }


def test_inv_V9_a_grant_opens_one_record_to_one_person_until_its_day(office, tmp_path):
    """The manager reads after the grant, his neighbour still does not, and nobody does after it expired."""
    uid = make.filed(office, "HT·01", 1)[0]
    attach(office, uid)
    with office.work("gm", Act.GRANT_GIVE) as unit:
        grants.give(
            unit, uid, to="manager", acts=[Act.ITEM_GET], expires_on=dt.date(2026, 3, 5), reason="续签谈判"
        )
    assert tried(office, uid, tmp_path / "1", "manager") is None
    assert tried(office, uid, tmp_path / "2", "supervisor") is NotFound
    office.tick(days=4)
    assert tried(office, uid, tmp_path / "3", "manager") in {Confidential, NotFound}


def test_attaching_is_the_right_of_those_who_file(office):
    """Staff never attach, a clerk only in his department."""
    uid = make.filed(office, count=1)[0]
    with pytest.raises(NotAllowed):
        attach(office, uid, by="staff")
    with pytest.raises(OtherDepartment):
        attach(office, uid, by="records")
    attach(office, uid, by="clerk")
    assert count(office, Blob) == 1


def test_inv_V25_every_taking_is_logged_with_its_purpose_and_every_refusal_too(office, tmp_path):
    """One line each: who, what, which object; the purpose sealed under the record."""
    uid = make.filed(office, "HT·01", 1)[0]
    attach(office, uid)
    tried(office, uid, tmp_path / "gm", "gm")
    tried(office, uid, tmp_path / "manager", "manager")
    with office.instance.engine.connect() as raw:
        lines = raw.execute(
            text("SELECT account, outcome, facts, sealed FROM event WHERE act = 'item.get' ORDER BY seq")
        ).all()
    assert [(line.account, line.outcome) for line in lines] == [("gm", "done"), ("manager", "confidential")]
    assert all("核对" in office.instance.keys.open(uid, "log", line.sealed).decode() for line in lines)
    assert not any("核对" in line.facts for line in lines)


def test_inv_V25_the_line_is_written_before_the_bytes_leave(office, tmp_path):
    """If writing the file fails half-way, the taking stands in the log all the same, and no partial file is left."""
    uid = make.filed(office, "HT·01", 1)[0]
    attach(office, uid, bytes(200_000))
    with faults.armed("export.chunk:2:enospc"), pytest.raises(DiskFull):
        fetch(office, uid, tmp_path / "out.pdf", by="gm")
    assert not list(tmp_path.glob("*.pdf")) and not list(tmp_path.glob(".*.part"))
    with office.instance.engine.connect() as raw:
        lines = raw.execute(text("SELECT outcome FROM event WHERE act = 'item.get' ORDER BY seq")).all()
    assert [line.outcome for line in lines] == ["done", "disk-full"]


# --- nothing in clear -------------------------------------------------------------------------


def test_tier_E1_no_plaintext_of_title_name_text_or_bytes_stands_under_home(office, tmp_path):
    """Title, note, file name, bytes, extracted text, purpose: in no file, in no spelling."""
    with office.work("archivist", Act.ITEM_FILE) as unit:
        paper = make.paper(f"图纸{CANARY}", note=CANARY, creator=CANARY, document_no="甲" + CANARY)
        uid = items.file_matter(unit, make.matter("YH·01"), [paper])[0].uid
    raw = " ".join([CANARY] * 50)
    for number, coding in enumerate(("utf-8", "utf-16", "gb18030")):
        attach(office, uid, raw.encode(coding), name=f"{CANARY}{number}.txt")
    with office.instance.work(SYSTEM, Act.ITEM_EXTRACT) as unit:
        for stored in objects.unread(unit, [uid]):
            objects.note_text(unit, stored, outcome="text", text=raw, pages=1)
    with office.work("gm", Act.ITEM_GET) as unit:
        objects.fetch(unit, uid, tmp_path / "out.txt", purpose=CANARY)
        assert raw in objects.text_of(unit, unit.item(uid))
    assert spellings_found(office.home, CANARY) == []


def test_witness_tier_E1_a_name_in_clear_is_found_in_every_spelling(tmp_path):
    """The same scan names a file with the canary in UTF-8, UTF-16 or GB18030."""
    for coding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
        (tmp_path / coding).write_bytes(b"\x00\x01" + f"题名{CANARY}".encode(coding) + b"\x02")
    assert {path.name for path in spellings_found(tmp_path, CANARY)} == {
        "utf-8", "utf-16-le", "utf-16-be", "gb18030",
    }  # fmt: skip


# --- fixity -----------------------------------------------------------------------------------


def verdict(office):
    with office.work("archivist", Act.VAULT_VERIFY) as unit:
        return objects.verify(unit)


@pytest.fixture
def stored(office):
    """Five items with objects of different sizes; the sixth shares the content of the fifth."""
    uids = make.filed(office, count=6)
    sizes = (0, 40, 700, 66_000, 3_000, 3_000)
    for uid, size in zip(uids, sizes, strict=True):
        attach(office, uid, random.Random(size).randbytes(size))
    return uids


def whose(office) -> dict[str, set[str]]:
    """Stored name of each blob, and the codes of the items that have it."""
    with office.ask("gm") as unit:
        rows = unit.session.scalars(select(Blob)).all()
        return {objects.blob_ref(blob).name: set(objects.items_of(unit, blob.uid)) for blob in rows}


@pytest.mark.parametrize("flips", [60, pytest.param(200, marks=pytest.mark.slow)])
def test_rel_I1_vault_verify_names_the_item_of_every_flipped_byte(office, stored, flips):
    """Random single-bit flips over all blobs: all found, each with exactly the items it belongs to."""
    rng, owners = random.Random(1), whose(office)
    assert verdict(office).faults == []
    assert sorted(map(len, owners.values())) == [1, 1, 1, 1, 2]
    for _ in range(flips):
        name = rng.choice(sorted(owners))
        path = office.instance.vault.folder / name
        good = path.read_bytes()
        at = rng.randrange(len(good))
        path.write_bytes(good[:at] + bytes([good[at] ^ 1 << rng.randrange(8)]) + good[at + 1 :])
        found = verdict(office).faults
        path.write_bytes(good)
        assert [(fault.why, set(fault.items)) for fault in found] == [("damaged", owners[name])]
    assert verdict(office).faults == []


def test_rel_I1_missing_cut_lengthened_and_swapped_blobs_are_named(office, stored):
    """Not only bits: a blob that is gone, shorter, longer or another's."""
    owners = whose(office)
    folder = office.instance.vault.folder
    first, second = sorted(owners, key=lambda name: (folder / name).stat().st_size)[-2:]
    good = (folder / first).read_bytes()
    for change in ("gone", "cut", "longer", "another's"):
        if change == "gone":
            (folder / first).unlink()
        else:
            other = (folder / second).read_bytes()
            (folder / first).write_bytes(
                {"cut": good[:-1], "longer": good + b"\0", "another's": other}[change]
            )
        assert [set(fault.items) for fault in verdict(office).faults] == [owners[first]], change
        (folder / first).write_bytes(good)


def test_rel_I1_damaged_bytes_are_never_handed_out(office, tmp_path):
    """A flipped bit anywhere: the export ends in a refusal, and no partial file stands at the target."""
    uid = make.filed(office, count=1)[0]
    attach(office, uid, bytes(200_000))
    path = office.instance.vault.folder / next(office.instance.vault.walk())
    raw = bytearray(path.read_bytes())
    raw[-5] ^= 1
    path.write_bytes(raw)
    with pytest.raises(Exception, match=r"damaged|Damaged|损坏"):
        fetch(office, uid, tmp_path / "out")
    assert list(tmp_path.glob("*out*")) == list(tmp_path.glob("*.part")) == []


def test_witness_rel_I1_a_verify_by_size_alone_misses_the_flips(office, stored, monkeypatch):
    """The same flips against a checker that only looks at sizes go unnoticed, so the test above means something."""
    monkeypatch.setattr(Vault, "check", lambda self, ref, key=None: self._stored(ref).close())
    name = max(whose(office), key=lambda one: (office.instance.vault.folder / one).stat().st_size)
    path = office.instance.vault.folder / name
    raw = bytearray(path.read_bytes())
    raw[100] ^= 1
    path.write_bytes(raw)
    assert verdict(office).faults == []


def test_orphans_are_counted_and_are_not_faults(office, stored):
    """A blob no row knows (a killed import's) is waiting for collection, nothing more."""
    office.instance.vault.write(b"nobody's")
    report = verdict(office)
    assert (report.orphans, report.faults) == (1, [])


def test_a_failed_write_leaves_neither_row_nor_blob(office, stored):
    """No room: the refusal says so, and the next attempt works."""
    before = (count(office, Blob), count(office, DigitalObject), len(list(office.instance.vault.walk())))
    with faults.armed("vault.chunk:1:enospc"), pytest.raises(DiskFull):
        attach(office, stored[0], b"never stored")
    assert (
        count(office, Blob),
        count(office, DigitalObject),
        len(list(office.instance.vault.walk())),
    ) == before
    attach(office, stored[0], b"stored now")


def test_the_copy_of_an_instance_opens_only_with_its_key(office, stored, tmp_path):
    """A stolen folder shows counts and sizes, no bytes: every blob differs from its content."""
    shutil.copytree(office.home, tmp_path / "stolen")
    plain = random.Random(66_000).randbytes(66_000)
    for path in (tmp_path / "stolen").rglob("*"):
        if path.is_file():
            assert plain[:64] not in path.read_bytes()
            assert not os.stat(path).st_mode & 0o077
