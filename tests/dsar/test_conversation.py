"""What both sides say to each other, through the actions: clocks that stand still and go on, mail, files, notes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.models import AuditEvent, Membership, OutgoingEmail, Role, Tenant, User
from dsar import payloads, queries
from dsar.actions import expiry, extending, proofs, review
from dsar.actions.conversation import asking, noting, reading, sending, templating
from dsar.actions.conversation.writing import MOST_FILES_OF_REQUEST, MessageError
from dsar.actions.delivery.releasing import OwnRequestError
from dsar.actions.retention.enforce import enforce
from dsar.models import (
    Attachment,
    Clarification,
    Decision,
    DecisionKind,
    InternalNote,
    Message,
    MessageTemplate,
    RequestType,
    Status,
    SubjectRequest,
)
from dsar.models.transitions import ImpossibleMoveError
from tests.dsar.conftest import account, make_tenant
from tests.dsar.test_the_way_of_a_request import file_access

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PDF, PNG = b"%PDF-1.7 CANARY", b"\x89PNG\r\n\x1a\n CANARY"
WORDS = "Which of your two addresses do you mean? CANARY"


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    """The tenant in a transaction that is rolled back: no store is read here."""
    yield from make_tenant()


@pytest.fixture
def enquiry(tenant: Tenant, subject: User, reviewer: User, now: datetime) -> SubjectRequest:
    """A question of Ann's, which waits for the team."""
    return file_access(tenant, subject, now, RequestType.ENQUIRY)


def ask(subject_request: SubjectRequest, by: User, at: datetime, **changes: Any) -> Message:
    return asking.ask(subject_request, **{"text": WORDS, "files": (), "token": "q1"} | changes, by=by, now=at)


def say(subject_request: SubjectRequest, by: User, at: datetime, **changes: Any) -> Message:
    said = {"text": "The new one.", "files": (), "token": "a1"} | changes
    return sending.answer_back(subject_request, **said, by=by, now=at)


def mails(kind: str) -> list[str]:
    return list(OutgoingEmail.objects.filter(kind=kind).order_by("pk").values_list("to", flat=True))


def due(subject_request: SubjectRequest, at: datetime) -> tuple[bool, datetime]:
    house, _ = queries.clocks(subject_request, now=at)
    return house.paused, house.due_at


def test_a_question_stops_the_house_clock_until_it_is_answered(
    enquiry: SubjectRequest, subject: User, reviewer: User, now: datetime
) -> None:
    ask(enquiry, reviewer, now + 10 * HOUR)
    enquiry.refresh_from_db()
    assert enquiry.status == Status.AWAITING_REVIEW
    assert due(enquiry, now + 40 * HOUR) == (True, now + 78 * HOUR)
    assert mails("question_asked") == ["ann@example.com"]
    assert Decision.objects.get().kind == DecisionKind.ASK
    say(enquiry, subject, now + 60 * HOUR)
    enquiry.refresh_from_db()
    assert enquiry.due_at == now + 98 * HOUR
    assert due(enquiry, now + 70 * HOUR) == (False, now + 98 * HOUR)
    assert Clarification.objects.get().end == "answered"
    assert "has answered" in OutgoingEmail.objects.get(kind="message_from_person").text
    verbs = list(AuditEvent.objects.order_by("sequence").values_list("verb", flat=True))
    assert verbs[-2:] == ["request.asked", "request.question_answered"]


# Three days more end on a Sunday, which moves to Monday.
@pytest.mark.parametrize(("regime", "kind", "days"), [("uk", "access", 4), ("uk", "enquiry", 0), ("gdpr", "access", 0)])
def test_the_laws_clock_stops_only_where_that_law_says_so(
    tenant: Tenant, subject: User, reviewer: User, now: datetime, regime: str, kind: str, days: int
) -> None:
    subject_request = file_access(tenant, subject, now)
    SubjectRequest.objects.filter(pk=subject_request.pk).update(regime=regime, type=kind, status="awaiting_release")
    subject_request.refresh_from_db()
    before = queries.clocks(subject_request, now=now)[1].due_at
    ask(subject_request, reviewer, now + DAY)
    say(subject_request, subject, now + 4 * DAY)
    subject_request = SubjectRequest.objects.get(pk=subject_request.pk)
    assert subject_request.status == Status.AWAITING_RELEASE
    assert queries.clocks(subject_request, now=now + 5 * DAY)[1].due_at == before + days * DAY


