"""The fixed words of the trade: levels, roles, use modes, periods, triggers; frozen and pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from archive.errors import BadValue


class Worded(StrEnum):
    """A value stored by its short text and read aloud by its sentence `<class>.<value>`."""

    @property
    def word(self) -> str:
        """The key of this value's name."""
        return f"{type(self).__name__.lower()}.{self.value.lower()}"


class Level(IntEnum):
    """密级, the company's own levels; 秘密 is lower than 机密 (state secrets are refused, C10)."""

    PUBLIC = 0
    INTERNAL = 10
    CONFIDENTIAL = 20
    SECRET = 30

    @property
    def word(self) -> str:
        """The key of this level's name."""
        return f"level.{self.name.lower()}"

    @classmethod
    def named(cls, text: str) -> Level:
        """The level called *text* (`内部`, `internal`, `INTERNAL`); raises `BadValue`."""
        found = _LEVEL_NAMES.get(text.strip().upper())
        if found is None:
            expected = "、".join(f"{name} {level.name}" for name, level in _LEVELS.items())
            raise BadValue(field="level", value=text, expected=expected)
        return found


_LEVELS = dict(zip(("公开", "内部", "秘密", "机密"), Level, strict=True))
_LEVEL_NAMES = {
    **{level.name: level for level in Level},
    **_LEVELS,
    **dict(zip("公内秘机", Level, strict=True)),
}

#: From here on everything about a record is need-to-know.
CONFIDENTIAL = Level.CONFIDENTIAL


class Role(Worded):
    """Posts (decision 3, approval matrix §9)."""

    STAFF = "STAFF"
    CLERK = "CLERK"
    RECORDS_CLERK = "RECORDS_CLERK"
    ARCHIVIST = "ARCHIVIST"
    CS_SUPERVISOR = "CS_SUPERVISOR"
    DEPT_MANAGER = "DEPT_MANAGER"
    GM_SECRETARY = "GM_SECRETARY"
    GM = "GM"
    HR = "HR"
    SYSTEM_ADMIN = "SYSTEM_ADMIN"
    SECURITY_ADMIN = "SECURITY_ADMIN"
    AUDITOR = "AUDITOR"
    SYSTEM = "SYSTEM"


#: The three separated administrators: nobody holds two (decision 3).
SEPARATED_POSTS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR})


class Employment(Worded):
    """Whether the person may act at all."""

    ACTIVE = "ACTIVE"
    SUSPENDED = "SUSPENDED"
    LEFT = "LEFT"


class UseMode(Worded):
    """利用方式 of a class (§8)."""

    READ_ON_SITE = "READ_ON_SITE"
    LOAN_IN_COMPANY = "LOAN_IN_COMPANY"
    LOAN_COPIES = "LOAN_COPIES"
    CLOSED = "CLOSED"


class Custody(Worded):
    """Who keeps a class (§8 保管, R5)."""

    SECRETARY = "SECRETARY"
    DEPARTMENT = "DEPARTMENT"
    HR = "HR"
    FINANCE = "FINANCE"


class Disposition(Worded):
    """处置: what normally happens when the period ends."""

    DESTROY = "DESTROY"
    TRANSFER = "TRANSFER"
    REVIEW = "REVIEW"


class Family(Worded):
    """Which typed fields a record carries."""

    GENERAL = "GENERAL"
    TENANT = "TENANT"
    FIT_OUT = "FIT_OUT"
    CONTRACT = "CONTRACT"
    CORRESPONDENCE = "CORRESPONDENCE"


class Trigger(Worded):
    """What starts the retention clock (§6.2)."""

    FORMED = "FORMED"
    YEAR_END = "YEAR_END"
    CONTRACT_END = "CONTRACT_END"
    TENANCY_END = "TENANCY_END"
    ACCEPTANCE = "ACCEPTANCE"
    SERVICE_END = "SERVICE_END"
    CASE_CLOSED = "CASE_CLOSED"
    EMPLOYMENT_END = "EMPLOYMENT_END"
    SUPERSEDED = "SUPERSEDED"


