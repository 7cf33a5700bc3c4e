"""Calls that never took place: samples as two browsers would report them, over a network that is known.

Every tenth of a second packets leave, and the weather of that moment decides what becomes of them. Counters
grow as those of a browser would, the other side's reports come once a second for pictures and every five for
sound, and the ground truth is the schedule itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sonde.webrtc.event import PeerEvent
from sonde.webrtc.intervals import peer_intervals
from sonde.webrtc.issues.views import ObservedPeer
from sonde.webrtc.sample import Snapshot, StreamSample, TransportSample

TICK = 0.1
START = 1_700_000_000_000_000_000


@dataclass(frozen=True)
class Weather:
    """What the network does on one way."""

    loss: float = 0.0
    delay: float = 0.020
    jitter: float = 0.001
    burst: tuple[float, float] | None = None
    """Seconds lost whole, and from one such burst to the next."""
    outage: bool = False
    starved: bool = False
    busy: bool = False
    """The receiver's computer is: 0.3 s of sound made up every 20 s though nothing is lost."""


@dataclass
class Flow:
    """One stream on its way."""

    ssrc: int
    kind: str
    dtx: bool = False
    sent: int = 0
    received: int = 0
    lost: int = 0
    pending: int = 0
    concealed: int = 0
    events: int = 0
    samples: int = 0
    frames_sent: int = 0
    frames: int = 0
    frozen: float = 0.0
    freezes: int = 0
    still: float = 0.0
    limited: float = 0.0
    height: int = 720
    report: dict = field(default_factory=dict)
    report_due: float = 1.0

    def step(self, second: float, weather: Weather, chance: np.random.Generator) -> None:
        """Send for a tick."""
        tick = round(second / TICK)
        packets = (1 if tick % 4 == 0 else 0) if self.dtx else (5 if self.kind == "audio" else 10)
        if weather.starved and self.kind == "video":
            packets = 3
        self.sent += packets
        gone = self._gone(second, packets, weather, chance)
        if self.kind == "audio":
            self._play(second, packets, gone, weather)
        else:
            self._show(tick, packets, gone, weather)

    def _gone(self, second: float, packets: int, weather: Weather, chance: np.random.Generator) -> int:
        if weather.outage:
            self.pending += packets
            return packets
        in_burst = weather.burst is not None and second % weather.burst[1] < weather.burst[0] - 1e-9
        gone = packets if in_burst else int(chance.binomial(packets, weather.loss))
        if packets > gone:
            self.lost += self.pending
            self.pending = 0
        self.lost += gone
        self.received += packets - gone
        return gone

    def _play(self, second: float, packets: int, gone: int, weather: Weather) -> None:
        self.samples += 4800
        made_up = 960 * gone
        if weather.busy and second % 20.0 < 0.3 - 1e-9:
            made_up = 4800
        self.concealed += made_up
        self.events += bool(made_up) if gone == packets else gone

    def _show(self, tick: int, packets: int, gone: int, weather: Weather) -> None:
        self.height = 180 if weather.starved else 720
        frames = 2 if weather.starved else 3
        self.limited += TICK if weather.starved else 0.0
        self.frames_sent += frames
        if packets and gone == packets:
            self.still += TICK
            return
        self.frames += frames
        if self.still > 0.2:
            self.frozen += self.still
            self.freezes += 1
        self.still = 0.0

    def report_back(self, second: float, round_trip: float | None) -> None:
        """Let the receiver's report reach the sender when it is due."""
        if second + 1e-9 < self.report_due:
            return
        self.report_due = second + (5.0 if self.kind == "audio" else 1.0)
        if round_trip is None:
            return
        before = self.report.get("remote_packets_lost", 0), self.report.get("remote_packets_received", 0)
        lost, received = self.lost - before[0], self.received - before[1]
        self.report = {
            "remote_at": START + round(second * 1e9),
            "remote_packets_lost": self.lost,
            "remote_packets_received": self.received,
            "remote_fraction_lost": max(lost, 0) / max(lost + received, 1),
            "remote_jitter": 0.002,
            "round_trip_time": round_trip,
        }

    def sender_sample(self, second: float) -> StreamSample:
        """What the sender's browser says."""
        common = {"packets_sent": self.sent, "bytes_sent": 100 * self.sent, **self.report}
        if self.kind == "audio":
            return StreamSample(
                stream_id=f"O{self.ssrc}", direction="send", kind="audio", source="microphone",
                ssrc=self.ssrc, codec="opus", target_bitrate=40_000.0, total_audio_energy=0.01 * second,
                total_samples_duration=second, **common,
            )  # fmt: skip
        return StreamSample(
            stream_id=f"O{self.ssrc}", direction="send", kind="video", source="camera", ssrc=self.ssrc,
            codec="VP8", target_bitrate=24_000.0 if self.height == 180 else 120_000.0,
            frames_encoded=self.frames_sent,
            qp_sum=30 * self.frames_sent,
            frame_height=self.height, frame_width=self.height * 16 // 9, source_height=720, source_width=1280,
            source_frames_per_second=30.0, active=True, quality_limitation_duration_bandwidth=self.limited,
            quality_limitation_duration_none=second - self.limited, quality_limitation_duration_cpu=0.0,
            total_encode_time=0.005 * self.frames_sent, **common,
        )  # fmt: skip

    def receiver_sample(self, weather: Weather) -> StreamSample:
        """What the receiver's browser says."""
        common = {
            "packets_received": self.received, "packets_lost": self.lost,
            "bytes_received": 100 * self.received, "jitter": weather.jitter,
            "jitter_buffer_delay": 0.04 * self.samples, "jitter_buffer_emitted_count": self.samples,
            "ssrc": self.ssrc,
        }  # fmt: skip
        if self.kind == "audio":
            return StreamSample(
                stream_id=f"I{self.ssrc}", direction="recv", kind="audio", source="microphone", codec="opus",
                total_samples_received=self.samples, concealed_samples=self.concealed,
                silent_concealed_samples=0, concealment_events=self.events,
                inserted_samples_for_deceleration=0, removed_samples_for_acceleration=0,
                packets_discarded=0, **common,
            )  # fmt: skip
        return StreamSample(
            stream_id=f"I{self.ssrc}", direction="recv", kind="video", source="camera", codec="VP8",
            frames_decoded=self.frames, frames_received=self.frames, frames_dropped=0,
            qp_sum=30 * self.frames,
            frame_height=self.height, frame_width=self.height * 16 // 9, freeze_count=self.freezes,
            total_freezes_duration=self.frozen, total_decode_time=0.004 * self.frames, pli_count=0,
            key_frames_decoded=1, **common,
        )  # fmt: skip


