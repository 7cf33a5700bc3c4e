"""What brings events to webhooks: at least once, the same bytes under the same id each time.

An event is written in the transaction in which it happened. It becomes one delivery for each webhook in a
second transaction, and a delivery is sent only after it was claimed in a third one. A crash anywhere
leaves the event or the delivery where it was; only a crash between a receiver's answer and its writing
down sends something twice, and its id tells.
"""

import random
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

import msgspec
import structlog

from sonde import __version__
from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.model.errors import SondeError
from sonde.model.webhooks import (
    ATTEMPTS_KEPT,
    LOG_KEPT,
    Attempt,
    Delivery,
    DeliveryState,
    SessionEvent,
    Webhook,
)
from sonde.services.clock import Clock, utc_now
from sonde.services.signing import Signing
from sonde.services.webhook_events import read_scene, write_body
from sonde.services.webhook_posting import Outcome, post
from sonde.services.webhook_targets import Network
from sonde.services.webhooks import RETRY_FOR

INTERVAL: Final = 1.0
"""Seconds between two looks."""

CLAIM: Final = timedelta(seconds=30)
"""How long a delivery belongs to who claimed it: longer than an attempt can take."""

WORKERS: Final = 8
"""Most webhooks that are sent to at once."""

IN_A_ROW: Final = 100
"""Most deliveries to one webhook before others have their turn."""

EVENTS_AT_ONCE: Final = 200
"""Most events that become deliveries in one transaction."""

RETRY_FIRST: Final = timedelta(seconds=5)
RETRY_MAX: Final = timedelta(hours=1)
"""The second attempt comes after about the first of these; the wait doubles up to the second of them."""

REST_MAX: Final = timedelta(minutes=1)
"""Longest rest of a webhook; it has one second of it for each failure since the last success."""

_log = structlog.get_logger()


