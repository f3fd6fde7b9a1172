"""How many different people an act needs, and which posts must be filled for it (decision 3).

With too few the act is refused and the refusal says who is missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from archive.acts import Act
from archive.errors import MissingPeople
from archive.model import Person, Post
from archive.unit import Unit
from archive.values import Employment, Role


@dataclass(frozen=True, slots=True)
class Quorum:
    """The least number of distinct people, the posts that others must hold, and the clause."""

    people: int
    posts: frozenset[Role]
    clause: str


TABLE: Mapping[Act, Quorum] = {
    Act.LOAN_LEND: Quorum(2, frozenset(), "8-1.2.5"),
    Act.LOAN_RETURN: Quorum(2, frozenset(), "8-1.2.5"),
    Act.LOAN_TAKE_OVER: Quorum(2, frozenset(), "8-1.2.5"),
    Act.READING_BEGIN: Quorum(2, frozenset(), "8-1.2.5"),
    Act.READING_END: Quorum(2, frozenset(), "8-1.2.5"),
    Act.REQUEST_APPROVE: Quorum(2, frozenset(), "8-1.2.1"),
    Act.MATRIX_ADOPT: Quorum(2, frozenset({Role.SECURITY_ADMIN}), "decision 3"),
    Act.SEAL_CLOSE: Quorum(3, frozenset(), "8-1.4.4"),
    Act.SEAL_OPEN: Quorum(3, frozenset(), "8-1.4.4"),
    Act.STOCKTAKE_CLOSE: Quorum(3, frozenset(), "8-1.1.3"),
    Act.CLEARANCE_CERTIFY: Quorum(3, frozenset(), "8-1.2.7"),
    Act.INCIDENT_DECIDE: Quorum(2, frozenset(), "8-1.2.6"),
    Act.CLOCK_CONFIRM: Quorum(2, frozenset(), "house"),
    Act.HANDOVER_SIGN: Quorum(2, frozenset(), "8-1.1.2⑥"),
    Act.GRANT_GIVE: Quorum(2, frozenset(), "7-1.4"),
    Act.PERSON_RESET: Quorum(3, frozenset({Role.SECURITY_ADMIN}), "decision 4"),
    Act.PERSON_CLEAR: Quorum(2, frozenset(), "decision 3"),
    Act.SCHEDULE_DRAFT: Quorum(3, frozenset({Role.DEPT_MANAGER, Role.GM}), "AR10-11"),
    Act.APPRAISAL_CLOSE: Quorum(2, frozenset(), "AR24"),
    Act.TRANSFER_APPROVE: Quorum(2, frozenset(), "PMR-29"),
    Act.DESTRUCTION_APPROVE: Quorum(4, frozenset(), "8-1.5.1"),
    Act.DESTRUCTION_BEGIN: Quorum(4, frozenset({Role.GM}), "8-1.5.1"),
    Act.SECRECY_DECIDE: Quorum(2, frozenset(), "7-1.4"),
}


def demand(unit: Unit, act: Act) -> None:
    """Raise `MissingPeople` unless enough people other than the actor are there for *act*."""
    wanted = TABLE[act]
    rows = (
        select(Person.uid, Post.role)
        .join(Post, Post.person_uid == Person.uid)
        .where(Person.employment == Employment.ACTIVE, Person.uid != unit.actor.uid, Post.ended_at.is_(None))
    )
    others = list(unit.session.execute(rows))
    missing = wanted.posts - {role for _, role in others}
    if missing or len({uid for uid, _ in others}) + 1 < wanted.people:
        raise MissingPeople(act=act, needs=wanted.people, missing=missing or frozenset({Role.STAFF}))
