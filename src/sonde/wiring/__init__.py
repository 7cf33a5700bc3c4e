"""The server, put together: the one place that names what is behind each service."""

from sonde.wiring.server import Server, open_server

__all__ = ["Server", "open_server"]
