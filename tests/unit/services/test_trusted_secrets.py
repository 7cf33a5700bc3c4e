"""What is remembered of secrets is bounded, and may be forgotten at any time."""

from datetime import UTC, datetime

from sonde.model.sightings import ReportingClient
from sonde.services.trusted_secrets import TRUSTED_MAX, Identified, TrustedSecrets

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


def identified(number: int, *, is_token: bool = False) -> Identified:
    client = ReportingClient(workspace_id=1, organization_id=1, source_id=f"{is_token}/{number}")
    return Identified(client=client, is_token=is_token, number=number, used_at=NOW)


def test_nothing_is_believed_before_the_first_look() -> None:
    """Nor is anything found that was never added."""
    trusted = TrustedSecrets()
    trusted.add(b"a", identified(1))
    assert trusted.find(b"a", now=NOW) is None
    trusted.keep(keys={1}, tokens=(), now=NOW)
    assert trusted.find(b"a", now=NOW) == identified(1).client
    assert trusted.find(b"b", now=NOW) is None


def test_keys_and_tokens_of_one_number_are_not_taken_for_each_other() -> None:
    """Each kind counts for itself."""
    trusted = TrustedSecrets()
    trusted.add(b"key", identified(7))
    trusted.add(b"token", identified(7, is_token=True))
    trusted.keep(keys=(), tokens={7}, now=NOW)
    assert trusted.find(b"key", now=NOW) is None
    assert trusted.find(b"token", now=NOW) == identified(7, is_token=True).client


def test_the_one_that_was_used_longest_ago_makes_room() -> None:
    """However many are shown, memory is bounded."""
    trusted = TrustedSecrets()
    trusted.keep(keys=(), tokens=(), now=NOW)
    for number in range(TRUSTED_MAX):
        trusted.add(number.to_bytes(4), identified(number))
    assert trusted.find(b"\0\0\0\0", now=NOW)
    trusted.add(b"new", identified(TRUSTED_MAX))
    assert trusted.find(b"\0\0\0\1", now=NOW) is None
    assert trusted.find(b"\0\0\0\0", now=NOW)
    assert len(trusted.used_lately(NOW)) == TRUSTED_MAX
