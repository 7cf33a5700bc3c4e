"""Operations about what clients reported of their calls, and what is concluded from it."""

from collections.abc import Iterator

from sonde.client.caller import Caller, Json, Moment, at
from sonde.client.rows import Rows


class Reports(Caller):
    """Streams, samples, intervals, issues, imported files, ingest and live changes."""

    def list_streams(self, peer_id: str, *, start: Moment | None = None, end: Moment | None = None) -> Json:
        """The streams that a peer reported, under `items`."""
        return self.ask_one(at("/v1/peers/{}/streams", peer_id), {"start": start, "end": end})

    def list_samples(
        self,
        peer_id: str,
        *,
        connection: str,
        stream_id: str,
        start: Moment | None = None,
        end: Moment | None = None,
        limit: int = 100,
    ) -> Rows:
        """The samples of one stream in their order."""
        stream = {"connection": connection, "stream_id": stream_id}
        query = {**stream, "start": start, "end": end, "limit": limit}
        return Rows(self, at("/v1/peers/{}/samples", peer_id), query)

    def list_intervals(
        self,
        peer_id: str,
        *,
        connection: str = "",
        stream_id: str = "",
        start: Moment | None = None,
        end: Moment | None = None,
        width: float = 10.0,
    ) -> Rows:
        """Rates and scores of a peer's streams in buckets of `width` seconds; a saved row is one interval."""
        stream = {"connection": connection, "stream_id": stream_id}
        query = {**stream, "start": start, "end": end, "width": width}
        return Rows(self, at("/v1/peers/{}/intervals", peer_id), query)

    def list_peer_issues(self, peer_id: str) -> Json:
        """What went wrong for one peer, under `items`."""
        return self.ask_one(at("/v1/peers/{}/issues", peer_id))

    def list_session_issues(self, session_id: str) -> Json:
        """What went wrong in a session, under `items`."""
        return self.ask_one(at("/v1/sessions/{}/issues", session_id))

    def get_peer_summary(self, peer_id: str) -> Json:
        """A peer's streams in a few numbers each, and the distributions of their intervals."""
        return self.ask_one(at("/v1/peers/{}/summary", peer_id))

    def get_peer_scores(
        self,
        peer_id: str,
        *,
        connection: str = "",
        stream_id: str = "",
        start: Moment | None = None,
        end: Moment | None = None,
        width: float = 10.0,
    ) -> Json:
        """Our MOS of a peer's sound and the one that Telnyx' SDKs would show, of the call and over time."""
        stream = {"connection": connection, "stream_id": stream_id}
        query = {**stream, "start": start, "end": end, "width": width}
        return self.ask_one(at("/v1/peers/{}/scores", peer_id), query)

    def list_peer_distributions(self, peer_id: str) -> Json:
        """How the numbers of a peer's streams were spread, under `items`."""
        return self.ask_one(at("/v1/peers/{}/distributions", peer_id))

    def list_session_distributions(self, session_id: str) -> Json:
        """How the numbers of all streams of a session were spread, under `items`."""
        return self.ask_one(at("/v1/sessions/{}/distributions", session_id))

    def list_distributions(
        self,
        *,
        since: Moment | None = None,
        until: Moment | None = None,
        meeting_id: str | None = None,
        participant: str = "",
    ) -> Json:
        """How the numbers of all streams of some sessions were spread, under `items`."""
        of = {"meeting_id": meeting_id, "participant": participant}
        return self.ask_one("/v1/distributions", {"since": since, "until": until, **of})

    def upload_import_piece(self, file_id: str, number: int, body: bytes) -> None:
        """Hand over one piece of a file of client statistics, 1 MiB at most; pieces are counted from 0."""
        self.ask("PUT", at("/v1/imports/{}/pieces/{}", file_id, number), body=body)

    def import_uploaded_file(self, file_id: str, body: Json) -> Json:
        """Have a file read whose pieces were kept; `body` has the fields of `ImportRequest`.

        Raises:
            Conflict: the store does not have all pieces yet; ask again in a moment.
        """
        read: Json = self.ask("POST", at("/v1/imports/{}", file_id), body=body)
        return read

    def show_ingest(self, *, seconds: int = 86_400) -> Json:
        """What came with each client key and participant token in the last `seconds`, under `items`."""
        return self.ask_one("/v1/ingest", {"seconds": seconds})

    def listen_to_changes(self) -> Iterator[Json]:
        """Peers of which something new was stored, as it happens, until the iterator is closed.

        Each has the fields of `ChangeItem`; one with `missed` instead says that so many were left out,
        because they were not fetched in time.

        Raises:
            SondeError: the server refused, or could not be reached, or was lost.
        """
        for name, told in self.listen("/v1/changes"):
            yield {"missed": told} if name == "missed" else told
