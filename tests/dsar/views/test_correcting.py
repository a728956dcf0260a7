"""A correction on the pages: what the person is shown and says, what the team reads and approves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from accounts.models import AuditEvent, Membership, Role, Tenant, User
from dsar.actions.correcting.proposing import ProposalError, _read
from dsar.actions.fulfilment.planning import look
from dsar.actions.fulfilment.running import run_next
from dsar.forms.person import CorrectForm
from dsar.fulfilment.correcting.proposal import Fact
from dsar.fulfilment.correcting.values import Place
from dsar.models import RequestType, Status, SubjectRequest
from tests.dsar.conftest import account
from tests.dsar.correcting import contacts, make_correctable
from tests.dsar.erasing import change, rows
from tests.dsar.views.conftest import browser, file, second_factor, stale

pytestmark = pytest.mark.thorough


def work() -> None:
    while run_next(clock=timezone.now):
        pass


@pytest.fixture
def asked(tenant: Tenant, subject: User) -> SubjectRequest:
    make_correctable(tenant)
    subject_request = file(tenant, subject, RequestType.RECTIFICATION)
    work()
    return subject_request


def own(subject_request: SubjectRequest, page: str = "") -> str:
    return f"/requests/{subject_request.reference}/{page}"


def desk(subject_request: SubjectRequest, page: str = "") -> str:
    return f"/desk/{subject_request.reference}/{page}"


def filled(page: str, **changes: Any) -> dict[str, Any]:
    """Return what a browser would send of the person's page: what it shows, but for the changes."""
    inputs = dict(re.findall(r'<input type="(?:text|hidden)" name="(\w+)"(?: value="([^"]*)")?', page))
    return inputs | {"reason": "It is another."} | changes


def propose(ann: Client, subject_request: SubjectRequest, **changes: str) -> None:
    page = ann.get(own(subject_request, "correct/")).content.decode()
    assert ann.post(own(subject_request, "correct/"), filled(page, **changes)).status_code == 302
    work()


@pytest.fixture
def proposed(asked: SubjectRequest, ann: Client) -> SubjectRequest:
    propose(ann, asked, fact_0="Ann <Smith>")
    return asked


def test_the_person_is_shown_what_is_held_and_sends_what_is_right(ann: Client, asked: SubjectRequest) -> None:
    assert "Tell us what is wrong" in ann.get(own(asked)).content.decode()
    page = ann.get(own(asked, "correct/")).content.decode()
    assert 'name="fact_0" value="Ann"' in page
    assert 'name="fact_2" value="30"' in page
    assert "Account, app" in page
    sent = ann.post(own(asked, "correct/"), filled(page, fact_0="Ann Smith"), follow=True)
    assert "Thank you. We look where it is held" in sent.content.decode()
    assert "The privacy team has it" in sent.content.decode()
    again = ann.post(own(asked, "correct/"), filled(page, fact_0="Anna"), follow=True)
    assert "You need to do nothing" in again.content.decode(), "it is told once"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "Nothing is changed yet"),
        ({"fact_2": "thirty"}, "Write a whole number, in digits."),
        ({"fact_0": "x" * 41}, "This holds 40 characters at most."),
        ({"fact_0": "Ann\x01"}, "no text"),
        ({"fact_0": "Anna", "reason": " "}, "Say why, or add a file"),
        ({"fact_0": "Anna", "shown": "0" * 64}, "What we hold was looked up anew"),
    ],
)
def test_what_cannot_be_taken_is_said_and_what_was_typed_is_kept(
    ann: Client, asked: SubjectRequest, changes: dict[str, str], expected: str
) -> None:
    page = ann.get(own(asked, "correct/")).content.decode()
    refused = ann.post(own(asked, "correct/"), filled(page, **changes))
    assert refused.status_code == 422
    assert expected in refused.content.decode()
    assert "It is another." in refused.content.decode() or "reason" in changes
    asked.refresh_from_db()
    assert asked.correction.proposed_at is None


def test_values_are_shown_to_who_has_just_shown_who_they_are(ann: Client, asked: SubjectRequest) -> None:
    old = stale(ann).get(own(asked, "correct/"))
    assert (old.status_code, b"Ann" in old.content) == (302, False)
    assert "reauthenticate" in old.headers["Location"]


def test_the_team_reads_old_and_new_and_that_is_recorded(rita: Client, proposed: SubjectRequest) -> None:
    case = rita.get(desk(proposed)).content.decode()
    assert "See the values and decide" in case
    assert "Smith" not in case, "who may only see the queue reads no values"
    page = rita.get(desk(proposed, "correction/")).content.decode()
    for words in (
        "Ann &lt;Smith&gt;",
        "It is another.",
        "The data map does not let this be corrected.",
        "Address book",
    ):
        assert words in page
    assert AuditEvent.objects.filter(verb="correction.looked_at").count() == 1
    assert not [event for event in AuditEvent.objects.all() if "Smith" in str(event.facts)]


