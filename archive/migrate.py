"""The schema's versions: build it, bring it up to date, refuse what is newer than we are."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, String, column, select, table

from archive.errors import DatabaseDamaged, SchemaNewer

if TYPE_CHECKING:
    from alembic.config import Config

#: The newest revision, as `head` finds it; kept here so that opening an instance need not load alembic.
LATEST = "0007"


def _config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(resources.files("archive").joinpath("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The revision this program writes."""
    from alembic.script import ScriptDirectory

    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise RuntimeError("no migrations are shipped")
    return found


def upgrade(engine: Engine) -> None:
    """Bring the schema to `head`, in one transaction."""
    from alembic import command

    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")


def version(engine: Engine) -> str:
    """The revision a catalogue was written with; raises `DatabaseDamaged` (no schema at all)."""
    written = select(column("version_num", String)).select_from(table("alembic_version"))
    with engine.execution_options(reading=True).connect() as connection:
        found = connection.execute(written).scalar()
    if found is None:
        raise DatabaseDamaged(path=engine.url.database, why="alembic_version")
    return str(found)


def check(engine: Engine) -> None:
    """Bring an older schema up; raises `SchemaNewer` or `DatabaseDamaged` (no schema at all)."""
    found = version(engine)
    if found == LATEST:
        return
    from alembic.script import ScriptDirectory

    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found not in known:
        raise SchemaNewer(found=found, known=LATEST)
    upgrade(engine)
