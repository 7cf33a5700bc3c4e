"""Routes of presets."""

from typing import Final

import msgspec
from litestar import Response, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody

from sonde.api.realtimekit.body import read_body
from sonde.api.realtimekit.call import Call, read_query, read_uuid
from sonde.api.realtimekit.openapi import APP
from sonde.api.realtimekit.operation import describe
from sonde.api.realtimekit.paging import page_of, show_paging
from sonde.api.realtimekit.preset_mapping import changed_preset, show_name, show_preset, whole_preset
from sonde.api.realtimekit.preset_shapes import (
    PresetBody,
    PresetChange,
    PresetItem,
    PresetName,
    PresetsQuery,
)
from sonde.api.realtimekit.schema import Answer, PagedAnswer
from sonde.api.use_cases import UseCases
from sonde.model.people import Access

PRESET: Final = f"{APP}/presets/{{preset_id:str}}"

_body: Final = msgspec.json.Decoder(PresetBody)
_change: Final = msgspec.json.Decoder(PresetChange)


@get(
    f"{APP}/presets",
    opt=describe(answer=PagedAnswer[list[PresetName]], query=PresetsQuery),
    sync_to_thread=True,
)
def list_presets(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> PagedAnswer[list[PresetName]]:
    """List the names of the app's presets, the newest first."""
    query = read_query(request, PresetsQuery)
    page = use_cases.presets.numbered(access, page_of(query), search=query.search)
    return PagedAnswer(data=[show_name(each) for each in page.items], paging=show_paging(page))


@post(
    f"{APP}/presets",
    opt=describe(answer=Answer[PresetItem], body=PresetBody, status=201),
    sync_to_thread=True,
)
def create_preset(
    request: Call,
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Response[Answer[PresetItem]]:
    """Make a preset."""
    made = use_cases.presets.create(access, whole_preset(read_body(request, body, _body)))
    return Response(Answer(data=show_preset(made)), status_code=201)


@get(PRESET, opt=describe(answer=Answer[PresetItem]), sync_to_thread=True)
def get_preset(
    preset_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Answer[PresetItem]:
    """Show a preset."""
    return Answer(data=show_preset(use_cases.presets.get(access, read_uuid(preset_id, "preset_id"))))


@patch(PRESET, opt=describe(answer=Answer[PresetItem], body=PresetChange), sync_to_thread=True)
def update_preset(
    request: Call,
    preset_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[PresetItem]:
    """Change what is named of a preset; who was given it before keeps their view type."""
    wanted = read_body(request, body, _change)
    changed = use_cases.presets.change(
        access, read_uuid(preset_id, "preset_id"), lambda preset: changed_preset(wanted, preset)
    )
    return Answer(data=show_preset(changed))


@put(PRESET, opt=describe(answer=Answer[PresetItem], body=PresetBody), sync_to_thread=True)
def replace_preset(
    request: Call,
    preset_id: FromPath[str],
    body: RawBody,
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> Answer[PresetItem]:
    """Say everything about a preset anew; who was given it before keeps their view type."""
    settings = whole_preset(read_body(request, body, _body))
    changed = use_cases.presets.change(access, read_uuid(preset_id, "preset_id"), lambda _: settings)
    return Answer(data=show_preset(changed))


@delete(PRESET, opt=describe(answer=Answer[PresetItem]), status_code=200, sync_to_thread=True)
def delete_preset(
    preset_id: FromPath[str], use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Answer[PresetItem]:
    """Delete a preset; who was given it before keeps its name and their view type."""
    return Answer(data=show_preset(use_cases.presets.remove(access, read_uuid(preset_id, "preset_id"))))


HANDLERS: Final = (list_presets, create_preset, get_preset, update_preset, replace_preset, delete_preset)