class WebhookCourier:
    """Delivers. Several processes may do it side by side.

    Args:
        directory: where events, deliveries and webhooks are kept.
        signing: signs each body.
        now: the present moment.
        allowed: private networks that may be reached.
    """

    def __init__(
        self,
        directory: Directory,
        signing: Signing,
        now: Clock = utc_now,
        *,
        allowed: Sequence[Network] = (),
    ) -> None:
        self._directory = directory
        self._signing = signing
        self._now = now
        self._allowed = allowed
        self._busy: set[str] = set()
        self._lock = threading.Lock()
        self._forgot_at: datetime | None = None
        self._closing = threading.Event()
        self._pool = ThreadPoolExecutor(WORKERS, thread_name_prefix="webhook")
        self._thread = threading.Thread(target=self._run, name="webhook-courier", daemon=True)

    def start(self) -> None:
        """Begin, in threads of its own."""
        self._thread.start()

    def close(self) -> None:
        """Stop after the attempts that go on."""
        self._closing.set()
        if self._thread.ident is not None:
            self._thread.join()
        self._pool.shutdown()

    def spread(self) -> int:
        """Turn events into deliveries.

        Returns:
            How many events there were; call again while it is not 0.

        Raises:
            Unavailable: the directory cannot be reached.
        """
        with self._directory.read() as tx:
            if not tx.session_events.waits():
                return 0
        with self._directory.write() as tx:
            events = tx.session_events.take(limit=EVENTS_AT_ONCE)
            for event in events:
                self._address(tx, event)
        return len(events)

    def deliver(self) -> None:
        """Send what is due, one webhook after the other, and come back when nothing is.

        Raises:
            Unavailable: the directory cannot be reached.
        """
        for webhook in self._due():
            self._deliver_to(webhook)

    def forget(self) -> None:
        """Remove what was kept for long enough.

        Raises:
            Unavailable: the directory cannot be reached.
        """
        with self._directory.write() as tx:
            tx.deliveries.forget(before=self._now() - LOG_KEPT)

    def _run(self) -> None:
        while not self._closing.wait(INTERVAL):
            try:
                self._look()
            except SondeError as error:
                _log.warning("webhook_courier.failed", reason=error.message)
            except Exception:  # noqa: BLE001 - whatever it is, events must not wait until a restart
                _log.exception("webhook_courier.failed")

    def _look(self) -> None:
        while self.spread() and not self._closing.is_set():
            pass
        for webhook in self._due():
            with self._lock:
                if webhook.webhook_id in self._busy:
                    continue
                self._busy.add(webhook.webhook_id)
            self._pool.submit(self._work, webhook)
        now = self._now()
        if self._forgot_at is None or now - self._forgot_at > timedelta(hours=1):
            self._forgot_at = now
            self.forget()

    def _work(self, webhook: Webhook) -> None:
        try:
            self._deliver_to(webhook)
        except SondeError as error:
            _log.warning("webhook_courier.failed", webhook_id=webhook.webhook_id, reason=error.message)
        except Exception:  # noqa: BLE001 - a thread of a pool would keep it to itself
            _log.exception("webhook_courier.failed", webhook_id=webhook.webhook_id)
        finally:
            with self._lock:
                self._busy.discard(webhook.webhook_id)

    def _due(self) -> list[Webhook]:
        with self._directory.read() as tx:
            return tx.webhooks.due(now=self._now(), limit=WORKERS * 4)

    def _address(self, tx: Transaction, event: SessionEvent) -> None:
        """Make a delivery of an event for each webhook that asked for it."""
        asked = [
            each
            for each in tx.webhooks.all(event.workspace_id)
            if each.settings.enabled and event.kind in each.settings.events
        ]
        scene = read_scene(tx, event) if asked else None
        if scene is None:
            return
        body, now = write_body(event, scene), self._now()
        for webhook in asked:
            tx.deliveries.add(_delivery(webhook, event, body, now=now))

    def _deliver_to(self, webhook: Webhook) -> None:
        for _ in range(IN_A_ROW):
            claimed = None if self._closing.is_set() else self._claim(webhook)
            if claimed is None:
                return
            webhook, delivery = claimed
            started, began_at = time.monotonic(), self._now()
            outcome = post(
                webhook.settings.url, delivery.body, self._headers(delivery), allowed=self._allowed
            )
            attempt = Attempt(
                at=began_at,
                seconds=round(time.monotonic() - started, 3),
                status=outcome.status,
                error=outcome.error,
                answer=outcome.answer,
            )
            if not self._note(delivery, outcome, attempt):
                return

    def _claim(self, webhook: Webhook) -> tuple[Webhook, Delivery] | None:
        """Take the next delivery of a webhook as our own for a while; None when it has none or rests."""
        now = self._now()
        with self._directory.write() as tx:
            current = tx.webhooks.get(webhook.workspace_id, webhook.webhook_id)
            if current is None or not current.accepts(now):
                return None
            delivery = tx.deliveries.hold_next(webhook.workspace_id, webhook.webhook_id, now=now)
            if delivery is None:
                return None
            claimed = msgspec.structs.replace(delivery, next_at=now + CLAIM)
            tx.deliveries.update(claimed)
        return current, claimed

    def _note(self, claimed: Delivery, outcome: Outcome, attempt: Attempt) -> bool:
        """Keep what became of an attempt; whether the webhook can be sent more at once."""
        now, reached = self._now(), not outcome.is_worth_repeating
        with self._directory.write() as tx:
            webhook = tx.webhooks.hold(claimed.workspace_id, claimed.webhook_id)
            delivery = tx.deliveries.hold(claimed.workspace_id, claimed.webhook_id, claimed.delivery_id)
            if webhook is None or delivery is None:
                return False
            # One that was replayed meanwhile is not answered by this attempt.
            is_ours = delivery.next_at == claimed.next_at
            noted = _judged(delivery, outcome, now=now) if is_ours else delivery
            tx.deliveries.update(_with_attempt(noted, attempt))
            if reached and not webhook.failures:
                return True
            failures = 0 if reached else webhook.failures + 1
            rest = min(timedelta(seconds=failures), REST_MAX)
            tx.webhooks.update(
                msgspec.structs.replace(
                    webhook, failures=failures, rests_until=None if reached else now + rest
                )
            )
        return reached

    def _headers(self, delivery: Delivery) -> Mapping[str, str]:
        return {
            "Content-Type": "application/json",
            "User-Agent": f"Sonde/{__version__}",
            "rtk-signature": self._signing.sign(delivery.body),
            "rtk-uuid": delivery.delivery_id,
            "rtk-webhook-id": delivery.webhook_id,
        }


def wait_after(attempts: int, chance: float) -> timedelta:
    """How long to wait after so many attempts that failed: doubling, and up to a half of it by chance.

    Args:
        attempts: 1 or more.
        chance: 0 to 1, so that many that failed together do not come back together.
    """
    longest = min(RETRY_FIRST * (1 << min(attempts - 1, 16)), RETRY_MAX)
    return longest * (0.5 + 0.5 * chance)


def _delivery(webhook: Webhook, event: SessionEvent, body: bytes, *, now: datetime) -> Delivery:
    return Delivery(
        number=0,
        delivery_id=str(uuid4()),
        webhook_id=webhook.webhook_id,
        workspace_id=webhook.workspace_id,
        event=event.kind,
        session_id=event.session_id,
        body=body,
        state=DeliveryState.PENDING,
        created_at=now,
        next_at=now,
        give_up_at=now + RETRY_FOR,
        attempt_count=0,
        attempts=(),
    )


def _judged(delivery: Delivery, outcome: Outcome, *, now: datetime) -> Delivery:
    """A delivery after an attempt with that outcome."""
    if outcome.is_worth_repeating and now < delivery.give_up_at:
        wait = wait_after(delivery.attempt_count + 1, random.random())
        return msgspec.structs.replace(delivery, next_at=now + wait)
    state = DeliveryState.DELIVERED if outcome.is_success else DeliveryState.FAILED
    return msgspec.structs.replace(delivery, state=state, next_at=None)


def _with_attempt(delivery: Delivery, attempt: Attempt) -> Delivery:
    return msgspec.structs.replace(
        delivery,
        attempt_count=delivery.attempt_count + 1,
        attempts=(*delivery.attempts, attempt)[-ATTEMPTS_KEPT:],
    )
