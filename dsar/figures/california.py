"""The yearly metrics that California asks for: 11 CCR § 7102(a)(1), in the version in force since 29 March 2023.

Which of our types is which of its requests, and which of our reasons is which of its grounds, is a reading, not legal
advice: a deployer's counsel decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dsar.figures.figure import CHOICE, HALF, Figure, total


class Asked(StrEnum):
    """What a consumer may ask for, in the order of § 7102(a)(1)(A) to (E)."""

    DELETE = "delete"
    CORRECT = "correct"
    KNOW = "know"
    OPT_OUT = "opt_out"
    LIMIT = "limit"


class DeniedBecause(StrEnum):
    """The grounds by which § 7102(a)(2) lets a business tell what it denied."""

    NOT_VERIFIABLE = "not_verifiable"
    NOT_A_CONSUMER = "not_made_by_a_consumer"
    EXEMPT = "exempt_from_disclosure"
    OTHER = "other_grounds"


#: Types of ours that are none of these: § 7102 does not ask for them.
ASKED_BY: Mapping[str, Asked] = {
    "erasure": Asked.DELETE,
    "rectification": Asked.CORRECT,
    "access": Asked.KNOW,
    "portability": Asked.KNOW,
    "objection": Asked.OPT_OUT,
    CHOICE: Asked.OPT_OUT,
    "restriction": Asked.LIMIT,
}
GROUND_OF: Mapping[str, DeniedBecause] = {
    "insuf_verification": DeniedBecause.NOT_VERIFIABLE,
    "suspected_fraud": DeniedBecause.NOT_A_CONSUMER,
    "outside_jurisdiction": DeniedBecause.NOT_A_CONSUMER,
    "claim_not_covered": DeniedBecause.EXEMPT,
    "no_match": DeniedBecause.OTHER,
    "too_many_requests": DeniedBecause.OTHER,
    "other": DeniedBecause.OTHER,
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One line of the metrics. `open_before` + `received` = `complied` + `denied` + `withdrawn` + `open_after`.

    `complied` is in whole or in part, `partly` of them in part, `nothing` where nothing was held. The days are from
    receipt to the answer; None where nothing was answered.
    """

    open_before: int
    received: int
    complied: int
    partly: int
    nothing: int
    denied: int
    withdrawn: int
    open_after: int
    mean_days: float | None
    median_days: float | None
    denied_because: Mapping[str, int] = field(default_factory=dict)


def metric(figure: Figure, *, open_after: int) -> Metric:
    """Return the line of a year's figure; `open_after` were open when the year was over, or are now."""
    half = figure.within(HALF)
    grounds = {ground.value: 0 for ground in DeniedBecause}
    for reason, count in figure.reasons.items():
        grounds[GROUND_OF.get(reason, DeniedBecause.OTHER).value] += count
    mean = figure.mean_days
    return Metric(
        open_before=open_after - figure.received + figure.closed,
        received=figure.received,
        complied=figure.fulfilled,
        partly=figure.partly,
        nothing=figure.nothing,
        denied=figure.denied,
        withdrawn=figure.withdrawn,
        open_after=open_after,
        mean_days=None if mean is None else round(mean, 1),
        median_days=None if half is None else round(half / 24, 1),
        denied_because=grounds,
    )


def metrics(figures: Mapping[str, Figure], *, open_after: Mapping[str, int]) -> dict[Asked, Metric]:
    """Return a line for each of what is asked, from a year's figures by type; `open_after` by type, too."""
    found = {}
    for asked in Asked:
        kinds = [kind for kind, meant in ASKED_BY.items() if meant is asked]
        summed = total(figures[kind] for kind in kinds if kind in figures)
        found[asked] = metric(summed, open_after=sum(open_after.get(kind, 0) for kind in kinds))
    return found


def uncounted(figures: Mapping[str, Figure]) -> dict[str, int]:
    """Return how many requests of each type were received that none of the metrics counts."""
    return {kind: figure.received for kind, figure in figures.items() if kind not in ASKED_BY and figure.received}
