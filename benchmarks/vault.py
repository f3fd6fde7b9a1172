"""Vault and keys: MB/s against bare AES-GCM of the same bytes, keys/s and seals/s. `--json` for machines."""

from __future__ import annotations

import itertools
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from rounds import measure, report

from archive.chunks import CHUNK
from archive.keys import Keyring
from archive.vault import Vault

ROUNDS = 7
KEYS = 10_000
SEALS = 20_000
SIZES = {"64 KiB": (64 * 1024, 16), "1 MiB": (1024 * 1024, 8), "16 MiB": (16 * 1024 * 1024, 1)}


def bare(data: bytes, times: int) -> None:
    """The reference: the same bytes, in the same chunks, through AES-256-GCM and nothing else."""
    for _ in range(times):
        cipher, view = AESGCM(os.urandom(32)), memoryview(data)
        for number, at in enumerate(range(0, len(data), CHUNK)):
            cipher.encrypt(number.to_bytes(12, "big"), view[at : at + CHUNK], b"")


def plain(data: bytes, folder: Path, times: int) -> None:
    """A second reference: the same bytes to a new file with one fsync, unencrypted."""
    for _ in range(times):
        path = folder / "plain"
        with path.open("wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        path.unlink()


def drain(vault: Vault, blob, times: int) -> None:
    for _ in range(times):
        for _ in vault.read(blob.ref, blob.key):
            pass


def write(vault: Vault, data: bytes, times: int) -> None:
    for _ in range(times):
        vault.write(data)


def vault_cases(vault: Vault, folder: Path) -> dict[str, Callable[[], object]]:
    cases: dict[str, Callable[[], object]] = {}
    for name, (size, times) in SIZES.items():
        data = os.urandom(size)
        cases[f"bare AES-GCM, {name}"] = partial(bare, data, times)
        cases[f"plain file with fsync, {name}"] = partial(plain, data, folder, times)
        cases[f"write, {name}"] = partial(write, vault, data, times)
        cases[f"read, {name}"] = partial(drain, vault, vault.write(data), times)
    return cases


def key_cases(ring: Keyring) -> dict[str, Callable[[], object]]:
    turn = itertools.count()

    def new_keys() -> None:
        mine = next(turn)
        ring.new_keys((f"{mine:08x}{n:024x}" for n in range(KEYS)), "HT")

    def seals() -> None:
        for n in range(SEALS):
            ring.seal(f"s{n & 255}", "title", title)

    def opens() -> None:
        for _ in range(SEALS):
            ring.open("s1", "title", sealed)

    title = "和园物业与某公司关于电梯维护保养的合同".encode()
    ring.new_keys([f"s{n}" for n in range(256)], "HT")
    sealed = ring.seal("s1", "title", title)
    return {"new keys": new_keys, "seals": seals, "opens": opens}


def figures_of(timings) -> dict[str, float]:
    figures = {}
    for name, (size, times) in SIZES.items():
        megabytes = size * times / 1e6
        reference = timings[f"bare AES-GCM, {name}"].median
        for case in ("bare AES-GCM", "plain file with fsync", "write", "read"):
            figures[f"{case}, {name}: MB/s"] = megabytes / timings[f"{case}, {name}"].median
        for case in ("write", "read"):
            timing = timings[f"{case}, {name}"]
            figures[f"{case}, {name}: time / bare AES-GCM"] = timing.median / reference
            figures[f"{case}, {name}: CPU / bare AES-GCM"] = timing.cpu / timings[f"bare AES-GCM, {name}"].cpu
    figures["new keys: per second"] = KEYS / timings["new keys"].median
    figures["new keys: microseconds each"] = timings["new keys"].median / KEYS * 1e6
    for case in ("seals", "opens"):
        figures[f"{case}: per second"] = SEALS / timings[case].median
        figures[f"{case}: microseconds each"] = timings[case].median / SEALS * 1e6
    return figures


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="anjuan-bench-") as place:
        folder = Path(place)
        ring, _ = Keyring.create(folder / "instance", key_file=folder / "key")
        with ring:
            timings = measure(vault_cases(Vault(folder / "instance", ring), folder) | key_cases(ring), ROUNDS)
        report("vault and keys", figures_of(timings), timings)


if __name__ == "__main__":
    main()
