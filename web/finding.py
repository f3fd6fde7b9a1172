"""A search as an address says it, and the addresses that lead on from it: narrower, wider, in another order, further."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from archive.errors import BadValue
from archive.values import Level
from indexer.engine import Order
from indexer.narrowing import Wanted
from indexer.question.query import Limit
from indexer.question.tree import Column
from indexer.search import Question

#: What a search is narrowed by: the name in the address, which is also the fact's own.
NARROWING: tuple[Column, ...] = (
    Column.CLASS, Column.FAMILY, Column.YEAR, Column.LEVEL, Column.DEPARTMENT, Column.PLACE, Column.STATE, Column.KIND,
)  # fmt: skip
#: The longest value of one name.
LONGEST = 120
_YEARS = re.compile(r"([0-9]{4})?(\.\.([0-9]{4})?)?")


@dataclass(frozen=True, slots=True)
class Search:
    """What is asked: words, what they are narrowed to, the order, whether synonyms count, and which page."""

    words: str = ""
    narrowed: Mapping[str, str] = field(default_factory=dict)
    order: str = Order.RELEVANCE.value
    wide: bool = False
    like: str = ""
    after: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> Search:
        """The search that an address asks for; what it does not know is left where it is (P6)."""
        narrowed = {
            one.value: given[one.value].strip() for one in NARROWING if given.get(one.value, "").strip()
        }
        return cls(
            given.get("q", "").strip(), narrowed, given.get("sort") or Order.RELEVANCE.value, given.get("wide") == "1",
            given.get("like", "").strip(), given.get("after", ""),
        )  # fmt: skip

    @property
    def empty(self) -> bool:
        """True if nothing is asked: the front page of the day."""
        return not (self.words or self.narrowed or self.like)

    def asked(self) -> dict[str, str]:
        """The same by the names of an address, without the page."""
        told = {"q": self.words, **self.narrowed, "like": self.like}
        told |= {
            "sort": self.order if self.order != Order.RELEVANCE.value else "",
            "wide": "1" if self.wide else "",
        }
        return {name: value for name, value in told.items() if value}

    def address(self, **changes: Any) -> str:
        """The address of the same search with *changes* of its fields, from its first page."""
        told = replace(self, **{"after": "", **changes})
        return "/?" + urlencode(told.asked() | ({"after": told.after} if told.after else {}))

    def narrower(self, column: str, value: str) -> str:
        """The address narrowed to *value* of *column*."""
        return self.address(narrowed={**self.narrowed, column: value})

    def wider(self, column: str) -> str:
        """The address without what it is narrowed to in *column*."""
        return self.address(narrowed={name: value for name, value in self.narrowed.items() if name != column})

    def question(self) -> Question:
        """The same as the index is asked; raises `BadValue` and `QueryTooLarge`."""
        Limit.CHARACTERS.keep(len(self.words))
        for name, value in {**self.narrowed, "like": self.like}.items():
            if len(value) > LONGEST:
                raise BadValue(field=name, value=value[:40], expected=f"≤ {LONGEST}")
        if self.order not in set(Order):
            raise BadValue(field="order", value=self.order[:40], expected=" ".join(Order))
        return Question(self.words, self._wanted(), Order(self.order), self.wide, self.like)

    def _wanted(self) -> Wanted:
        said = self.narrowed
        first, last = _years(said.get("year", ""))
        level = said.get("level")
        return Wanted(
            class_code=said.get("class"), year_from=first, year_to=last, level=Level.named(level) if level else None,
            department=said.get("department"), place=said.get("place"), state=said.get("state"), kind=said.get("kind"),
            family=said.get("family"),
        )  # fmt: skip

    def saving(self) -> dict[str, str]:
        """The same as `saved save` asks for it."""
        told = {"words": self.words, "order": self.order, "synonyms": "1" if self.wide else ""}
        told |= {
            "class_code" if name == Column.CLASS.value else name: value
            for name, value in self.narrowed.items()
        }
        return {name: value for name, value in told.items() if value}


def _years(text: str) -> tuple[int | None, int | None]:
    """2024, 2020..2024, 2020.. or ..2024; raises `BadValue`."""
    found = _YEARS.fullmatch(text)
    if text and (found is None or not (found[1] or found[3])):
        raise BadValue(field="year", value=text[:40], expected="2024, 2020..2024")
    if found is None or not text:
        return None, None
    first, last = (int(year) if year else None for year in (found[1], found[3]))
    return (first, last) if found[2] else (first, first)
