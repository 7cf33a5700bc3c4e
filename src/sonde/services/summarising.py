"""Making the summaries that were asked for, one after the other, for as long as the server runs."""

import threading
from typing import Final

import msgspec
import structlog

from sonde.directory import Directory
from sonde.model.errors import SondeError
from sonde.model.summaries import Summary, SummaryStatus
from sonde.services.clock import Clock, utc_now
from sonde.services.extracts import MADE_BY, extract
from sonde.services.summaries import Summaries
from sonde.services.summary_endpoint import SummaryEndpoint
from sonde.services.transcripts import read_final

ROUND: Final = 5.0
"""Seconds between two looks for what other processes were asked for."""

GRACE: Final = 2.0
"""Seconds that a stop waits for the summary that is being made: an endpoint may take minutes."""

UNFORESEEN: Final = "Something went wrong here; the server's log says what."

_log = structlog.get_logger()


class Summariser:
    """Makes pending summaries. One that a stop of the server interrupts is begun again.

    Args:
        directory: keeps what is pending, and what was said.
        summaries: tells when somebody asks for one, and keeps what was made.
        endpoint: writes them; None to make them of the most telling sentences.
        now: the present moment.
    """

    def __init__(
        self,
        directory: Directory,
        summaries: Summaries,
        *,
        endpoint: SummaryEndpoint | None = None,
        now: Clock = utc_now,
    ) -> None:
        self._directory = directory
        self._summaries = summaries
        self._endpoint = endpoint
        self._now = now
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="summariser", daemon=True)

    def start(self) -> None:
        """Begin, in a thread of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop. A summary that is not ready soon stays pending for the next start."""
        self._closing = True
        self._summaries.asked.set()
        if self._thread.ident is not None:
            self._thread.join(GRACE)

    def make_pending(self) -> int:
        """Make all summaries that are pending; how many those were.

        Raises:
            Unavailable: the directory cannot be reached.
        """
        made = 0
        while not self._closing:
            with self._directory.read() as tx:
                pending = tx.summaries.oldest_pending()
            if pending is None:
                break
            self._summaries.keep(self._make(pending))
            made += 1
        return made

    def _run(self) -> None:
        while not self._closing:
            self._summaries.asked.clear()
            try:
                self.make_pending()
            except SondeError as error:
                _log.warning("summariser.failed", reason=error.message)
            except Exception:  # noqa: BLE001 - whatever it is, other summaries must not wait for a restart
                _log.exception("summariser.broken")
            self._summaries.asked.wait(ROUND)

    def _make(self, pending: Summary) -> Summary:
        """A summary as it came out; it fails for a reason that is told."""
        segments = read_final(self._directory, pending.session_id)
        made_by = self._endpoint.model if self._endpoint else MADE_BY
        status, text, problem = SummaryStatus.COMPLETED, "", ""
        try:
            if self._endpoint:
                text = self._endpoint.summarise(segments, pending.wishes)
            else:
                text = extract(segments, pending.wishes)
        except SondeError as error:
            status, problem = SummaryStatus.FAILED, error.message
            _log.warning("summary.failed", session_id=pending.session_id, reason=problem)
        except Exception:  # noqa: BLE001 - one that cannot be made must not be tried for ever
            status, problem = SummaryStatus.FAILED, UNFORESEEN
            _log.exception("summary.broken", session_id=pending.session_id)
        return msgspec.structs.replace(
            pending, status=status, finished_at=self._now(), made_by=made_by, text=text, problem=problem
        )
