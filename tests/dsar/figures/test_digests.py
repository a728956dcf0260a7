"""The morning message: once a day, in the morning, to those who want it and work here, of what is at risk."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Membership, OutgoingEmail, Role, Tenant, User
from dsar.actions.figures.digests import send_due, stop, want
from dsar.models import MorningDigest
from tests.dsar.conftest import account
from tests.dsar.figures.registers import Made, write

pytestmark = pytest.mark.django_db
#: 08:30 in Berlin.
MORNING = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


@pytest.fixture
def acme() -> Tenant:
    tenant = Tenant.objects.create(slug="acme", name="Acme", contact_email="p@acme.example", time_zone="Europe/Berlin")
    tenant.hosts.create(host="acme.test")
    return tenant


@pytest.fixture
def rita(acme: Tenant) -> User:
    user = account("rita@acme.example")
    Membership.objects.create(user=user, tenant=acme, role=Role.REVIEWER)
    want(acme, account=user, now=MORNING - timedelta(days=9))
    return user


def waiting(tenant: Tenant, *, hours_left: float) -> None:
    received = MORNING - timedelta(hours=48 - hours_left)
    write(tenant, received, [Made("access", "gdpr", 0, "open", 0, "other", ())])


def test_what_is_due_today_is_told_once(acme: Tenant, rita: User) -> None:
    waiting(acme, hours_left=3)
    assert (send_due(now=MORNING), send_due(now=MORNING + timedelta(minutes=10))) == (1, 0)
    message = OutgoingEmail.objects.get()
    assert (message.to, message.subject) == ("rita@acme.example", "1 request breaks the promise today")
    assert "R-0000" in message.text
    assert "ann@example.com" not in message.text + message.html
    assert send_due(now=MORNING + timedelta(days=1)) == 1


@pytest.mark.parametrize(("hours_left", "sent"), [(15, 1), (16, 0), (-3, 1)])
def test_today_ends_at_midnight_where_the_tenant_is(acme: Tenant, rita: User, hours_left: float, sent: int) -> None:
    waiting(acme, hours_left=hours_left)
    assert send_due(now=MORNING) == sent


@pytest.mark.parametrize("hour", [0, 5, 11, 20])
def test_only_in_the_morning(acme: Tenant, rita: User, hour: int) -> None:
    waiting(acme, hours_left=1)
    assert send_due(now=MORNING.replace(hour=hour)) == 0
    assert MorningDigest.objects.get().last_day is None


def test_a_quiet_morning_stays_quiet(acme: Tenant, rita: User) -> None:
    assert send_due(now=MORNING) == 0
    assert MorningDigest.objects.get().last_day == date(2026, 3, 2)


def test_who_left_or_stopped_it_hears_nothing(acme: Tenant, rita: User) -> None:
    waiting(acme, hours_left=1)
    Membership.objects.all().delete()
    assert send_due(now=MORNING) == 0
    stop(acme, account=rita)
    assert not MorningDigest.objects.exists()


def test_another_tenants_requests_are_not_told(acme: Tenant, rita: User) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="p@example.com")
    waiting(other, hours_left=1)
    assert send_due(now=MORNING) == 0
