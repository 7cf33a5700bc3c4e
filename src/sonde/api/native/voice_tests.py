"""Voice tests: who sends what to whom, how often."""

from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, RawBody
from msgspec import UNSET, Meta, UnsetType

from sonde.api.body import decode_json
from sonde.api.native.call import Call, require_json
from sonde.api.native.examples import MOMENT
from sonde.api.native.operation import describe
from sonde.api.native.paging import Page, page_by_id
from sonde.api.native.query import PageQuery, Query, read_id, read_query
from sonde.api.native.units import Duration, Identifier
from sonde.api.use_cases import UseCases
from sonde.model.people import Access
from sonde.model.voice_tests import VoiceTest, VoiceTestSettings


class VoiceTestItem(msgspec.Struct, frozen=True, kw_only=True):
    """A voice test.

    Attributes:
        test_id: its number.
        name: unique in the workspace.
        description: for people.
        source_agent_ids: agents that send.
        target_agent_id: the agent that receives.
        interval: between rounds; 0 when each is asked for by a person.
        duration: of one stream.
        codec: the codec that is imitated.
        dscp: DiffServ code point that is sent.
        jitter_buffer: depth of the fixed de-jitter buffer.
        two_way: the target sends to each source as well.
        enabled: it is measured.
        created_by, created_at: who made it, and when.
        modified_by, modified_at: who changed it last, and when; null when nobody did.
    """

    test_id: int
    name: str
    description: str
    source_agent_ids: tuple[int, ...]
    target_agent_id: int
    interval: Duration
    duration: Duration
    codec: str
    dscp: int
    jitter_buffer: Duration
    two_way: bool
    enabled: bool
    created_by: str
    created_at: datetime
    modified_by: str | None
    modified_at: datetime | None


class NewVoiceTest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a new voice test shall be; what is left out is as usual.

    Attributes:
        name: 1 to 255 characters, unique in the workspace.
        source_agent_ids: agents that send, at least one, without the target.
        target_agent_id: the agent that receives.
        description: for people.
        interval: seconds between rounds: 10, 20, 30, 60, 120, 300, 600, 900, 1800 or 3600.
        duration: seconds of one stream, 1 to 60, and at most half of the interval.
        codec: the codec to imitate, such as `g711`, `opus-wb` or `amr-wb`.
        dscp: DiffServ code point to send, 0 to 63.
        jitter_buffer: depth of the fixed de-jitter buffer in seconds, 0 to 0.15.
        two_way: the target shall send to each source as well.
        enabled: measure it.
    """

    name: str
    source_agent_ids: tuple[Identifier, ...]
    target_agent_id: Identifier
    description: str = ""
    interval: int = 60
    duration: int = 5
    codec: str = "g711"
    dscp: Annotated[int, Meta(ge=0, le=63)] = 46
    jitter_buffer: Annotated[float, Meta(ge=0, le=0.15)] = 0.04
    two_way: bool = False
    enabled: bool = True


class VoiceTestChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What to change about a voice test; what is left out stays. The fields are those of `NewVoiceTest`."""

    name: str | UnsetType = UNSET
    source_agent_ids: tuple[Identifier, ...] | UnsetType = UNSET
    target_agent_id: Identifier | UnsetType = UNSET
    description: str | UnsetType = UNSET
    interval: int | UnsetType = UNSET
    duration: int | UnsetType = UNSET
    codec: str | UnsetType = UNSET
    dscp: Annotated[int, Meta(ge=0, le=63)] | UnsetType = UNSET
    jitter_buffer: Annotated[float, Meta(ge=0, le=0.15)] | UnsetType = UNSET
    two_way: bool | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


_new_voice_test = msgspec.json.Decoder(NewVoiceTest)
_voice_test_change = msgspec.json.Decoder(VoiceTestChange)

_SETTINGS: Final[dict[str, Any]] = {
    "name": "Cairo to Bonn",
    "source_agent_ids": [3],
    "target_agent_id": 4,
    "interval": 60,
    "codec": "opus-wb",
}
_ITEM: Final = {
    "test_id": 7,
    "description": "",
    "duration": 5,
    "dscp": 46,
    "jitter_buffer": 0.04,
    "two_way": False,
    "enabled": True,
    "created_by": "Ada (ada@example.com)",
    "created_at": MOMENT,
    "modified_by": None,
    "modified_at": None,
    **_SETTINGS,
}


