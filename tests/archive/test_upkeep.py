"""Orphaned keys and blobs are collected after a day's grace, and nothing else is."""

import io
import time

from archive import objects, upkeep
from archive.acts import Act
from archive.keys import Keyring
from tests import make


def _tomorrow(office, template):
    """The same folder opened by a keyring whose clock stands two days later."""
    return Keyring.unlock(office.home, key_file=template / "key", clock=lambda: time.time() + 2 * 86400)


def test_rel_I5_leftovers_of_a_crash_are_collected_and_records_stay(office, template):
    """A key and a blob whose rows never came go; every recorded one stays readable (decision 13)."""
    item = make.filed(office, "WS·BG", 1, department="ZJB")[0]
    with office.work("archivist", Act.ITEM_ATTACH) as unit:
        stored = objects.attach(unit, item, b"kept" * 100, name="a.txt")
    office.instance.keys.new_keys(["f" * 32], "WS·BG")
    office.instance.vault.write(io.BytesIO(b"left over"))

    with office.work("admin", Act.VAULT_SWEEP) as unit:
        early = upkeep.sweep(unit)
    with office.work("admin", Act.VAULT_SWEEP) as unit:
        unit.keys = _tomorrow(office, template)
        late = upkeep.sweep(unit, grace=0)
    with office.ask("gm", Act.RECORD_READ) as unit:
        read = objects.read(unit, stored)

    assert (early.keys, early.blobs) == (0, 0)
    assert (late.keys, late.blobs) == (1, 1)
    assert b"kept" * 100 == read
