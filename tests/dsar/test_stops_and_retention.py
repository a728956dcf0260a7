"""What is stopped is kept: by purges of the stores, and by the portal's own retention."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from accounts.models import Tenant, User
from dsar.actions import intake
from dsar.actions.holding import set_hold
from dsar.actions.purging import running as purges
from dsar.actions.restricting import deciding, ending
from dsar.actions.retention.enforce import enforce
from dsar.fulfilment.purging.purge import Purge
from dsar.models import (
    Ground,
    Purpose,
    RequestType,
    Restriction,
    SubjectRequest,
)
from tests.dsar.conftest import StepClock, account, make_tenant
from tests.dsar.purges import seen
from tests.dsar.stopping import ANN, EVERYTHING, closed, purged, stopped, visits
from tests.dsar.test_the_way_of_a_request import file_access
from tests.dsar.views.stops import USE, declare

pytestmark = pytest.mark.thorough


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    yield from make_tenant()


@pytest.fixture(autouse=True)
def _storage(settings: Settings, tmp_path: Path) -> None:
    settings.STORAGE_URL = f"file://{tmp_path}/storage"
    settings.CHECKPOINT_DIR = tmp_path / "checkpoints"


@pytest.mark.parametrize(
    ("purposes", "ground", "left"),
    [
        ((EVERYTHING,), Ground.ACCURACY, {1, 2, 4}),
        ((Purpose.TRAINING,), Ground.UNLAWFUL, {1, 2, 4}),
        ((Purpose.TRAINING,), Ground.CLAIMS, {1, 2, 4}),
        ((Purpose.TRAINING,), Ground.ACCURACY, {2, 4}),
    ],
)
def test_a_purge_keeps_what_a_stop_preserves(
    tenant: Tenant,
    subject: User,
    reviewer: User,
    clock: StepClock,
    purposes: tuple[str, ...],
    ground: Ground,
    left: set[int],
) -> None:
    visits(tenant, clock.now)
    filed = stopped(tenant, subject, reviewer, *purposes, now=clock(), ground=ground)
    assert purged(tenant, reviewer, clock) == left
    ending.take_back(filed, by=subject, now=clock())
    clock.now += timedelta(hours=6)
    purges.run_due(clock=clock)
    assert seen(tenant) == {2, 4}


def test_a_stop_that_is_only_asked_for_keeps_nothing(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    visits(tenant, clock.now)
    filed = stopped(tenant, subject, reviewer, EVERYTHING, now=clock())
    filed.restrictions.update(since=None)
    assert purged(tenant, reviewer, clock) == {2, 4}


@pytest.mark.parametrize(("purpose", "is_seen"), [(EVERYTHING, True), (Purpose.TIPS, False)])
def test_a_stop_that_comes_while_a_purge_runs_is_seen_by_the_next(
    tenant: Tenant,
    subject: User,
    reviewer: User,
    clock: StepClock,
    monkeypatch: pytest.MonkeyPatch,
    purpose: str,
    is_seen: bool,
) -> None:
    visits(tenant, clock.now)
    run, stops = Purge.run, []

    def stop_first(purge: Purge, **named: object) -> object:
        stopped(tenant, subject, reviewer, purpose, now=clock() - timedelta(hours=1), ground=Ground.ACCURACY)
        stops.append(named["stop"]())  # type: ignore[operator]
        return run(purge, stop=lambda: True)

    monkeypatch.setattr(Purge, "run", stop_first)
    purged(tenant, reviewer, clock)
    assert stops == [is_seen], "it is asked between two batches, and the run ends there"


def test_a_hold_that_comes_while_a_purge_runs_is_seen_by_the_next(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits(tenant, clock.now)
    request, run, stops = file_access(tenant, subject, clock()), Purge.run, []

    def hold_first(purge: Purge, **named: object) -> object:
        set_hold(request, reason="A dispute.", until=None, by=reviewer, now=clock())
        stops.append(named["stop"]())  # type: ignore[operator]
        return run(purge, stop=lambda: True)

    monkeypatch.setattr(Purge, "run", hold_first)
    purged(tenant, reviewer, clock)
    assert stops == [True]


def test_a_stop_keeps_its_request_as_long_as_it_lasts(
    tenant: Tenant, subject: User, reviewer: User, now: datetime
) -> None:
    """100 days and 25 months on."""
    person = account("cara@example.com")
    other = closed(tenant, person, now)
    stranger = closed(tenant, account("dora@example.com"), now)
    partial = stopped(tenant, subject, reviewer, Purpose.TIPS, now=now, ground=Ground.ACCURACY)
    whole = stopped(tenant, person, reviewer, EVERYTHING, now=now)
    for later in (now + timedelta(days=100), now + timedelta(days=770)):
        enforce(now=later)
        for kept in (partial, whole, other):
            kept.refresh_from_db()
            assert kept.email, "how else could they be told before it ends"
    assert whole.question == "Mine."
    assert not SubjectRequest.objects.filter(pk=stranger.pk).exists(), "nobody else's is kept"
    ending.take_back(whole, by=person, now=later)
    enforce(now=later)
    assert list(SubjectRequest.objects.all()) == [partial]
    at = deciding.lift(partial, reason="Checked.", by=reviewer, now=later)
    ending.end_due(now=at)
    enforce(now=at)
    assert not SubjectRequest.objects.exists()
    assert not Restriction.objects.exists()


def test_a_stop_of_one_purpose_keeps_no_other_request(
    tenant: Tenant, subject: User, reviewer: User, now: datetime
) -> None:
    other = closed(tenant, subject, now)
    stopped(tenant, subject, reviewer, Purpose.TIPS, now=now, ground=Ground.ACCURACY)
    enforce(now=now + timedelta(days=100))
    other.refresh_from_db()
    assert other.email == ""


def test_the_words_of_a_granted_objection_go(tenant: Tenant, subject: User, reviewer: User, now: datetime) -> None:
    declare(tenant)
    filing = intake.Filing(RequestType.OBJECTION, ANN, "o", question="My illness.", purposes=(USE,), residence="eu")
    filed = intake.file_request(tenant=tenant, filing=filing, account=subject, now=now)
    keys = [row.pk for row in filed.restrictions.all()]
    deciding.grant(filed, granted=keys, explanation="We see.", by=reviewer, now=now)
    for days, words in ((89, "My illness."), (90, ""), (800, "")):
        enforce(now=now + timedelta(days=days))
        filed.refresh_from_db()
        assert (filed.question, filed.email) == (words, ANN), days
    assert (filed.explanation, filed.residence, filed.decisions.get().reason) == ("", "", "")
    assert filed.identities.exists(), "a worker finds their rows by it"