@get(
    "/voice-tests",
    opt=describe(
        tag="Voice tests",
        summary="List voice tests",
        query=PageQuery,
        answer=Page[VoiceTestItem],
        example={"items": [_ITEM], "next": None},
    ),
    sync_to_thread=True,
)
def list_voice_tests(
    request: Call, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Page[VoiceTestItem]:
    """The voice tests of the workspace that have a timetable, by number."""
    query = read_query(request, PageQuery)
    shown = [_shown(test) for test in use_cases.voice_tests.list(access)]
    return page_by_id(shown, query, key=lambda each: each.test_id)


@get(
    "/voice-tests/{test_id:str}",
    opt=describe(tag="Voice tests", summary="Show a voice test", answer=VoiceTestItem, example=_ITEM),
    sync_to_thread=True,
)
def get_voice_test(
    request: Call,
    test_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> VoiceTestItem:
    """One voice test, also one without a timetable."""
    read_query(request, Query)
    return _shown(use_cases.voice_tests.get(access, read_id(test_id, "test_id")))


@post(
    "/voice-tests",
    opt=describe(
        tag="Voice tests",
        summary="Make a voice test",
        answer=VoiceTestItem,
        body=NewVoiceTest,
        status=201,
        errors=(409,),
        example=_ITEM,
        body_example=_SETTINGS,
    ),
    sync_to_thread=True,
)
def create_voice_test(
    request: Call, body: RawBody, use_cases: NamedDependency[UseCases], access: NamedDependency[Access]
) -> Response[VoiceTestItem]:
    """Make a test; its agents learn of it within seconds. Administrators may."""
    read_query(request, Query)
    require_json(request)
    settings = VoiceTestSettings(**msgspec.structs.asdict(decode_json(body, _new_voice_test)))
    made = _shown(use_cases.voice_tests.create(access, settings))
    return Response(made, status_code=201, headers={"Location": f"/v1/voice-tests/{made.test_id}"})


@patch(
    "/voice-tests/{test_id:str}",
    opt=describe(
        tag="Voice tests",
        summary="Change a voice test",
        answer=VoiceTestItem,
        body=VoiceTestChange,
        errors=(409,),
        example=_ITEM,
        body_example={"jitter_buffer": 0.06},
    ),
    sync_to_thread=True,
)
def update_voice_test(
    request: Call,
    body: RawBody,
    test_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> VoiceTestItem:
    """Change the settings that the body names. Administrators may."""
    read_query(request, Query)
    require_json(request)
    change = msgspec.structs.asdict(decode_json(body, _voice_test_change))
    named = {name: value for name, value in change.items() if value is not UNSET}
    test = use_cases.voice_tests.get(access, read_id(test_id, "test_id"))
    settings = msgspec.structs.replace(test.settings, **named)
    return _shown(use_cases.voice_tests.update(access, test.test_id, settings))


@delete(
    "/voice-tests/{test_id:str}",
    opt=describe(tag="Voice tests", summary="Delete a voice test", status=204),
    sync_to_thread=True,
)
def delete_voice_test(
    request: Call,
    test_id: FromPath[str],
    use_cases: NamedDependency[UseCases],
    access: NamedDependency[Access],
) -> None:
    """Delete a test. Its results can no longer be asked for. Administrators may."""
    read_query(request, Query)
    use_cases.voice_tests.delete(access, read_id(test_id, "test_id"))


HANDLERS: Final = (
    list_voice_tests,
    get_voice_test,
    create_voice_test,
    update_voice_test,
    delete_voice_test,
)


def _shown(test: VoiceTest) -> VoiceTestItem:
    return VoiceTestItem(
        test_id=test.test_id,
        created_by=test.created_by,
        created_at=test.created_at,
        modified_by=test.modified_by,
        modified_at=test.modified_at,
        **{name: getattr(test.settings, name) for name in NewVoiceTest.__struct_fields__},
    )
