"""Chunks of long contents: any pieces in, 64 KiB out, each bound to number, end, key and place (E3, I3)."""

from __future__ import annotations

import os
from itertools import pairwise

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.chunks import CHUNK, ChunkCipher, ChunkStream, _nonce, chunk_count, plain_size, sealed_size
from archive.errors import SealBroken
from archive.sealing import Kept

KEY, PLACE = b"k" * 32, b"here"


def a_cipher(key: bytes = KEY, place: bytes = PLACE) -> ChunkCipher:
    return ChunkCipher(key, place, what=Kept.SEGMENT, where="x")


def sealed(pieces) -> list[bytes]:
    stream = ChunkStream(a_cipher())
    return [chunk for piece in pieces for chunk in stream.feed(piece)] + [stream.end()]


def opened(chunks) -> list[bytes]:
    last = len(chunks) - 1
    return [a_cipher().open(at, chunk, final=at == last) for at, chunk in enumerate(chunks)]


@settings(max_examples=40)
@given(st.lists(st.integers(0, 3 * CHUNK), max_size=6), st.booleans())
def test_the_pieces_of_a_content_do_not_matter(lengths, views):
    """However the bytes arrive, the chunks are the same 64 KiB; only nothing at all has an empty one."""
    pieces = [bytes([n % 251]) * length for n, length in enumerate(lengths)]
    whole = b"".join(pieces)
    chunks = opened(sealed(map(memoryview, pieces) if views else pieces))

    assert whole == b"".join(chunks)
    assert all(CHUNK == len(chunk) for chunk in chunks[:-1])
    assert chunk_count(len(whole)) == len(chunks)
    assert all(chunks) or chunks == [b""]


@given(st.integers(0, 10**12))
def test_a_size_is_told_by_what_lies_on_the_disk_and_by_nothing_else(size):
    """Plain and sealed size are inverse; a number of bytes that no content takes is none."""
    stored = sealed_size(size)

    assert size == plain_size(stored)
    assert sealed_size(size + 1) > stored
    assert plain_size(stored + 1) in {size + 1, None}
    assert [None] * 17 == [plain_size(short) for short in [*range(16), sealed_size(CHUNK) + 16]]


def test_conf_E3_a_chunk_opens_only_as_what_it_was_sealed():
    """Another number, end, key or place, one byte changed, cut or added: refused alike, naming what and where."""
    one = a_cipher().seal(3, b"data", final=False)
    spoilt = [bytes([*one[:at], one[at] ^ 1, *one[at + 1 :]]) for at in range(len(one))]
    tries = [(a_cipher(), 3, data, False) for data in [*spoilt, one[:-1], one + b"\0", b"", one[-16:]]]
    tries += [(a_cipher(), 2, one, False), (a_cipher(), 3, one, True)]
    tries += [(a_cipher(b"l" * 32), 3, one, False), (a_cipher(place=b"there"), 3, one, False)]

    assert b"data" == a_cipher().open(3, one, final=False)
    for cipher, number, data, final in tries:
        with pytest.raises(SealBroken) as refused:
            cipher.open(number, data, final=final)
        assert {"what": Kept.SEGMENT, "where": "x"} == refused.value.facts


def test_conf_E3_no_nonce_comes_twice_in_one_content():
    """Number and end are told apart by 12 bytes, up to contents of any size."""
    numbers = [*range(70_000), 2**32, 2**40, 2**64]
    nonces = {_nonce(number, final=final) for number in numbers for final in (False, True)}

    assert 2 * len(numbers) == len(nonces)
    assert {12} == {len(nonce) for nonce in nonces}


def test_int_I3_chunks_cannot_be_moved_left_out_repeated_or_cut_off():
    """Every exchange of neighbours, every omission, every repetition and every cut is refused."""
    whole = sealed([os.urandom(3 * CHUNK + 5)])

    assert 4 == len(opened(whole))
    for forged in forgeries(whole):
        with pytest.raises(SealBroken):
            opened(forged)


def test_int_I3_witness_without_number_and_end_a_forgery_opens():
    """With a random nonce beside each chunk, as short values have it, all of these would be accepted."""
    cipher = AESGCM(KEY)

    def careless(chunks) -> bool:
        try:
            return all(cipher.decrypt(chunk[:12], chunk[12:], PLACE) is not None for chunk in chunks)
        except InvalidTag:
            return False

    whole = [(n := os.urandom(12)) + cipher.encrypt(n, b"%d" % at, PLACE) for at in range(4)]

    assert {True} == {careless(forged) for forged in forgeries(whole)}


def forgeries(whole: list[bytes]) -> list[list[bytes]]:
    size = len(whole)
    swapped = [[*whole[:a], whole[b], whole[a], *whole[b + 1 :]] for a, b in pairwise(range(size))]
    without = [[*whole[:at], *whole[at + 1 :]] for at in range(size)]
    twice = [[*whole[:at], whole[at], *whole[at:]] for at in range(size)]
    return [*swapped, *without, *twice, *(whole[:end] for end in range(1, size))]
