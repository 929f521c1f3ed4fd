"""Run by alembic: migrates on the connection that `bot.store.migrate` hands over, inside its transaction."""

from alembic import context

from bot.store.schema import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
