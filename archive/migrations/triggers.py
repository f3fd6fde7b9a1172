"""Append-only tables: triggers that refuse DELETE, and UPDATE where rows are frozen."""

from collections.abc import Iterable

from alembic import op

_SQLITE = "CREATE TRIGGER {table}_no_{act} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is kept'); END"
_POSTGRES_FUNCTION = """CREATE OR REPLACE FUNCTION anjuan_kept() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is kept', TG_TABLE_NAME; END $$"""
_POSTGRES = (
    "CREATE TRIGGER {table}_no_{act} BEFORE {verb} ON {table} FOR EACH ROW EXECUTE FUNCTION anjuan_kept()"
)


def keep(tables: Iterable[str], frozen: Iterable[str]) -> None:
    """Refuse DELETE on *tables* and UPDATE on *frozen*; the names are ours, never a user's."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    if not sqlite:
        op.execute(_POSTGRES_FUNCTION)
    form = _SQLITE if sqlite else _POSTGRES
    for table in tables:
        op.execute(form.format(table=table, act="delete", verb="DELETE"))
    for table in frozen:
        op.execute(form.format(table=table, act="update", verb="UPDATE"))
