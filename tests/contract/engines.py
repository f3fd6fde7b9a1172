"""The engines the contract is asked of, and a sealer for them; also a process that can be killed."""

import os
import sys
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from archive.chunks import ChunkCipher
from archive.errors import Damaged
from archive.sealing import Kept, derive
from indexer.embedded.keypool import KeyPool
from indexer.embedded.storage import SealedFolder
from indexer.embedded.whoosh_engine import WhooshEngine
from indexer.engine import Entry


class DerivedKeys:
    """Keys of long files that follow from one key: no keystore, and none is ever gone."""

    def __init__(self, key):
        self._key = key

    def renew_segment_keys(self, count, kept):
        return tuple(os.urandom(16).hex() for _ in range(count))

    def confirm_segment_key(self, name):
        pass

    def segment_cipher(self, name, salt, place):
        key = derive(self._key, name, salt)
        return ChunkCipher(key, place + salt, what=Kept.SEGMENT, where=place.decode())


class Gcm:
    """AES-256-GCM with the name as associated data."""

    def __init__(self, key=b"k" * 32):
        self._cipher = AESGCM(key)
        self.pool = KeyPool(Path(), DerivedKeys(key))

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


def plain(folder, key=b"k" * 32):
    """The decrypted content of every index file; of segments also the numbers of their arrays as text."""
    for part in ("open", "sealed"):
        sealed = SealedFolder(folder / part, Gcm(key), f"{folder.name}/{part}")
        for name in sealed.names():
            if name.endswith(".seg"):
                file = sealed.opened(name)
                yield bytes(file.read(0, file.size))
            elif name.endswith(".toc"):
                yield sealed.read(name)


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
