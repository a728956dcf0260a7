"""What is decided about values of other people: each with a reason, none twice, nothing of it told."""

from __future__ import annotations

from datetime import datetime

import pytest

from accounts.models import AuditEvent, Membership, Role, Tenant, User
from dsar import payloads
from dsar.actions.delivery.releasing import OwnRequestError, ReleaseError, release
from dsar.actions.redacting import deciding, finding, state
from dsar.actions.redacting.deciding import Choice, RedactionError
from dsar.models import RedactionReview, Status, SubjectRequest
from dsar.redaction.detecting import detect
from dsar.redaction.kinds import Kind
from dsar.redaction.suggesting import Suggested, Suggestion
from dsar.stores.redacting import folded
from tests.dsar.conftest import StepClock, account
from tests.dsar.redacting import LETTERS, OTHERS, decide, hide, keep, values


@pytest.fixture
def tenant(db: None) -> Tenant:
    tenant = Tenant.objects.create(slug="acme", name="Acme", contact_email="privacy@acme.example")
    tenant.hosts.create(host="acme.test")
    return tenant


@pytest.fixture
def reviewer(tenant: Tenant) -> User:
    user = account("rita@acme.example")
    Membership.objects.create(user=user, tenant=tenant, role=Role.REVIEWER)
    return user


@pytest.fixture
def waiting(tenant: Tenant, now: datetime) -> SubjectRequest:
    """A request that waits for its release, with what was found in the letters."""
    subject_request = SubjectRequest.objects.create(
        reference="R-AAAA-AAAA-01",
        tenant=tenant,
        email="ann@example.com",
        type="access",
        status=Status.AWAITING_RELEASE,
        sealed_key=payloads.new_sealed_key(),
        **dict.fromkeys(("received_at", "verified_at", "due_at", "expected_at"), now),
    )
    found = Suggested()
    for letter in LETTERS[:2]:
        for item in detect(letter):
            value = letter[item.start : item.end]
            suggestion = found.suggestions.setdefault(folded(value), Suggestion(item.kind, value))
            suggestion.add("body", letter, item.start, item.end)
    del found.suggestions["ann"]
    finding.write(subject_request, {("app", "letters"): found}, now=now)
    return subject_request


def test_no_row_of_the_database_holds_what_was_found(waiting: SubjectRequest) -> None:
    rows = repr([*waiting.redaction_values.values(), *RedactionReview.objects.values(), *AuditEvent.objects.values()])
    assert not [value for value in OTHERS if value in rows]


def test_what_somebody_else_decided_meanwhile_stays(waiting: SubjectRequest, reviewer: User, clock: StepClock) -> None:
    decide(waiting, reviewer, clock, tom=hide())
    done = decide(waiting, reviewer, clock, tom=keep(), key=hide("opens_something"))
    assert (done.hidden, done.shown, done.overtaken) == (1, 0, 1)
    assert values(waiting)["Tom Baxter"].verdict == "hide"


@pytest.mark.parametrize(("verdict", "reason"), [("hide", "own"), ("keep", ""), ("", "known"), ("burn", "own")])
def test_each_decision_has_a_reason_that_fits(
    waiting: SubjectRequest, reviewer: User, clock: StepClock, verdict: str, reason: str
) -> None:
    with pytest.raises(RedactionError):
        decide(waiting, reviewer, clock, tom=Choice(verdict, reason))
    assert state.open_values(waiting) == 5


def test_a_reason_does_not_tell_what_it_hides(waiting: SubjectRequest, reviewer: User, clock: StepClock) -> None:
    with pytest.raises(RedactionError, match="do not write there"):
        decide(waiting, reviewer, clock, tom=hide(words="tom  baxter asked for it"))
    assert values(waiting)["Tom Baxter"].verdict == ""


def test_nobody_decides_on_their_own_request(waiting: SubjectRequest, subject: User, clock: StepClock) -> None:
    with pytest.raises(OwnRequestError):
        decide(waiting, subject, clock, tom=hide())
    with pytest.raises(OwnRequestError):
        deciding.show_rest(waiting, reason="own", by=subject, now=clock())
    with pytest.raises(OwnRequestError):
        deciding.pack_anew(waiting, by=subject, now=clock())


def test_the_trail_tells_who_decided_and_no_value(waiting: SubjectRequest, reviewer: User, clock: StepClock) -> None:
    decide(waiting, reviewer, clock, tom=hide())
    event = AuditEvent.objects.get(verb="redaction.decided")
    assert (event.actor_id, event.facts) == (reviewer.pk, {"hidden": 1, "shown": 0, "reopened": 0})
    assert AuditEvent.objects.get(verb="redaction.suggested").facts == {"values": 5, "collections": 1, "beyond": 0}


def test_a_bundle_is_released_only_as_it_was_decided(waiting: SubjectRequest, reviewer: User, clock: StepClock) -> None:
    waiting.bundles.create(path="b", bytes=1, sealed_key=b"k", summary={"rows": 1, "failed": 0}, made_at=clock())
    with pytest.raises(ReleaseError, match="5 values may be about somebody else"):
        release(waiting, by=reviewer, now=clock())
    decide(waiting, reviewer, clock, tom=hide())
    deciding.show_rest(waiting, reason="known", by=reviewer, now=clock())
    with pytest.raises(ReleaseError, match="pack it anew"):
        release(waiting, by=reviewer, now=clock())
    decide(waiting, reviewer, clock, tom=keep(was=("hide", "other_person")))
    release(waiting, by=reviewer, now=clock())
    assert waiting.status == Status.FULFILLED


def test_what_is_found_anew_keeps_what_was_decided(waiting: SubjectRequest, reviewer: User, clock: StepClock) -> None:
    decide(waiting, reviewer, clock, tom=hide(), key=keep())
    found = Suggested({"eve stone": Suggestion(Kind.NAME, "Eve Stone", 1)}, beyond=7)
    finding.write(waiting, {("app", "letters"): found}, now=clock())
    rows = {value: row.verdict for value, row in values(waiting).items()}
    assert rows == {"Tom Baxter": "hide", "Eve Stone": ""}, "what is gone is forgotten, but for what is hidden"
    assert RedactionReview.objects.get().beyond == {"app:letters": 7}
