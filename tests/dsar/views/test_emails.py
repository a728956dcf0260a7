"""Every message: three templates, the reference, a way in, and nothing of one part in another."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.models import OutgoingEmail, User
from dsar import queries
from dsar.emails import agents as agent_emails
from dsar.emails import appeals as appeal_emails
from dsar.emails import conversation as conversation_emails
from dsar.emails import desk as desk_emails
from dsar.emails import digests as digest_emails
from dsar.emails import erasures as erasure_emails
from dsar.emails import proposals as proposal_emails
from dsar.emails import recipients as recipient_emails
from dsar.emails import requests as emails
from dsar.emails import restrictions as restriction_emails
from dsar.models import AgentAuthority, Proposal, ProposalEnd, ProposalKind, Restriction, SubjectRequest
from tests.dsar.seconding import approver

FOLDER = Path(settings.BASE_DIR) / "templates" / "emails"
MODULES = (
    *(emails, agent_emails, appeal_emails, conversation_emails, desk_emails, digest_emails, erasure_emails),
    *(recipient_emails, restriction_emails),
)
FUNCTIONS: dict[str, Any] = {name: item for module in MODULES for name, item in vars(module).items()}
#: Of the team alone, and of no request: tests/dsar/views/test_team.py.
OF_TEAM = {"team_joined", "team_changed"}
NOTICE: dict[str, Any] = {
    "to": "dpo@mailworks.example",
    "receipt_path": "/receipts/r1/",
    "erased": ["Contact <b>", "Letters & parcels"],
    "identifier": "customer-7 & <i>",
}
CORRECTED: dict[str, Any] = {
    **{name: NOTICE[name] for name in ("to", "receipt_path", "identifier")},
    "corrected": ["Contacts: Full name & <b>"],
}
STOPPED = {name: NOTICE[name] for name in ("to", "receipt_path", "identifier")}
AGENT = AgentAuthority(name="Ann <b>", organisation="Help & <b>", email="a@help.example", reason="Not <b>signed</b>")
DONE: dict[str, Any] = {"to": "ann@example.com", "certificate_path": "/certificates/", "secret": "QXJT-7K2M"}
ROWS = [Restriction(purpose="visits", title="Count <b> & visits"), Restriction()]
NAMES = sorted({path.name.removesuffix(".subject.txt") for path in FOLDER.glob("*.subject.txt")} - OF_TEAM)


def send(name: str, subject_request: SubjectRequest) -> OutgoingEmail:
    now = subject_request.received_at
    house, _legal = queries.clocks(subject_request, now=now)
    every: dict[str, dict[str, Any]] = {
        "appealed": {"anew": subject_request},
        "agent_asked": {"authority": AGENT, "token": "t"},
        "agent_told": {"authority": AGENT, "state": "refused"},
        "verify_code": {"code": "12345678"},
        "verification_reminder": {"closes_at": now},
        "ready": {"expires_at": now},
        "message_from_person": {"is_answer": True},
        "question_asked": {"answer_by": now},
        "question_reminder": {"answer_by": now},
        "question_over": {"is_unanswered": True},
        "extended": {"reason": "It is <b>much</b> & old.", "legal_due_at": now},
        "mentioned": {"to": User(email="kim@acme.example")},
        "corrected": {"is_disputed": True},
        "clock_warning": {"reading": house, "percent": 75},
        "erasure_reappeared": {"places": [("Ann & Bob's <b>", 2), ("Letters", 1)]},
        "recipient_untold": {"kind": "erasure", "name": "Post & <b>", "why": "they answer 500"},
        "recipient_notice": NOTICE | {"erased_at": now},
        "recipient_corrected": CORRECTED | {"corrected_at": now},
        "recipient_undone": {name: NOTICE[name] for name in ("to", "receipt_path")} | {"undone_at": now},
        "recipient_restricted": STOPPED | {"stopped": ["Count <b> & visits"], "since": now},
        "recipient_unrestricted": STOPPED | {"lifted": ["Ads <b>"], "still": ["Tips & <b>"], "lifted_at": now},
        "restriction_taken": {"stopped": ROWS},
        "restriction_granted": {"granted": ROWS, "refused": ROWS, "lifting_at": now},
        "restriction_refused": {"refused": ROWS, "lifting_at": now},
        "restriction_lifting": {"lifted": ROWS, "lifting_at": now, "reason": "Checked & <b>right</b>"},
        "restriction_kept": {"kept": ROWS},
        "restriction_lifted": {"lifted": ROWS, "is_own_wish": False},
        "morning_digest": {"to": User(email="rita@acme.example"), "listed": [subject_request], "count": 3},
        "erasure_done": DONE | {"fetchable_until": now, "restorable_until": None},
    }
    if name == "assigned":
        member = User(email="rita@acme.example")
        desk_emails.assigned([subject_request], to=member, by=User(email="amir@acme.example"), now=now)
    elif name in vars(proposal_emails):
        vars(proposal_emails)[name](proposal(subject_request), now=now)
    else:
        about = subject_request.tenant if name == "morning_digest" else subject_request
        FUNCTIONS[name](about, **every.get(name, {}), now=now)
    return OutgoingEmail.objects.filter(kind=name).latest("pk")


def proposal(subject_request: SubjectRequest) -> Proposal:
    """Return one that the second person did not confirm."""
    second = approver(subject_request.tenant)
    return Proposal(
        subject_request=subject_request,
        kind=ProposalKind.REFUSAL,
        by=User.objects.get(email="rita@acme.example"),
        ended_by=second,
        end=ProposalEnd.REFUSED,
        end_reason="Ann & Bob's <b>",
    )


def test_each_has_its_three() -> None:
    for name in NAMES:
        assert (FOLDER / f"{name}.txt").exists()
        assert (FOLDER / f"{name}.html").exists()
        assert name in FUNCTIONS or name in vars(proposal_emails)


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_it_is_about(name: str, waiting: SubjectRequest, reviewer: User) -> None:
    waiting.denial_reason, waiting.explanation, waiting.answer = "other", "Ann & Bob's <b>", "Yes & <i>no</i>"
    message = send(name, waiting)
    for part in (message.text, message.html):
        assert waiting.reference in part
        assert "http://acme.test" in part
        assert "{{" not in part
        assert "{%" not in part
    assert "\n" not in message.subject
    assert len(message.subject) < 90
    assert not re.search(r"&\w+;", message.text), "text is not HTML"
    assert not re.search(r"<[bi]>", message.html), "what people write is text"


def test_what_came_back_is_told_to_the_team_by_place(waiting: SubjectRequest, reviewer: User) -> None:
    now = waiting.received_at
    places = [(f"Place {number}", number) for number in range(25)]
    erasure_emails.erasure_reappeared(waiting, places=places, now=now)
    message = OutgoingEmail.objects.get(kind="erasure_reappeared")
    assert message.to == reviewer.email
    assert f"/desk/{waiting.reference}/" in message.text
    for part in (message.text, message.html):
        assert "300 records are there again" in part
        assert "Place 19: 19" in part
        assert "and 5 more" in part
        assert waiting.email not in part
    erasure_emails.erasure_reappeared(waiting, places=[("Letters", 1)], now=now)
    assert "1 record is there again" in OutgoingEmail.objects.latest("pk").text


def test_a_recipient_learns_no_value_but_what_they_know_the_person_by(waiting: SubjectRequest) -> None:
    now = waiting.received_at
    recipient_emails.recipient_notice(waiting, **NOTICE, erased_at=now, now=now)
    told = OutgoingEmail.objects.latest("pk")
    assert told.to == "dpo@mailworks.example"
    assert "customer-7 & <i>" in told.text
    assert "customer-7 &amp; &lt;i&gt;" in told.html
    assert "Letters & parcels" in told.text
    assert "/receipts/r1/" in told.text
    recipient_emails.recipient_notice(waiting, **NOTICE | {"identifier": "", "erased": ()}, erased_at=now, now=now)
    bare = OutgoingEmail.objects.latest("pk")
    assert "You know the person by" not in bare.text + bare.html
    for part in (bare.text, bare.html):
        assert "Whose it was is not in this message" in part
    assert "Whose it was" not in told.text + told.html
    assert "What was erased" not in bare.text + bare.html
    for message in (told, bare):
        for part in (message.subject, message.text, message.html):
            assert waiting.email not in part
            assert "customer-7" not in message.subject


def test_the_last_message_holds_the_secret_and_says_that_it_is_the_last(waiting: SubjectRequest) -> None:
    now = waiting.received_at
    until = datetime(2026, 12, 20, 9, 30, tzinfo=UTC)
    erasure_emails.erasure_done(waiting, **DONE, fetchable_until=until, restorable_until=None, now=now)
    message = OutgoingEmail.objects.latest("pk")
    assert "QXJT-7K2M" not in message.subject
    for part in (message.text, message.html):
        assert "QXJT-7K2M" in part
        assert "This is the last message." in part
        assert "20 December 2026" in part
        assert "/certificates/" in part
        assert "nothing can be brought back" in part
    erasure_emails.erasure_done(waiting, **DONE, fetchable_until=until, restorable_until=until, now=now)
    last = OutgoingEmail.objects.latest("pk")
    assert "kept until Sunday, 20 December 2026" in last.text
    assert "no copy is kept" not in last.text
    uncopied = ("Cache & <b>", "Files")
    said = DONE | {"uncopied": uncopied}
    erasure_emails.erasure_done(waiting, **said, fetchable_until=until, restorable_until=until, now=now)
    partly = OutgoingEmail.objects.latest("pk")
    assert "no copy is kept, as the certificate tells:\n- Cache & <b>\n- Files\n" in partly.text
    assert "<bdi>Cache &amp; &lt;b&gt;</bdi>, <bdi>Files</bdi>." in partly.html
