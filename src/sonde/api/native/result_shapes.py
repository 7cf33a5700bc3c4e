"""Results on the wire: what the model knows of them, under the same names, and why each score is what it is.

The inner shapes are made of the model's own, so that a new metric appears here without a line.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, get_type_hints

import msgspec

from sonde.api.native.units import Duration, EpochSeconds, MosPoints, RPoints
from sonde.model.errors import Invalid
from sonde.model.missing import Missing, explain_missing
from sonde.model.rounds import RoundError, RoundResult, SenderHealth
from sonde.quality.emodel import Rating
from sonde.quality.voice import VoiceScore
from sonde.rtp.summary import StreamSummary
from sonde.services.results import ResultKey, key_of

Direction: TypeAlias = Literal["forward", "reverse"]


def _like(name: str, model: type[msgspec.Struct], without: str = "") -> type[msgspec.Struct]:
    """A shape with the fields of a struct, each always present, and with its docstring."""
    hints = get_type_hints(model, include_extras=True)
    fields = [(field, hints[field]) for field in model.__struct_fields__ if field != without]
    return msgspec.defstruct(name, fields, namespace={"__doc__": model.__doc__}, frozen=True)


def _maker(shape: type[msgspec.Struct]) -> Callable[[Any], Any]:
    values = attrgetter(*shape.__struct_fields__)
    return lambda model: shape(*values(model))


if TYPE_CHECKING:
    Stream: TypeAlias = StreamSummary
    Health: TypeAlias = SenderHealth
else:
    Stream = _like("Stream", StreamSummary, "pdv_histogram")
    Health = _like("Health", SenderHealth)
_stream, _health = _maker(Stream), _maker(Health)


class Components(msgspec.Struct, frozen=True, kw_only=True):
    """The terms of the E-model: R = Ro - Is - Idte - Idle - Idd - Ie,eff + A (ITU-T G.107 clause 7.1).

    Attributes:
        ro: signal to noise.
        is_: what comes with the voice: loudness, sidetone, quantizing.
        idte: talker echo.
        idle: listener echo.
        idd: delay.
        ie_eff: codec and loss together.
        a: advantage, 0 when measuring.
        r: what is left, not held within the scale.
    """

    ro: RPoints
    is_: RPoints = msgspec.field(name="is")
    idte: RPoints
    idle: RPoints
    idd: RPoints
    ie_eff: RPoints
    a: RPoints
    r: RPoints


class Attribution(msgspec.Struct, frozen=True, kw_only=True):
    """Which impairment took how much, from the top of the scale down.

    Attributes:
        ceiling: top of the scale.
        r_points: points of R by impairment; together they are ceiling - R.
        mos_points: points of MOS by impairment; together they are 4.5 - MOS.
    """

    ceiling: RPoints
    r_points: dict[str, RPoints]
    mos_points: dict[str, MosPoints]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """How good a stream was, by which model, on which scale, and why.

    Attributes:
        mos_cq: conversational MOS; null when nothing can be said.
        mos_low, mos_high: between which that of the path is with 95 % certainty; null when it is not known
            how many packets the numbers rest on. The error of the model itself is not in it.
        r_factor: rating R, 0 to the top of the scale.
        r_low, r_high: the same interval in R.
        scale: scale of all of these; numbers on different scales must not be compared or averaged.
        model, version: what computed them.
        codec_max_mos: MOS of this codec on a perfect network, same model and scale.
        ie: points of R that the codec alone costs.
        components: the terms of the E-model; null together with `mos_cq`.
        attribution: the same by impairment; null together with `mos_cq`.
        reason: why there is no MOS; empty when there is one.
        notes: what limits trust in the numbers.
    """

    mos_cq: float | None
    mos_low: float | None
    mos_high: float | None
    r_factor: float | None
    r_low: float | None
    r_high: float | None
    scale: str
    model: str
    version: str
    codec_max_mos: float
    ie: float | None
    components: Components | None
    attribution: Attribution | None
    reason: str
    notes: tuple[str, ...]


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """What one agent's stream to another gave in one round.

    Attributes:
        result_id: its name in paths.
        test_id: the voice test.
        round_id: when its round began, since 1970-01-01T00:00:00Z.
        direction: `forward` from a source to the target of the test; `reverse`, the other half of a two-way
            test.
        source_agent_id: the agent that sent.
        target_agent_id: the agent that received.
        interval: between rounds of the test; 0 when each is asked for by a person.
        duration: planned length of the stream.
        codec: the codec that was imitated.
        dscp: DiffServ code point that was sent.
        jitter_buffer: depth of the fixed de-jitter buffer.
        started_at: when the first packet left, or the attempt began.
        received_at: when the server took the result.
        target_address: numeric address it went to; empty when it did not resolve.
        target_port: UDP port it went to.
        error: why the round has no or only part of its numbers; null for a complete one.
        error_detail: the same as a sentence; empty without an error.
        stream: what happened to the packets; null when nothing is known of it.
        health: how well the agents worked while they measured.
        score: by `te-g107`, the model that ThousandEyes' numbers follow.
        sonde_score: by `sonde-g107`, our own reading; null for a result from before there was one.
        missing: why each number that is null is.
    """

    result_id: str
    test_id: int
    round_id: EpochSeconds
    direction: Direction
    source_agent_id: int
    target_agent_id: int
    interval: Duration
    duration: Duration
    codec: str
    dscp: int
    jitter_buffer: Duration
    started_at: datetime
    received_at: datetime
    target_address: str
    target_port: int
    error: RoundError | None
    error_detail: str
    stream: Stream | None
    health: Health
    score: Score
    sonde_score: Score | None
    missing: tuple[Missing, ...]


def show_result(result: RoundResult) -> Result:
    """A result as callers see it."""
    report = result.report
    return Result(
        result_id=write_result_id(key_of(result)),
        test_id=report.test_id,
        round_id=report.round_id,
        direction="reverse" if report.is_reverse else "forward",
        source_agent_id=result.source_agent_id,
        target_agent_id=report.target_agent_id,
        interval=report.interval,
        duration=report.duration,
        codec=report.codec,
        dscp=report.dscp,
        jitter_buffer=report.jitter_buffer,
        started_at=show_moment(report.started_at),
        received_at=show_moment(result.received_at),
        target_address=report.target_address,
        target_port=report.target_port,
        error=report.error,
        error_detail=report.error_detail,
        stream=None if report.stream is None else _stream(report.stream),
        health=_health(report.health),
        score=show_score(result.score),
        sonde_score=None if result.sonde_score is None else show_score(result.sonde_score),
        missing=explain_missing(result),
    )


def show_score(score: VoiceScore) -> Score:
    """A score as callers see it."""
    plain = {name: getattr(score, name) for name in Score.__struct_fields__ if name not in _MADE}
    return Score(
        **plain,
        components=None if score.components is None else _components(score.components),
        attribution=_attribution(score),
    )


_MADE: Final = frozenset({"components", "attribution"})


def _components(rating: Rating[float]) -> Components:
    return Components(**{name: getattr(rating, name) for name in Components.__struct_fields__})


def _attribution(score: VoiceScore) -> Attribution | None:
    found = score.attribution
    if found is None:
        return None
    return Attribution(ceiling=found.ceiling, r_points=found.points, mos_points=found.mos_points)


def show_moment(seconds: float) -> datetime:
    """Epoch seconds as a time in UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def write_result_id(key: ResultKey) -> str:
    """The name of a result: test, round, source, and for a reverse one the agent that received."""
    parts = [key.test_id, key.round_id, key.source_agent_id]
    return "-".join(map(str, [*parts, key.reverse_target_id] if key.reverse_target_id else parts))


def read_result_id(text: str) -> ResultKey:
    """Read the name of a result.

    Raises:
        Invalid: `write_result_id` made none such.
    """
    parts = text.split("-")
    if len(parts) not in {3, 4} or not all(_is_number(part) for part in parts):
        raise Invalid(
            f"Expected the name of a result, got {text[:40]!r}.",
            hint="Take it from `result_id` of a result.",
            field="result_id",
        )
    return ResultKey(**dict(zip(ResultKey.__struct_fields__, map(int, parts), strict=False)))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
