"""A case and what is decided on it: by whom, in what order, and never on one's own."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Tenant, User
from dsar.models import Decision, RequestType, Status, StepState, SubjectRequest
from tests.dsar.seconding import decides_alone
from tests.dsar.views.conftest import collect, file, pack, stale

DENIAL = {"reason": "claim_not_covered", "explanation": "You had one last week."}
ACTS = [
    ("approve", {}),
    ("release", {}),
    ("deny", DENIAL),
    ("retry", {}),
    ("exception", {"dataset": "app", "reason": "It is being rebuilt."}),
    ("answer", {"text": "Nobody."}),
    ("conclude", {"outcome": "changed", "text": "It was wrong."}),
]


def address(subject_request: SubjectRequest, page: str = "") -> str:
    return f"/desk/{subject_request.reference}/{page}"


def status_of(subject_request: SubjectRequest) -> str:
    return SubjectRequest.objects.get(pk=subject_request.pk).status


@pytest.fixture
def failed(waiting: SubjectRequest) -> SubjectRequest:
    """Collected, but for one store that failed."""
    waiting.steps.filter(kind="collect", dataset="app").update(state=StepState.FAILED, error="app: no such table")
    waiting.steps.filter(kind="pack").delete()
    return waiting


def test_the_case_tells_who_what_and_how(rita: Client, waiting: SubjectRequest) -> None:
    page = rita.get(address(waiting)).content.decode()
    assert "signed in with this verified address" in page
    assert "found in" in page
    assert "Account" in page
    assert "Release to the person" in page
    assert AuditEvent.objects.filter(verb="request.opened").exists()


def test_the_ladder_of_the_case(
    waiting: SubjectRequest, rita: Client, olga: Client, otto: Client, anonymous: Client
) -> None:
    assert [client.get(address(waiting)).status_code for client in (rita, olga, otto)] == [200, 200, 404]
    assert anonymous.get(address(waiting)).status_code == 302
    assert rita.get("/desk/R-0000-0000-00/").status_code == 404
    assert rita.post(address(waiting)).status_code == 405


def test_an_auditor_is_offered_no_decision(waiting: SubjectRequest, olga: Client) -> None:
    page = olga.get(address(waiting)).content.decode()
    assert '<form method="post" action="/desk/' not in page
    assert "/sample/" not in page


@pytest.mark.parametrize(("act", "data"), ACTS)
def test_the_ladder_of_each_decision(
    waiting: SubjectRequest,
    rita: Client,
    olga: Client,
    otto: Client,
    anonymous: Client,
    act: str,
    data: dict[str, str],
) -> None:
    assert otto.post(address(waiting, f"{act}/"), data).status_code == 404
    assert olga.post(address(waiting, f"{act}/"), data).status_code == 403
    assert anonymous.post(address(waiting, f"{act}/"), data).status_code == 302
    assert rita.post(f"/desk/R-0000-0000-00/{act}/", data).status_code == 404
    assert rita.get(address(waiting, f"{act}/")).status_code == 405
    assert status_of(waiting) == Status.AWAITING_RELEASE
    assert not Decision.objects.exists()


@pytest.mark.parametrize(("act", "data"), ACTS)
def test_nobody_decides_their_own(tenant: Tenant, reviewer: User, rita: Client, act: str, data: dict[str, str]) -> None:
    kind = {"answer": RequestType.ENQUIRY, "conclude": RequestType.HUMAN_REVIEW}.get(act, RequestType.ACCESS)
    own = file(tenant, reviewer, kind)
    if kind == RequestType.ACCESS:
        pack(collect(own))
    before = status_of(own)
    refused = rita.post(address(own, f"{act}/"), data)
    assert refused.status_code == 409
    assert b"somebody else has to decide" in refused.content
    assert (status_of(own), Decision.objects.count()) == (before, 0)
    assert b"This is your own request" in rita.get(address(own)).content


def test_release_once(rita: Client, waiting: SubjectRequest) -> None:
    assert rita.post(address(waiting, "release/")).status_code == 302
    assert status_of(waiting) == Status.FULFILLED
    again = rita.post(address(waiting, "release/"))
    assert again.status_code == 409
    assert Decision.objects.count() == 1


def test_deny_needs_a_ground_and_a_sentence(rita: Client, waiting: SubjectRequest) -> None:
    for data in ({}, {"reason": "other"}, {"reason": "nonsense", "explanation": "x"}, {"explanation": "Only words."}):
        refused = rita.post(address(waiting, "deny/"), data)
        assert refused.status_code == 422
    assert b"Only words." in refused.content  # what was typed is kept
    assert status_of(waiting) == Status.AWAITING_RELEASE
    assert rita.post(address(waiting, "deny/"), DENIAL).status_code == 302
    assert status_of(waiting) == Status.DENIED


def test_a_question_is_answered(rita: Client, ann: Client, enquiry: SubjectRequest) -> None:
    assert rita.post(address(enquiry, "answer/"), {"text": " "}).status_code == 422
    assert rita.post(address(enquiry, "answer/"), {"text": "Rita <b>does</b>."}).status_code == 302
    page = ann.get(f"/requests/{enquiry.reference}/").content.decode()
    assert "Rita &lt;b&gt;does&lt;/b&gt;." in page


def test_a_question_in_the_case_is_text(rita: Client, enquiry: SubjectRequest) -> None:
    assert b"<script>reads" not in rita.get(address(enquiry)).content


def test_a_failed_store_stands_in_the_way_until_it_is_excepted(rita: Client, failed: SubjectRequest) -> None:
    page = rita.get(address(failed)).content.decode()
    assert "app: no such table" in page
    assert "Release to the person" not in page
    assert rita.post(address(failed, "release/")).status_code == 409
    refused = rita.post(address(failed, "exception/"), {"dataset": "app", "reason": ""})
    assert (refused.status_code, b"has-error" in refused.content) == (422, True)
    assert rita.post(address(failed, "exception/"), {"dataset": "other", "reason": "x"}).status_code == 409
    decides_alone(failed.tenant)
    assert rita.post(address(failed, "exception/"), {"dataset": "app", "reason": "Rebuilt."}).status_code == 302
    assert status_of(failed) == Status.FULFILLING


def test_try_again(rita: Client, failed: SubjectRequest) -> None:
    assert rita.post(address(failed, "retry/")).status_code == 302
    assert failed.steps.get(kind="collect", dataset="app").state == StepState.READY


def test_a_sample_is_shown_to_who_may_read_and_recorded(rita: Client, olga: Client, waiting: SubjectRequest) -> None:
    page = rita.get(address(waiting, "sample/app/people/"))
    assert b"Ann" in page.content
    assert b"CANARY" not in page.content
    assert AuditEvent.objects.get(verb="bundle.sampled").facts == {"dataset": "app", "collection": "people"}
    assert olga.get(address(waiting, "sample/app/people/")).status_code == 403
    assert rita.get(address(waiting, "sample/app/nothing/")).status_code == 404
    assert rita.get(address(waiting, "sample/../../etc/")).status_code == 404


def test_a_sample_dies_with_its_key(rita: Client, waiting: SubjectRequest) -> None:
    SubjectRequest.objects.filter(pk=waiting.pk).update(sealed_key=None)
    assert rita.get(address(waiting, "sample/app/people/")).status_code == 404
    assert b"/sample/" not in rita.get(address(waiting)).content


def test_nobody_samples_their_own(tenant: Tenant, reviewer: User, rita: Client) -> None:
    own = collect(file(tenant, reviewer))
    assert rita.get(address(own, "sample/portal/accounts_user/")).status_code == 404


def test_a_closed_case_offers_nothing(rita: Client, released: SubjectRequest) -> None:
    page = rita.get(address(released)).content.decode()
    assert "Release to the person" not in page
    assert "Refuse, with a ground" not in page
    assert stale(rita).get(address(released)).status_code == 200
    assert released.closed_at is not None
    assert released.closed_at <= timezone.now()
