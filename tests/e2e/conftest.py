"""What every end-to-end test needs."""

import socket

import pytest


@pytest.fixture(scope="session")
def free_port():
    """A function that finds a TCP port nobody listens on."""

    def find() -> int:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as sock:
            sock.bind(("127.0.0.1", 0))
            return sock.getsockname()[1]

    return find
