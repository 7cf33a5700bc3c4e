"""Call reports that Telnyx Voice SDKs upload, as they are kept and given back."""

from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

_OWNERS: Final = uuid5(NAMESPACE_URL, "urn:sonde:call-report-owner")


class CallUpload(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one upload beside its body.

    Attributes:
        call_id: the SDK's own id of the call; a UUID in lower case, or whatever else it said.
        organization_id, person_id: whose token it came with.
        voice_sdk_id: the signalling connection, as the request said; empty when it did not.
        user_agent: of the HTTP request; empty when it had none.
    """

    call_id: str
    organization_id: int
    person_id: int
    voice_sdk_id: str = ""
    user_agent: str = ""


class CallReport(msgspec.Struct, frozen=True, kw_only=True):
    """One uploaded report: a call has one for each segment.

    Attributes:
        digest: of the body, 16 bytes; a repeated body is the same report.
        peer_id: the call among the peers of its session.
        received_at: when it first came, nanoseconds since the epoch, in whole milliseconds.
        upload: what is known of it beside its body.
        body: JSON of an object, byte for byte as it came.
    """

    digest: bytes
    peer_id: str
    received_at: int
    upload: CallUpload
    body: bytes

    @property
    def user_uuid(self) -> str:
        """Names the person it belongs to, always in the same way."""
        return str(uuid5(_OWNERS, f"person/{self.upload.person_id}"))

    @property
    def organization_uuid(self) -> str:
        """Names their organization, always in the same way."""
        return name_organization(self.upload.organization_id)

    @property
    def grouping_id(self) -> str:
        """Names all reports of the person; what Telnyx calls `call_report_id`."""
        return str(uuid5(_OWNERS, f"reports/{self.upload.organization_id}/{self.upload.person_id}"))


class CallReportPage(msgspec.Struct, frozen=True, kw_only=True):
    """Some of a workspace's reports.

    Attributes:
        reports: in the order asked for.
        total: how many there are on all pages.
    """

    reports: tuple[CallReport, ...]
    total: int


def name_organization(organization_id: int) -> str:
    """The UUID of an organization in call reports, always the same."""
    return str(uuid5(_OWNERS, f"organization/{organization_id}"))


def call_key(call_id: str) -> str:
    """A call id as it is kept and compared: letters of a UUID may come in either case."""
    try:
        return str(UUID(call_id))
    except ValueError:
        return call_id