def test_no_mail_says_what_was_written(enquiry: SubjectRequest, subject: User, reviewer: User, now: datetime) -> None:
    ask(enquiry, reviewer, now)
    say(enquiry, subject, now, text="CANARY answer", files=[PDF])
    sending.tell_person(enquiry, text="CANARY thanks", files=(), token="t", by=reviewer, now=now)
    noting.add_note(enquiry, text="@rita CANARY note", token="n", by=reviewer, now=now)
    asking.lapse(now=now + 3 * DAY)
    for mail in OutgoingEmail.objects.all():
        assert "CANARY" not in mail.subject + mail.text + mail.html
    assert mails("message_from_team") == ["ann@example.com"]
    assert not [event.facts for event in AuditEvent.objects.all() if "CANARY" in str(event.facts)]


def test_nobody_waits_for_ever(enquiry: SubjectRequest, reviewer: User, now: datetime) -> None:
    ask(enquiry, reviewer, now + HOUR)
    seen = []
    for days in (2, 3, 4, 10, 11, 13.9, 14, 20):
        for _ in range(2):
            asking.lapse(now=now + HOUR + days * DAY)
        seen.append((days, len(mails("question_reminder")), len(mails("question_over"))))
    assert seen == [(2, 0, 0), (3, 1, 0), (4, 1, 0), (10, 2, 0), (11, 2, 0), (13.9, 2, 0), (14, 2, 1), (20, 2, 1)]
    enquiry.refresh_from_db()
    assert enquiry.status == Status.AWAITING_REVIEW
    assert enquiry.due_at == now + 48 * HOUR + 14 * DAY
    assert Clarification.objects.get().end == "unanswered"
    assert len(mails("review_needed")) == 2, "the team is told that it is their turn again"
    review.answer(enquiry, text="Here.", by=reviewer, now=now + 15 * DAY)


def test_nothing_is_decided_while_an_answer_is_awaited(enquiry: SubjectRequest, reviewer: User, now: datetime) -> None:
    ask(enquiry, reviewer, now)
    with pytest.raises(ImpossibleMoveError, match="Go on without it first"):
        review.answer(enquiry, text="Here.", by=reviewer, now=now)
    enquiry.refresh_from_db()
    asking.go_on(enquiry, by=reviewer, now=now + 5 * HOUR)
    assert mails("question_over") == ["ann@example.com"]
    enquiry.refresh_from_db()
    assert enquiry.due_at == now + 53 * HOUR
    review.answer(enquiry, text="Here.", by=reviewer, now=now + 6 * HOUR)
    with pytest.raises(ImpossibleMoveError):
        asking.go_on(enquiry, by=reviewer, now=now)


@pytest.mark.parametrize("act", ["deny", "withdraw"])
def test_the_end_of_a_request_ends_the_question(
    enquiry: SubjectRequest, subject: User, reviewer: User, now: datetime, act: str
) -> None:
    ask(enquiry, reviewer, now)
    if act == "deny":
        review.deny(enquiry, reason="other", explanation="No.", by=reviewer, now=now + HOUR)
    else:
        review.withdraw(enquiry, by=subject, now=now + HOUR)
    assert enquiry.pauses.get().ended_at == now + HOUR
    assert asking.lapse(now=now + 20 * DAY) == 0
    with pytest.raises(ImpossibleMoveError):
        say(enquiry, subject, now + 2 * HOUR)


def test_one_question_at_a_time_and_only_where_the_team_is_to_decide(
    tenant: Tenant, enquiry: SubjectRequest, reviewer: User, now: datetime
) -> None:
    ask(enquiry, reviewer, now)
    with pytest.raises(MessageError, match="waiting for an answer"):
        ask(enquiry, reviewer, now, token="q2")
    collecting = file_access(tenant, account("eve@example.com"), now, token="t2")
    with pytest.raises(ImpossibleMoveError):
        ask(collecting, reviewer, now)
    assert Message.objects.count() == 1
    unconfirmed = file_access(tenant, None, now, token="t3")
    with pytest.raises(ImpossibleMoveError):
        sending.tell_person(unconfirmed, text="Hello", files=(), token="t", by=reviewer, now=now)


def test_sent_twice_it_is_one_and_what_was_changed_is_another(
    enquiry: SubjectRequest, subject: User, reviewer: User, now: datetime
) -> None:
    for _ in range(2):
        ask(enquiry, reviewer, now)
        say(enquiry, subject, now)
        noting.add_note(enquiry, text="Hm.", token="n1", by=reviewer, now=now)
    assert (Message.objects.count(), InternalNote.objects.count()) == (2, 1)
    assert (len(mails("question_asked")), len(mails("message_from_person"))) == (1, 1)
    say(enquiry, subject, now, text="No, the old one.")  # back, changed, sent again: with the same token
    assert Message.objects.filter(is_from_team=False).count() == 2


