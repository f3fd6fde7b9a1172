"""Alembic's entry: runs on the connection it is handed."""

from alembic import context

from archive.model import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=True,
)
context.run_migrations()
