"""The law of a request is set when it is filed, and both clocks follow it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEvent, Tenant, User
from dsar import queries
from dsar.actions import intake
from dsar.deadlines import BY_RESIDENCE, RegimesError
from dsar.models import Policy, RequestType, Residence, SubjectRequest

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
KIND = RequestType.ACCESS


def file(tenant: Tenant, person: User, residence: str = "", kind: RequestType = KIND) -> SubjectRequest:
    filing = intake.Filing(
        type=kind, email=person.email, token=f"{kind} {residence}", question="Why?", residence=residence
    )
    return intake.file_request(tenant=tenant, filing=filing, account=person, now=NOON)


def legal_day(subject_request: SubjectRequest, now: datetime = NOON) -> str:
    return str(queries.clocks(subject_request, now=now)[1].due_at.date())


@pytest.mark.parametrize(
    ("residence", "regime", "due"),
    [
        ("", "gdpr", "2026-04-02"),
        ("eu", "gdpr", "2026-04-02"),
        ("uk", "uk", "2026-04-02"),
        ("california", "ccpa", "2026-04-16"),
        ("other_us", "gdpr", "2026-04-02"),
        ("brazil", "lgpd", "2026-03-17"),
        ("canada", "pipeda", "2026-04-01"),
        ("elsewhere", "gdpr", "2026-04-02"),
    ],
)
def test_the_residence_decides(tenant: Tenant, subject: User, residence: str, regime: str, due: str) -> None:
    subject_request = file(tenant, subject, residence)
    subject_request.refresh_from_db()
    assert (subject_request.residence, subject_request.regime) == (residence, regime)
    assert legal_day(subject_request) == due


def test_the_tenants_strictest_law_holds_for_whoever_does_not_say(tenant: Tenant, subject: User) -> None:
    Policy.objects.create(tenant=tenant, regimes=["ccpa", "pipeda"])
    subject_request = file(tenant, subject)
    assert (subject_request.regime, legal_day(subject_request)) == ("pipeda", "2026-04-01")


def test_a_later_change_of_policy_moves_no_request(tenant: Tenant, subject: User) -> None:
    subject_request = file(tenant, subject)
    Policy.objects.create(tenant=tenant, regimes=["lgpd"])
    assert legal_day(SubjectRequest.objects.get(pk=subject_request.pk)) == "2026-04-02"


def told(subject_request: SubjectRequest) -> dict[str, object]:
    facts = AuditEvent.objects.get(verb="request.filed", target_id=str(subject_request.pk)).facts
    return {name: value for name, value in facts.items() if name.startswith("law")}


def test_the_trail_keeps_which_laws_were_weighed(tenant: Tenant, subject: User) -> None:
    Policy.objects.create(tenant=tenant, regimes=["ccpa", "pipeda"])
    assert told(file(tenant, subject)) == {"law_by": "not_stated", "law_weighed": "ccpa.pipeda"}
    stated = file(tenant, subject, "brazil", RequestType.PORTABILITY)
    assert told(stated) == {"law_by": "residence"}, "it does not tell where somebody lives"


def test_an_opt_out_under_californias_law_has_its_own_term(tenant: Tenant, subject: User) -> None:
    subject_request = file(tenant, subject, "california")
    subject_request.type = RequestType.OBJECTION
    assert legal_day(subject_request) == "2026-03-23"


def test_a_place_that_is_not_on_the_list_is_refused(tenant: Tenant, subject: User) -> None:
    with pytest.raises(intake.FilingError, match="where you live"):
        file(tenant, subject, "mars")
    assert not SubjectRequest.objects.exists()


@pytest.mark.parametrize("regimes", [[], ["gdpr", "hipaa"], "gdpr", {}, [1]])
def test_a_policy_names_laws_that_we_know(tenant: Tenant, subject: User, regimes: object) -> None:
    policy = Policy(tenant=tenant, regimes=regimes)
    with pytest.raises(ValidationError):
        policy.full_clean()
    policy.save()
    with pytest.raises(RegimesError):
        file(tenant, subject)
    assert not SubjectRequest.objects.exists(), "nothing is filed under no law"


@pytest.mark.parametrize(
    ("residence", "kind", "is_clarification", "due"),
    [
        ("uk", RequestType.ACCESS, True, "2026-04-07"),
        ("uk", RequestType.ACCESS, False, "2026-04-02"),
        ("uk", RequestType.PORTABILITY, True, "2026-04-02"),  # no request under Article 15
        ("eu", RequestType.ACCESS, True, "2026-04-02"),
    ],
)
def test_a_question_to_the_person_stops_the_british_clock(
    tenant: Tenant, subject: User, residence: str, kind: RequestType, is_clarification: bool, due: str
) -> None:
    subject_request = file(tenant, subject, residence, kind)
    subject_request.pauses.create(
        reason="which account is meant",
        is_clarification=is_clarification,
        started_at=NOON.replace(day=5),
        ended_at=NOON.replace(day=10),
    )
    assert legal_day(subject_request) == due


def test_every_place_of_the_form_is_known_to_the_law() -> None:
    assert set(BY_RESIDENCE) == {"", *Residence.values}
