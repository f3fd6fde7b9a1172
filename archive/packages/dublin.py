"""The catalogue of a package as Dublin Core: one flat record for each volume and paper, for whoever reads nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.packages.markup import Markup, Sink

DC = "http://purl.org/dc/elements/1.1/"
TERMS = "http://purl.org/dc/terms/"


class Dublin:
    """One `dublin-core.xml`: `enter` each volume and paper, then `close`."""

    def __init__(self, sink: Sink) -> None:
        self._xml = Markup(sink)
        self._xml.begin("records", xmlns__dc=DC, xmlns__dcterms=TERMS)

    def enter(self, facts: Mapping[str, Any]) -> None:
        """One record; what is empty is left out."""
        volume = facts["kind"] == "volume"
        told = (
            ("dc:identifier", facts["reference_code"]),
            ("dc:title", facts["title"]),
            ("dc:creator", facts["creator"]),
            ("dc:date", _dates(facts) if volume else facts["dated"]),
            ("dc:type", "Collection" if volume else facts["doc_type"]),
            ("dc:language", "zh"),
            ("dc:description", facts["note"]),
            ("dc:rights", facts["level"]["zh"]),
            ("dcterms:isPartOf", facts.get("volume")),
            ("dcterms:extent", facts["pages"] if volume else facts["page_count"]),
            ("dcterms:bibliographicCitation", facts["document_no"]),
        )
        with self._xml.inside("record"):
            for name, value in told:
                if value not in {None, ""}:
                    self._xml.leaf(name, value)
            for file in facts["files"]:
                self._xml.leaf("dcterms:hasFormat", file["path"])

    def close(self) -> None:
        """End the document."""
        self._xml.end()


def _dates(facts: Mapping[str, Any]) -> str:
    first, last = facts["first_date"], facts["last_date"]
    return f"{first}/{last}" if first and last else ""
