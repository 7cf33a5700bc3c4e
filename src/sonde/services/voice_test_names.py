"""Names of voice tests: unique in a workspace, and first for tests that have a timetable."""

from collections.abc import Collection
from itertools import count

from sonde.directory.directory import Transaction
from sonde.model.people import Access
from sonde.services.text import NAME_LENGTH

_NUMBER_LENGTH = 12
"""Characters that a number behind a name may take."""


def free_name(name: str, taken: Collection[str]) -> str:
    """The name, or with the first number behind it that makes it free."""
    if name not in taken:
        return name
    numbered = (f"{name[: NAME_LENGTH - _NUMBER_LENGTH]} ({number})" for number in count(2))
    return next(candidate for candidate in numbered if candidate not in taken)


def free_the_name(tx: Transaction, access: Access, name: str) -> None:
    """Let an on-request test that has the name have another one."""
    workspace_id = access.workspace.workspace_id
    taken = tx.voice_tests.names(workspace_id)
    if name in taken:
        tx.voice_tests.rename_on_request(workspace_id, name, free_name(name, taken))
