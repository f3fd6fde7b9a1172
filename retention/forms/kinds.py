"""Which papers of retention can be printed: rows beside those of the core; nothing is loaded before it is asked for."""

from __future__ import annotations

from archive.forms.kinds import FormKind, Takes

#: Every one takes the number of an appraisal or of a list; F21 also codes of single records.
ALL: tuple[FormKind, ...] = (
    FormKind("f21", Takes.NUMBER, "retention.forms.appraisals:opinions", "AR24"),
    FormKind("f22", Takes.NUMBER, "retention.forms.appraisals:report", "AR24"),
    FormKind("f23", Takes.NUMBER, "retention.forms.destructions:register", "R52 R53"),
    FormKind("f24", Takes.NUMBER, "retention.forms.destructions:accounting", "MOF79"),
    FormKind("f9-out", Takes.NUMBER, "retention.forms.transfers:handed_over", "PMR-29"),
)
