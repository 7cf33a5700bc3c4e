"""The directory: opened once, asked in transactions."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DatabaseError, DataError, IntegrityError, InterfaceError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from sonde.directory.agents import AgentRepository
from sonde.directory.call_report_tokens import CallReportTokenRepository
from sonde.directory.chat import ChatRepository
from sonde.directory.client_keys import ClientKeyRepository, ParticipantTokenRepository
from sonde.directory.connection import WRITES, open_engine
from sonde.directory.meetings import MeetingRepository, ParticipantRepository
from sonde.directory.migrate import upgrade
from sonde.directory.peers import PeerRepository
from sonde.directory.people import PersonRepository
from sonde.directory.presets import PresetRepository
from sonde.directory.server_secrets import ServerSecretRepository
from sonde.directory.session_events import SessionEventRepository
from sonde.directory.sessions import SessionRepository
from sonde.directory.signing_keys import SigningKeyRepository
from sonde.directory.summaries import SummaryRepository
from sonde.directory.tokens import ApiTokenRepository, EnrolmentTokenRepository
from sonde.directory.transcripts import TranscriptRepository
from sonde.directory.untold_talk import UntoldTalkRepository
from sonde.directory.usage import UsageRepository
from sonde.directory.videosdk_keys import VideoSdkKeyRepository
from sonde.directory.voice_tests import VoiceTestRepository
from sonde.directory.webhook_deliveries import DeliveryRepository
from sonde.directory.webhooks import WebhookRepository
from sonde.directory.workspaces import WorkspaceRepository
from sonde.model.errors import Unavailable

RETRY_AFTER = 1.0
"""Seconds after which it is worth asking an unavailable database again."""


class Transaction:
    """The repositories, all seeing one consistent state and all written together or not at all."""

    def __init__(self, session: Session) -> None:
        self.workspaces = WorkspaceRepository(session)
        self.people = PersonRepository(session)
        self.api_tokens = ApiTokenRepository(session)
        self.enrolment_tokens = EnrolmentTokenRepository(session)
        self.agents = AgentRepository(session)
        self.voice_tests = VoiceTestRepository(session)
        self.meetings = MeetingRepository(session)
        self.participants = ParticipantRepository(session)
        self.presets = PresetRepository(session)
        self.sessions = SessionRepository(session)
        self.peers = PeerRepository(session)
        self.usage = UsageRepository(session)
        self.client_keys = ClientKeyRepository(session)
        self.participant_tokens = ParticipantTokenRepository(session)
        self.call_report_tokens = CallReportTokenRepository(session)
        self.videosdk_keys = VideoSdkKeyRepository(session)
        self.chat = ChatRepository(session)
        self.transcripts = TranscriptRepository(session)
        self.summaries = SummaryRepository(session)
        self.untold_talk = UntoldTalkRepository(session)
        self.server_secrets = ServerSecretRepository(session)
        self.session_events = SessionEventRepository(session)
        self.webhooks = WebhookRepository(session)
        self.deliveries = DeliveryRepository(session)
        self.signing_keys = SigningKeyRepository(session)


class Directory:
    """Opens the database, upgrades its tables, and gives out transactions. Safe to share by threads.

    Args:
        url: `sqlite:////folder/file.db` or `postgresql+psycopg://user:password@host/database`.

    Raises:
        Invalid: the URL cannot be used.
        Unavailable: the database cannot be reached, or a newer release made it.
    """

    def __init__(self, url: str) -> None:
        engine = open_engine(url)
        self._reader = engine
        self._writer = engine.execution_options(**{WRITES: True})
        try:
            with _unreachable_as_unavailable(), self._writer.begin() as connection:
                upgrade(connection)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        """A transaction that only looks.

        Raises:
            Unavailable: the database cannot be reached.
        """
        with _unreachable_as_unavailable(), Session(self._reader) as session:
            yield Transaction(session)

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        """A transaction that is committed when the block ends well, and undone when it raises.

        Raises:
            Unavailable: the database cannot be reached, or other writers kept it too long.
        """
        with _unreachable_as_unavailable(), Session(self._writer) as session, session.begin():
            yield Transaction(session)

    def close(self) -> None:
        """Give the connections back."""
        self._reader.dispose()


@contextmanager
def _unreachable_as_unavailable() -> Iterator[None]:
    try:
        yield
    except (DatabaseError, InterfaceError, PoolTimeout) as error:
        if isinstance(error, (IntegrityError, ProgrammingError, DataError)):
            # The database works; the statement was wrong, which is a fault of ours.
            raise
        reason = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        raise Unavailable(f"The directory cannot be used now: {reason}", retry_after=RETRY_AFTER) from error
