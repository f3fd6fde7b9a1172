"""A life cycle is a table with one question: from this state, by this act, to where?

This module does not know who may act (policy) nor what else must be true (services, schema).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from archive.acts import Act
from archive.errors import WrongState

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """One row: leaving *source* by *act* leads to *target*, as *clause* demands."""

    source: S
    act: Act
    target: S
    clause: str


class Lifecycle(Generic[S]):
    """Pure data: the steps of one kind of thing, and the refusals that some states give of their own."""

    def __init__(
        self, name: str, *steps: Step[S], refusals: Mapping[S, type[WrongState]] | None = None
    ) -> None:
        self.name = name
        self._refusals = refusals or {}
        self._steps = {(step.source, step.act): step for step in steps}
        if len(self._steps) != len(steps):
            raise ValueError("two steps leave the same state by the same act")

    def __iter__(self) -> Iterator[Step[S]]:
        return iter(self._steps.values())

    def after(self, state: S, act: Act) -> S:
        """The state that *act* leads to from *state*; raises `WrongState` (or the state's own refusal) if there is no such step."""
        step = self._steps.get((state, act))
        if step is None:
            raise self._refusals.get(state, WrongState)(state=state, act=act)
        return step.target

    def open_to(self, state: S) -> tuple[Act, ...]:
        """The acts possible from *state*: the buttons a page offers."""
        return tuple(act for source, act in self._steps if source is state)

    def mermaid(self) -> str:
        """The diagram printed in docs/lifecycles.md, so that it cannot fall behind."""
        arrows = (f"  {s.source.name} --> {s.target.name}: {s.act.value} ({s.clause})" for s in self)
        return "\n".join(["stateDiagram-v2", *arrows])
