"""Examples of what clients reported and what is concluded from it: one stream of sound that lost packets."""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from sonde.api.native.sample_shapes import show_sample
from sonde.model.conclusions import ConnectionStream, PeerSummary
from sonde.model.distributions import PERCENTILES, NumberDistribution
from sonde.model.imports import ImportedPeer, ImportRequest, ImportResult
from sonde.model.ingest import SourceHealth
from sonde.model.samples import NumberedSample
from sonde.webrtc.histogram import Histogram
from sonde.webrtc.sample import StreamSample
from sonde.webrtc.stream_report import CallMos, CallStream

PEER: Final = "6f9619ff-8b86-4011-b42d-00c04fc964ff"
_SESSION: Final = "0b6f2d0e-35f5-4b0c-9a34-5c3d1ec8b6a1"
_START: Final = "2026-07-29T08:00:10Z"
_END: Final = "2026-07-29T08:00:20Z"
_AT: Final = 1_785_312_012_250_000_000
_STREAM: Final = {"connection": "main", "stream_id": "IT01A2893815", "direction": "recv", "kind": "audio"}


def _page(*items: Any) -> dict[str, Any]:
    return {"items": [msgspec.to_builtins(each) for each in items], "next": None}


STREAMS: Final = _page(
    {
        **_STREAM,
        "source": "microphone",
        "codec": "opus",
        "ssrc": 2893815,
        "rid": None,
        "label": None,
        "first_at": _START,
        "last_at": _END,
        "samples": 6,
    }
)

SAMPLES: Final = _page(
    show_sample(
        NumberedSample(
            number=1,
            at=_AT,
            sample=StreamSample(
                stream_id="IT01A2893815",
                direction="recv",
                kind="audio",
                source="microphone",
                ssrc=2893815,
                codec="opus",
                clock_rate=48000,
                channels=2,
                packets_received=102,
                bytes_received=8364,
                packets_lost=3,
                jitter=0.004,
                total_samples_received=98880,
                concealed_samples=2880,
                concealment_events=2,
            ),
        )
    )
)

BUCKETS: Final = _page(
    {
        **_STREAM,
        "start": _START,
        "seconds": 10.0,
        "intervals": 5,
        "scale": None,
        "reason": "The round-trip time was not reported.",
        "measures": {"loss_ratio": {"min": 0.0, "avg": 0.029, "max": 0.06}},
    }
)

ISSUES: Final = _page(
    {
        "type": "packet_loss_in",
        "severity": "warning",
        "cause": "downlink",
        "peer_id": PEER,
        **_STREAM,
        "start": _START,
        "end": _END,
        "evidence": {"loss_ratio": 0.06},
    }
)

SUMMARY: Final = msgspec.to_builtins(
    PeerSummary(
        streams=(
            ConnectionStream(
                connection="main",
                stream=CallStream(
                    stream="IT01A2893815",
                    direction="recv",
                    kind="audio",
                    source="microphone",
                    codec="opus",
                    ssrcs=(2893815,),
                    duration=10.0,
                    bitrate=32800.0,
                    packets=485,
                    packets_lost=15,
                    loss_ratio=0.03,
                    jitter=0.004,
                    round_trip_time=None,
                    concealment_ratio=0.029,
                    mos=CallMos(reason="The round-trip time was not reported."),
                ),
            ),
        )
    )
)

DISTRIBUTIONS: Final = _page(
    NumberDistribution(
        direction="recv",
        kind="audio",
        source="microphone",
        number="loss_ratio",
        scale=None,
        streams=1,
        intervals=5,
        seconds=10.0,
        low=0.0,
        high=0.06,
        mean_over_time=0.029,
        percentiles=dict(zip(PERCENTILES, (0.0, 0.0, 0.01, 0.03, 0.04, 0.06, 0.06, 0.06), strict=True)),
        relative_error=0.0,
        histogram=Histogram(width=0.001, counts={0: 1, 10: 1, 30: 1, 40: 1, 60: 1}),
    )
)

IMPORT_REQUEST: Final = msgspec.to_builtins(ImportRequest(name="webrtc-internals.json", pieces=1))

IMPORT: Final = msgspec.to_builtins(
    ImportResult(
        format="webrtc-internals",
        peers=(ImportedPeer(peer_id=PEER, label="12-3", session_id=_SESSION, samples=6),),
        skipped={},
        unknown={},
    )
)

INGEST: Final = _page(
    SourceHealth(
        source_id="client-key/7",
        last_seen=datetime(2026, 7, 29, 8, 0, 20, tzinfo=UTC),
        peers=2,
        batches=60,
        accepted=300,
        refused={"too old": 1},
        skipped={},
        unknown={},
    )
)
