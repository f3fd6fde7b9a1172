"""What is said once of a package: its number, who made it, for whom and why; pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

#: The kind of description we write, so that we know it again.
FORMAT = "anjuan-package"
VERSION = 1


@dataclass(frozen=True, slots=True)
class Head:
    """Said once: *act* is the word under which the number stands (`transfer`, `export`), *at* the moment in ISO 8601."""

    act: str
    number: str
    company: str
    fonds: str
    receiver: str
    reason: str
    on: dt.date
    at: str

    def told(self) -> dict[str, Any]:
        """As the head of `catalogue.json`."""
        return {
            "format": FORMAT, "version": VERSION, self.act: self.number, "fonds": self.fonds, "from": self.company,
            "to": self.receiver, "reason": self.reason, "on": self.on.isoformat(),
        }  # fmt: skip
