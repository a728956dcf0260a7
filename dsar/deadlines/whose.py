"""Whose law: the regime of a request, by the residence that the person states, else the strictest of the tenant's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from dsar.deadlines.law import legal_clock
from dsar.deadlines.regimes import REGIMES, Kind, of_kind

#: Residence -> regime; None where no law of ours follows from it. "" is a person who did not say.
BY_RESIDENCE: Mapping[str, str | None] = {
    "": None,
    "eu": "gdpr",
    "uk": "uk",
    "california": "ccpa",
    "other_us": None,
    "brazil": "lgpd",
    "canada": "pipeda",
    "elsewhere": None,
}
DEFAULT_REGIMES = ("gdpr",)


class RegimesError(ValueError):
    """A tenant's regimes are none that we know; the message names them."""


class Reason(StrEnum):
    """Why a request runs under a law."""

    RESIDENCE = "residence"
    NOT_STATED = "not_stated"
    NO_LAW_OF_OURS = "no_law_of_ours"


@dataclass(frozen=True, slots=True)
class Choice:
    """A regime and why. `weighed` has the defaults that it was chosen from; empty with a residence."""

    regime: str
    reason: Reason
    weighed: tuple[str, ...] = ()


def regime_of(*, residence: str, defaults: Sequence[str], kind: Kind, received_at: datetime, zone: str) -> Choice:
    """Return under which law a request runs. The strictest is what is due first; of equals, what is named first.

    Which of two laws is stricter can depend on the day: a month from 1 March is longer than 30 days, from 1 February
    shorter. Raises KeyError for a residence that is not of BY_RESIDENCE, RegimesError for defaults that are none.
    """
    own = BY_RESIDENCE[residence]
    if own is not None:
        return Choice(own, Reason.RESIDENCE)
    weighed = checked(defaults)
    due = {key: _due_at(key, kind, received_at=received_at, zone=zone) for key in weighed}
    return Choice(min(weighed, key=due.__getitem__), reason_of(residence=residence), tuple(weighed))


def _due_at(regime: str, kind: Kind, *, received_at: datetime, zone: str) -> datetime:
    return legal_clock(of_kind(regime, kind), received_at=received_at, zone=zone, now=received_at).due_at


def reason_of(*, residence: str) -> Reason:
    """Return why: what can be told of a request later on, whatever the tenant's defaults are by then."""
    if not residence:
        return Reason.NOT_STATED
    return Reason.NO_LAW_OF_OURS if BY_RESIDENCE[residence] is None else Reason.RESIDENCE


def checked(regimes: object) -> list[str]:
    """Return a tenant's regimes. Raises RegimesError if they are no list of at least one that we know."""
    known = ", ".join(REGIMES)
    if not isinstance(regimes, list | tuple) or not regimes:
        raise RegimesError(f"Regimes are a list of at least one of: {known}.")
    unknown = [regime for regime in regimes if not isinstance(regime, str) or regime not in REGIMES]
    if unknown:
        raise RegimesError(f"{unknown[0]!r} is no regime that we know; there are: {known}.")
    return list(regimes)
