"""A recipient confirms by a mailed link; the team's case lists who is told and how far it is."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent, Tenant
from dsar.actions.telling.notices import receipt_hash
from dsar.models import NoticeChannel, NoticeKind, RecipientNotice, SubjectRequest
from tests.dsar.views.conftest import browser
from tests.dsar.views.test_pages import assert_plain

TOKEN = "a-token-of-160-random-bits-"
PAGE = f"/receipt/{TOKEN}/"


@pytest.fixture
def notice(waiting: SubjectRequest) -> RecipientNotice:
    return RecipientNotice.objects.create(
        subject_request=waiting,
        kind=NoticeKind.ERASURE,
        system="mail",
        name="Postbox <b> Ltd",
        channel=NoticeChannel.EMAIL,
        queued_at=waiting.received_at,
        token_hash=receipt_hash(TOKEN),
    )


def confirmed() -> bool:
    return RecipientNotice.objects.filter(receipt_at__isnull=False).exists()


def test_a_look_changes_nothing_and_a_button_confirms(anonymous: Client, notice: RecipientNotice) -> None:
    for look in (anonymous.get, anonymous.head):
        page = look(PAGE)
        assert page.status_code == 200
        assert not confirmed(), "mail scanners open links"
    page = anonymous.get(PAGE)
    assert "Postbox &lt;b&gt; Ltd" in page.content.decode()
    assert notice.subject_request.reference in page.content.decode()
    assert notice.subject_request.email not in page.content.decode()
    assert_plain(page)
    thanks = anonymous.post(PAGE)
    assert "Thank you" in thanks.content.decode()
    assert_plain(thanks)
    notice.refresh_from_db()
    assert notice.receipt_at is not None
    assert notice.told_at is not None, "whoever has the link has got the message"


@pytest.mark.parametrize(
    ("kind", "asked", "wanted"),
    [
        (NoticeKind.ERASURE, "has erased personal data", "Erase the data with you too"),
        (NoticeKind.CORRECTION, "has corrected personal data", "Correct the data with you too"),
        (NoticeKind.ERASURE_UNDONE, "has undone an erasure", ""),
        (NoticeKind.RESTRICTION, "has stopped uses of personal data", "do not use it for what the message names"),
        (NoticeKind.RESTRICTION_LIFTED, "has ended a stop", ""),
    ],
)
def test_each_kind_says_what_it_is_about(
    anonymous: Client, notice: RecipientNotice, kind: NoticeKind, asked: str, wanted: str
) -> None:
    RecipientNotice.objects.update(kind=kind)
    assert asked in anonymous.get(PAGE).content.decode()
    thanks = anonymous.post(PAGE).content.decode()
    said = [text for text in ("Erase the data", "Correct the data", "do not use it") if text in thanks]
    assert all(text in wanted for text in said)
    assert wanted in thanks


def test_a_used_link_says_so_and_notes_nothing_again(anonymous: Client, notice: RecipientNotice) -> None:
    anonymous.post(PAGE)
    first = RecipientNotice.objects.get().receipt_at
    for page in (anonymous.get(PAGE), anonymous.post(PAGE)):
        assert page.status_code == 200
        assert "confirmed before" in page.content.decode()
    assert RecipientNotice.objects.get().receipt_at == first
    assert AuditEvent.objects.filter(verb="recipient.confirmed").count() == 1


def test_another_link_says_so(anonymous: Client, notice: RecipientNotice) -> None:
    RecipientNotice.objects.create(
        subject_request=notice.subject_request,
        kind=NoticeKind.ERASURE,
        system="mail",
        name="Kontor",
        channel=NoticeChannel.WEBHOOK,
        queued_at=notice.queued_at,
    )
    for token in (TOKEN[:-1], TOKEN.upper(), "x", "."):
        for page in (anonymous.get(f"/receipt/{token}/"), anonymous.post(f"/receipt/{token}/")):
            assert page.status_code == 404
            assert "This link does not work" in page.content.decode()
            assert "privacy@acme.example" in page.content.decode()
    assert not confirmed()


def test_another_company_knows_nothing_of_it(anonymous: Client, notice: RecipientNotice) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    other.hosts.create(host="other.test")
    assert anonymous.post(PAGE, headers={"host": "other.test"}).status_code == 404
    assert not confirmed()


def test_another_site_cannot_confirm_with_somebodys_browser(notice: RecipientNotice) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": "acme.test"})
    assert strict.post(PAGE).status_code == 403
    assert not confirmed()


def test_the_case_lists_them_with_how_far_it_is(rita: Client, waiting: SubjectRequest) -> None:
    assert "Who is told" not in rita.get(f"/desk/{waiting.reference}/").content.decode()
    at = waiting.received_at
    cases: dict[str, dict[str, Any]] = {
        "Waits": {"due_at": at, "attempts": 3, "error": "they answer 500", "body": "{}"},
        "Told": {"told_at": at},
        "Confirmed": {"told_at": at, "receipt_at": at},
        "Given up": {"given_up_at": at, "error": "they answer 404"},
    }
    for name, more in cases.items():
        told = {"kind": NoticeKind.ERASURE, "system": "mail", "channel": NoticeChannel.WEBHOOK, "queued_at": at}
        waiting.recipient_notices.create(name=name, **told, **more)
    page = rita.get(f"/desk/{waiting.reference}/")
    text = page.content.decode()
    for said in ("Being told", "tried 3 times", "they answer 500", "Told, not confirmed yet", "Confirmed", "Not told"):
        assert said in text, said
    assert text.index("Waits") < text.index("Given up")
    assert_plain(page)


def test_the_person_whose_request_it_was_reads_nothing_of_it(ann: Client, notice: RecipientNotice) -> None:
    """Who is told is told by the last message and the certificate; the page of a request ends with the account."""
    assert ann.get(f"/desk/{notice.subject_request.reference}/").status_code == 404
    assert browser().get(f"/desk/{notice.subject_request.reference}/").status_code == 302
