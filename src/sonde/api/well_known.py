"""What receivers of webhooks look up: `/.well-known/webhooks.json`, as Cloudflare RealtimeKit has it."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency

from sonde.api.use_cases import UseCases


@get("/.well-known/webhooks.json", sync_to_thread=True)
def show_public_key(use_cases: NamedDependency[UseCases]) -> dict[str, Any]:
    """The public key with which the signatures of webhooks are checked."""
    return {
        "success": True,
        "data": {"publicKey": use_cases.signing.public_key()},
        "message": "",
    }
