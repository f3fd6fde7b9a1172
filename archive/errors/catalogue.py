"""Volumes and papers: their codes, cards, levels, and what fits into which volume."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError, BadValue


class ClassUnknown(ArchiveError):
    """No such class in the tree. Facts: code, suggestion."""

    code = "class-unknown"
    exit = 4
    http = 404


class FieldUnknown(ArchiveError):
    """A field this family does not have. Facts: field, family, known."""

    code = "field-unknown"
    exit = 2
    http = 422


class FieldMissing(ArchiveError):
    """A field this family demands. Facts: field, family."""

    code = "field-missing"
    exit = 2
    http = 422


class NoSuchDay(BadValue):
    """A day in the right form that no calendar has. Facts: field, value."""

    code = "no-such-day"


class CodeTaken(ArchiveError):
    """A reference code, account or name that must be unique exists already. Facts: code."""

    code = "code-taken"


class VolumeClosed(ArchiveError):
    """Nothing can be filed into a volume that is not open. Facts: code, state."""

    code = "volume-closed"


class PeriodMixed(ArchiveError):
    """One volume holds one retention period (V3). Facts: volume, has, given."""

    code = "period-mixed"


class PagesOverlap(ArchiveError):
    """Page ranges must follow each other without gap or overlap (V4). Facts: volume, expected, first."""

    code = "pages-overlap"


class SourcesMixed(ArchiveError):
    """Internal and external papers, or two outside units, never share a volume (V6). Facts: volume."""

    code = "sources-mixed"


class LevelAbove(ArchiveError):
    """An item is more secret than the volume it is filed into. Facts: volume, has, given."""

    code = "level-above"


class LevelBelow(ArchiveError):
    """A record below the level of its class. Facts: has, given."""

    code = "level-below"


class InVolume(ArchiveError):
    """A paper in a volume is moved and handed over with its volume. Facts: code, volume, act."""

    code = "in-volume"


class DossierDiffers(ArchiveError):
    """A dossier of this code is about something else (decision 2). Facts: code."""

    code = "dossier-differs"


class NotMovable(ArchiveError):
    """An item kept alone has no volume to leave; one in the volume is there already. Facts: code, volume."""

    code = "not-movable"


class CardChanged(ArchiveError):
    """Somebody changed the card while it was being edited. Facts: code, by, at."""

    code = "card-changed"


class StateSecret(ArchiveError):
    """Something bears a mark of state secrets, which no such system may store (C10). Facts: field."""

    code = "state-secret"
    exit = 3
    http = 403


class LetterAgain(ArchiveError):
    """A letter with this document number, of the same correspondent, is registered already. Facts: document_no, number."""

    code = "letter-again"


class OtherFonds(ArchiveError):
    """A reference code of another archive. Facts: code, fonds."""

    code = "other-fonds"
    exit = 4
    http = 404
