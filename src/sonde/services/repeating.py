"""Work that is done again and again, in a thread of its own."""

import threading
from collections.abc import Callable

import structlog

from sonde.model.errors import SondeError

_log = structlog.get_logger()


class Repeating:
    """Does the same again and again for as long as the server runs, whatever went wrong the last time.

    Args:
        name: of the thread, and of its failures in the log.
        work: what is done.
        every: seconds from its end to its next beginning, and to the first one.
    """

    def __init__(self, name: str, work: Callable[[], object], *, every: float) -> None:
        self._name = name
        self._work = work
        self._every = every
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self) -> None:
        """Stop after what is being done."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(self._every):
            try:
                self._work()
            except SondeError as error:
                _log.warning(f"{self._name}.failed", reason=error.message)
            except Exception:  # noqa: BLE001 - whatever it is, the work must not rest until a restart
                _log.exception(f"{self._name}.broken")
