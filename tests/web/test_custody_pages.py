"""Places, stocktakes, sealing, handovers, incidents in the browser."""

from __future__ import annotations

import re

import pytest

from archive import registry, volumes
from archive.acts import Act
from archive.custody import room_map, shelves
from archive.values import PlaceKind
from tests import make

MAP, COUNTS = "/custody/places", "/custody/stocktakes"


def text(answer):
    assert answer.status_code == 200, answer.get_data(as_text=True)[:2000]
    return answer.get_data(as_text=True)


def furnished(office):
    """A cabinet with two layers of two positions, each for three volumes; a box in one."""
    with office.work("archivist", Act.LOCATION_ADD) as unit:
        for layer in "12":
            registry.add_location(unit, f"R1-C1-{layer}", kind=PlaceKind.LAYER, name=f"{layer}层", inside="R1-C1")
            for at in "AB":
                registry.add_location(
                    unit, f"R1-C1-{layer}{at}", kind=PlaceKind.POSITION, name=f"{layer}{at}",
                    inside=f"R1-C1-{layer}", capacity=3,
                )  # fmt: skip


def shelved(office, to="R1-C1-1A", class_code="ZX·02", **given):
    """A held volume on the shelf; its code."""
    uid = make.volume(office, class_code, held=True, **given)
    with office.work("archivist", Act.VOLUME_MOVE) as unit:
        return volumes.move(unit, uid, to).reference_code


@pytest.mark.parametrize(
    "path", [MAP, f"{MAP}/R1", f"{MAP}/R1-C1", COUNTS, "/custody/sealing", "/custody/sealing?show=open",
             "/custody/sealing?show=bags", "/custody/handovers", "/custody/handovers?show=all", "/custody/incidents"],
)  # fmt: skip
def test_issue_7_every_page_of_custody_opens_empty_and_says_what_to_do(site, path):
    for account in ("archivist", "clerk"):
        assert "<h1>" in text(site.visitor(account).get(path))
