"""What the archive writes about its own work is filed with it, for ever: lists, registers, reports (V20).

A paper made here is electronic: an item of class WS·DA, permanent, of the department of whoever files it.
"""

from __future__ import annotations

from archive import items, objects
from archive.model import Item
from archive.papers import Paper
from archive.unit import Unit
from archive.values import Level
from archive.volumes import Matter

#: The class of the archive's own papers.
CLASS = "WS·DA"


def matter(unit: Unit, level: Level | None = None) -> Matter:
    """What such a paper is about, for filing it and for asking whether somebody may."""
    return Matter(CLASS, year=unit.today.year, department=unit.actor.department, period="Y", level=level)


def keep(unit: Unit, *, title: str, name: str, body: bytes, level: Level | None = None) -> Item:
    """File *body* under the file *name* as a new item titled *title*, permanently (V20).

    A *level* above the class's is for a paper that names what not everybody may know of. Two acts, filing and
    attaching, in the caller's unit; raises what the policy refuses, and `BadValue`.
    """
    paper = Paper(title, dated=unit.today, creator=unit.settings.company, on_paper=False)
    (made,) = items.file_alone(unit, matter(unit, level), [paper])
    objects.attach_to(unit, made, body, name=name)
    return made
