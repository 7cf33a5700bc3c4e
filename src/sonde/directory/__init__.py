"""Who and what exists: organizations, people, tokens, agents and voice tests, in SQLite or PostgreSQL.

Everything here goes in and comes out as structs of `sonde.model` or of `records`; rows stay inside.
Every question about data carries the workspace it is asked for.
"""

from sonde.directory.directory import Directory

__all__ = ["Directory"]
