"""Questions put to the catalogue that cannot be read, or ask for too much."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError


class QueryUnclear(ArchiveError):
    """A question that cannot be read as written. Facts: query, at (which character), why, reading (the nearest)."""

    code = "query-unclear"
    exit = 2
    http = 422


class PageLost(ArchiveError):
    """A mark of a next page that belongs to another question, or was changed. Facts: none."""

    code = "page-lost"
    exit = 2
    http = 422


class QueryTooLarge(ArchiveError):
    """A question past a limit. Facts: what, found, most."""

    code = "query-too-large"
    exit = 2
    http = 422


class ValueUnknown(ArchiveError):
    """A question is narrowed to something that is not there. Facts: field, value, near."""

    code = "value-unknown"
    exit = 4
    http = 404