@dataclass
class Call:
    """Two people, A and B, with sound and pictures both ways.

    Attributes:
        seconds: how long the call is.
        a_to_b, b_to_a: from which second to which the weather is what; in between it is fine.
        poll: seconds between two samples.
        dtx: nobody says anything, and sound is sent every 0.4 s only.
        b_leaves: second at which B's browser is gone.
        seed: of chance.
    """

    seconds: float = 60.0
    a_to_b: Sequence[tuple[float, float, Weather]] = ()
    b_to_a: Sequence[tuple[float, float, Weather]] = ()
    poll: float = 1.0
    dtx: bool = False
    b_leaves: float | None = None
    seed: int = 1

    def peers(self, *, names: tuple[str, str] = ("A", "B"), ssrc: int = 1) -> list[ObservedPeer]:
        """Both peers with their intervals."""
        snapshots = self._snapshots(ssrc)
        return [
            ObservedPeer(key=name, label=name, intervals=peer_intervals(shots), events=())
            for name, shots in zip(names, snapshots, strict=True)
        ]

    def _snapshots(self, ssrc: int) -> tuple[list[Snapshot], list[Snapshot]]:
        chance = np.random.default_rng(self.seed)
        out = [Flow(ssrc, "audio", self.dtx), Flow(ssrc + 1, "video")]
        back = [Flow(ssrc + 100, "audio", self.dtx), Flow(ssrc + 101, "video")]
        shots: tuple[list[Snapshot], list[Snapshot]] = ([], [])
        next_poll = 0.0
        for tick in range(round(self.seconds / TICK) + 1):
            second = tick * TICK
            here, there = _at(self.a_to_b, second), _at(self.b_to_a, second)
            gone = self.b_leaves is not None and second >= self.b_leaves
            if second + 1e-9 >= next_poll:
                self._poll(shots, second, (out, back), (here, there), gone=gone)
                next_poll += self.poll
            trip = None if gone or here.outage or there.outage else here.delay + there.delay
            for flow in out:
                flow.step(second, Weather(outage=True) if gone else here, chance)
                flow.report_back(second, trip)
            for flow in back if not gone else []:
                flow.step(second, there, chance)
                flow.report_back(second, trip)
        return shots

    def _poll(self, shots, second, flows, weathers, *, gone) -> None:
        (out, back), (here, there) = flows, weathers
        sides = ((shots[0], out, back, there), (shots[1], back, out, here))
        for list_, mine, theirs, weather in sides[: 1 if gone else 2]:
            streams = [flow.sender_sample(second) for flow in mine]
            streams += [flow.receiver_sample(weather) for flow in theirs]
            path = TransportSample(
                transport_id="T", packets_sent=sum(flow.sent for flow in mine),
                packets_received=sum(flow.received for flow in theirs),
                current_round_trip_time=here.delay + there.delay, candidate_pair_id="P",
                local_candidate_type="host",
            )  # fmt: skip
            at = START + round(second * 1e9)
            list_.append(Snapshot(at=at, streams=tuple(streams), transports=(path,)))


def _at(schedule: Sequence[tuple[float, float, Weather]], second: float) -> Weather:
    fitting = [weather for start, end, weather in schedule if start <= second < end]
    return fitting[0] if fitting else Weather()


def seconds_of(at: int) -> float:
    """Seconds since the start of a call."""
    return (at - START) / 1e9


def with_events(peer: ObservedPeer, *events: PeerEvent) -> ObservedPeer:
    """The same peer with events."""
    return ObservedPeer(key=peer.key, label=peer.label, intervals=peer.intervals, events=events)
