"""What happened to a record, from the log, in the vocabulary of PREMIS (domain §3.12).

This module judges nothing; who calls it has judged the record. Names of people are not told, only their accounts.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from archive.acts import Act
from archive.custody.wholes import batches
from archive.model import Event
from archive.unit import LOG_KEY, Unit

#: Which acts on a record are events of its preservation, and what PREMIS calls them.
EVENTS: Mapping[Act, str] = {
    Act.VOLUME_OPEN: "creation",
    Act.ITEM_FILE: "capture",
    Act.ITEM_ATTACH: "ingestion",
    Act.ITEM_EXTRACT: "format identification",
    Act.HANDOVER_SIGN: "accession",
    Act.VOLUME_LEVEL: "policy assignment",
    Act.VOLUME_EDIT: "metadata modification",
    Act.ITEM_EDIT: "metadata modification",
    Act.PACKAGE_IMPORT: "ingestion",
    Act.ITEM_GET: "dissemination",
    Act.RECORD_READ: "access",
    Act.TRANSFER_PACK: "dissemination",
    Act.PACKAGE_EXPORT: "dissemination",
}
#: At most so many events of a sender are kept with a record that came in a package.
MOST = 200


@dataclass(frozen=True, slots=True)
class Happened:
    """One event: its identifier, what PREMIS calls it, when (ISO 8601), who did it, the act and what it came to."""

    identifier: str
    kind: str
    at: str
    agent: str
    detail: str
    outcome: str


def of_records(unit: Unit, uids: Sequence[str]) -> Mapping[str, Sequence[Happened]]:
    """The events of many records, oldest first; before them those that came with the record from elsewhere."""
    known = {act.value: kind for act, kind in EVENTS.items()}
    found: dict[str, list[Happened]] = {}
    for batch in batches(uids):
        rows = select(Event).where(Event.object_uid.in_(batch), Event.outcome == "done", Event.act.in_(known))
        for line in unit.session.scalars(rows.order_by(Event.seq)):
            mine = found.setdefault(line.object_uid, [])
            if line.act == Act.PACKAGE_IMPORT:
                mine[:0] = _former(unit, line)
            mine.append(_happened(unit, line, known[line.act]))
    return found


def _happened(unit: Unit, line: Event, kind: str) -> Happened:
    facts = json.loads(line.facts)
    outcome = str(facts.get("outcome") or "success")
    return Happened(f"{unit.settings.fonds}/log/{line.seq}", kind, line.at, line.account, line.act, outcome)


def _former(unit: Unit, line: Event) -> list[Happened]:
    """What a sender had told of the record (`former` in the sealed part of the line of its import)."""
    told = unit.told(line.object_uid, LOG_KEY, line.sealed).get("former") or [] if line.sealed else []
    return [Happened(*map(str, one)) for one in json.loads(told)] if isinstance(told, str) else []


def kept(events: Sequence[Happened]) -> str:
    """The events of a sender as they are sealed in the line of an import: the latest `MOST` of them."""
    latest = [
        [one.identifier, one.kind, one.at, one.agent, one.detail, one.outcome] for one in events[-MOST:]
    ]
    return json.dumps(latest, ensure_ascii=False, separators=(",", ":"))


def moment(text: str) -> str:
    """*text* as PREMIS has a moment; empty for what is none."""
    try:
        return dt.datetime.fromisoformat(text).isoformat(timespec="seconds")
    except ValueError:
        return ""
