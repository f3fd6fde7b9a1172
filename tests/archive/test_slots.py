"""Slots: passphrase, key file, recovery key (reliability E3, K5)."""

from __future__ import annotations

import random
import sqlite3

import pytest

from archive import faults
from archive.errors import (
    FileMissing,
    KeyFileUnsafe,
    LastSlot,
    NoKey,
    NotEmpty,
    NotFound,
    RecoveryMistyped,
    SlotUnsafe,
    StorageFailed,
    TargetExists,
    WeakPassword,
    WrongKey,
)
from archive.keys import FLOOR, STANDARD, Cost, Keyring, SlotKind
from archive.keystore import keystore_path
from archive.slots import CEILING, recovery_secret, recovery_text
from tests.archive.rings import FAR, PHRASE, a_ring, again


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "instance"


@pytest.fixture
def ring(folder):
    with a_ring(folder) as made:
        yield made


def test_keys_K5_passphrase_key_file_recovery_and_root_open_the_same_ring(folder, tmp_path):
    """
    Every slot leads to the same ROOT; a passphrase typed full width still opens.
    """
    ring, recovery = Keyring.create(folder, passphrase="A-long-passphrase", **FAR)
    ring.add_slot(key_file=tmp_path / "k.key")
    root, proof = ring.root(), ring.mac("p", b"")
    ring.close()
    ways = [
        {"passphrase": "A-long-passphrase"}, {"passphrase": "Ａ－ｌｏｎｇ－ｐａｓｓｐｈｒａｓｅ"},
        {"key_file": tmp_path / "k.key"}, {"root": root},
        {"recovery": recovery}, {"recovery": recovery.lower().replace("-", "  ").replace("0", "o").replace("1", "l")},
    ]  # fmt: skip

    for way in ways:
        with again(folder, **way) as opened:
            assert proof == opened.mac("p", b"")


def test_keys_K5_the_wrong_secret_is_refused_with_its_kind(folder, tmp_path):
    """
    Wrong passphrase, key file, recovery key and ROOT are refused; without any means there is no key.
    """
    a_ring(folder).close()
    a_ring(tmp_path / "other", passphrase=None, key_file=tmp_path / "other.key").close()
    ways = {
        SlotKind.PASSPHRASE: {"passphrase": PHRASE + "x"},
        SlotKind.KEY_FILE: {"key_file": tmp_path / "other.key"},
        SlotKind.RECOVERY: {"recovery": recovery_text(bytes(32))},
        SlotKind.AGENT: {"root": bytes(32)},
    }

    for kind, way in ways.items():
        with pytest.raises(WrongKey) as refusal:
            again(folder, **way)
        assert {"kind": kind} == refusal.value.facts
    with pytest.raises(NoKey):
        Keyring.unlock(folder)
    with pytest.raises(NoKey):
        again(tmp_path / "nowhere")


