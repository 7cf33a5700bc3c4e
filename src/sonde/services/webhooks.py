"""Webhooks of a workspace: made, changed and removed, their log read, and deliveries sent once more."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Final
from uuid import uuid4

import msgspec

from sonde.directory import Directory
from sonde.directory.directory import Transaction
from sonde.model.errors import Conflict, Invalid, NotFound
from sonde.model.people import Access
from sonde.model.webhooks import WEBHOOKS_MAX, Delivery, DeliveryState, Webhook, WebhookSettings
from sonde.services.accounts import require_admin
from sonde.services.clock import Clock, utc_now
from sonde.services.text import checked_name
from sonde.services.webhook_targets import Network, TargetRefused, check_address, read_target

RETRY_FOR: Final = timedelta(days=1)
"""How long after its making, or its replay, a delivery is tried again."""


class Webhooks:
    """The webhooks of each workspace. Their addresses can hold secrets, so only administrators see them.

    Args:
        directory: where they are kept.
        now: the present moment.
        allowed: private networks that they may go to.
    """

    def __init__(
        self, directory: Directory, now: Clock = utc_now, *, allowed: Sequence[Network] = ()
    ) -> None:
        self._directory = directory
        self._now = now
        self._allowed = allowed

    def create(self, access: Access, settings: WebhookSettings) -> Webhook:
        """Make a webhook. What happens from now on is written for it.

        Raises:
            Denied: not an administrator.
            Invalid: a setting cannot be used.
            Conflict: the workspace has as many as it may have.
        """
        require_admin(access)
        now = self._now()
        webhook = Webhook(
            webhook_id=str(uuid4()),
            workspace_id=access.workspace.workspace_id,
            settings=self._checked(settings),
            failures=0,
            rests_until=None,
            created_at=now,
            updated_at=now,
        )
        with self._directory.write() as tx:
            if len(tx.webhooks.all(webhook.workspace_id)) >= WEBHOOKS_MAX:
                raise Conflict(f"A workspace can have {WEBHOOKS_MAX} webhooks.", hint="Remove one first.")
            tx.webhooks.add(webhook)
        return webhook

    def all(self, access: Access) -> list[Webhook]:
        """The workspace's webhooks, the oldest first.

        Raises:
            Denied: not an administrator.
        """
        require_admin(access)
        with self._directory.read() as tx:
            return tx.webhooks.all(access.workspace.workspace_id)

    def get(self, access: Access, webhook_id: str) -> Webhook:
        """One of the workspace's webhooks.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such webhook.
        """
        require_admin(access)
        with self._directory.read() as tx:
            return _found(tx, access, webhook_id)

    def update(self, access: Access, webhook_id: str, settings: WebhookSettings) -> Webhook:
        """Replace all settings of a webhook; what waits for it goes to its new address, at once.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such webhook.
            Invalid: a setting cannot be used.
        """
        require_admin(access)
        settings = self._checked(settings)
        with self._directory.write() as tx:
            webhook = tx.webhooks.hold(access.workspace.workspace_id, webhook_id)
            if webhook is None:
                raise _no_webhook(webhook_id)
            changed = msgspec.structs.replace(
                webhook, settings=settings, failures=0, rests_until=None, updated_at=self._now()
            )
            tx.webhooks.update(changed)
            return changed

    def remove(self, access: Access, webhook_id: str) -> None:
        """Remove a webhook, all that waits for it, and its log.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such webhook.
        """
        require_admin(access)
        with self._directory.write() as tx:
            if not tx.webhooks.remove(access.workspace.workspace_id, webhook_id):
                raise _no_webhook(webhook_id)

    def deliveries(
        self,
        access: Access,
        webhook_id: str,
        *,
        limit: int,
        below: int | None = None,
        state: DeliveryState | None = None,
    ) -> list[Delivery]:
        """A webhook's deliveries of the last 30 days, the newest first, with numbers below one.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such webhook.
        """
        require_admin(access)
        with self._directory.read() as tx:
            _found(tx, access, webhook_id)
            return tx.deliveries.page(
                access.workspace.workspace_id, webhook_id, limit=limit, below=below, state=state
            )

    def delivery(self, access: Access, webhook_id: str, delivery_id: str) -> Delivery:
        """One delivery of a webhook.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such webhook, or that no such delivery.
        """
        require_admin(access)
        with self._directory.read() as tx:
            _found(tx, access, webhook_id)
            found = tx.deliveries.get(access.workspace.workspace_id, webhook_id, delivery_id)
        if found is None:
            raise _no_delivery(delivery_id)
        return found

    def replay(self, access: Access, webhook_id: str, delivery_id: str) -> Delivery:
        """Send a delivery once more, whatever became of it: the same bytes under the same id.

        Raises:
            Denied: not an administrator.
            NotFound: the workspace has no such webhook, or that no such delivery.
        """
        require_admin(access)
        workspace_id, now = access.workspace.workspace_id, self._now()
        with self._directory.write() as tx:
            webhook = tx.webhooks.hold(workspace_id, webhook_id)
            if webhook is None:
                raise _no_webhook(webhook_id)
            delivery = tx.deliveries.hold(workspace_id, webhook_id, delivery_id)
            if delivery is None:
                raise _no_delivery(delivery_id)
            again = msgspec.structs.replace(
                delivery, state=DeliveryState.PENDING, next_at=now, give_up_at=now + RETRY_FOR
            )
            tx.deliveries.update(again)
            tx.webhooks.update(msgspec.structs.replace(webhook, rests_until=None))
            return again

    def _checked(self, settings: WebhookSettings) -> WebhookSettings:
        target = read_target(settings.url)
        try:
            # Names are no addresses, and are looked up when something is sent: where they lead may change.
            with suppress(ValueError):
                check_address(target.host, self._allowed)
        except TargetRefused as error:
            raise Invalid(
                f"{error}.", hint="The server's setting webhook_networks can allow it.", field="url"
            ) from error
        if not settings.events:
            raise Invalid("events must name at least one event.", field="events")
        return msgspec.structs.replace(
            settings,
            name=checked_name(settings.name, field="name"),
            events=tuple(dict.fromkeys(settings.events)),
        )


def _found(tx: Transaction, access: Access, webhook_id: str) -> Webhook:
    webhook = tx.webhooks.get(access.workspace.workspace_id, webhook_id)
    if webhook is None:
        raise _no_webhook(webhook_id)
    return webhook


def _no_webhook(webhook_id: str) -> NotFound:
    return NotFound(f"There is no webhook {webhook_id} in this workspace.")


def _no_delivery(delivery_id: str) -> NotFound:
    return NotFound(f"There is no delivery {delivery_id} of this webhook.")
