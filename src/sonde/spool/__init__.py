"""Durable hand-over: what is appended here survives until the next stage says it has it.

The agent's outbox and the server's write-ahead buffer are this same code. See
docs/adr/0002-durable-hand-over.md for why it is a SQLite file and why chunks never change.
"""

from sonde.spool.file import Chunk
from sonde.spool.spool import Spool, SpoolDepth

__all__ = ["Chunk", "Spool", "SpoolDepth"]
