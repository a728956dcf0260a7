"""The page on which a part is chosen: reached from the answers, left for them, and on nobody's way."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from dsar.models import SubjectRequest
from tests.dsar.views.conftest import file, token_of

NEW = "/requests/new/"
NARROW, CHECK = f"{NEW}narrow/", f"{NEW}check/"


def test_a_part_is_chosen_changed_and_sent(ann: Client) -> None:
    assert ann.post(NEW, {"type": "access"}).headers["Location"] == CHECK, "nobody has to see the page"
    assert b"Everything" in ann.get(CHECK).content
    page = ann.get(NARROW).content.decode()
    assert "Letters" in page
    assert "Old addresses" in page, "what is in a chapter is said"
    chosen = {"topics": ["Letters"], "first_day": "2026-01-01", "last_day": "2026-02-01"}
    assert ann.post(NARROW, chosen).headers["Location"] == CHECK
    check = ann.get(CHECK)
    assert b"Letters" in check.content
    again = ann.get(NARROW).content.decode()
    assert 'value="2026-01-01"' in again
    assert again.count(" checked") == 1
    ann.post(CHECK, {"token": token_of(check)})
    found = SubjectRequest.objects.get()
    assert found.narrowing == {"topics": ["Letters"], "first_day": "2026-01-01", "last_day": "2026-02-01"}
    assert b"Letters" in ann.get(f"/requests/{found.reference}/").content


@pytest.mark.thorough
def test_everything_ticked_and_nothing_ticked_are_everything(ann: Client) -> None:
    ann.post(NEW, {"type": "portability"})
    for topics in (["Account", "Letters", "Privacy portal"], []):
        ann.post(NARROW, {"topics": topics})
        assert b"Everything" in ann.get(CHECK).content
    ann.post(CHECK, {"token": token_of(ann.get(CHECK))})
    assert SubjectRequest.objects.get().narrowing == {}


@pytest.mark.thorough
def test_what_was_chosen_is_forgotten_with_another_type(ann: Client) -> None:
    ann.post(NEW, {"type": "access"})
    ann.post(NARROW, {"topics": ["Letters"]})
    ann.post(NEW, {"type": "rectification"})
    assert b"Letters" not in ann.get(CHECK).content
    assert ann.get(NARROW).headers["Location"] == NEW
    ann.post(CHECK, {"token": token_of(ann.get(CHECK))})
    assert SubjectRequest.objects.get().narrowing == {}


@pytest.mark.thorough
@pytest.mark.parametrize(
    "wrong", [{"topics": ["Nothing"]}, {"first_day": "soon"}, {"first_day": "2026-02-01", "last_day": "2026-01-01"}]
)
def test_what_is_no_part_is_refused_with_what_was_chosen_kept(ann: Client, wrong: dict[str, object]) -> None:
    ann.post(NEW, {"type": "access"})
    refused = ann.post(NARROW, {"topics": ["Letters"], **wrong})
    assert refused.status_code == 422
    assert b"error-summary" in refused.content


def test_without_a_data_map_the_days_can_still_be_chosen(ann: Client) -> None:
    ann.post(NEW, {"type": "access"})
    (Path(settings.TENANTS_DIR) / "acme" / "datamap" / "app.yml").write_text("dataset: [{}]", encoding="utf-8")
    page = ann.get(NARROW)
    assert b"cannot be listed just now" in page.content
    assert ann.post(NARROW, {"first_day": "2026-01-01"}).headers["Location"] == CHECK


def test_somebody_without_an_account_chooses_too(anonymous: Client) -> None:
    anonymous.post(NEW, {"type": "access"})
    assert anonymous.post(NARROW, {"topics": ["Letters"]}).headers["Location"] == CHECK
    assert anonymous.get(CHECK).headers["Location"] == f"{NEW}who/"
    anonymous.post(f"{NEW}who/", {"email": "ann@example.com"})
    assert b"Letters" in anonymous.get(CHECK).content


@pytest.mark.thorough
def test_the_team_sees_which_part(tenant: object, rita: Client, subject: object) -> None:
    subject_request = file(tenant, subject)  # type: ignore[arg-type]
    case = f"/desk/{subject_request.reference}/"
    assert b"Letters, " not in rita.get(case).content
    SubjectRequest.objects.update(narrowing={"topics": ["Letters", "Account"], "first_day": None, "last_day": None})
    assert b"Letters, Account" in rita.get(case).content
