"""What happened to each file and record of a package, as PREMIS 3: objects, then events, then agents (domain §3.12).

Objects are written as they come; events are few and small, and wait in memory, because the schema wants them after.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive import __version__
from archive.packages.formats import named
from archive.packages.head import Head
from archive.packages.markup import Markup, Sink
from archive.packages.provenance import Happened, moment

SPACE = "http://www.loc.gov/premis/v3"
SCHEMA = "http://www.w3.org/2001/XMLSchema-instance"
SOFTWARE = "anjuan"


@dataclass(frozen=True, slots=True)
class Told:
    """An event and the objects it is about."""

    event: Happened
    objects: tuple[str, ...]


class Premis:
    """One `premis.xml`: `enter` each volume and paper with its files and events, then `close`."""

    def __init__(self, sink: Sink, head: Head) -> None:
        self._xml, self._head = Markup(sink), head
        self._events: list[Told] = []
        self._agents: set[str] = {SOFTWARE}
        self._xml.begin("premis", xmlns=SPACE, xmlns__xsi=SCHEMA, version="3.0")

    def enter(self, facts: Mapping[str, Any], events: Sequence[Happened]) -> None:
        """A record as an intellectual entity, its files as files, its events."""
        code, files = facts["reference_code"], facts["files"]
        self._entity(code)
        for file in files:
            self._file(code, file)
            self._counted(file)
        self._events += [Told(event, (code,)) for event in events]

    def close(self) -> None:
        """Write events and agents, and end the document."""
        head = self._head
        made = Happened(
            f"{head.number}/package", "information package creation", head.at, SOFTWARE, head.act, "success"
        )
        for told in [*self._events, Told(made, ())]:
            self._event(told)
        for agent in sorted(self._agents):
            self._agent(agent)
        self._xml.end()

    def _entity(self, code: str) -> None:
        with self._xml.inside("object", xsi__type="intellectualEntity"):
            self._identified("objectIdentifier", "reference code", code)

    def _file(self, code: str, file: Mapping[str, Any]) -> None:
        xml = self._xml
        with xml.inside("object", xsi__type="file"):
            self._identified("objectIdentifier", "path", file["path"])
            with xml.inside("objectCharacteristics"):
                with xml.inside("fixity"):
                    xml.leaf("messageDigestAlgorithm", "SHA-256")
                    xml.leaf("messageDigest", file["sha256"])
                    xml.leaf("messageDigestOriginator", SOFTWARE)
                xml.leaf("size", file["size"])
                with xml.inside("format"), xml.inside("formatDesignation"):
                    xml.leaf("formatName", named(file["name"]))
            xml.leaf("originalName", file["name"])
            with xml.inside("relationship"):
                xml.leaf("relationshipType", "structural")
                xml.leaf("relationshipSubType", "is part of")
                self._identified("relatedObjectIdentifier", "reference code", code)

    def _counted(self, file: Mapping[str, Any]) -> None:
        """The digest is reckoned while the file is written, each chunk of it having been verified (I1)."""
        path, at = file["path"], self._head.at
        kinds = [
            ("message digest calculation", at, "SHA-256", "success"),
            ("fixity check", at, "AEAD", "success"),
        ]
        if file.get("checked_at"):
            kinds.append(("fixity check", str(file["checked_at"]), "SHA-256", "success"))
        if file.get("outcome"):
            kinds.append(("format identification", at, named(file["name"]), file["outcome"]))
        for nth, (kind, when, detail, outcome) in enumerate(kinds, 1):
            happened = Happened(f"{self._head.number}/{path}/{nth}", kind, when, SOFTWARE, detail, outcome)
            self._events.append(Told(happened, (path,)))

    def _event(self, told: Told) -> None:
        xml, event = self._xml, told.event
        self._agents.add(event.agent)
        with xml.inside("event"):
            self._identified("eventIdentifier", "local", event.identifier)
            xml.leaf("eventType", event.kind)
            xml.leaf("eventDateTime", moment(event.at) or event.at)
            with xml.inside("eventDetailInformation"):
                xml.leaf("eventDetail", event.detail)
            with xml.inside("eventOutcomeInformation"):
                xml.leaf("eventOutcome", event.outcome)
            self._identified("linkingAgentIdentifier", "local", event.agent)
            for one in told.objects:
                kind = "path" if one.startswith("data/") else "reference code"
                self._identified("linkingObjectIdentifier", kind, one)

    def _agent(self, agent: str) -> None:
        software = agent == SOFTWARE
        with self._xml.inside("agent"):
            self._identified("agentIdentifier", "local", agent)
            self._xml.leaf("agentName", f"anjuan {__version__}" if software else agent)
            self._xml.leaf("agentType", "software" if software else "person")

    def _identified(self, name: str, kind: str, value: str) -> None:
        with self._xml.inside(name):
            self._xml.leaf(f"{name}Type", kind)
            self._xml.leaf(f"{name}Value", value)
