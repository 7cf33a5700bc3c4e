"""Operations about webhooks and their log."""

from sonde.client.caller import Caller, Json, at
from sonde.client.rows import Rows


class Webhooks(Caller):
    """Where events go, and what was delivered."""

    def list_webhooks(self) -> Json:
        """The webhooks of the workspace, under `items`."""
        return self.ask_one("/v1/webhooks")

    def create_webhook(self, body: Json) -> Json:
        """Make a webhook; `body` has the fields of `WebhookBody`."""
        made: Json = self.ask("POST", "/v1/webhooks", body=body)
        return made

    def get_webhook(self, webhook_id: str) -> Json:
        """One webhook."""
        return self.ask_one(at("/v1/webhooks/{}", webhook_id))

    def update_webhook(self, webhook_id: str, body: Json) -> Json:
        """Replace all that can be chosen about a webhook."""
        changed: Json = self.ask("PUT", at("/v1/webhooks/{}", webhook_id), body=body)
        return changed

    def remove_webhook(self, webhook_id: str) -> None:
        """Remove a webhook, all that waits for it, and its log."""
        self.ask("DELETE", at("/v1/webhooks/{}", webhook_id))

    def list_deliveries(self, webhook_id: str, *, state: str | None = None, limit: int = 100) -> Rows:
        """What was sent to a webhook and what waits for it, the newest first; `state` picks some."""
        return Rows(self, at("/v1/webhooks/{}/deliveries", webhook_id), {"state": state, "limit": limit})

    def get_delivery(self, webhook_id: str, delivery_id: str) -> Json:
        """One delivery of a webhook."""
        return self.ask_one(at("/v1/webhooks/{}/deliveries/{}", webhook_id, delivery_id))

    def replay_delivery(self, webhook_id: str, delivery_id: str) -> Json:
        """Send a delivery once more: the same bytes under the same id."""
        path = at("/v1/webhooks/{}/deliveries/{}/replay", webhook_id, delivery_id)
        replayed: Json = self.ask("POST", path)
        return replayed
