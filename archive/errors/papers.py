"""Printed forms, their templates, labels."""

from __future__ import annotations

from archive.errors.kinds import ArchiveError, BadValue


class LabelTooSmall(ArchiveError):
    """A code and its QR do not fit on a label. Facts: code, sheet, need, has (mm of the shorter side)."""

    code = "label-too-small"
    exit = 2
    http = 422


class NoAccountingRecords(ArchiveError):
    """A destruction list names no accounting records this person may be shown. Facts: number."""

    code = "no-accounting-records"
    exit = 2
    http = 404


class TemplateRefused(ArchiveError):
    """A Word file that cannot be a template. Facts: why (an `Unfit`), what (the part or the word in it, or empty)."""

    code = "template-refused"
    exit = 2
    http = 422


class PlaceholderUnknown(ArchiveError):
    """A template names what its form does not offer. Facts: form, names (each with the nearest known)."""

    code = "placeholder-unknown"
    exit = 2
    http = 422


class NoTemplateHere(ArchiveError):
    """Covers, backs and stamps keep our layout: there is nothing to fill in. Facts: form."""

    code = "no-template-here"
    exit = 2
    http = 422


class NotNarrowedBy(BadValue):
    """A form is not narrowed by this; passing over it would print more than was asked for. Facts: field, value, options."""

    code = "not-narrowed-by"


class OneAtATime(BadValue):
    """A paper is printed of one number, a register of none. Facts: field, value, count (the most it takes)."""

    code = "one-at-a-time"
