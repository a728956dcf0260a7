"""Whose law it is, and why."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dsar.deadlines import BY_RESIDENCE, REGIMES, Kind, Reason, RegimesError, reason_of, regime_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
ALL = ["gdpr", "uk", "ccpa", "lgpd", "pipeda"]


@pytest.mark.parametrize(
    ("residence", "regime"),
    [("eu", "gdpr"), ("uk", "uk"), ("california", "ccpa"), ("brazil", "lgpd"), ("canada", "pipeda")],
)
@pytest.mark.parametrize("defaults", [["gdpr"], ALL])
def test_the_law_is_that_of_the_residence(residence: str, regime: str, defaults: list[str]) -> None:
    choice = regime_of(residence=residence, defaults=defaults, kind=Kind.ACCESS, received_at=NOON, zone="UTC")
    assert (choice.regime, choice.reason, choice.weighed) == (regime, Reason.RESIDENCE, ())
    assert reason_of(residence=residence) == choice.reason


@pytest.mark.parametrize(
    ("residence", "reason"),
    [("", Reason.NOT_STATED), ("elsewhere", Reason.NO_LAW_OF_OURS), ("other_us", Reason.NO_LAW_OF_OURS)],
)
def test_without_one_it_is_the_strictest_default(residence: str, reason: Reason) -> None:
    choice = regime_of(residence=residence, defaults=["ccpa", "gdpr"], kind=Kind.ACCESS, received_at=NOON, zone="UTC")
    assert (choice.regime, choice.reason) == ("gdpr", reason)
    assert reason_of(residence=residence) == reason
    assert choice.weighed == ("ccpa", "gdpr")


@pytest.mark.parametrize(
    ("received", "defaults", "strictest"),
    [
        ("2026-03-02", ["ccpa"], "ccpa"),
        ("2026-03-02", ["gdpr", "ccpa"], "gdpr"),
        ("2026-03-02", ["gdpr", "lgpd"], "lgpd"),
        ("2026-03-02", ALL, "lgpd"),
        ("2026-02-01", ["gdpr", "pipeda"], "gdpr"),  # 2 March against 3 March
        ("2026-03-01", ["gdpr", "pipeda"], "pipeda"),  # 1 April against 31 March
        ("2026-01-30", ["gdpr", "pipeda"], "pipeda"),  # 2 March, moved from a Saturday, against Sunday 1 March
        ("2028-01-31", ["pipeda", "gdpr"], "gdpr"),  # the leap day against 1 March
        ("2026-04-01", ["gdpr", "pipeda"], "gdpr"),  # 1 May both: what is named first
        ("2026-04-01", ["pipeda", "gdpr"], "pipeda"),
        ("2026-03-02", ["uk", "gdpr"], "uk"),
        ("2026-03-02", ["gdpr", "uk"], "gdpr"),
    ],
)
def test_the_strictest_is_what_is_due_first(received: str, defaults: list[str], strictest: str) -> None:
    at = datetime.fromisoformat(f"{received}T12:00+00:00")
    assert regime_of(residence="", defaults=defaults, kind=Kind.ACCESS, received_at=at, zone="UTC").regime == strictest


@pytest.mark.parametrize("defaults", [[], ["gdpr", "hipaa"], "gdpr", [None], {"gdpr": 1}])
def test_defaults_that_are_none_are_named(defaults: list[str]) -> None:
    with pytest.raises(RegimesError, match="gdpr, uk, ccpa, lgpd, pipeda"):
        regime_of(residence="", defaults=defaults, kind=Kind.ACCESS, received_at=NOON, zone="UTC")


def test_a_residence_that_is_not_on_the_list_is_none() -> None:
    with pytest.raises(KeyError):
        regime_of(residence="mars", defaults=["gdpr"], kind=Kind.ACCESS, received_at=NOON, zone="UTC")


def test_every_residence_leads_to_a_law_that_there_is() -> None:
    assert {regime for regime in BY_RESIDENCE.values() if regime} == set(REGIMES)