def fingerprint(page: str) -> str:
    found = re.search(r'name="fingerprint" value="(\w+)"', page)
    assert found
    return found[1]


def test_what_is_approved_is_written(rita: Client, ann: Client, tenant: Tenant, proposed: SubjectRequest) -> None:
    page = rita.get(desk(proposed, "correction/")).content.decode()
    numbers = re.findall(r'name="lines" value="(\d+)"[^>]* checked', page)
    data = {"fingerprint": fingerprint(page), "lines": numbers}
    assert rita.post(desk(proposed, "correction/approve/"), data).status_code == 302
    work()
    proposed.refresh_from_db()
    assert proposed.status == Status.FULFILLED
    assert rows(tenant, "select name from people where id = 0") == [("Ann <Smith>",)]
    assert contacts(tenant)[0] == (1, "Ann <Smith>")
    told = ann.get(own(proposed)).content.decode()
    assert "Your data is corrected" in told
    assert "The old value stays" in told, "the signature of a letter"
    assert rita.get(desk(proposed)).status_code == 200


@pytest.mark.parametrize(
    ("data", "status", "expected"),
    [
        ({"lines": ["0"], "fingerprint": "0" * 64}, 409, "not the values that you saw"),
        ({"lines": ["1"]}, 409, "Something of it cannot be written"),
        ({"lines": ["0"]}, 409, "Say why not all of it is approved"),
        ({"lines": []}, 409, "Choose what is approved"),
        ({"lines": ["77"]}, 422, "What is wrong, and what is right"),
        ({"lines": ["x"]}, 422, "What is wrong, and what is right"),
    ],
)
def test_what_cannot_be_approved_is_said(
    rita: Client, tenant: Tenant, proposed: SubjectRequest, data: dict[str, object], status: int, expected: str
) -> None:
    page = rita.get(desk(proposed, "correction/")).content.decode()
    refused = rita.post(desk(proposed, "correction/approve/"), {"fingerprint": fingerprint(page), **data})
    assert refused.status_code == status
    assert expected in refused.content.decode()
    proposed.refresh_from_db()
    assert proposed.status == Status.AWAITING_REVIEW
    assert rows(tenant, "select name from people where id = 0") == [("Ann",)]


def test_a_part_is_approved_with_a_reason_that_the_person_reads(
    rita: Client, ann: Client, tenant: Tenant, proposed: SubjectRequest
) -> None:
    page = rita.get(desk(proposed, "correction/")).content.decode()
    data = {"fingerprint": fingerprint(page), "lines": ["0"], "explanation": "The address book is Zoe's."}
    assert rita.post(desk(proposed, "correction/approve/"), data).status_code == 302
    work()
    assert contacts(tenant)[0] == (1, "Ann")
    told = ann.get(own(proposed)).content.decode()
    assert "The address book is Zoe&#x27;s." in told
    assert "What you said of it is kept" in told


def test_the_general_approval_does_not_pass_it_by(rita: Client, proposed: SubjectRequest) -> None:
    assert rita.post(desk(proposed, "approve/")).status_code == 409
    assert rita.post(desk(proposed, "release/")).status_code == 409


def test_a_refusal_is_told_with_what_stays_of_it(rita: Client, ann: Client, proposed: SubjectRequest) -> None:
    data = {"reason": "other", "explanation": "It is right as it is."}
    assert rita.post(desk(proposed, "deny/"), data).status_code == 302
    told = ann.get(own(proposed)).content.decode()
    assert "It is right as it is." in told
    assert "What you said of it is kept" in told


def test_a_value_that_is_gone_is_said(rita: Client, tenant: Tenant, proposed: SubjectRequest) -> None:
    change(tenant, "delete from people where id = 0")
    rita.post(desk(proposed, "look-again/"))
    work()
    page = rita.get(desk(proposed, "correction/")).content.decode()
    assert "crm" in page or "Address book" in page


