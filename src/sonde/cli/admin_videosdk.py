"""`sonde admin videosdk-key`: what programs written for VideoSDK's API sign their tokens with."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from sonde.cli.operator import AsJson, DataDir, WorkspaceId, answer, open_directory

if TYPE_CHECKING:
    from sonde.services.videosdk_keys import MintedVideoSdkKey

videosdk_key_app = typer.Typer(help="Key pairs of programs written for VideoSDK's API.", no_args_is_help=True)

KeyId = Annotated[int, typer.Argument(min=1, help="Id of the key, as `videosdk-key list` shows it.")]


@videosdk_key_app.command("create")
def create_videosdk_key(
    label: Annotated[str, typer.Option(help="What the key is for.")] = "command line",
    workspace_id: WorkspaceId = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Make a key pair for a workspace, and show it."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts
        from sonde.services.videosdk_keys import VideoSdkKeys

        access = Accounts(directory).operator_access(workspace_id)
        made = VideoSdkKeys(directory).create(access, label)
    _show(made, f"Programs can read {access.workspace.name} with it.", as_json=as_json)


@videosdk_key_app.command("list")
def list_videosdk_keys(
    workspace_id: WorkspaceId = None, data_dir: DataDir = None, as_json: AsJson = False
) -> None:
    """List the key pairs of a workspace, and what they are for."""
    with open_directory(data_dir) as directory:
        import msgspec

        from sonde.services.accounts import Accounts
        from sonde.services.videosdk_keys import VideoSdkKeys

        keys = VideoSdkKeys(directory).all(Accounts(directory).operator_access(workspace_id))
    lines = [
        f"{each.key_id:>6}  {each.api_key}  {each.label}{'' if each.revoked_at is None else '  (revoked)'}"
        for each in keys
    ]
    answer({"videosdk_keys": msgspec.to_builtins(keys)}, "\n".join(lines), as_json=as_json)


@videosdk_key_app.command("rotate")
def rotate_videosdk_key(
    key_id: KeyId,
    hours: Annotated[
        int, typer.Option(min=0, max=720, help="How long the old secret works beside the new one.")
    ] = 24,
    workspace_id: WorkspaceId = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Give a key pair another secret, and show it."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts
        from sonde.services.videosdk_keys import VideoSdkKeys

        access = Accounts(directory).operator_access(workspace_id)
        made = VideoSdkKeys(directory).rotate(access, key_id, overlap=timedelta(hours=hours))
    _show(made, f"The old secret works for {hours} hours more.", as_json=as_json)


@videosdk_key_app.command("revoke")
def revoke_videosdk_key(
    key_id: KeyId,
    workspace_id: WorkspaceId = None,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """End a key pair, now."""
    with open_directory(data_dir) as directory:
        from sonde.services.accounts import Accounts
        from sonde.services.videosdk_keys import VideoSdkKeys

        access = Accounts(directory).operator_access(workspace_id)
        VideoSdkKeys(directory).revoke(access, key_id)
    answer({"revoked": key_id}, f"VideoSDK key {key_id} works no more.", as_json=as_json)


def _show(made: "MintedVideoSdkKey", sentence: str, *, as_json: bool) -> None:
    answer(
        {"key_id": made.key.key_id, "api_key": made.key.api_key, "secret": made.secret},
        f"{sentence} The secret is shown this once:\n\n"
        f"  API key  {made.key.api_key}\n  secret   {made.secret}\n",
        as_json=as_json,
    )
