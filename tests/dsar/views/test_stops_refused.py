"""What lacks, comes twice, or is somebody else's: nothing is stopped by it, and why is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.test import Client

from accounts.models import Tenant, User
from dsar import queries, restrictions
from dsar.actions import intake
from dsar.actions.restricting import deciding
from dsar.models import (
    Decision,
    PreferenceChange,
    Purpose,
    Restriction,
    Status,
    SubjectRequest,
)
from tests.dsar.views.conftest import mailed_code
from tests.dsar.views.stops import (
    ANN,
    CHECK,
    NEW,
    OBJECT,
    STOP,
    USE,
    declare,
    keys,
    mails,
    send,
    stop,
    text,
)


@pytest.fixture(autouse=True)
def _declared(tenant: Tenant) -> None:
    """Let the tenant's map declare a use that rests on no consent."""
    declare(tenant)


def test_nobody_decides_their_own(rita: Client, tenant: Tenant, reviewer: User) -> None:
    filed = stop(tenant, reviewer, "", ground="accuracy", email=reviewer.email)
    for act, sent in (("grant", {"granted": keys(filed, "")}), ("lift", {"reason": "x"}), ("keep", {})):
        assert rita.post(f"/desk/{filed.reference}/{act}/", sent).status_code == 409, act
    assert deciding.open_rows(filed)[0].is_asked


@pytest.mark.parametrize(
    ("page", "lacking"),
    [
        (OBJECT, {"purposes": []}),
        (OBJECT, {"purposes": ["everything"]}),
        (OBJECT, {"purposes": ["nonsense"]}),
        (OBJECT, {"purposes": ["essential.service"]}),
        (OBJECT, {"words": "x" * 3001}),
        (OBJECT, {"words": "a\x00b"}),
        (STOP, {"purposes": []}),
        (STOP, {"ground": ""}),
        (STOP, {"ground": "objection"}),
        (STOP, {"ground": "nonsense"}),
        (STOP, {"words": "  "}),
        (STOP, {"purposes": ["everything", "nonsense"]}),
    ],
)
def test_what_lacks_is_said_and_nothing_typed_is_lost(ann: Client, page: str, lacking: dict[str, object]) -> None:
    ann.post(NEW, {"type": "objection" if page == OBJECT else "restriction"})
    said = {"purposes": ["tips", USE], "ground": "claims", "words": "Mine."}
    refused = ann.post(page, said | lacking)
    assert refused.status_code == 422
    assert b"error-summary" in refused.content
    if "words" not in lacking:
        assert b"Mine." in refused.content
    assert ann.get(CHECK).headers["Location"] == page


@pytest.mark.parametrize("page", [OBJECT, STOP])
@pytest.mark.parametrize("before", [{}, {"type": "access"}])
def test_a_page_belongs_to_its_type(ann: Client, page: str, before: dict[str, str]) -> None:
    if before:
        ann.post(NEW, before)
    assert ann.get(page).headers["Location"] == NEW


@pytest.mark.parametrize("purposes", [(), ("nonsense",), ("tips", "nonsense"), ("",)])
def test_the_action_refuses_what_no_page_offers(tenant: Tenant, subject: User, purposes: tuple[str, ...]) -> None:
    with pytest.raises(intake.FilingError):
        stop(tenant, subject, *purposes)
    assert not SubjectRequest.objects.exists()
    assert not PreferenceChange.objects.exists(), "nothing half done"


def test_somebody_without_an_account_confirms_what_is_weighed(anonymous: Client, tenant: Tenant) -> None:
    anonymous.post(NEW, {"type": "objection"})
    anonymous.post(OBJECT, {"purposes": ["tips", USE], "words": "Mine."})
    anonymous.post(f"{NEW}who/", {"email": ANN})
    filed = send(anonymous)
    assert filed.status == Status.AWAITING_VERIFICATION
    assert queries.refused(tenant=tenant, email=ANN) == {Purpose.TIPS}, "at once, whoever asks"
    assert restrictions.may_act(tenant=tenant, email=ANN, purpose=USE), "nobody has proven who asks"
    anonymous.post(f"/requests/confirm/{filed.reference}/", {"code": mailed_code()})
    assert not restrictions.may_act(tenant=tenant, email=ANN, purpose=USE)
    assert len(mails("restriction_taken")) == 2


def test_granted_twice_it_is_granted_once(rita: Client, tenant: Tenant, subject: User) -> None:
    filed = stop(tenant, subject, "", ground="accuracy")
    sent = {"granted": keys(filed, "")}
    assert [rita.post(f"/desk/{filed.reference}/grant/", sent).status_code for _ in range(2)] == [302, 409]
    assert (Decision.objects.count(), len(mails("restriction_granted"))) == (1, 1)


def test_another_requests_rows_cannot_be_granted(rita: Client, tenant: Tenant, subject: User, outsider: User) -> None:
    own, other = (
        stop(tenant, subject, "", ground="accuracy"),
        stop(tenant, outsider, "", ground="accuracy", email=outsider.email),
    )
    assert rita.post(f"/desk/{own.reference}/grant/", {"granted": keys(other, "")}).status_code == 422
    assert not Restriction.objects.filter(since__isnull=False).exists()


def test_a_new_address_changes_nothing(tenant: Tenant, rita: Client, subject: User) -> None:
    filed = stop(tenant, subject, "training", ground="unlawful")
    rita.post(f"/desk/{filed.reference}/grant/", {"granted": keys(filed, "training")})
    EmailAddress.objects.create(user=subject, email="ann.new@example.com", verified=True)
    assert restrictions.restricted(tenant=tenant, email="Ann.New@example.com") == {"training"}
    EmailAddress.objects.create(user=subject, email="ann.unproven@example.com", verified=False)
    assert restrictions.restricted(tenant=tenant, email="ann.unproven@example.com") == set()


def test_with_a_broken_map_messages_can_still_be_ended(ann: Client, tenant: Tenant) -> None:
    file = Path(site.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"
    file.write_text("dataset: [", encoding="utf-8")
    ann.post(NEW, {"type": "objection"})
    assert "cannot be listed just now" in text(ann, OBJECT)
    ann.post(OBJECT, {"purposes": ["tips"]})
    assert send(ann).status == Status.FULFILLED


def test_nobodys_mailbox_is_flooded_by_objections(tenant: Tenant) -> None:
    for purpose in Purpose:
        stop(tenant, None, purpose)
    with pytest.raises(intake.FilingError, match="Too many"):
        stop(tenant, None, Purpose.TIPS)
    assert len(mails("restriction_taken")) == 5
