"""Whoever is refused reads where to complain under the law of their request, in every place that says so."""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import OutgoingEmail, User
from dsar.actions import review
from dsar.deadlines import REGIMES
from dsar.emails import restrictions as restriction_emails
from dsar.models import Outcome, RequestType, Restriction, Status, SubjectRequest

pytestmark = pytest.mark.thorough

AUTHORITIES = {
    "gdpr": "a data protection authority, in the country where you live or work",
    "uk": "the Information Commissioner's Office (ICO)",
    "ccpa": "the California Privacy Protection Agency or to the Attorney General of California",
    "lgpd": "the Autoridade Nacional de Proteção de Dados (ANPD)",
    "pipeda": "the Office of the Privacy Commissioner of Canada",
}


def test_every_law_names_whom_it_lets_complain_to() -> None:
    assert AUTHORITIES.keys() == REGIMES.keys()
    for key, regime in REGIMES.items():
        assert f"complain to {AUTHORITIES[key]}" in regime.complaint.text
        assert regime.complaint.source


@pytest.mark.parametrize("regime", AUTHORITIES)
def test_a_refusal_names_the_authority(regime: str, ann: Client, reviewer: User, waiting: SubjectRequest) -> None:
    SubjectRequest.objects.filter(pk=waiting.pk).update(regime=regime)
    waiting.refresh_from_db()
    review.deny(waiting, reason="other", explanation="You asked before.", by=reviewer, now=timezone.now())
    message = OutgoingEmail.objects.get(kind="denied")
    page = unescape(ann.get(f"/requests/{waiting.reference}/").content.decode())
    for text in (message.text, unescape(message.html), page):
        named = [key for key, authority in AUTHORITIES.items() if authority in text]
        assert named == [regime]
        assert "You can also complain to" in text
    assert ("go to court" in page) == (regime in ("gdpr", "uk", "lgpd")), "in California nobody can sue for a refusal"


@pytest.mark.parametrize("regime", AUTHORITIES)
@pytest.mark.parametrize("kind", ["restriction_granted", "restriction_refused", "restriction_lifting"])
def test_so_does_what_is_said_of_a_stop(kind: str, regime: str, waiting: SubjectRequest) -> None:
    waiting.regime, waiting.denial_reason, now = regime, "other", timezone.now()
    rows = [Restriction(purpose="visits", title="Count visits")]
    sent: dict[str, dict[str, Any]] = {
        "restriction_granted": {"granted": rows, "refused": rows, "lifting_at": None},
        "restriction_refused": {"refused": rows, "lifting_at": None},
        "restriction_lifting": {"lifted": rows, "lifting_at": now, "reason": "Checked."},
    }
    vars(restriction_emails)[kind](waiting, **sent[kind], now=now)
    message = OutgoingEmail.objects.get(kind=kind)
    for text in (message.text, unescape(message.html)):
        assert [key for key, authority in AUTHORITIES.items() if authority in text] == [regime]


def test_so_does_the_page_of_a_stop_that_was_granted_in_part(ann: Client, waiting: SubjectRequest) -> None:
    own = {"subject_request": waiting, "tenant": waiting.tenant, "address_hash": "0a"}
    Restriction.objects.create(**own, purpose="visits", title="Count visits")
    changes = {"type": RequestType.RESTRICTION, "status": Status.FULFILLED, "outcome": Outcome.PARTIAL}
    SubjectRequest.objects.filter(pk=waiting.pk).update(regime="ccpa", closed_at=timezone.now(), **changes)
    page = unescape(ann.get(f"/requests/{waiting.reference}/").content.decode())
    assert AUTHORITIES["ccpa"] in page
    assert AUTHORITIES["gdpr"] not in page
