"""What can be wrong with a question, where it was, and how it is told."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from archive.words import Language, say
from indexer.question.naming import Target, name


class Fault(StrEnum):
    """Each way in which a question cannot be read; its sentence is `query.slip.<value>`."""

    CONTROL = "control"
    UNCLOSED_QUOTE = "unclosed-quote"
    UNOPENED_QUOTE = "unopened-quote"
    UNCLOSED_BRACKET = "unclosed-bracket"
    UNOPENED_BRACKET = "unopened-bracket"
    EMPTY_BRACKET = "empty-bracket"
    LONE_OPERATOR = "lone-operator"  # OR or AND without something on both sides
    LONE_NOT = "lone-not"
    LONE_DASH = "lone-dash"
    LONG_DASH = "long-dash"
    SMALL_OPERATOR = "small-operator"
    STAR_ALONE = "star-alone"
    STAR_INSIDE = "star-inside"
    STAR_FACT = "star-fact"
    UNNAMED = "unnamed"  # a name of nothing
    MISNAMED = "misnamed"  # a name of nothing, but near one
    NO_COLON = "no-colon"
    NO_VALUE = "no-value"
    NO_WORD = "no-word"
    NESTED = "nested"
    INNER_NOT = "inner-not"
    SEVERAL = "several"
    SIGN = "sign"
    BACKWARDS = "backwards"
    BAD_YEAR = "bad-year"
    BAD_DATE = "bad-date"
    BAD_LEVEL = "bad-level"
    NOTHING = "nothing"

    @property
    def word(self) -> str:
        """The key of this fault's sentence."""
        return f"query.slip.{self.value}"


#: Characters of a question that a sentence repeats.
_LONGEST_PART = 30
_LONGEST_QUERY = 80
_BEFORE = 30  # of these, before the slip
_ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Slip:
    """One fault: the *part* it is in, where that begins (from 0), and the name that was perhaps meant."""

    fault: Fault
    at: int
    part: str = ""
    near: Target | None = None

    def told(self, language: Language) -> str:
        """What was not understood, and why."""
        near = name(self.near, language) if self.near else ""
        return say(self.fault.word, language, part=_cut(shown(self.part), _LONGEST_PART), near=near)


def shown(text: str) -> str:
    """*text* on one line, with a mark for each character that a screen would act on or cannot show."""
    return "".join(
        one if one.isprintable() else " " if one.isspace() else "\N{REPLACEMENT CHARACTER}" for one in text
    )


def around(query: str, at: int) -> str:
    """As much of *query* as a sentence may repeat, with the place *at* in it."""
    start = max(0, min(at - _BEFORE, len(query) - _LONGEST_QUERY))
    return (_ELLIPSIS if start else "") + _cut(shown(query[start:]), _LONGEST_QUERY)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[:most] + _ELLIPSIS