def test_nobody_reads_their_own_case_nor_without_the_right(
    tenant: Tenant, subject: User, olga: Client, proposed: SubjectRequest
) -> None:
    assert olga.get(desk(proposed)).status_code == 200
    assert olga.get(desk(proposed, "correction/")).status_code == 403
    Membership.objects.create(user=subject, tenant=tenant, role=Role.REVIEWER)
    assert browser(second_factor(subject)).get(desk(proposed, "correction/")).status_code == 404
    approver = account("paul@acme.example")
    Membership.objects.create(user=approver, tenant=tenant, role=Role.APPROVER)
    paul = browser(second_factor(approver))
    page = paul.get(desk(proposed, "correction/")).content.decode()
    assert "Approve what is ticked" not in page
    assert paul.post(desk(proposed, "correction/approve/"), {"lines": ["0"]}).status_code == 403


def test_before_it_was_looked_up_and_after_it_is_closed_there_is_nothing_to_correct(
    tenant: Tenant, subject: User, ann: Client, rita: Client
) -> None:
    make_correctable(tenant)
    fresh = file(tenant, subject, RequestType.RECTIFICATION)
    assert "We are looking up what we hold" in ann.get(own(fresh)).content.decode()
    assert ann.get(own(fresh, "correct/")).headers["Location"] == own(fresh)
    assert rita.get(desk(fresh, "correction/")).status_code == 404
    work()
    ann.post(own(fresh, "withdraw/"))
    assert ann.get(own(fresh, "correct/")).headers["Location"] == own(fresh)


def test_what_a_browser_sends_back_unchanged_is_no_proposal(ann: Client, tenant: Tenant, asked: SubjectRequest) -> None:
    change(tenant, "update people set name = '  Two\r\nlines\rhere ' where id = 0")
    look(asked, now=timezone.now())
    work()
    page = ann.get(own(asked, "correct/")).content.decode()
    sent = filled(page, fact_0="  Two\r\nlines\r\nhere ")
    assert "Nothing is changed yet" in ann.post(own(asked, "correct/"), sent).content.decode()


def test_a_number_is_shown_and_read_as_its_reader_writes_it() -> None:
    fact = Fact("user.behavior", Place("app", "people", "height"), "float", 2.5)
    with override("de"):
        form = CorrectForm(facts=[fact], labels=[("Height", "")], shown="")
        assert form["fact_0"].value() == "2,5"
        assert [_read((fact,), {0: text}) for text in ("2,5", "2.5", "2,50")] == [[], [], []]
        assert [proposal.after for proposal in _read((fact,), {0: "2,75"})] == [2.75]
        with pytest.raises(ProposalError) as refused:
            _read((fact,), {0: "1.234"})
        assert "1234,5" in refused.value.errors[0]


PNG = b"\x89PNG\r\n\x1a\n and the picture of a paper"


def test_a_file_says_why_and_only_the_team_can_fetch_it(
    ann: Client, rita: Client, olga: Client, asked: SubjectRequest
) -> None:
    page = ann.get(own(asked, "correct/")).content.decode()
    sent = filled(page, fact_0="Anna", reason="", proof=SimpleUploadedFile("<b>Ann's passport</b>.html", PNG))
    assert ann.post(own(asked, "correct/"), sent).status_code == 302
    work()
    assert "The file that was sent (PNG)" in rita.get(desk(asked, "correction/")).content.decode()
    fetched = rita.get(desk(asked, "correction/proof/"))
    assert fetched.content == PNG
    assert fetched.headers["Content-Type"] == "application/octet-stream"
    assert fetched.headers["Content-Disposition"] == f'attachment; filename="{asked.reference}-proof.png"'
    assert fetched.headers["X-Content-Type-Options"] == "nosniff"
    assert olga.get(desk(asked, "correction/proof/")).status_code == 403
    assert ann.get(desk(asked, "correction/proof/")).status_code == 404
    stored = [path.read_bytes() for path in Path(settings.STORAGE_URL.removeprefix("file://")).rglob("*.age")]
    assert stored
    assert not any(b"picture of a paper" in content for content in stored)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"<script>", "Send a PDF, PNG or JPEG file"),
        (b"", "This file is empty."),
        (PNG + b"x" * 5_000_000, "Send a PDF, PNG or JPEG file"),
        (PNG + b"x" * 5_200_000, "This file is too large"),
    ],
)
def test_another_file_is_refused(ann: Client, asked: SubjectRequest, content: bytes, expected: str) -> None:
    page = ann.get(own(asked, "correct/")).content.decode()
    sent = filled(page, fact_0="Anna", proof=SimpleUploadedFile("a.png", content))
    refused = ann.post(own(asked, "correct/"), sent)
    assert (refused.status_code, expected in refused.content.decode()) == (422, True)
    asked.refresh_from_db()
    assert asked.correction.proposed_at is None


def test_where_no_file_was_sent_there_is_none(rita: Client, proposed: SubjectRequest) -> None:
    assert rita.get(desk(proposed, "correction/proof/")).status_code == 404