def test_keys_K5_every_single_slip_in_a_recovery_key_is_noticed():
    """
    Each wrong letter, each exchange of neighbours and each exchange of groups names the first wrong group.
    """
    letters = "0123456789ABCDEFGHJKMNPQRSTVWXYZU"
    secret = random.Random(5).randbytes(32)
    text = recovery_text(secret)
    assert secret == recovery_secret(text)
    slips = [(at // 6 + 1, text[:at] + new + text[at + 1 :])
             for at, old in enumerate(text) if old != "-" for new in letters if new != old]  # fmt: skip
    slips += [(at // 6 + 1, text[:at] + text[at + 1] + text[at] + text[at + 2 :])
              for at in range(len(text) - 1) if "-" not in text[at : at + 2] and text[at] != text[at + 1]]  # fmt: skip
    groups = text.split("-")
    slips += [(1, "-".join([groups[at], *groups[1:at], groups[0], *groups[at + 1 :]])) for at in range(1, 13)]
    slips += [(13, text[:-1]), (13, text + "0"), (1, ""), (2, groups[0])]

    for group, slip in slips:
        with pytest.raises(RecoveryMistyped) as refusal:
            recovery_secret(slip)
        assert {"group": group, "groups": 13} == refusal.value.facts


def test_keys_K5_witness_a_recovery_key_without_check_letters_hides_slips():
    """
    The same slip passes where the check letter is taken from the typed text instead of compared.
    """
    from archive import slots

    text = recovery_text(bytes(range(32)))
    slip = ("Z" if text[2] != "Z" else "Y").join((text[:2], text[3:]))
    sound = slots._check
    try:
        slots._check = lambda at, values: typed[at]
        typed = ["0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(group[4]) for group in slip.split("-")]
        assert bytes(range(32)) != recovery_secret(slip)
    finally:
        slots._check = sound


def test_keys_K5_a_key_file_inside_the_instance_or_open_to_others_is_refused(folder, tmp_path):
    """
    A key lies outside what it locks, and is its owner's alone; the reason is told.
    """
    with pytest.raises(KeyFileUnsafe) as inside:
        a_ring(folder, passphrase=None, key_file=folder / "k.key")
    a_ring(folder, passphrase=None, key_file=tmp_path / "k.key").close()
    reasons = [inside.value.facts["why"]]
    link = tmp_path / "link"
    link.symlink_to(folder / "keys" / "keystore.db")
    for path, mode, text in (
        (link, None, None), (tmp_path / "k.key", 0o640, None), (tmp_path / "k.key", 0o604, None),
        (tmp_path / "k.key", 0o600, "anjuan-key:v1:AAAA\n"), (tmp_path / "k.key", 0o600, "\x00" * 300), (tmp_path, None, None),
    ):  # fmt: skip
        if mode:
            path.chmod(mode)
        if text:
            path.write_text(text)
        with pytest.raises(KeyFileUnsafe) as refusal:
            again(folder, key_file=path)
        reasons.append(refusal.value.facts["why"])

    assert ["inside", "inside", "open", "open", "no-key", "no-key", "no-key"] == reasons
    with pytest.raises(FileMissing):
        again(folder, key_file=tmp_path / "gone.key")


def test_keys_K5_a_key_file_is_never_overwritten(folder, tmp_path):
    """
    A new key file wants a new name in a folder that exists; nothing of the instance is left behind.
    """
    (tmp_path / "k.key").write_text("mine")
    with pytest.raises(TargetExists):
        a_ring(folder, passphrase=None, key_file=tmp_path / "k.key")
    with pytest.raises(FileMissing):
        a_ring(folder, passphrase=None, key_file=tmp_path / "no" / "k.key")

    assert "mine" == (tmp_path / "k.key").read_text()
    assert not keystore_path(folder).exists()


def test_creating_that_fails_leaves_neither_key_file_nor_keystore(folder, tmp_path):
    """
    An I/O error on the last step takes the key file back; the second attempt succeeds.
    """
    with faults.armed("keys.create.before_rename:1:eio"), pytest.raises(StorageFailed):
        a_ring(folder, passphrase=None, key_file=tmp_path / "k.key")
    assert not (tmp_path / "k.key").exists()

    a_ring(folder, passphrase=None, key_file=tmp_path / "k.key").close()
    with pytest.raises(NotEmpty):
        a_ring(folder)


def test_conf_E3_the_floor_of_the_stretching_is_kept():
    """
    Production stretches with Argon2id at 64 MiB, three passes, four lanes, and accepts nothing cheaper.
    """
    assert FLOOR == STANDARD == Cost(memory=65536, passes=3, lanes=4)


@pytest.mark.parametrize(
    "cost", [Cost(65535, 3, 4), Cost(65536, 2, 4), Cost(65536, 3, 1), Cost(CEILING.memory + 1, 3, 4)]
)
def test_conf_E3_a_cost_outside_floor_and_ceiling_is_refused(folder, cost):
    """
    Neither a weak nor a crippling cost can be chosen; nothing is created.
    """
    with pytest.raises(SlotUnsafe):
        Keyring.create(folder, passphrase=PHRASE, cost=cost)

    assert not keystore_path(folder).exists()


def test_conf_E3_a_slot_tampered_below_the_floor_is_refused(folder):
    """
    A ring of standard cost opens; once someone lowers or raises the cost in the file it is refused, not used.
    """
    Keyring.create(folder, passphrase=PHRASE)[0].close()
    Keyring.unlock(folder, passphrase=PHRASE).close()

    for column, value in (("memory", 64), ("passes", 1), ("memory", 2**31)):
        with sqlite3.connect(keystore_path(folder)) as db:
            db.execute("UPDATE slot SET memory = 65536, passes = 3 WHERE kind = 'passphrase'")
            db.execute({"memory": "UPDATE slot SET memory = ? WHERE kind = 'passphrase'",
                        "passes": "UPDATE slot SET passes = ? WHERE kind = 'passphrase'"}[column], (value,))  # fmt: skip
        db.close()
        with pytest.raises(SlotUnsafe):
            Keyring.unlock(folder, passphrase=PHRASE)


def test_a_short_passphrase_is_refused(folder, ring):
    """
    Nine characters do not make a passphrase.
    """
    for attempt in (
        lambda: a_ring(folder.parent / "x", passphrase="九个字不够长的口令"),
        lambda: ring.add_slot(passphrase=""),
    ):
        with pytest.raises(WeakPassword):
            attempt()


def test_slots_can_be_added_listed_and_removed_but_one_everyday_slot_stays(ring, folder, tmp_path):
    """
    The list shows kinds and costs and no secret; the recovery slot and the last everyday slot stay.
    """
    number = ring.add_slot(key_file=tmp_path / "k.key")
    kinds = {slot.number: slot.kind for slot in ring.slots()}

    assert [SlotKind.PASSPHRASE, SlotKind.RECOVERY, SlotKind.KEY_FILE] == list(kinds.values())
    assert {"number", "kind", "cost", "created_at"} == set(ring.slots()[0].__slots__)
    ring.remove_slot(number)
    with pytest.raises(WrongKey):
        again(folder, key_file=tmp_path / "k.key")
    for last in (n for n in kinds if n != number):
        with pytest.raises(LastSlot):
            ring.remove_slot(last)
    with pytest.raises(NotFound):
        ring.remove_slot(99)


def test_a_new_recovery_key_revokes_the_old(folder):
    """
    The printed key that was replaced opens nothing any more.
    """
    ring, old = Keyring.create(folder, passphrase=PHRASE, **FAR)
    new = ring.new_recovery()
    ring.close()

    again(folder, recovery=new).close()
    with pytest.raises(WrongKey):
        again(folder, recovery=old)
