"""Sealed values: whatever is changed or moved is refused (reliability E3, I3)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.errors import (
    SealBroken,
)
from archive.sealing import bound
from tests.archive.rings import a_ring, again


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "instance"


@pytest.fixture
def ring(folder):
    with a_ring(folder) as made:
        yield made


def accepted(open_, spoilt) -> int:
    """How many of the *spoilt* values *open_* lets through: the check every forgery test uses."""
    through = 0
    for value in spoilt:
        try:
            open_(value)
            through += 1
        except SealBroken:
            pass
    return through


def flips(sealed: bytes):
    """Every way of changing one byte: each byte, by three different masks."""
    for at in range(len(sealed)):
        for mask in (0x01, 0x80, 0xFF):
            yield sealed[:at] + bytes([sealed[at] ^ mask]) + sealed[at + 1 :]


def test_conf_E3_every_flipped_byte_of_a_sealed_value_is_refused(ring):
    """
    A sealed value opens only as it was made: no byte changed, cut off or added.
    """
    ring.new_keys(["r1"], "HT")
    value, instance = ring.seal("r1", "title", "租赁合同".encode()), ring.seal_with("names", b"p1", b"Zhou")
    wrapped = ring.wrap_key("r1", "blob", bytes(32))
    cuts = [value[:n] for n in range(len(value))] + [value + b"\x00"]

    assert 0 == accepted(lambda v: ring.open("r1", "title", v), [*flips(value), *cuts])
    assert 0 == accepted(lambda v: ring.open_with("names", b"p1", v), flips(instance))
    assert 0 == accepted(lambda v: ring.unwrap_key("r1", "blob", v), flips(wrapped))
    assert "租赁合同" == ring.open("r1", "title", value).decode()


def test_conf_E3_witness_a_cipher_without_a_tag_lets_flips_through():
    """
    The same check catches a store that encrypts without authenticating.
    """
    from cryptography.hazmat.primitives.ciphers import Cipher
    from cryptography.hazmat.primitives.ciphers.algorithms import AES
    from cryptography.hazmat.primitives.ciphers.modes import CTR

    def crypt(data):
        return Cipher(AES(bytes(32)), CTR(bytes(16))).encryptor().update(data)

    assert 3 * 10 == accepted(crypt, flips(crypt(b"0123456789")))


def swaps(seal, open_, places) -> int:
    """How many values open at a place they were not sealed for."""
    sealed = [seal(place) for place in places]
    pairs = [(p, s) for i, p in enumerate(places) for j, s in enumerate(sealed) if i != j]
    return sum(accepted(lambda value, place=place: open_(place, value), [value]) for place, value in pairs)


PLACES = [
    (uid, purpose)
    for uid in ("r1", "r2", "r", "r1t")
    for purpose in ("title", "note", "1title", "itle", "", "key|title")
]


def test_int_I3_a_value_moved_to_another_record_or_purpose_is_refused(ring):
    """
    552 exchanges of valid values, among them names that run together, are all refused.
    """
    ring.new_keys(sorted({uid for uid, _ in PLACES}), "HT")

    assert 0 == swaps(lambda p: ring.seal(*p, b"x"), lambda p, v: ring.open(*p, v), PLACES)
    assert 0 == swaps(
        lambda p: ring.seal_with(p[1], p[0].encode(), b"x"),
        lambda p, v: ring.open_with(p[1], p[0].encode(), v),
        PLACES,
    )


def test_int_I3_witness_a_store_that_binds_no_place_accepts_every_swap():
    """
    The same check catches a store that leaves out the associated data, or runs the names together.
    """
    cipher, nonce = AESGCM(bytes(32)), bytes(12)
    count = len(PLACES) * (len(PLACES) - 1)

    def joined(place):
        return "".join(place).encode()

    assert count == swaps(
        lambda p: cipher.encrypt(nonce, b"x", None), lambda p, v: cipher.decrypt(nonce, v, None), PLACES
    )
    assert joined(("r", "1title")) == joined(("r1", "title"))
    assert bound("r", "1title") != bound("r1", "title")


def test_int_I3_a_value_of_another_instance_is_refused(tmp_path):
    """
    Two instances share nothing, even with the same passphrase and the same uids.
    """
    with a_ring(tmp_path / "a") as one, a_ring(tmp_path / "b") as two:
        for ring in (one, two):
            ring.new_keys(["r1"], "HT")

        assert 0 == accepted(lambda v: two.open("r1", "t", v), [one.seal("r1", "t", b"x")])
        assert 0 == accepted(lambda v: two.open_with("n", b"", v), [one.seal_with("n", b"", b"x")])
        assert one.mac("title", b"x") != two.mac("title", b"x")


def test_conf_E3_100000_nonces_are_all_different(ring):
    """
    Every sealing draws a new 96-bit nonce; a counter that restarts would repeat (the witness).
    """
    ring.new_keys(["r1"], "HT")

    nonces = {ring.seal("r1", "t", b"")[1:13] for _ in range(100_000)}
    restarted = {(n % 50_000).to_bytes(12, "big") for n in range(100_000)}

    assert 100_000 == len(nonces)
    assert 100_000 != len(restarted)


def test_conf_E3_a_refusal_says_the_same_whatever_was_wrong(ring):
    """
    Wrong key, wrong place and changed byte cannot be told apart by the error.
    """
    ring.new_keys(["r1", "r2"], "HT")
    good, other = ring.seal("r1", "t", b"x"), ring.seal("r2", "t", b"x")
    facts = []
    for spoilt in (good[:-1] + bytes([good[-1] ^ 1]), other, good[:5], b""):
        with pytest.raises(SealBroken) as refusal:
            ring.open("r1", "t", spoilt)
        facts.append(refusal.value.facts)

    assert all(one == facts[0] for one in facts)


def test_subkeys_differ_by_purpose_and_stay_the_same(ring, folder):
    """
    A purpose has one key for ever, and no two purposes share one.
    """
    with again(folder) as later:
        assert later.subkey("index") == ring.subkey("index")
        assert later.mac("title", "张三".encode()) == ring.mac("title", "张三".encode())
    assert len({ring.subkey(p) for p in ("a", "b", "mac|a", "seal|a")}) == 4
    running = ring.running_mac("title")
    running.update("张三".encode())
    assert running.digest() == ring.mac("title", "张三".encode())
