"""Presets on the wire, under the vendor's names. Pure."""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from sonde.api.realtimekit.schema import PageQuery, about

Members = dict[str, Any]
Name = Annotated[str, Meta(min_length=1, max_length=255)]


class PresetsQuery(PageQuery, frozen=True, kw_only=True):
    """What the list of presets takes."""

    search: Annotated[str, Meta(max_length=255, description="Only presets with these words in the name.")] = (
        ""
    )


class PresetBody(msgspec.Struct, frozen=True, kw_only=True):
    """A whole preset."""

    name: Name
    config: Annotated[Members, about("Its `view_type` tells what kind of call it is for; the rest is kept.")]
    permissions: Annotated[Members, about("Kept as they come.")]
    ui: Annotated[Members, about("Kept as it comes.")]


class PresetChange(msgspec.Struct, frozen=True, kw_only=True):
    """What shall be different about a preset; of an object only the members that are named."""

    name: Name | UnsetType = UNSET
    config: Members | UnsetType = UNSET
    permissions: Members | UnsetType = UNSET
    ui: Members | UnsetType = UNSET


class PresetName(msgspec.Struct, frozen=True, kw_only=True):
    """A preset in the list."""

    id: str
    name: str
    created_at: str
    updated_at: str


class PresetItem(PresetName, frozen=True, kw_only=True):
    """One preset."""

    config: Members
    permissions: Members
    ui: Members
