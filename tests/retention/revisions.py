"""Versions of the schedule as tests need them: drafted, reviewed, adopted, each by who may."""

from archive.acts import Act
from retention.scheduling import schedules
from retention.scheduling.rules import Draft, written


def drafted(office, *changes, name=None, reason="年度修订"):
    """The archivist lays down a draft of *changes*; its name."""
    with office.work("archivist", Act.SCHEDULE_DRAFT) as unit:
        if len(changes) == 1:
            return schedules.draft_one(unit, changes[0], version=name, reason=reason).version
        return schedules.draft(unit, written(Draft(name or "修订", changes)), reason=reason).version


def reviewed(office, *versions):
    """The manager finds the versions in order."""
    for version in versions or ("2026.2",):
        with office.work("manager", Act.SCHEDULE_REVIEW) as unit:
            schedules.review(unit, version)


def adopted(office, *changes, name=None):
    """A version with *changes* comes into force a minute later; what the general manager is told."""
    version = drafted(office, *changes, name=name)
    reviewed(office, version)
    office.tick(minutes=1)
    with office.work("gm", Act.CLASS_ADOPT) as unit:
        return schedules.adopt(unit, version)
