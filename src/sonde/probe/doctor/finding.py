"""What a check found, and what that means for the numbers."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeAlias

import msgspec

Fact: TypeAlias = bool | int | float | str | None


class Verdict(StrEnum):
    """How a check went, from good to bad."""

    OK = "ok"
    """Results rest on it as documented."""

    DEGRADED = "degraded"
    """Results come and say so, but are less exact or fewer."""

    FAILED = "failed"
    """Without it an agent cannot measure here."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of one check.

    Attributes:
        check: its name, with `ipv4.` or `ipv6.` in front where it was made for each.
        seen: what was seen, for people.
        meaning: one sentence on what it means for the numbers.
        advice: what to do, a command or a sentence each; empty when there is nothing to do.
        facts: the same as `seen` for programs, in SI units.
    """

    check: str
    verdict: Verdict
    seen: str
    meaning: str
    advice: tuple[str, ...] = ()
    facts: dict[str, Fact] = {}


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """All findings.

    Attributes:
        verdict: the worst of them.
        labels: what an agent would write on its rounds here, as a stream on loopback showed it: the fields
            of `SenderHealth` that are words. Empty when no stream could be measured.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    labels: dict[str, str] = {}


def worst(findings: Iterable[Finding]) -> Verdict:
    """The verdict on all of them together."""
    found = {finding.verdict for finding in findings}
    return next((each for each in reversed(Verdict) if each in found), Verdict.OK)
