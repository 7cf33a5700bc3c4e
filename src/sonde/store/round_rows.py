"""A round result as one flat row, and back; histogram and packets are not in it, they have their own tables.

Columns are named after the fields of the model, so that a new field needs a column and no line here:
those of the verdicts begin with `score_` and `rating_`, or with `sonde_score_` and `sonde_rating_`, all
others have the field's own name.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from sonde.model.rounds import RoundError, RoundReport, RoundResult, SenderHealth
from sonde.quality.emodel import Rating
from sonde.quality.voice import VoiceScore
from sonde.rtp.summary import StreamSummary


def _fields(kind: type[msgspec.Struct], *without: str) -> tuple[str, ...]:
    return tuple(name for name in kind.__struct_fields__ if name not in without)


_RESULT: Final = _fields(RoundResult, "report", "score", "sonde_score")
_REPORT: Final = _fields(RoundReport, "stream", "health", "packets", "is_reverse")
_STREAM: Final = _fields(StreamSummary, "pdv_histogram")
_HEALTH: Final = _fields(SenderHealth)
_SCORE: Final = _fields(VoiceScore, "components")
_RATING: Final = _fields(Rating)

_GROUPS: Final = (_RESULT, _REPORT, _STREAM, _HEALTH, _SCORE, _RATING, _SCORE, _RATING)
"""The fields of each part, in the order of the columns."""

COLUMNS: Final = (
    *_RESULT,
    *_REPORT,
    *_STREAM,
    *_HEALTH,
    *(f"score_{name}" for name in _SCORE),
    *(f"rating_{name.rstrip('_')}" for name in _RATING),
    *(f"sonde_score_{name}" for name in _SCORE),
    *(f"sonde_rating_{name.rstrip('_')}" for name in _RATING),
    "reverse_target_id",
)

TIMES: Final = frozenset({"received_at", "started_at"})
"""Columns of type DateTime64(9), epoch seconds in the model and nanoseconds in a row."""

_NO_STREAM: Final[tuple[Any, ...]] = tuple({} if name.endswith("_counts") else None for name in _STREAM)
_NO_SCORE: Final[tuple[Any, ...]] = tuple(() if name == "notes" else None for name in _SCORE)
_NO_RATING: Final = (None,) * len(_RATING)


def to_row(result: RoundResult) -> tuple[Any, ...]:
    """The values of `COLUMNS`. What is not known is NULL."""
    report = result.report
    return (
        *_values(result, _RESULT),
        *_values(report, _REPORT),
        *(_NO_STREAM if report.stream is None else _values(report.stream, _STREAM)),
        *_values(report.health, _HEALTH),
        *_score_values(result.score),
        *_score_values(result.sonde_score),
        reverse_target_id(report),
    )


def from_row(row: Sequence[Any]) -> RoundResult:
    """The result that `to_row` made the values of `COLUMNS` from, without its histogram and packets."""
    *known, reverse_target = row
    values = iter(known)
    result, report, stream, health, *verdicts = (_take(values, group) for group in _GROUPS)
    for times in (result, report):
        times.update((name, to_seconds(times[name])) for name in TIMES.intersection(times))
    report["is_reverse"] = reverse_target != 0
    report["error"] = report["error"] and RoundError(report["error"])
    report["stream"] = None if stream["packets_sent"] is None else StreamSummary(**stream)
    report["health"] = SenderHealth(**health)
    score, rating, sonde, sonde_rating = verdicts
    return RoundResult(
        **result,
        report=RoundReport(**report),
        score=_score(score, rating),
        sonde_score=None if sonde["model"] is None else _score(sonde, sonde_rating),
    )


def _score_values(score: VoiceScore | None) -> tuple[Any, ...]:
    if score is None:
        return (*_NO_SCORE, *_NO_RATING)
    components = score.components
    return (
        *_values(score, _SCORE),
        *(_NO_RATING if components is None else _values(components, _RATING)),
    )


def _score(score: dict[str, Any], rating: dict[str, Any]) -> VoiceScore:
    components = None if rating["r"] is None else Rating(**rating)
    return VoiceScore(**{**score, "notes": tuple(score["notes"])}, components=components)


def reverse_target_id(report: RoundReport) -> int:
    """What tells the reverse results of a round apart: who received it, and 0 for every forward result.

    A source sends one forward stream in a round, so that a later result takes the place of an earlier one,
    whatever its target was; the target of a two-way test sends one to each source.
    """
    return report.target_agent_id if report.is_reverse else 0


def to_nanoseconds(seconds: float) -> int:
    """Epoch seconds as an integer, exact enough that `to_seconds` gives the same float."""
    whole = int(seconds // 1)
    return whole * 10**9 + round((seconds - whole) * 10**9)


def to_seconds(nanoseconds: int) -> float:
    """Epoch seconds of `to_nanoseconds`."""
    return nanoseconds / 10**9


def _values(struct: msgspec.Struct, names: tuple[str, ...]) -> Iterator[Any]:
    for name in names:
        value = getattr(struct, name)
        yield to_nanoseconds(value) if name in TIMES else value


def _take(values: Iterator[Any], names: tuple[str, ...]) -> dict[str, Any]:
    """The next values by their names."""
    return dict(zip(names, values, strict=False))
