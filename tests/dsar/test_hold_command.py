"""manage.py hold: who, why, until when; bad input changes nothing and says what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from accounts.models import AuditEvent, Tenant, User
from dsar.models import LegalHold, SubjectRequest
from tests.dsar.closed import close
from tests.dsar.conftest import make_tenant


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    yield from make_tenant()


@pytest.fixture
def request_of_ann(tenant: Tenant, now: datetime) -> SubjectRequest:
    return close(tenant, now)


def run(*arguments: str) -> tuple[int, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("hold", *arguments, stdout=out, stderr=err)
    except SystemExit as stop:
        return int(stop.code or 0), err.getvalue()
    return 0, out.getvalue()


def test_a_hold_is_set_listed_and_lifted(request_of_ann: SubjectRequest, reviewer: User, now: datetime) -> None:
    reference = request_of_ann.reference
    day = timezone.now().date() + timedelta(days=30)
    by = ("--by", "Rita@acme.example")
    assert run("set", reference, *by, "--why", "A dispute.", "--until", str(day)) == (0, "Done.\n")
    hold = LegalHold.objects.get()
    last = datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)
    assert (hold.by, hold.reason, hold.until) == (reviewer, "A dispute.", last)
    code, listed = run("list", "--tenant", "acme")
    assert code == 0
    assert all(word in listed for word in (reference, f"until {day}", "rita@acme.example", "A dispute."))
    assert run("list", "--tenant", "other") == (0, "")
    assert run("lift", reference, *by, "--why", "It is settled.") == (0, "Done.\n")
    assert run("list") == (0, "")
    verbs = AuditEvent.objects.order_by("sequence").values_list("verb", "actor_id")
    assert list(verbs) == [("hold.set", reviewer.pk), ("hold.lifted", reviewer.pk)]


BY = ("--by", "rita@acme.example")
WHY = ("--why", "A dispute.")
BAD = {
    "there is no request R-0": ("set", "R-0", *BY, *WHY),
    "nobody has an account": ("set", "R-AAAA-AAAA-01", "--by", "nobody@acme.example", *WHY),
    "only a member of the team": ("set", "R-AAAA-AAAA-01", "--by", "otto@example.com", *WHY),
    "say why": ("set", "R-AAAA-AAAA-01", *BY, "--why", " "),
    "'soon' is no date": ("set", "R-AAAA-AAAA-01", *BY, *WHY, "--until", "soon"),
    "over before it began": ("set", "R-AAAA-AAAA-01", *BY, *WHY, "--until", "2020-01-01"),
    "under no hold": ("lift", "R-AAAA-AAAA-01", *BY, *WHY),
}


@pytest.mark.parametrize("message", BAD)
def test_bad_input_changes_nothing(
    request_of_ann: SubjectRequest, reviewer: User, outsider: User, message: str
) -> None:
    code, told = run(*BAD[message])
    assert (code, message in told.lower() or message in told) == (2, True)
    assert not LegalHold.objects.exists()