def test_a_message_is_mailed_to_who_has_the_request_and_to_all_reviewers_where_nobody_has(
    tenant: Tenant, enquiry: SubjectRequest, subject: User, reviewer: User, now: datetime
) -> None:
    second = Membership.objects.create(tenant=tenant, user=account("second@example.com"), role=Role.REVIEWER)
    say(enquiry, subject, now)
    assert mails("message_from_person") == [reviewer.email, "second@example.com"]
    SubjectRequest.objects.update(assigned_to=second.user)
    enquiry.refresh_from_db()
    say(enquiry, subject, now, text="And this.", token="a2")
    assert mails("message_from_person")[2:] == ["second@example.com"]
    second.delete()  # and the request is still theirs
    say(enquiry, subject, now, text="And that.", token="a3")
    assert mails("message_from_person")[3:] == [reviewer.email]


def test_files_are_kept_sealed_and_go_with_the_decision(
    enquiry: SubjectRequest, subject: User, reviewer: User, now: datetime
) -> None:
    assert enquiry.sealed_key is None
    say(enquiry, subject, now, files=[PDF, PNG])
    enquiry.refresh_from_db()
    assert [item.kind for item in Attachment.objects.all()] == ["pdf", "png"]
    folder = Path(settings.STORAGE_URL.removeprefix("file://")) / "requests" / enquiry.reference
    assert len(list(folder.iterdir())) == 2
    assert all(b"CANARY" not in file.read_bytes() for file in folder.iterdir())
    first = Attachment.objects.all()[0]
    assert reading.open_attachment(enquiry, first, by=reviewer, now=now) == PDF
    review.answer(enquiry, text="Here.", by=reviewer, now=now)
    expiry.purge(now=now)
    enquiry.refresh_from_db()
    assert not folder.exists()
    with pytest.raises(payloads.PayloadGoneError):
        reading.open_attachment(enquiry, first, by=reviewer, now=now)


