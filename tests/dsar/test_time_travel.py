"""A portal that lives on for 100 days, and for 25 months: what is left in every table and in storage."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from django.apps import apps

from accounts import outbox
from accounts.models import OutgoingEmail, Tenant, User
from dsar import payloads
from dsar.actions import expiry, holding, intake, review
from dsar.actions.delivery.releasing import release
from dsar.actions.retention.enforce import enforce
from dsar.models import Bundle, RequestType, SubjectRequest
from tests.dsar.conftest import StepClock
from tests.dsar.test_the_way_of_a_request import file_access, work
from tests.dsar.test_time_passes import confirm

DAY = timedelta(days=1)


def pass_by(now: datetime) -> None:
    """Let beat's tasks run as of a moment."""
    expiry.purge(now=now)
    outbox.forget(now=now)
    enforce(now=now, size=2)


def counts() -> dict[str, int]:
    """Return how many rows each table of ours has, but for those that have none."""
    models = [model for app in ("accounts", "dsar") for model in apps.get_app_config(app).get_models()]
    numbers = {model.__name__: model._default_manager.count() for model in models}
    return {name: number for name, number in numbers.items() if number}


def stored() -> set[str]:
    """Return the references that have a folder in storage."""
    return {name for folder in ("requests", "bundles") for name in payloads.storage().names(folder)}


def ask(tenant: Tenant, account: User | None, now: datetime, text: str) -> SubjectRequest:
    filing = intake.Filing(type=RequestType.ENQUIRY, email="ann@example.com", token=text, question=text, residence="uk")
    return intake.file_request(tenant=tenant, filing=filing, account=account, now=now)


@pytest.fixture
def portal(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> Mapping[str, SubjectRequest]:
    """Requests of every fate: released, answered (somebody without an account), refused, held, and open for years."""
    released = file_access(tenant, subject, clock())
    work(clock)
    released.refresh_from_db()
    release(released, by=reviewer, now=clock())
    answered = ask(tenant, None, clock(), "Who reads this?")
    confirm(answered, clock())
    answered.refresh_from_db()
    review.answer(answered, text="Nobody.", by=reviewer, now=clock())
    refused = ask(tenant, subject, clock(), "Who read this?")
    review.deny(refused, reason="other", explanation="Ann has asked before.", by=reviewer, now=clock())
    held = file_access(tenant, subject, clock(), RequestType.PORTABILITY, token="held")
    work(clock)
    held.refresh_from_db()
    assert held.is_final
    holding.set_hold(held, reason="A dispute.", until=None, by=reviewer, now=clock())
    return {
        "released": released,
        "answered": answered,
        "refused": refused,
        "held": held,
        "open": ask(tenant, subject, clock(), "And who will?"),
    }


def test_after_100_days_texts_are_gone_and_after_25_months_the_register(
    portal: Mapping[str, SubjectRequest], now: datetime
) -> None:
    before = counts()
    held, open_one = portal["held"], portal["open"]
    assert stored() >= {portal["released"].reference, held.reference}

    pass_by(now + 89 * DAY)
    left = {name: number for name, number in counts().items() if name != "AuditEvent"}
    assert left == {name: number for name, number in before.items() if name != "AuditEvent"}, "but for a bundle's bytes"

    pass_by(now + 100 * DAY)
    assert stored() & {each.reference for each in portal.values()} == {held.reference}
    for name in ("released", "answered", "refused"):
        request = SubjectRequest.objects.get(pk=portal[name].pk)
        texts = (request.email, request.question, request.answer, request.explanation, request.residence)
        assert texts == ("", "", "", "", "")
        assert request.texts_deleted_at == now + 100 * DAY
        assert (request.type, request.status, request.closed_at) != ("", "", None)
        for rows in (request.identities, request.steps, request.codes):
            assert not rows.exists()
        assert set(request.decisions.values_list("reason", flat=True)) <= {""}
    kept = SubjectRequest.objects.get(pk=held.pk)
    assert (kept.email, kept.sealed_key is not None) == ("ann@example.com", True)
    assert kept.steps.exists()
    assert kept.identities.exists()
    assert not OutgoingEmail.objects.exists()

    pass_by(now + 760 * DAY)
    assert set(SubjectRequest.objects.all()) == {held, open_one}
    assert set(Bundle.objects.values_list("subject_request", flat=True)) == {held.pk}
    open_one.refresh_from_db()
    assert open_one.question == "And who will?"
