"""What every mapped class shares: uids, instants, enums by value, names of constraints."""

from __future__ import annotations

import datetime as dt
import secrets
from enum import StrEnum
from typing import Annotated, Any

from sqlalchemy import DateTime, Enum, Integer, LargeBinary, MetaData, String, types
from sqlalchemy.orm import DeclarativeBase, mapped_column

from archive.values import Level


def new_uid() -> str:
    """A random 128-bit identifier as 32 hex digits (P5: gaps and neighbours tell nothing)."""
    return secrets.token_hex(16)


class Instant(types.TypeDecorator[dt.datetime]):
    """An aware UTC instant, kept without zone where the database has none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:
        """Refuse naive instants; they are defects."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant without zone")
        return value.astimezone(dt.UTC).replace(tzinfo=None if dialect.name == "sqlite" else dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Any) -> dt.datetime | None:  # noqa: ARG002
        """Give the zone back."""
        return value if value is None or value.tzinfo else value.replace(tzinfo=dt.UTC)


_LEVELS = frozenset(int(level) for level in Level)


class LevelNumber(types.TypeDecorator[Level]):
    """A security level as its ordered number."""

    impl = Integer
    cache_ok = True

    def process_bind_param(self, value: Level | None, dialect: Any) -> int | None:  # noqa: ARG002
        """Level to number."""
        return None if value is None else int(value)

    def process_result_value(self, value: int | None, dialect: Any) -> Level | None:  # noqa: ARG002
        """Number to level; raises LookupError for a number that is none."""
        if value is not None and value not in _LEVELS:
            raise LookupError(value)
        return None if value is None else Level(value)


def worded(values: type[StrEnum], *, length: int = 20, check: bool = True) -> Enum:
    """A column type for *values*: short text and a CHECK, readable in SQL and in backups."""
    return Enum(
        values,
        native_enum=False,
        create_constraint=check,
        length=length,
        name=values.__name__.lower(),
        values_callable=lambda kind: [member.value for member in kind],
    )


NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

UidKey = Annotated[str, mapped_column(String(32), primary_key=True, default=new_uid)]
Uid = Annotated[str, mapped_column(String(32))]
Code = Annotated[str, mapped_column(String(120))]
Sealed = Annotated[bytes, mapped_column(LargeBinary)]


class Base(DeclarativeBase):
    """All tables of the catalogue database."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {dt.datetime: Instant, Level: LevelNumber}
