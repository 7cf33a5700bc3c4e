"""`sonde admin`: people, tokens and workspaces, from the machine that the server runs on.

Whoever may read the server's data may do all of this, so nobody is asked for a password.
"""

from datetime import timedelta
from typing import Annotated, Literal, TypeAlias

import typer

from sonde.cli.admin_call_reports import call_report_token_app
from sonde.cli.admin_reporting import client_key_app, participant_token_app
from sonde.cli.admin_videosdk import videosdk_key_app
from sonde.cli.operator import AsJson, DataDir, WorkspaceId, answer, open_directory, shown_once

admin_app = typer.Typer(help="Make workspaces, people and tokens.", no_args_is_help=True)
workspace_app = typer.Typer(help="Workspaces, which own all data.", no_args_is_help=True)
person_app = typer.Typer(help="People and where they belong.", no_args_is_help=True)
token_app = typer.Typer(help="API tokens of people.", no_args_is_help=True)
admin_app.add_typer(workspace_app, name="workspace")
admin_app.add_typer(person_app, name="person")
admin_app.add_typer(token_app, name="token")
admin_app.add_typer(client_key_app, name="client-key")
admin_app.add_typer(participant_token_app, name="participant-token")
admin_app.add_typer(call_report_token_app, name="call-report-token")
admin_app.add_typer(videosdk_key_app, name="videosdk-key")

Email = Annotated[str, typer.Option(help="Mail address of the person.")]
RoleName: TypeAlias = Literal["admin", "member"]
"""The values of `sonde.model.people.Role`, which would take long to import for --help."""


@admin_app.command()
def init(
    organization: Annotated[str, typer.Option(help="Name of the organization.")],
    workspace: Annotated[str, typer.Option(help="Name of its first workspace.")],
    email: Email,
    name: Annotated[str, typer.Option(help="Name of its first administrator.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make an organization with a workspace and an administrator, and show their API token."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts

        made = Accounts(directory).bootstrap(organization, workspace, email=email, name=name)
    home = made.principal.memberships[0].workspace
    answer(
        {"workspace_id": home.workspace_id, "email": made.principal.email, "token": made.token},
        f"{name} administers workspace {home.workspace_id}, {home.name}. {shown_once(made.token)}",
        as_json=as_json,
    )


@admin_app.command()
def enrol_token(
    label: Annotated[str, typer.Option(help="What the token is for.")] = "command line",
    hours: Annotated[int, typer.Option(min=1, max=720, help="How long it may be used.")] = 24,
    workspace_id: WorkspaceId = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show a token with which one agent can enrol, once."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts
        from sonde.services.agents import Agents

        access = Accounts(directory).operator_access(workspace_id)
        token = Agents(directory).create_enrolment_token(access, label, timedelta(hours=hours))
    answer(
        {"workspace_id": access.workspace.workspace_id, "token": token},
        f"One agent can enrol in {access.workspace.name} for {hours} hours. {shown_once(token)}",
        as_json=as_json,
    )


@workspace_app.command("add")
def add_workspace(
    name: Annotated[str, typer.Option(help="Name of the new workspace.")],
    beside: Annotated[
        int | None,
        typer.Option(
            min=1, help="Id of a workspace of the same organization; needed when there are several."
        ),
    ] = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make another workspace in an organization; `person join` lets people in."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts
        from sonde.services.workspaces import Workspaces

        access = Accounts(directory).operator_access(beside)
        made = Workspaces(directory).create(access, name)
    answer(
        {"workspace_id": made.workspace_id, "name": made.name},
        f"Made workspace {made.workspace_id}, {made.name}.",
        as_json=as_json,
    )


@person_app.command("add")
def add_person(
    email: Email,
    name: Annotated[str, typer.Option(help="Name of the person.")],
    role: Annotated[RoleName, typer.Option(help="What they may do.")] = "member",
    workspace_id: WorkspaceId = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Add a new person to a workspace, and show their API token."""
    with open_directory(data_dir) as directory:
        from sonde.model.people import Role
        from sonde.services.accounts import Accounts

        accounts = Accounts(directory)
        access = accounts.operator_access(workspace_id)
        token = accounts.add_person(access, email=email, name=name, role=Role(role))
    answer(
        {"workspace_id": access.workspace.workspace_id, "email": email, "role": role, "token": token},
        f"{name} is {role} of {access.workspace.name}. {shown_once(token)}",
        as_json=as_json,
    )


@person_app.command("join")
def join_workspace(
    email: Email,
    workspace_id: Annotated[int, typer.Option(min=1, help="Id of the workspace.")],
    role: Annotated[RoleName, typer.Option(help="What they may do there.")] = "member",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Let a person into another workspace of their organization."""
    with open_directory(data_dir) as directory:
        from sonde.model.people import Role
        from sonde.services.accounts import Accounts

        accounts = Accounts(directory)
        access = accounts.operator_access(workspace_id)
        accounts.add_member(access, email=email, role=Role(role))
    answer(
        {"workspace_id": workspace_id, "email": email, "role": role},
        f"{email} is {role} of {access.workspace.name}.",
        as_json=as_json,
    )


@token_app.command("create")
def create_token(
    email: Email,
    label: Annotated[str, typer.Option(help="What the token is for.")] = "command line",
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make another token for a person, and show it."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts

        accounts = Accounts(directory)
        token = accounts.create_token(accounts.person(email), label)
    answer({"email": email, "label": label, "token": token}, shown_once(token), as_json=as_json)


@token_app.command("list")
def list_tokens(email: Email, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """List the tokens of a person: their beginnings, and when they were used."""
    with open_directory(data_dir) as directory:
        import msgspec

        from sonde.services.accounts import Accounts

        accounts = Accounts(directory)
        tokens = accounts.list_tokens(accounts.person(email))
    lines = [
        f"{each.token_id:>6}  {each.prefix}...  {each.label}"
        f"{'' if each.revoked_at is None else '  (revoked)'}"
        for each in tokens
    ]
    answer({"tokens": msgspec.to_builtins(tokens)}, "\n".join(lines), as_json=as_json)


@token_app.command("revoke")
def revoke_token(
    email: Email,
    token_id: Annotated[int, typer.Argument(min=1, help="Id of the token, as `token list` shows it.")],
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """End a token, now."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts

        accounts = Accounts(directory)
        accounts.revoke_token(accounts.person(email), token_id)
    answer({"email": email, "revoked": token_id}, f"Token {token_id} works no more.", as_json=as_json)
