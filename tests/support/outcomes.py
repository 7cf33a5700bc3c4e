"""The heart of a result, taken out of the whole of it."""

from sonde.model.rounds import RoundOutcome, RoundResult


def outcome_of(result: RoundResult) -> RoundOutcome:
    """What a list of results shows of this one."""
    parts = (result.score, result.report.stream, result.report, result)
    known = {name: getattr(part, name) for part in parts if part for name in part.__struct_fields__}
    return RoundOutcome(**{name: known.get(name) for name in RoundOutcome.__struct_fields__})
