"""Alembic runs this file; the connection comes from `sonde.directory.migrate`."""

from alembic import context

from sonde.directory.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    # SQLite can change a table only by copying it.
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