class VolumeState(Worded):
    """§5: the life of a volume."""

    OPEN = "OPEN"
    CLOSED = "CLOSED"
    HELD = "HELD"
    SEALED = "SEALED"
    UNSEALED = "UNSEALED"
    DUE = "DUE"
    RETAINED = "RETAINED"
    TRANSFERRED = "TRANSFERRED"
    DESTROYED = "DESTROYED"


class LoanState(Worded):
    """The life of a loan (§1.3)."""

    OUT = "OUT"
    RETURNED = "RETURNED"


class ComponentKind(Worded):
    """The parts of an item in their fixed order (DA/T 22, §3.2)."""

    TEXT = "TEXT"
    ATTACHMENT = "ATTACHMENT"
    DRAWING = "DRAWING"
    DRAFT = "DRAFT"
    COPY = "COPY"
    PROCESSING_SHEET = "PROCESSING_SHEET"


class PartyKind(Worded):
    """Who stands on the other side (§7.6)."""

    OWNER = "OWNER"
    TENANT = "TENANT"
    RESIDENT = "RESIDENT"
    SHOP = "SHOP"
    CONTRACTOR = "CONTRACTOR"
    OUTSIDE_UNIT = "OUTSIDE_UNIT"


class PlaceKind(Worded):
    """Room > cabinet > layer > position; boxes and bags stand in them."""

    ROOM = "ROOM"
    CABINET = "CABINET"
    LAYER = "LAYER"
    POSITION = "POSITION"
    BOX = "BOX"
    BAG = "BAG"


class ObjectPurpose(Worded):
    """What stored bytes are for."""

    CONTENT = "content"
    TEXT = "text"


class PeriodKind(Worded):
    """How long a record is kept."""

    PERMANENT = "PERMANENT"
    YEARS = "YEARS"
    UNTIL_EVENT = "UNTIL_EVENT"
    DAYS = "DAYS"


_PERIOD = re.compile(r"Y|E|([DT])([1-9]\d{0,3})")


@dataclass(frozen=True, slots=True)
class Period:
    """保管期限: `Y` permanent, `D30` thirty years, `E` until its event, `T90` ninety days."""

    kind: PeriodKind
    length: int = 0

    @classmethod
    def parse(cls, code: str) -> Period:
        """The period written *code*; raises `BadValue`."""
        match = _PERIOD.fullmatch(code)
        if match is None:
            raise BadValue(field="period", value=code, expected="Y, D30, D10, E, T90")
        if code == "Y":
            return PERMANENT
        if code == "E":
            return UNTIL_EVENT
        kind = PeriodKind.YEARS if match[1] == "D" else PeriodKind.DAYS
        return cls(kind, int(match[2]))

    @property
    def code(self) -> str:
        """The short form used in reference codes and columns."""
        letter = {"PERMANENT": "Y", "UNTIL_EVENT": "E", "YEARS": "D", "DAYS": "T"}[self.kind.value]
        return f"{letter}{self.length or ''}"

    @property
    def least(self) -> int:
        """The days it surely lasts after its trigger: none until an event, 365 for each year, without end if permanent."""
        whole = {PeriodKind.PERMANENT: 999_999_999, PeriodKind.DAYS: self.length, PeriodKind.UNTIL_EVENT: 0}
        return whole.get(self.kind, 365 * self.length)

    def longer_of(self, other: Period) -> Period:
        """Between two periods always the longer (V3)."""
        return max(self, other, key=lambda period: (_RANK[period.kind], period.length))


PERMANENT = Period(PeriodKind.PERMANENT)
UNTIL_EVENT = Period(PeriodKind.UNTIL_EVENT)
_RANK = {PeriodKind.DAYS: 0, PeriodKind.YEARS: 1, PeriodKind.UNTIL_EVENT: 2, PeriodKind.PERMANENT: 3}
