"""Telemetry in ClickHouse: embedded through chDB, or a server, by the same client and the same SQL.

The embedded engine allows one process and one data folder; see docs/adr/0003-embedded-clickhouse.md.
"""

from sonde.store.store import Store

__all__ = ["Store"]
