"""Whether an opened instance can work at this moment: its database answers, its keys are open, its disk takes a file."""

from __future__ import annotations

from sqlalchemy import func, select

from archive import db
from archive.errors import ArchiveError
from archive.instance import Instance
from archive.model import Person


def ready(instance: Instance) -> str:
    """The code of what stands in the way; empty if nothing does."""
    try:
        instance.keys.subkey("readiness")
        with db.told(instance.database), db.sessions(instance.engine, reading=True)() as session:
            session.scalar(select(func.count()).select_from(Person))
    except ArchiveError as error:
        return error.code
    return ""
