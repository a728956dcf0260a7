"""Where a person lives: asked once, never demanded, kept in the draft; and what pages tell of the law that follows."""

from __future__ import annotations

from html import unescape

import pytest
from django.test import Client

from accounts.models import Tenant, User
from dsar.actions import intake
from dsar.models import Residence, SubjectRequest
from tests.dsar.views.conftest import token_of

pytestmark = pytest.mark.thorough

NEW = "/requests/new/"


def text(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode())


def filed(client: Client, residence: str) -> SubjectRequest:
    client.post(NEW, {"type": "access", "residence": residence})
    client.post(f"{NEW}check/", {"token": token_of(client.get(f"{NEW}check/"))})
    return SubjectRequest.objects.get()


def test_what_was_said_waits_in_the_draft_and_goes_with_the_request(ann: Client) -> None:
    ann.post(NEW, {"type": "access", "residence": "california"})
    assert '<option value="california" selected>' in text(ann, NEW)
    assert "<dd>California</dd>" in text(ann, f"{NEW}check/")
    ann.post(f"{NEW}check/", {"token": token_of(ann.get(f"{NEW}check/"))})
    subject_request = SubjectRequest.objects.get()
    assert (subject_request.residence, subject_request.regime) == ("california", "ccpa")


def test_nobody_has_to_say(ann: Client) -> None:
    ann.post(NEW, {"type": "access"})
    assert "Left open" in text(ann, f"{NEW}check/")
    assert (filed(ann, "").residence, SubjectRequest.objects.get().regime) == ("", "gdpr")


def test_what_was_said_can_be_taken_back(ann: Client) -> None:
    ann.post(NEW, {"type": "access", "residence": "brazil"})
    assert filed(ann, "").regime == "gdpr"


@pytest.mark.parametrize("residence", ["mars", "gdpr", "EU", "<b>"])
def test_a_place_that_is_not_on_the_list_is_refused(ann: Client, residence: str) -> None:
    refused = ann.post(NEW, {"type": "access", "residence": residence})
    assert refused.status_code == 422
    assert b"Choose a place from the list" in refused.content
    assert ann.get(f"{NEW}check/").headers["Location"] == NEW


TOLD = {
    "": ("GDPR", "No residence was stated", "GDPR Article 12(3)"),
    "eu": ("GDPR", "By the residence that was stated: European Union or EEA", "GDPR Article 12(3)"),
    "uk": ("UK GDPR", "By the residence that was stated: United Kingdom", "UK GDPR Article 12A(1) and (2)"),
    "california": ("CCPA/CPRA", "stated: California", "11 CCR §7021(a)"),
    "other_us": ("GDPR", "No law of ours follows from what was stated (Another state", "GDPR Article 12(3)"),
    "brazil": ("LGPD", "stated: Brazil", "LGPD Article 19, I"),
    "canada": ("PIPEDA", "stated: Canada", "PIPEDA section 8(3)"),
    "elsewhere": ("GDPR", "No law of ours follows from what was stated (Elsewhere", "GDPR Article 12(3)"),
}


@pytest.mark.parametrize("residence", TOLD)
def test_both_pages_tell_the_law_its_reason_and_its_trace(
    ann: Client, rita: Client, tenant: Tenant, subject: User, residence: str
) -> None:
    reference = filed(ann, residence).reference
    label, reason, source = TOLD[residence]
    for page in (text(ann, f"/requests/{reference}/"), text(rita, f"/desk/{reference}/")):
        assert f"<strong>{label}:</strong> " in page
        assert reason in page
        assert f"({source})" in page
        assert "kept in the register for 24 months from closing" in page
    assert f"<span>{label}</span>" in text(rita, f"/desk/{reference}/"), "the clock bears the law's name"


def test_every_place_is_told_of() -> None:
    assert set(TOLD) == {"", *Residence.values}
    assert intake.Filing(type=intake.OFFERED_TYPES[0], email="", token="").residence == ""


def test_a_closed_request_tells_when_the_register_forgets_it(rita: Client, released: SubjectRequest) -> None:
    page = text(rita, f"/desk/{released.reference}/")
    assert released.closed_at is not None
    years = (released.closed_at.year, released.closed_at.year + 2)
    after = page.split("kept in the register")[1].split("</li>")[0]
    assert str(years[1]) in after
    assert str(years[0]) not in after