def test_what_is_no_paper_is_refused_whole(enquiry: SubjectRequest, subject: User, now: datetime) -> None:
    for files in ([PDF, b"<html>"], [b"PK\x03\x04"], [b"%PDF-" + b"x" * proofs.MOST_PROOF_BYTES]):
        with pytest.raises(proofs.ProofRefusedError):
            say(enquiry, subject, now, files=files)
    with pytest.raises(MessageError, match="5 files"):
        say(enquiry, subject, now, files=[PDF] * 6)
    with pytest.raises(MessageError, match="Write something"):
        say(enquiry, subject, now, text=" ")
    for number in range(MOST_FILES_OF_REQUEST // 5):
        say(enquiry, subject, now, files=[PNG] * 5, token=f"a{number}")
    with pytest.raises(MessageError, match="20 files"):
        say(enquiry, subject, now, files=[PNG], token="more")


def test_nobody_floods_the_team(
    enquiry: SubjectRequest, subject: User, reviewer: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "MOST_A_DAY", 3)
    for number in range(3):
        say(enquiry, subject, now, token=str(number))
    with pytest.raises(MessageError, match="tomorrow"):
        say(enquiry, subject, now + 23 * HOUR, token="more")
    say(enquiry, subject, now + 25 * HOUR, token="more")


def test_nobody_is_the_team_of_their_own_request(tenant: Tenant, reviewer: User, now: datetime) -> None:
    own = file_access(tenant, reviewer, now, RequestType.ENQUIRY)
    words: dict[str, Any] = {"text": "Well done.", "token": "t", "by": reviewer, "now": now}
    for act in (
        lambda: asking.ask(own, files=(), **words),
        lambda: sending.tell_person(own, files=(), **words),
        lambda: noting.add_note(own, **words),
        lambda: extending.extend(own, reason="It is much.", by=reviewer, now=now),
    ):
        with pytest.raises(OwnRequestError):
            act()
    assert reviewer not in noting.colleagues(own)


def test_what_was_read_is_marked_for_the_other_side(
    enquiry: SubjectRequest, subject: User, reviewer: User, now: datetime
) -> None:
    ask(enquiry, reviewer, now)
    say(enquiry, subject, now)
    reading.has_read(enquiry, is_team=True, now=now + HOUR)
    reading.has_read(enquiry, is_team=True, now=now + 2 * HOUR)
    assert list(enquiry.messages.values_list("is_from_team", "read_at")) == [(True, None), (False, now + HOUR)]


def test_a_note_tells_those_whom_it_mentions(
    tenant: Tenant, enquiry: SubjectRequest, reviewer: User, now: datetime
) -> None:
    kim, olga, otto = (account(f"{name}@acme.example") for name in ("kim", "olga", "otto"))
    Membership.objects.create(user=kim, tenant=tenant, role=Role.APPROVER)
    Membership.objects.create(user=olga, tenant=tenant, role=Role.AUDITOR)  # reads no notes
    text = "@Kim, @kim@acme.example: look. @rita @otto @olga. Not ann@example.com or kim@x.example"
    noted = noting.add_note(enquiry, text=text, token="n", by=reviewer, now=now)
    assert noted.mentioned == (kim, reviewer)
    assert noted.unknown == ("otto", "olga")
    assert set(noted.note.mentioned.all()) == {kim, reviewer}
    assert mails("mentioned") == [kim.email]
    assert AuditEvent.objects.get(verb="note.written").facts == {"mentioned": 2}
    assert otto.email not in mails("mentioned")


def test_the_laws_term_is_extended_once_with_a_reason_and_before_it_is_over(
    enquiry: SubjectRequest, reviewer: User, now: datetime
) -> None:
    house, legal = queries.clocks(enquiry, now=now)
    enquiry.warnings.create(clock="gdpr", percent=50, given_at=now)
    with pytest.raises(extending.ExtensionError, match="Say why"):
        extending.extend(enquiry, reason=" ", by=reviewer, now=now)
    with pytest.raises(extending.ExtensionError, match="before the first term is over"):
        extending.extend(enquiry, reason="Much.", by=reviewer, now=legal.due_at + HOUR)
    extending.extend(enquiry, reason="It spans 14 archives.", by=reviewer, now=legal.due_at)
    enquiry.refresh_from_db()
    later_house, later = queries.clocks(enquiry, now=now)
    assert (later.due_at.month - legal.due_at.month, later_house.due_at) == (2, house.due_at)
    assert not enquiry.warnings.filter(clock="gdpr").exists()
    assert Decision.objects.get(kind=DecisionKind.EXTEND).reason == "It spans 14 archives."
    mail = OutgoingEmail.objects.get(kind="extended")
    assert "It spans 14 archives." in mail.text
    assert "2 June 2026" in mail.text
    with pytest.raises(ImpossibleMoveError):
        extending.extend(enquiry, reason="Again.", by=reviewer, now=now)


def test_a_law_without_an_extension_has_none(enquiry: SubjectRequest, reviewer: User, now: datetime) -> None:
    enquiry.regime = "lgpd"
    enquiry.save()
    assert not extending.may_be_extended(enquiry, now=now)
    with pytest.raises(extending.ExtensionError, match="knows no extension"):
        extending.extend(enquiry, reason="Much.", by=reviewer, now=now)


def test_what_was_said_goes_with_the_texts(
    enquiry: SubjectRequest, subject: User, reviewer: User, now: datetime
) -> None:
    ask(enquiry, reviewer, now)
    say(enquiry, subject, now, files=[PDF])
    noting.add_note(enquiry, text="Hm.", token="n", by=reviewer, now=now)
    review.answer(enquiry, text="Here.", by=reviewer, now=now)
    enforce(now=now + 89 * DAY)
    assert Message.objects.count() == 2
    enforce(now=now + 90 * DAY)
    left = (Message, Attachment, Clarification, InternalNote)
    assert [model.objects.count() for model in left] == [0, 0, 0, 0]
    with pytest.raises(MessageError):
        noting.add_note(enquiry, text="Hm.", token="n2", by=reviewer, now=now + 90 * DAY)


def test_a_template_has_a_name_of_its_own(tenant: Tenant, reviewer: User, now: datetime) -> None:
    made = templating.save_template(tenant, name=" Which data ", text="Hello", by=reviewer, now=now)
    with pytest.raises(MessageError, match="this name"):
        templating.save_template(tenant, name="Which data", text="Other", by=reviewer, now=now)
    templating.save_template(tenant, name="Which data", text="Hi", by=reviewer, now=now, template=made)
    assert list(MessageTemplate.objects.values_list("name", "text")) == [("Which data", "Hi")]
    templating.delete_template(made, by=reviewer, now=now)
    assert not MessageTemplate.objects.exists()
