"""A deletion on the pages: what the team sees and approves, what the person can still take back."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import OutgoingEmail, Tenant, User
from dsar.fulfilment.erasing.preview import Preview
from dsar.models import Decision, ErasureOrder, Policy, RequestType, Status, StepKind, StepState, SubjectRequest
from tests.dsar.views.conftest import file, mailed_code, token_of

pytestmark = pytest.mark.thorough

DELETED = {
    "rows": [["delete", "", 3], ["flagged", "It belongs to others as well.", 1]],
    "rows_digest": "0a",
    "rule": {},
}
KEPT = {"rows": [["keep", "Tax <law> (section 147, ten years)", 2]], "rows_digest": "00", "rule": {}}
SHOWN = {
    "parts": [["app", "people", DELETED], ["app", "letters", KEPT]],
    "problems": [],
    "unreached": [["app", "old_emails", "No key leads there."]],
}
IN_THE_WAY = {**SHOWN, "problems": ["app:people: 2 rows of <b>secrets</b> that stay still name rows of it"]}


def look(subject_request: SubjectRequest, document: dict[str, object] | None = None, **changes: object) -> str:
    """Let the worker have looked; return the fingerprint."""
    document = document or SHOWN
    fingerprint = Preview.read(document).fingerprint
    report = {"preview": document, "fingerprint": fingerprint}
    done = {"state": StepState.DONE, "report": report, "finished_at": timezone.now(), "rows": 3, **changes}
    assert subject_request.steps.filter(kind=StepKind.PREVIEW, state=StepState.READY).update(**done) == 1
    return fingerprint


@pytest.fixture
def asked(tenant: Tenant, subject: User) -> SubjectRequest:
    return file(tenant, subject, RequestType.ERASURE)


def case(subject_request: SubjectRequest, page: str = "") -> str:
    return f"/desk/{subject_request.reference}/{page}"


def own(subject_request: SubjectRequest) -> str:
    return f"/requests/{subject_request.reference}/"


def test_before_the_preview_nothing_can_be_approved(rita: Client, asked: SubjectRequest) -> None:
    page = rita.get(case(asked)).content.decode()
    assert "Every store is being looked at" in page
    assert "Approve this deletion" not in page
    assert rita.post(case(asked, "approve/")).status_code == 409
    assert "A preview is being made already" in rita.post(case(asked, "look-again/")).content.decode()


def test_the_reviewer_sees_every_row_that_goes_or_stays_and_why(rita: Client, asked: SubjectRequest) -> None:
    look(asked)
    page = rita.get(case(asked)).content.decode()
    for words in ("Deleted", "Stays: may be others&#x27; too", "It belongs to others as well.", "old_emails"):
        assert words in page or words.replace("old_emails", "Old addresses") in page
    assert "Tax &lt;law&gt; (section 147, ten years)" in page
    assert "The person can withdraw the request until" in page


def test_the_reviewer_sees_what_is_taken_out_of_texts_and_what_is_too_short(
    rita: Client, asked: SubjectRequest
) -> None:
    texts = {
        "rows": [["mask", "", 2], ["masked", "", 1]],
        "rows_digest": "0b",
        "rule": {},
        "redacted": 1234,
        "short": 1,
    }
    look(asked, {**SHOWN, "parts": [*SHOWN["parts"], ["app", "letters", texts]]})  # type: ignore[misc]
    page = rita.get(case(asked)).content.decode()
    assert page.count("1,234 names, addresses or numbers of the person are taken out of texts") == 1
    assert "1 is too short to be looked for in texts" in page


def test_the_reviewer_sees_what_cannot_be_put_back(rita: Client, asked: SubjectRequest) -> None:
    fingerprint = look(asked)
    assert "Cannot be put back" not in rita.get(case(asked)).content.decode()
    report = {"preview": SHOWN, "fingerprint": fingerprint, "unkept": [["app", "people"]]}
    asked.steps.filter(kind=StepKind.PREVIEW).update(report=report)
    assert rita.get(case(asked)).content.decode().count("Cannot be put back: no copy can be kept here.") == 1


def test_what_was_seen_is_approved(rita: Client, asked: SubjectRequest) -> None:
    fingerprint = look(asked)
    assert f'name="fingerprint" value="{fingerprint}"' in rita.get(case(asked)).content.decode()
    refused = rita.post(case(asked, "approve/"), {"fingerprint": "f" * 64})
    assert (refused.status_code, b"not the rows that you saw" in refused.content) == (409, True)
    assert rita.post(case(asked, "approve/"), {"fingerprint": fingerprint}).status_code == 302
    asked.refresh_from_db()
    assert asked.status == Status.FULFILLING
    order = ErasureOrder.objects.get(subject_request=asked)
    assert order.approved == fingerprint
    assert asked.steps.get(state=StepState.READY).not_before == order.undo_until
    page = rita.get(case(asked)).content.decode()
    assert "looked at once more" in page
    assert "until then the person can withdraw the request" in page


def test_what_stands_in_the_way_is_named_and_looked_at_again(rita: Client, asked: SubjectRequest) -> None:
    fingerprint = look(asked, IN_THE_WAY)
    page = rita.get(case(asked)).content.decode()
    assert "&lt;b&gt;secrets&lt;/b&gt; that stay still name rows of it" in page
    assert "Approve this deletion" not in page
    assert rita.post(case(asked, "approve/"), {"fingerprint": fingerprint}).status_code == 409
    assert rita.post(case(asked, "look-again/")).status_code == 302
    assert Decision.objects.filter(subject_request=asked, kind="look_again").count() == 1
    look(asked)
    assert "Approve this deletion" in rita.get(case(asked)).content.decode()


def test_a_preview_that_failed_says_why(rita: Client, asked: SubjectRequest) -> None:
    asked.steps.update(state=StepState.FAILED, error="app: no such <table>", finished_at=timezone.now())
    page = rita.get(case(asked)).content.decode()
    assert "app: no such &lt;table&gt;" in page
    assert rita.post(case(asked, "look-again/")).status_code == 302


def test_the_person_can_take_it_back_until_it_has_begun(ann: Client, rita: Client, asked: SubjectRequest) -> None:
    page = ann.get(own(asked)).content.decode()
    assert "You can still change your mind" in page
    assert "Keep my data" in page
    fingerprint = look(asked)
    rita.post(case(asked, "approve/"), {"fingerprint": fingerprint})
    assert "approved it" in ann.get(own(asked)).content.decode()
    ErasureOrder.objects.filter(subject_request=asked).update(begun_at=timezone.now())
    page = ann.get(own(asked)).content.decode()
    assert "We are deleting your data" in page
    assert "Keep my data" not in page
    assert "Refuse, with a ground" not in rita.get(case(asked)).content.decode()
    refused = ann.post(f"{own(asked)}withdraw/", follow=True)
    assert "has begun and cannot be stopped" in refused.content.decode()


def test_taken_back_nothing_was_deleted(ann: Client, asked: SubjectRequest) -> None:
    done = ann.post(f"{own(asked)}withdraw/", follow=True).content.decode()
    assert "Nothing was deleted" in done
    assert "Nothing of yours was deleted" in done


def test_once_the_time_is_over_the_page_says_so(ann: Client, asked: SubjectRequest) -> None:
    ErasureOrder.objects.filter(subject_request=asked).update(undo_until=timezone.now() - timedelta(hours=1))
    assert "You can still change your mind" not in ann.get(own(asked)).content.decode()


def test_the_form_tells_what_happens(ann: Client, tenant: Tenant) -> None:
    ann.post("/requests/new/", {"type": "erasure"})
    page = ann.get("/requests/new/check/").content.decode()
    assert "You have 24 hours to change your mind" in page
    assert "Your account here ends too" in page
    assert "a sealed copy is kept for 72 hours more where that is possible" in page
    Policy.objects.update_or_create(tenant=tenant, defaults={"undo_hours": 0})
    page = ann.get("/requests/new/check/").content.decode()
    assert "as soon as the privacy team has looked at it" in page
    assert "0 hours" not in page


def test_the_first_message_says_until_when_it_can_be_taken_back(asked: SubjectRequest) -> None:
    message = OutgoingEmail.objects.get(kind="acknowledgement")
    until = ErasureOrder.objects.get(subject_request=asked).undo_until
    said = f"Nothing is deleted before {until.astimezone(ZoneInfo(asked.tenant.time_zone)):%A, %-d %B %Y, %H:%M}"
    for part in (message.text, message.html):
        assert said in part
        assert "if this was not you" in part


def test_what_was_taken_back_is_told_as_it_is(ann: Client, asked: SubjectRequest) -> None:
    ann.post(f"{own(asked)}withdraw/")
    message = OutgoingEmail.objects.get(kind="withdrawn")
    for part in (message.text, message.html):
        assert "Nothing of yours was deleted." in part
        assert "collected is deleted" not in part


def test_who_is_refused_reads_that_nothing_was_deleted(ann: Client, rita: Client, asked: SubjectRequest) -> None:
    look(asked)
    rita.post(case(asked, "deny/"), {"reason": "other", "explanation": "You asked before."})
    message = OutgoingEmail.objects.get(kind="denied")
    for part in (message.text, message.html, ann.get(own(asked)).content.decode()):
        assert "Nothing of yours was deleted." in part


def test_where_nobody_is_signed_in_nothing_is_said_of_a_download(anonymous: Client) -> None:
    anonymous.post("/requests/new/", {"type": "erasure"})
    anonymous.post("/requests/new/who/", {"email": "ann@example.com"})
    anonymous.post("/requests/new/check/", {"token": token_of(anonymous.get("/requests/new/check/"))})
    reference = SubjectRequest.objects.get().reference
    code = OutgoingEmail.objects.get(kind="verify_code").text
    assert "asked for data" not in code
    anonymous.post(f"/requests/confirm/{reference}/", {"code": mailed_code()})
    page = anonymous.get(f"/requests/{reference}/filed/").content.decode()
    assert "not before <time" in page
    assert "withdraw it if you change your mind" in page
    assert "fetch your data" not in page
