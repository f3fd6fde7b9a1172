"""What every refusal is, the kinds of refusals that others are special cases of, and defects of ours."""

from __future__ import annotations

from typing import ClassVar

from archive.words import Language, knows, say


class ArchiveError(Exception):
    """Something a user can be told; never raised itself.

    The sentence is `error.<code>` in the messages; no sentence is written at a `raise`.
    """

    code: ClassVar[str] = ""
    http: ClassVar[int] = 409
    exit: ClassVar[int] = 1

    def __init__(self, **facts: object) -> None:
        super().__init__(self.code, facts)
        self.facts = facts

    def message(self, language: Language) -> str:
        """What happened, which rule, what to do next."""
        return say(f"error.{self.code}", language, **{**self.facts, **self._field(language)})

    def _field(self, language: Language) -> dict[str, str]:
        """A field named by its code name is read aloud by its word, or as the form at hand calls it."""
        if "called" in self.facts:
            return {"field": str(self.facts["called"])}
        for key in (f"{kind}.{self.facts.get('field')}" for kind in ("field", "column")):
            if knows(key, language):
                return {"field": say(key, language)}
        return {}

    def __str__(self) -> str:
        return self.message(Language.ZH)


class WrongState(ArchiveError):
    """The life cycle has no such step from here. Facts: state, act."""

    code = "wrong-state"


class Busy(ArchiveError):
    """Another process holds the lock. Facts: what."""

    code = "busy"
    http = 503


class BadValue(ArchiveError):
    """A value that cannot be. Facts: field, value (empty or a dash: left out), expected, letters (the most it may have), example (what is expected is one)."""

    code = "bad-value"
    exit = 2
    http = 422

    def message(self, language: Language) -> str:
        """As of every error; what was left out is asked for, and of a text it is said how long it may be."""
        fault = self._fault()
        told = {**self.facts, **self._field(language)}
        return say(f"bad-value.{fault}", language, **told) if fault else super().message(language)

    def _fault(self) -> str:
        if self.code == BadValue.code and str(self.facts.get("value")).strip() in {"", "—"}:
            expected = self.facts.get("expected")
            if isinstance(expected, (list, tuple)):
                return "lacking"
            return "option" if str(expected).startswith("--") else "missing"
        if self.facts.get("example"):
            return "example"
        if self.code == BadValue.code and self.facts.get("expected") == "…":
            return "plain"
        return "long" if "letters" in self.facts else ""


class Refused(ArchiveError):
    """The policy says no; never raised itself. Facts: act, clause and what each class adds."""

    exit = 3
    http = 403


class NotFound(ArchiveError):
    """Absent, or hidden from this person: the answer is the same (V23). Facts: what, code."""

    code = "not-found"
    exit = 4
    http = 404


class Damaged(ArchiveError):
    """Stored bytes are not what was written. Facts: what, where."""

    code = "damaged"
    exit = 5
    http = 500


class Defect(Exception):
    """A mistake in the program, not of its user; not an `ArchiveError`."""


class UnnamedChange(Defect):
    """Rows changed in a unit that named no act."""
