"""What a session came to, in few words."""

from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

WORD_LIMIT_RANGE: Final = (150, 1000)
"""Words that a summary may be limited to."""

WORD_LIMIT_DEFAULT: Final = 500


class SummaryStatus(StrEnum):
    """How far a summary is."""

    PENDING = "pending"
    COMPLETED = "completed"
    FAILED = "failed"


class TextFormat(StrEnum):
    """How a summary is written."""

    MARKDOWN = "markdown"
    PLAIN_TEXT = "plain_text"


class SummaryType(StrEnum):
    """What kind of conversation it was; a summary has the sections that matter then."""

    GENERAL = "general"
    TEAM_MEETING = "team_meeting"
    SALES_CALL = "sales_call"
    CLIENT_CHECK_IN = "client_check_in"
    INTERVIEW = "interview"
    DAILY_STANDUP = "daily_standup"
    ONE_ON_ONE_MEETING = "one_on_one_meeting"
    LECTURE = "lecture"
    CODE_REVIEW = "code_review"


class SummaryWishes(msgspec.Struct, frozen=True, kw_only=True):
    """What a summary shall be like.

    Attributes:
        word_limit: most words it may have, all headings included.
    """

    word_limit: int = WORD_LIMIT_DEFAULT
    text_format: TextFormat = TextFormat.MARKDOWN
    summary_type: SummaryType = SummaryType.GENERAL


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """The summary of a session, from the moment somebody asks for it.

    Attributes:
        finished_at: when it was completed or failed; None while it is pending.
        made_by: `extract`, or the name of the model that wrote it; empty while it is pending.
        text: empty unless it is completed.
        problem: why it failed, in one sentence; empty otherwise.
    """

    session_id: str
    workspace_id: int
    status: SummaryStatus
    wishes: SummaryWishes
    requested_at: datetime
    finished_at: datetime | None = None
    made_by: str = ""
    text: str = ""
    problem: str = ""
