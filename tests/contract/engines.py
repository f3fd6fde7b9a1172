"""The engines the contract is asked of, and a sealer for them; also a process that can be killed."""

import os
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.errors import Damaged
from indexer.engine import Entry
from indexer.whoosh_engine import WhooshEngine


class Gcm:
    """AES-256-GCM with the name as associated data."""

    def __init__(self, key=b"k" * 32):
        self._cipher = AESGCM(key)

    def seal(self, name, data):
        nonce = os.urandom(12)
        return nonce + self._cipher.encrypt(nonce, data, name.encode())

    def open(self, name, data):
        try:
            return self._cipher.decrypt(data[:12], data[12:], name.encode())
        except (InvalidTag, ValueError):
            raise Damaged(what="index", where=name) from None


def whoosh(folder, key=b"k" * 32):
    """The embedded engine in *folder*."""
    return WhooshEngine(Path(folder), Gcm(key))


ENGINES = {"whoosh": whoosh}


def batch(number):
    """What the outbox holds at *number*: a new record, a change that moves, a drop."""
    entries = [
        Entry(f"r{number}", 1, sealed=number % 2 == 0, title=f"装修第{number}号", bucket="b"),
        Entry("same", number, sealed=number % 3 == 0, title=f"变更{number}次", bucket="b"),
    ]
    return entries, [f"r{number - 5}"]


def put_forever(folder):
    """Put batch after batch, telling each mark when it is acknowledged, until killed."""
    engine = whoosh(folder)
    number = engine.mark()
    while True:
        number += 1
        entries, drops = batch(number)
        engine.put(entries, drops, mark=number)
        print(number, flush=True)


if __name__ == "__main__":
    put_forever(sys.argv[1])
