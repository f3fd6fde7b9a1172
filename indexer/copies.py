"""What the core asks of the index when records are destroyed (`archive.ports.Copies`); loads nothing before it is asked."""

from __future__ import annotations

from collections.abc import Collection

from archive.instance import Instance


class Copies:
    """The index as a copy of records."""

    def purge(self, instance: Instance, uids: Collection[str]) -> None:
        """Take every trace of these records out of the index, for good; raises `Busy`."""
        from indexer import purging

        purging.purge(instance, uids)

    def remaining(self, instance: Instance, uids: Collection[str]) -> list[str]:
        """Of these records, those of which the index still holds anything."""
        from indexer import purging

        return purging.remaining(instance, uids)
