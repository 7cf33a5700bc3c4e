"""Alembic migrations, packaged so that an installed Sonde can upgrade its directory."""
