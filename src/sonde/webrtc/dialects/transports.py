"""Transports of a report, each with the one candidate pair that carries the media."""

from itertools import islice
from typing import Final

from sonde.webrtc.dialects.members import LOCAL_CANDIDATE, PAIR, REMOTE_CANDIDATE, TRANSPORT
from sonde.webrtc.dialects.report import Fields, Report, Stats, laid_over
from sonde.webrtc.dialects.values import is_number, read_text

MOST_TRANSPORTS: Final = 32
"""Transports of one snapshot; bundled media have one, and each stream had two before."""


def read_transports(report: Report) -> list[Fields]:
    """The transports of a report.

    Several pairs can be nominated at once, so the one that the transport names counts. A browser without
    transports, as Firefox was, has one for each `transportId` of its pairs; one that names no pair has the
    pair that is marked as selected, or else the nominated one that carried most.
    """
    transports = report.of_type("transport")
    if not transports:
        pairs = report.of_type("candidate-pair").values()
        transports = {read_text(each.get("transportId")): {} for each in pairs}
    return [_transport(report, *each) for each in islice(transports.items(), MOST_TRANSPORTS)]


def _transport(report: Report, key: str, stats: Stats) -> Fields:
    fields = report.take(stats, TRANSPORT, "transport")
    pair_id = _pair_in_use(report, key, stats)
    fields["transport_id"] = key
    return fields if pair_id is None else laid_over(fields, _pair(report, pair_id))


def _pair_in_use(report: Report, key: str, stats: Stats) -> str | None:
    pairs = report.of_type("candidate-pair")
    named = stats.get("selectedCandidatePairId")
    if isinstance(named, str) and named in pairs:
        return named
    own = {each: pair for each, pair in pairs.items() if read_text(pair.get("transportId")) in {key, ""}}
    selected = [each for each, pair in own.items() if pair.get("selected") is True]
    if selected:
        return selected[0]
    nominated = [each for each, pair in own.items() if pair.get("nominated") is True]
    return max(nominated, key=lambda each: _traffic(own[each]), default=None)


def _traffic(pair: Stats) -> float:
    carried = (pair.get("bytesSent"), pair.get("bytesReceived"))
    return sum(each for each in carried if is_number(each))


def _pair(report: Report, pair_id: str) -> Fields:
    pair = report.of_type("candidate-pair")[pair_id]
    fields = report.take(pair, PAIR, "candidate-pair")
    fields["candidate_pair_id"] = pair_id
    for side, members in (("local", LOCAL_CANDIDATE), ("remote", REMOTE_CANDIDATE)):
        kind, key = f"{side}-candidate", pair.get(f"{side}CandidateId")
        candidate = report.by_id(key, kind)
        if isinstance(key, str) and candidate is not None:
            fields |= report.take(candidate, members, kind)
            fields[f"{side}_candidate_id"] = key
    return fields
