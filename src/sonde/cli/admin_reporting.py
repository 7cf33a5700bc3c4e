"""`sonde admin client-key` and `participant-token`: what browsers and apps report with."""

from datetime import timedelta
from typing import Annotated

import typer

from sonde.cli.operator import AsJson, DataDir, WorkspaceId, answer, open_directory, shown_once

client_key_app = typer.Typer(help="Keys with which any number of browsers report.", no_args_is_help=True)
participant_token_app = typer.Typer(help="Tokens that speak for one participant.", no_args_is_help=True)

ParticipantId = Annotated[str, typer.Argument(help="Id of the participant, as the API shows it.")]


@client_key_app.command("create")
def create_client_key(
    label: Annotated[str, typer.Option(help="What the key is for.")] = "command line",
    workspace_id: WorkspaceId = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a client key, and show it."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts
        from sonde.services.reporting import Reporting

        access = Accounts(directory).operator_access(workspace_id)
        made = Reporting(directory).create_key(access, label)
    answer(
        {"workspace_id": access.workspace.workspace_id, "key_id": made.key.key_id, "token": made.secret},
        f"Browsers can report to {access.workspace.name} with it. {shown_once(made.secret)}",
        as_json=as_json,
    )


@client_key_app.command("list")
def list_client_keys(
    workspace_id: WorkspaceId = None, data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """List the client keys of a workspace: their beginnings, and what they are for."""
    with open_directory(data_dir) as directory:
        import msgspec

        from sonde.services.accounts import Accounts
        from sonde.services.reporting import Reporting

        keys = Reporting(directory).list_keys(Accounts(directory).operator_access(workspace_id))
    lines = [
        f"{each.key_id:>6}  {each.prefix}...  {each.label}{'' if each.revoked_at is None else '  (revoked)'}"
        for each in keys
    ]
    answer({"client_keys": msgspec.to_builtins(keys)}, "\n".join(lines), as_json=as_json)


@client_key_app.command("revoke")
def revoke_client_key(
    key_id: Annotated[int, typer.Argument(min=1, help="Id of the key, as `client-key list` shows it.")],
    workspace_id: WorkspaceId = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """End a client key; a running server notices within ten seconds."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts
        from sonde.services.reporting import Reporting

        Reporting(directory).revoke_key(Accounts(directory).operator_access(workspace_id), key_id)
    answer({"revoked": key_id}, f"Client key {key_id} works no more.", as_json=as_json)


@participant_token_app.command("create")
def create_participant_token(
    participant_id: ParticipantId,
    hours: Annotated[int, typer.Option(min=1, max=8760, help="How long it may be used.")] = 24,
    workspace_id: WorkspaceId = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a token for a participant, and show it."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts
        from sonde.services.reporting import Reporting

        access = Accounts(directory).operator_access(workspace_id)
        made = Reporting(directory).create_token(access, participant_id, timedelta(hours=hours))
    answer(
        {
            "participant_id": made.participant_id,
            "expires_at": made.expires_at.isoformat(),
            "token": made.secret,
        },
        f"It works for {hours} hours. {shown_once(made.secret)}",
        as_json=as_json,
    )


@participant_token_app.command("revoke")
def revoke_participant_tokens(
    participant_id: ParticipantId,
    workspace_id: WorkspaceId = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """End all tokens of a participant; a running server notices within ten seconds."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts
        from sonde.services.reporting import Reporting

        access = Accounts(directory).operator_access(workspace_id)
        Reporting(directory).revoke_tokens(access, participant_id)
    answer(
        {"participant_id": participant_id},
        f"No token of participant {participant_id} works any more.",
        as_json=as_json,
    )
