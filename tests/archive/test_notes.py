"""Signed notes: every letter counts (C2SP; A3)."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive import notes

ORIGIN = "anjuan/test"


@pytest.mark.parametrize("seed", range(12))
def test_rel_A3_no_letter_of_a_note_can_be_another(seed):
    """Each letter of body, origin, key id and signature changed in its lowest bit: never the same note (12 keys)."""
    key = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
    note = notes.signed(key, f"{ORIGIN}\n{seed}\n")
    public = key.public_key()
    assert notes.body_of(note, ORIGIN, public) == f"{ORIGIN}\n{seed}\n"

    for place, letter in enumerate(note.rstrip("\n")):
        changed = note[:place] + chr(ord(letter) ^ 1) + note[place + 1 :]
        assert notes.body_of(changed, ORIGIN, public) is None, place


def test_witness_rel_A3_base64_alone_has_letters_that_say_the_same():
    """What the signature alone lets through: other last letters of a note decode to the same bytes."""
    import base64

    assert base64.b64decode("AAA=") == base64.b64decode("AAB=")
