"""Every message: three templates, the reference, a way in, and nothing of one part in another."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.models import OutgoingEmail, User
from dsar import emails, queries
from dsar.models import SubjectRequest

FOLDER = Path(settings.BASE_DIR) / "templates" / "emails"
NAMES = sorted(path.name.removesuffix(".subject.txt") for path in FOLDER.glob("*.subject.txt"))


def send(name: str, subject_request: SubjectRequest) -> OutgoingEmail:
    now = subject_request.received_at
    house, _legal = queries.clocks(subject_request, now=now)
    every: dict[str, dict[str, Any]] = {
        "verify_code": {"code": "12345678"},
        "verification_reminder": {"closes_at": now},
        "ready": {"expires_at": now},
        "clock_warning": {"reading": house, "percent": 75},
    }
    getattr(emails, name)(subject_request, **every.get(name, {}), now=now)
    return OutgoingEmail.objects.filter(kind=name).latest("pk")


def test_each_has_its_three() -> None:
    for name in NAMES:
        assert (FOLDER / f"{name}.txt").exists()
        assert (FOLDER / f"{name}.html").exists()
        assert hasattr(emails, name)


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
