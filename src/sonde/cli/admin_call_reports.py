"""`sonde admin call-report-token`: what Telnyx SDKs upload their call reports with."""

from datetime import timedelta
from typing import Annotated

import typer

from sonde.cli.operator import AsJson, DataDir, WorkspaceId, answer, open_directory, shown_once

call_report_token_app = typer.Typer(
    help="Tokens with which Telnyx SDKs upload call reports.", no_args_is_help=True
)


@call_report_token_app.command("create")
def create_call_report_token(
    email: Annotated[str, typer.Option(help="Mail address of the member whose reports they will be.")],
    label: Annotated[str, typer.Option(help="What the token is for.")] = "command line",
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it may be used.")] = 365,
    workspace_id: WorkspaceId = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a token for a member of a workspace, and show it."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts
        from sonde.services.call_report_tokens import CallReportTokens

        access = Accounts(directory).operator_access(workspace_id)
        made = CallReportTokens(directory).create(access, email, label=label, ttl=timedelta(days=days))
    answer(
        {
            "workspace_id": access.workspace.workspace_id,
            "token_id": made.token.token_id,
            "expires_at": made.token.expires_at.isoformat(),
            "token": made.secret,
        },
        f"Telnyx SDKs can upload to {access.workspace.name} with it for {days} days. "
        + shown_once(made.secret),
        as_json=as_json,
    )


@call_report_token_app.command("list")
def list_call_report_tokens(
    workspace_id: WorkspaceId = None, data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """List the tokens of a workspace: their beginnings, whose they are and what they are for."""
    with open_directory(data_dir) as directory:
        import msgspec

        from sonde.services.accounts import Accounts
        from sonde.services.call_report_tokens import CallReportTokens

        tokens = CallReportTokens(directory).all(Accounts(directory).operator_access(workspace_id))
    lines = [
        f"{each.token_id:>6}  {each.prefix}...  {each.email}  {each.label}  until {each.expires_at:%Y-%m-%d}"
        f"{'' if each.revoked_at is None else '  (revoked)'}"
        for each in tokens
    ]
    answer({"call_report_tokens": msgspec.to_builtins(tokens)}, "\n".join(lines), as_json=as_json)


@call_report_token_app.command("revoke")
def revoke_call_report_token(
    token_id: Annotated[
        int, typer.Argument(min=1, help="Id of the token, as `call-report-token list` shows it.")
    ],
    workspace_id: WorkspaceId = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """End a token, now."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts
        from sonde.services.call_report_tokens import CallReportTokens

        access = Accounts(directory).operator_access(workspace_id)
        CallReportTokens(directory).revoke(access, token_id)
    answer({"revoked": token_id}, f"Call report token {token_id} works no more.", as_json=as_json)
