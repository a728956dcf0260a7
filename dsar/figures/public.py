"""What may be told to anybody: counts by the ten, and nothing of fewer than ten.

Only months that are over are told, so that the page changes once a month: from two pages of two days nobody can work
out what happened between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dsar.figures.figure import HALF, MOST, Figure, total

#: Of fewer no time is told: the time that 95 % took would be one person's.
LEAST_FOR_TIMES = 20
#: Of fewer nothing is told, and what is told is rounded down to a multiple of it: no sum betrays what was left out.
LEAST = 10


def rounded(count: int) -> int | None:
    """Return a count as it may be told; None where it is too small to be."""
    return count // LEAST * LEAST if count >= LEAST else None


def told(figure: Figure) -> dict[str, int | None]:
    """Return what may be told of a figure; None is what is left out.

    Shares are told of at least LEAST answers, times of LEAST_FOR_TIMES. A share is in whole percent, rounded down.
    """
    half, most, share = figure.within(HALF), figure.within(MOST), figure.share_in_time
    is_enough, is_many = figure.answered >= LEAST, figure.answered >= LEAST_FOR_TIMES
    return {
        "received": rounded(figure.received),
        "answered": rounded(figure.answered),
        "refused": rounded(figure.denied - figure.unconfirmed),
        "percent_within_48_hours": int(share * 100 + 1e-9) if is_enough and share is not None else None,
        "half_within_hours": half if is_many else None,
        "most_within_hours": most if is_many else None,
    }


def document(
    types: Mapping[str, Sequence[Figure]], *, months: Sequence[date], first: date, last: date
) -> dict[str, Any]:
    """Return what is published of a period, from figures of each month by type; months by their first days.

    Months before the first request are not told of: there was no portal then.
    """
    by_month = [total(own[place] for own in types.values()) for place in range(len(months))]
    began = next((place for place, figure in enumerate(by_month) if figure.received), len(months) - 1)
    months, by_month = months[began:], by_month[began:]
    return {
        "first_day": max(first, months[0]).isoformat(),
        "last_day": last.isoformat(),
        "fewer_than": LEAST,
        "no_times_of_fewer_than": LEAST_FOR_TIMES,
        "all": told(total(by_month)),
        "by_type": {kind: told(total(own)) for kind, own in types.items()},
        "by_month": {month.isoformat()[:7]: told(figure) for month, figure in zip(months, by_month, strict=True)},
    }
