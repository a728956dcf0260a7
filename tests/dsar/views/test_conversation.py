"""Messages, questions, notes and extensions on the pages of both sides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Membership, Role, Tenant, User
from dsar.actions.conversation import asking, sending
from dsar.models import Attachment, InternalNote, Message, MessageTemplate, RequestType, Status, SubjectRequest
from tests.dsar.conftest import account
from tests.dsar.views.conftest import browser, file, second_factor, stale

WORDS = "Which <script>one</script> do you mean?"
PDF, PNG = b"%PDF-1.7 a paper", b"\x89PNG\r\n\x1a\n a picture"


def desk(subject_request: SubjectRequest, page: str = "") -> str:
    return f"/desk/{subject_request.reference}/{page}"


def own(subject_request: SubjectRequest, page: str = "") -> str:
    return f"/requests/{subject_request.reference}/{page}"


def paper(content: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile("passport of ann.pdf", content, content_type="text/html")


def ask(rita: Client, subject_request: SubjectRequest, **changes: Any) -> Any:
    return rita.post(desk(subject_request, "message/"), {"text": WORDS, "asks": "on", "token": "q"} | changes)


def text_of(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def asked(rita: Client, waiting: SubjectRequest) -> SubjectRequest:
    assert ask(rita, waiting).status_code == 302
    return waiting


def test_a_question_stands_on_both_sides_and_says_that_the_clock_waits(
    rita: Client, ann: Client, asked: SubjectRequest
) -> None:
    page = text_of(rita.get(desk(asked)))
    assert "Waits for an answer" in page
    assert "Release to the person" not in page
    assert "the term of the GDPR runs on" in page
    page = text_of(ann.get(own(asked)))
    assert "We need an answer from you" in page
    assert "You need to do nothing" not in page
    assert "&lt;script&gt;one" in page
    assert "<script>one" not in page
    assert page.count("paused") >= 1
    assert "Seen by the person" in text_of(rita.get(desk(asked)))
    assert "We need an answer from you" in text_of(ann.get("/requests/"))


def test_the_answer_comes_with_files_that_are_handed_out_to_be_saved(
    rita: Client, ann: Client, asked: SubjectRequest
) -> None:
    sent = ann.post(own(asked, "message/"), {"text": "That <b>one</b>.", "token": "a", "papers": [paper(), paper(PNG)]})
    assert sent.status_code == 302
    page = text_of(rita.get(desk(asked)))
    assert "That &lt;b&gt;one&lt;/b&gt;." in page
    assert "Release to the person" in page
    assert "passport" not in page
    first = Attachment.objects.all()[0]
    for client, address in ((rita, desk(asked, f"files/{first.pk}/")), (ann, own(asked, f"files/{first.pk}/"))):
        got = client.get(address)
        assert (got.status_code, got.content) == (200, PDF)
        assert got.headers["Content-Type"] == "application/octet-stream"
        assert got.headers["Content-Disposition"] == f'attachment; filename="{asked.reference}-{first.pk}.pdf"'
        assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert AuditEvent.objects.filter(verb="message.file_fetched").count() == 2
    assert stale(ann).get(own(asked, f"files/{first.pk}/")).status_code == 302, (
        "whoever fetches shows again who they are"
    )


def test_a_file_is_nobody_elses(
    rita: Client, ann: Client, otto: Client, olga: Client, tenant: Tenant, asked: SubjectRequest, subject: User
) -> None:
    ann.post(own(asked, "message/"), {"text": "", "papers": [paper()]})
    number = Attachment.objects.get().pk
    assert otto.get(own(asked, f"files/{number}/")).status_code == 404
    assert olga.get(desk(asked, f"files/{number}/")).status_code == 403
    other = file(tenant, subject, RequestType.ENQUIRY)
    asked.refresh_from_db()
    SubjectRequest.objects.filter(pk=other.pk).update(sealed_key=asked.sealed_key)  # else it could not be opened anyway
    assert ann.get(own(other, f"files/{number}/")).status_code == 404
    assert rita.get(desk(other, f"files/{number}/")).status_code == 404


@pytest.mark.thorough
def test_what_cannot_be_sent_is_refused_and_kept(ann: Client, asked: SubjectRequest) -> None:
    for data, told in (
        ({"text": " "}, "Write something"),
        ({"text": "My words.", "papers": [paper(b"<html>")]}, "Send a PDF, PNG or JPEG"),
        ({"text": "My words.", "papers": [paper(b"")]}, "is empty"),
        ({"text": "My words.", "papers": [paper() for _ in range(6)]}, "five files at most"),
        ({"text": "My words.", "papers": [paper(PDF + b"x" * 5_200_000)]}, "too large"),
    ):
        refused = ann.post(own(asked, "message/"), data)
        assert refused.status_code == 422
        assert told in text_of(refused), data["text"]
        assert str(data["text"]).strip() in text_of(refused)
    assert Message.objects.count() == 1


def test_a_message_that_asks_nothing_stops_nothing(rita: Client, ann: Client, waiting: SubjectRequest) -> None:
    assert rita.post(desk(waiting, "message/"), {"text": "Hello Ann"}).status_code == 302
    assert "Hello Ann" in text_of(ann.get(own(waiting)))
    assert not waiting.pauses.exists()
    assert rita.post(desk(waiting, "message/"), {"text": ""}).status_code == 422
    assert ann.post(own(waiting, "message/"), {"text": "Hello team"}).status_code == 302
    page = text_of(rita.get(desk(waiting)))
    assert "Hello team" in page
    assert ">New<" in page.replace("\n", "")
    assert ">New<" not in text_of(rita.get(desk(waiting)))


def test_a_text_is_put_behind_what_was_typed(tenant: Tenant, rita: Client, waiting: SubjectRequest) -> None:
    own_text = MessageTemplate.objects.create(tenant=tenant, name="Ours", text="From our own.")
    MessageTemplate.objects.create(
        tenant=Tenant.objects.create(slug="o", name="O", contact_email="o@o.example"), name="Theirs", text="Secret"
    )
    page = text_of(rita.get(desk(waiting)))
    assert "Ours" in page
    assert "Theirs" not in page
    data = {"text": "I typed this.", "asks": "on", "insert": "1", "template": f"own-{own_text.pk}"}
    shown = text_of(rita.post(desk(waiting, "message/"), data))
    assert "I typed this.\n\nFrom our own." in shown
    assert 'name="asks" id="id_asks" checked' in shown
    assert not Message.objects.exists()
    for key in ("which", f"own-{own_text.pk + 1}", "nonsense", "own-x"):
        assert "I typed this." in text_of(rita.post(desk(waiting, "message/"), data | {"template": key}))


def test_going_on_without_the_answer(rita: Client, ann: Client, asked: SubjectRequest) -> None:
    assert rita.post(desk(asked, "go-on/")).status_code == 302
    assert "Release to the person" in text_of(rita.get(desk(asked)))
    page = text_of(ann.get(own(asked)))
    assert "No answer is needed any more" in page
    assert "We need an answer from you" not in page
    assert rita.post(desk(asked, "go-on/")).status_code == 409


def test_notes_are_read_by_those_alone_who_may(
    tenant: Tenant, rita: Client, olga: Client, ann: Client, waiting: SubjectRequest
) -> None:
    kim = account("kim@acme.example")
    Membership.objects.create(user=kim, tenant=tenant, role=Role.APPROVER)
    noted = rita.post(
        desk(waiting, "note/"), {"note-text": "@kim SECRET <i>note</i>, @nobody", "note-token": "n"}, follow=True
    )
    page = text_of(noted)
    assert "SECRET &lt;i&gt;note" in page
    assert "Nobody who may read this case is called @nobody" in page
    assert "kim@acme.example" in page
    approver = browser(second_factor(kim))
    assert approver.post(desk(waiting, "note/"), {"note-text": "Fine."}).status_code == 302
    for response in (olga.get(desk(waiting)), ann.get(own(waiting))):
        assert "SECRET" not in text_of(response)
    assert olga.post(desk(waiting, "note/"), {"note-text": "x"}).status_code == 403
    assert rita.post(desk(waiting, "note/"), {"note-text": " "}).status_code == 422
    assert InternalNote.objects.count() == 2


def test_an_auditor_reads_no_message(olga: Client, asked: SubjectRequest) -> None:
    page = text_of(olga.get(desk(asked)))
    assert "do you mean" not in page
    assert "There is 1 message" in page


def test_nobody_reads_on_in_their_own_case(tenant: Tenant, reviewer: User, rita: Client) -> None:
    request = file(tenant, reviewer, RequestType.ENQUIRY)
    other = account("kim@acme.example")
    Membership.objects.create(user=other, tenant=tenant, role=Role.REVIEWER)
    kim = browser(second_factor(other))
    assert kim.post(desk(request, "note/"), {"note-text": "Suspicious. @rita"}).status_code == 302
    page = text_of(rita.get(desk(request)))
    assert "Suspicious" not in page
    for act, data in (("note/", {"note-text": "x"}), ("message/", {"text": "x"}), ("extend/", {"extend-reason": "x"})):
        assert rita.post(desk(request, act), data).status_code == 409
    assert not Message.objects.exists()


def test_the_term_is_extended_and_both_sides_say_so(rita: Client, ann: Client, waiting: SubjectRequest) -> None:
    assert rita.post(desk(waiting, "extend/"), {"extend-reason": ""}).status_code == 422
    assert rita.post(desk(waiting, "extend/"), {"extend-reason": "Three archives."}).status_code == 302
    page = text_of(rita.get(desk(waiting)))
    assert page.count("Three archives.") == 2
    assert "Extend and tell the person" not in page
    page = text_of(ann.get(own(waiting)))
    assert "The law gives us more time" in page
    assert "extended by two further months" in page
    again = rita.post(desk(waiting, "extend/"), {"extend-reason": "Once more."})
    assert again.status_code == 409
    assert "Once more." in text_of(again), "what was typed is not lost, though there is no field for it"


def test_a_closed_request_is_read_only(rita: Client, ann: Client, released: SubjectRequest) -> None:
    for client, address in ((ann, own(released, "message/")), (rita, desk(released, "message/"))):
        refused = client.post(address, {"text": "One more thing"})
        assert refused.status_code == 409
        assert "One more thing" in text_of(refused)
    assert not Message.objects.exists()
    assert 'name="text"' not in text_of(ann.get(own(released)))


def test_an_unconfirmed_request_has_no_conversation(tenant: Tenant, rita: Client) -> None:
    unconfirmed = file(tenant, None)
    assert 'id="write"' not in text_of(rita.get(desk(unconfirmed)))
    assert rita.post(desk(unconfirmed, "message/"), {"text": "Hello"}).status_code == 409


@pytest.mark.thorough
def test_texts_of_the_team_are_written_changed_and_deleted(tenant: Tenant, rita: Client) -> None:
    assert rita.post("/desk/templates/", {"name": "", "text": ""}).status_code == 422
    assert rita.post("/desk/templates/", {"name": "Ours <b>", "text": "Hi"}).status_code == 302
    made = MessageTemplate.objects.get()
    assert rita.post("/desk/templates/", {"name": "Ours <b>", "text": "Twice"}).status_code == 422
    assert "Hi" in text_of(rita.get(f"/desk/templates/?edit={made.pk}"))
    assert rita.post("/desk/templates/", {"edit": made.pk, "name": "Ours", "text": "Hello"}).status_code == 302
    foreign = MessageTemplate.objects.create(
        tenant=Tenant.objects.create(slug="o", name="O", contact_email="o@o.example"), name="Theirs", text="Secret"
    )
    assert rita.get(f"/desk/templates/?edit={foreign.pk}").status_code == 404
    assert rita.post(f"/desk/templates/{foreign.pk}/delete/").status_code == 404
    assert rita.post(f"/desk/templates/{made.pk}/delete/").status_code == 302
    assert list(MessageTemplate.objects.all()) == [foreign]


def test_the_case_tells_identity_history_and_what_else_was_asked(
    tenant: Tenant, subject: User, rita: Client, waiting: SubjectRequest
) -> None:
    twin = file(tenant, None, RequestType.ACCESS)
    elder = file(tenant, subject, RequestType.ENQUIRY, at=timezone.now() - timedelta(days=2))
    file(tenant, None, email="bob@example.com")
    page = text_of(rita.get(desk(waiting)))
    assert twin.reference in page
    assert elder.reference in page
    assert "asks for the same and is open too" in page
    assert "<bdi>The person</bdi> proved who asks" in page
    assert "signed in with this verified address" in page
    assert page.count("/desk/R-") - page.count(f"/desk/{waiting.reference}/") == 2, "nobody else's"
    assert "asks for the same" not in text_of(rita.get(desk(elder)))


def test_a_withdrawn_request_says_nothing_of_a_question(ann: Client, subject: User, asked: SubjectRequest) -> None:
    ann.post(own(asked, "withdraw/"))
    page = text_of(ann.get(own(asked)))
    assert "We need an answer from you" not in page
    asked.refresh_from_db()
    assert (asked.status, asking.open_question(asked)) == (Status.WITHDRAWN, None)


@pytest.mark.thorough
def test_many_messages_ask_no_more_of_the_database(
    rita: Client, ann: Client, subject: User, reviewer: User, waiting: SubjectRequest
) -> None:
    from tests.dsar.views.test_query_counts import queries

    def talk(count: int) -> None:
        now = timezone.now()
        for number in range(count):
            words: dict[str, Any] = {"text": f"{number}", "token": f"{count} {number}", "now": now}
            sending.tell_person(waiting, files=(), by=reviewer, **words)
            sending.answer_back(waiting, files=(PNG,), by=subject, **words | {"token": f"p{count} {number}"})
            note = InternalNote.objects.create(
                subject_request=waiting, by=reviewer, text="x", token=f"{count} {number}", at=now
            )
            note.mentioned.add(reviewer)

    talk(1)
    few = queries(rita, desk(waiting)), queries(ann, own(waiting))
    talk(5)
    assert (queries(rita, desk(waiting)), queries(ann, own(waiting))) == few
