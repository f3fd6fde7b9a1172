"""The schema's versions: build it, bring it up to date, refuse what is newer than we are."""

from __future__ import annotations

from importlib import resources

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from archive.errors import DatabaseDamaged, SchemaNewer


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(resources.files("archive").joinpath("migrations")))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The revision this program writes."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    if found is None:
        raise RuntimeError("no migrations are shipped")
    return found


def upgrade(engine: Engine) -> None:
    """Bring the schema to `head`, in one transaction."""
    with engine.begin() as connection:
        command.upgrade(_config(connection), "head")


def check(engine: Engine) -> None:
    """Bring an older schema up; raises `SchemaNewer` or `DatabaseDamaged` (no schema at all)."""
    with engine.execution_options(reading=True).connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found is None:
        raise DatabaseDamaged(path=engine.url.database, why="alembic_version")
    if found == head():
        return
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found not in known:
        raise SchemaNewer(found=found, known=head())
    upgrade(engine)
