"""A legal hold is set and ended at the desk, with who and why, and stands on every case of the person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Membership, Role, Tenant, User
from dsar.actions.holding import HoldError, lift_holds, set_hold
from dsar.models import LegalHold, RequestType, SubjectRequest
from tests.dsar.conftest import account
from tests.dsar.views.conftest import browser, file, second_factor
from tests.dsar.views.test_pages import assert_plain

pytestmark = pytest.mark.thorough


def page(subject_request: SubjectRequest) -> str:
    return f"/desk/{subject_request.reference}/hold/"


def verbs() -> list[str]:
    return list(AuditEvent.objects.filter(verb__startswith="hold.").order_by("pk").values_list("verb", flat=True))


def test_a_hold_is_set_shown_on_every_case_and_ended(
    rita: Client, ann: Client, reviewer: User, subject: User, waiting: SubjectRequest
) -> None:
    other = file(waiting.tenant, subject, RequestType.ENQUIRY)
    bobs = file(waiting.tenant, None, RequestType.ENQUIRY, email="bob@example.com")
    form = rita.get(page(waiting))
    assert "Set the hold" in form.content.decode()
    assert_plain(form)
    day = timezone.now().date() + timedelta(days=30)
    done = rita.post(page(waiting), {"reason": "A <b>court</b> asks.", "last_day": str(day)}, follow=True)
    assert "Nothing of this person is erased or purged" in done.content.decode()
    hold = LegalHold.objects.get()
    assert (hold.by, hold.reason) == (reviewer, "A <b>court</b> asks.")
    assert hold.until == datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)
    for case in (waiting, other):
        text = rita.get(f"/desk/{case.reference}/").content.decode()
        assert "Under legal hold" in text
        assert "A &lt;b&gt;court&lt;/b&gt; asks." in text
        assert reviewer.email in text
    assert "by another request of this person" in rita.get(f"/desk/{other.reference}/").content.decode()
    assert "Under legal hold" not in rita.get(f"/desk/{bobs.reference}/").content.decode()
    assert "court" not in ann.get(f"/requests/{waiting.reference}/").content.decode()
    listed = rita.get("/desk/holds/")
    assert waiting.reference in listed.content.decode()
    assert_plain(listed)
    held = rita.get(page(other))
    assert "End the hold" in held.content.decode(), "from whichever case of the person"
    assert_plain(held)
    ended = rita.post(f"/desk/{other.reference}/hold/end/", {"reason": "It is settled."}, follow=True)
    assert "Ended." in ended.content.decode()
    assert "It is settled." in ended.content.decode(), "it stays to be read"
    hold.refresh_from_db()
    assert (hold.ended_by, hold.end_reason) == (reviewer, "It is settled.")
    assert hold.until is not None
    assert hold.until <= timezone.now()
    assert verbs() == ["hold.set", "hold.lifted"]
    assert not any("court" in str(event.facts) or "settled" in str(event.facts) for event in AuditEvent.objects.all())
    assert "Nobody is under legal hold" in rita.get("/desk/holds/").content.decode()


@pytest.mark.parametrize(
    ("sent", "status", "says"),
    [
        ({"reason": " "}, 422, "Say why this must be kept."),
        ({"reason": "A dispute.", "last_day": "soon"}, 422, "Write the day as 2027-12-31."),
        ({"reason": "A dispute.", "last_day": "2020-01-01"}, 409, "over before it began"),
        ({"reason": "x" * 5001}, 422, "5000"),
    ],
)
def test_what_is_no_hold_is_refused_with_what_was_typed(
    rita: Client, waiting: SubjectRequest, sent: dict[str, str], status: int, says: str
) -> None:
    answer = rita.post(page(waiting), sent)
    assert answer.status_code == status
    assert says in answer.content.decode()
    assert sent["reason"].strip() in answer.content.decode()
    assert not LegalHold.objects.exists()


def test_a_hold_ends_with_a_reason_alone_and_once(rita: Client, reviewer: User, waiting: SubjectRequest) -> None:
    set_hold(waiting, reason="A dispute.", until=None, by=reviewer, now=timezone.now())
    end = f"/desk/{waiting.reference}/hold/end/"
    assert rita.post(end, {"reason": ""}).status_code == 422
    assert LegalHold.objects.get().until is None
    assert rita.post(end, {"reason": "It is settled."}).status_code == 302
    again = rita.post(end, {"reason": "Again."})
    assert again.status_code == 409
    assert "under no hold" in again.content.decode()
    assert "Set the hold" in again.content.decode(), "the page as it is now"


def test_nobody_holds_or_frees_themselves(tenant: Tenant, waiting: SubjectRequest, reviewer: User) -> None:
    ann = waiting.account
    assert ann is not None
    Membership.objects.create(user=ann, tenant=tenant, role=Role.REVIEWER)
    client = browser(second_factor(ann))
    assert client.get(page(waiting)).status_code == 404
    assert client.post(page(waiting), {"reason": "Mine."}).status_code == 404
    with pytest.raises(HoldError, match="about yourself"):
        set_hold(waiting, reason="Mine.", until=None, by=ann, now=timezone.now())
    set_hold(waiting, reason="A dispute.", until=None, by=reviewer, now=timezone.now())
    with pytest.raises(HoldError, match="about yourself"):
        lift_holds(waiting, reason="Mine.", by=ann, now=timezone.now())
    assert "/hold/" not in client.get(f"/desk/{waiting.reference}/").content.decode()


def test_an_auditor_sees_holds_and_sets_none(olga: Client, reviewer: User, waiting: SubjectRequest) -> None:
    set_hold(waiting, reason="A dispute.", until=None, by=reviewer, now=timezone.now())
    assert "A dispute." in olga.get("/desk/holds/").content.decode()
    case = olga.get(f"/desk/{waiting.reference}/").content.decode()
    assert "A dispute." in case
    assert "/hold/" not in case


def test_holds_of_another_company_are_not_listed(rita: Client, reviewer: User, tenant: Tenant) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    other.hosts.create(host="other.test")
    rob = account("rob@other.example")
    Membership.objects.create(user=rob, tenant=other, role=Role.REVIEWER)
    theirs = file(other, None, RequestType.ENQUIRY)
    set_hold(theirs, reason="Their dispute.", until=None, by=rob, now=timezone.now())
    assert "Their dispute." not in rita.get("/desk/holds/").content.decode()
    mine = file(tenant, None, RequestType.ENQUIRY)
    assert "Under legal hold" not in rita.get(f"/desk/{mine.reference}/").content.decode(), "of the same address"


def test_an_end_that_somebody_said_has_a_reason(reviewer: User, waiting: SubjectRequest) -> None:
    set_hold(waiting, reason="A dispute.", until=None, by=reviewer, now=timezone.now())
    with pytest.raises(IntegrityError, match="ended_hold_says_why"):
        LegalHold.objects.update(ended_by=reviewer)
