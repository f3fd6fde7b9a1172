"""The events of a sender's `premis.xml`, by the reference code of the record they are about (PREMIS 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from pathlib import Path

from archive.packages.guarded import Element, elements
from archive.packages.provenance import MOST, Happened

#: Events that are read of one package.
_MOST = 500_000
#: Letters kept of each value of an event.
_LONGEST = 200


def events_of(path: Path, name: str) -> Mapping[str, Sequence[Happened]]:
    """The latest `MOST` events of each record; those of single files and of the package are left out.

    Raises `PackageUnread`.
    """
    found: dict[str, list[Happened]] = {}
    for one in islice(elements(path, name, "event"), _MOST):
        happened = _happened(one)
        for link in one.all("linkingObjectIdentifier"):
            if link.told("linkingObjectIdentifierType") == "reference code":
                found.setdefault(link.told("linkingObjectIdentifierValue"), []).append(happened)
    return {code: events[-MOST:] for code, events in found.items()}


def _happened(one: Element) -> Happened:
    told = (
        one.told("eventIdentifier", "eventIdentifierValue"),
        one.told("eventType"),
        one.told("eventDateTime"),
        one.told("linkingAgentIdentifier", "linkingAgentIdentifierValue"),
        one.told("eventDetailInformation", "eventDetail"),
        one.told("eventOutcomeInformation", "eventOutcome"),
    )
    return Happened(*(value[:_LONGEST] for value in told))
