"""What both sides wrote is in the copy of the person's data; the team's notes are not, and the copy says so."""

from __future__ import annotations

import json

import pytest

from accounts.models import Membership, Role, Tenant, User
from dsar.actions.conversation import asking, noting, sending
from dsar.actions.delivery.releasing import release
from dsar.models import RequestType
from tests.dsar.conftest import StepClock, account
from tests.dsar.test_the_way_of_a_request import file_access, unpack, work

PNG = b"\x89PNG\r\n\x1a\n a picture"


@pytest.mark.thorough
def test_messages_are_delivered_and_notes_are_told_of(
    tenant: Tenant, subject: User, reviewer: User, outsider: User, clock: StepClock
) -> None:
    enquiry = file_access(tenant, subject, clock(), RequestType.ENQUIRY)
    others = file_access(tenant, outsider, clock(), RequestType.ENQUIRY, token="t2")
    kim = account("kim@acme.example")
    Membership.objects.create(user=kim, tenant=tenant, role=Role.REVIEWER)
    asking.ask(enquiry, text="Which one?", files=(), token="q", by=reviewer, now=clock())
    sending.answer_back(enquiry, text="The new one.", files=(PNG,), token="a", by=subject, now=clock())
    sending.answer_back(others, text="CANARY of another", files=(), token="a", by=outsider, now=clock())
    noting.add_note(enquiry, text="CANARY note @kim", token="n", by=reviewer, now=clock())
    copy = file_access(tenant, subject, clock(), token="t3")
    work(clock)
    copy.refresh_from_db()
    release(copy, by=reviewer, now=clock())
    files = unpack(copy, subject, clock)
    said = [json.loads(line) for line in files["data/portal/dsar_message.jsonl"].splitlines()]
    assert sorted((row["is_from_team"], row["text"]) for row in said) == [(False, "The new one."), (True, "Which one?")]
    attached = [json.loads(line) for line in files["data/portal/dsar_attachment.jsonl"].splitlines()]
    assert [(row["kind"], row["bytes"]) for row in attached] == [("png", len(PNG))]
    everything = b"".join(files.values())
    assert b"CANARY" not in everything
    assert b"kim@acme.example" not in everything
    pages = b" ".join(b" ".join(content.split()) for name, content in files.items() if name.endswith(".html"))
    assert b"Notes that the privacy team writes to itself while it works on a request are not handed out" in pages
