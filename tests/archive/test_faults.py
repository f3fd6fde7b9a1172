"""The table of crash points (reliability C1)."""

from __future__ import annotations

import re
import string

import pytest

import archive
from archive import faults
from tests.archive.rings import REPO


def test_every_fault_point_is_known_and_every_known_point_is_passed_somewhere():
    """
    The table of crash points and the places in the code are the same set.
    """
    named = set()
    for path in [
        p for package in ("archive", "indexer", "retention") for p in (REPO / package).rglob("*.py")
    ]:
        text = path.read_text("utf-8")
        named |= set(re.findall(r'\bpoint\("([a-z_.]+)"\)', text))
        for prefix in re.findall(r'points="([a-z]+)"', text):
            named |= {f"{prefix}.{moment}" for moment in ("chunk", "before_fsync", "after_fsync")}
            if ".keep(" in text or "filling.copy(" in text:  # not `settle`, which gives no other name
                named |= {f"{prefix}.{moment}" for moment in ("after_rename", "after_dirsync")}

    assert named == faults.POINTS
    assert all(set(name) <= set(string.ascii_lowercase + "._") for name in faults.POINTS)


@pytest.mark.parametrize(
    "text", ["nowhere:1:kill", "vault.chunk:x:kill", "vault.chunk:1:explode", "vault.chunk"]
)
def test_a_misspelt_fault_is_a_defect_not_a_silent_pass(text):
    """
    A fault test that names nothing must not pass for that reason.
    """
    with pytest.raises(archive.errors.Defect):
        faults.planned(text)
