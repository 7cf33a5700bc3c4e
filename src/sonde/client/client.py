"""The client: every operation of the API, by noun."""

from types import TracebackType
from typing import Self

from sonde.client.calls import Calls
from sonde.client.measurements import Measurements
from sonde.client.reports import Reports
from sonde.client.webhooks import Webhooks


class Client(Measurements, Calls, Reports, Webhooks):
    """Asks one Sonde server, in one workspace; see `sonde.client`."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
