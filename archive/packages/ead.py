"""The catalogue of a package as EAD3: fonds, series, file, item, with the essential elements of ISAD(G).

What a record inherits is said once, where it is set (ISAD(G) rule 4). Levels: a class is a series, a volume a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive import __version__
from archive.cells import label
from archive.packages.head import Head
from archive.packages.markup import Markup, Sink
from archive.words import Language

SPACE = "http://ead3.archivists.org/schema/"


class Ead:
    """One `ead3.xml`: `enter` each volume and paper in order, then `close`."""

    def __init__(self, sink: Sink, head: Head) -> None:
        self._xml, self._head = Markup(sink), head
        self._series = self._volume = self._level = ""
        self._xml.begin("ead", xmlns=SPACE)
        self._control()
        self._xml.begin("archdesc", level="fonds")
        with self._xml.inside("did"):
            self._xml.leaf("unitid", head.fonds)
            self._xml.leaf("unittitle", head.company)
            self._creator(head.company, "corpname")
            with self._xml.inside("langmaterial"):
                self._xml.leaf("language", "中文", langcode="chi")
        self._xml.begin("dsc")

    def enter(self, facts: Mapping[str, Any]) -> None:
        """A volume, or a paper: in the volume entered last if it stands there."""
        if facts.get("volume") != self._volume or not self._volume:
            self._leave_volume()
            self._in_series(facts)
        volume = facts["kind"] == "volume"
        self._xml.begin("c", level="file" if volume else "item")
        self._described(facts)
        if volume:
            self._volume = facts["reference_code"]
        else:
            self._xml.end()

    def close(self) -> None:
        """End the document; a description without records has a fonds and nothing below."""
        self._leave_volume()
        if self._series:
            self._xml.end()
        else:
            self._empty()
        for _ in ("dsc", "archdesc", "ead"):
            self._xml.end()

    def _empty(self) -> None:
        self._xml.leaf("p", "—")

    def _leave_volume(self) -> None:
        if self._volume:
            self._xml.end()
            self._volume = ""

    def _in_series(self, facts: Mapping[str, Any]) -> None:
        """Open the series of the record's class; one class after the other."""
        if facts["class_code"] == self._series:
            return
        if self._series:
            self._xml.end()
        self._series = facts["class_code"]
        self._xml.begin("c", level="series")
        with self._xml.inside("did"):
            self._xml.leaf("unitid", self._series)
            self._xml.leaf("unittitle", facts["class_name"]["zh"])

    def _control(self) -> None:
        head, xml = self._head, self._xml
        with xml.inside("control"):
            xml.leaf("recordid", head.number)
            with xml.inside("filedesc"), xml.inside("titlestmt"):
                xml.leaf("titleproper", f"{head.company} {head.number}")
            xml.leaf("maintenancestatus", value="new")
            with xml.inside("maintenanceagency"):
                xml.leaf("agencyname", head.company)
            with xml.inside("maintenancehistory"), xml.inside("maintenanceevent"):
                xml.leaf("eventtype", value="created")
                xml.leaf("eventdatetime", head.at, standarddatetime=head.at[:19])
                xml.leaf("agenttype", value="machine")
                xml.leaf("agent", f"anjuan {__version__}")

    def _described(self, facts: Mapping[str, Any]) -> None:
        xml = self._xml
        with xml.inside("did"):
            xml.leaf("unitid", facts["reference_code"], label="reference")
            if facts["document_no"]:
                xml.leaf("unitid", facts["document_no"], label="document")
            xml.leaf("unittitle", facts["title"])
            self._dated(facts)
            self._extent(facts)
            if facts["creator"]:
                self._creator(facts["creator"], "name")
            for file in facts["files"]:
                xml.leaf("dao", daotype="unknown", coverage="part", href=file["path"], linktitle=file["name"])
        self._access(facts)
        if facts["note"]:
            with xml.inside("odd"):
                xml.leaf("p", facts["note"])

    def _dated(self, facts: Mapping[str, Any]) -> None:
        if facts["kind"] == "volume":
            first, last = facts["first_date"], facts["last_date"]
            if first and last:
                text = f"{first}/{last}"
                self._xml.leaf("unitdate", text, unitdatetype="inclusive", normal=text)
        elif facts["dated"]:
            self._xml.leaf("unitdate", facts["dated"], normal=str(facts["dated"]))

    def _extent(self, facts: Mapping[str, Any]) -> None:
        pages = facts["pages"] if facts["kind"] == "volume" else facts["page_count"]
        with self._xml.inside("physdescstructured", coverage="whole", physdescstructuredtype="materialtype"):
            self._xml.leaf("quantity", pages)
            self._xml.leaf("unittype", label("pages", Language.ZH))

    def _creator(self, name: str, kind: str) -> None:
        with self._xml.inside("origination"), self._xml.inside(kind):
            self._xml.leaf("part", name)

    def _access(self, facts: Mapping[str, Any]) -> None:
        """Level and period, of a paper only where no volume above it says them."""
        if facts["kind"] == "item" and self._volume and facts["level"]["code"] == self._level:
            return
        self._level = facts["level"]["code"]
        with self._xml.inside("accessrestrict"):
            self._xml.leaf("p", facts["level"]["zh"])
        with self._xml.inside("appraisal"):
            self._xml.leaf("p", facts["period"])
