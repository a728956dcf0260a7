"""What a certificate says that remains of a person, held against what does."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from accounts.models import Tenant, User
from dsar.actions import preferences, review
from dsar.certificate.facts import LEDGER, REGISTER, SUPPRESSION
from dsar.models import Purpose, SubjectRequest, Suppression
from tests.dsar.conftest import StepClock
from tests.dsar.erasing import make_erasable
from tests.dsar.test_the_way_of_a_request import work
from tests.dsar.test_the_way_of_an_erasure import ask, certificate_of, end_of_window, seen


@pytest.fixture(autouse=True)
def _erasable(tenant: Tenant, settings: Settings, tmp_path: Path) -> None:
    make_erasable(tenant)
    settings.DSAR_ERASURE_LEDGER = tmp_path / "ledger.jsonl"


@pytest.fixture
def approved(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> SubjectRequest:
    subject_request = ask(tenant, subject, clock())
    work(clock)
    subject_request.refresh_from_db()
    review.approve(subject_request, by=reviewer, now=clock(), fingerprint=seen(subject_request))
    return subject_request


def remains(subject_request: SubjectRequest, clock: StepClock) -> list[dict[str, Any]]:
    end_of_window(clock)
    work(clock)
    found: list[dict[str, Any]] = json.loads(certificate_of(subject_request, clock))["remains"]
    return found


def test_the_register_and_the_ledger(approved: SubjectRequest, clock: StepClock, tmp_path: Path) -> None:
    register, ledger = remains(approved, clock)
    assert (register["what"], ledger["what"], ledger["until"]) == (REGISTER, LEDGER, None)
    written = (tmp_path / "ledger.jsonl").read_text(encoding="utf-8")
    assert written, "the certificate speaks of it"
    assert "ann@" not in written


def test_an_opt_out_outlives_the_erasure(tenant: Tenant, approved: SubjectRequest, clock: StepClock) -> None:
    preferences.object_to(tenant=tenant, email="ann@example.com", account=None, purpose=Purpose.TIPS, now=clock())
    assert [item["what"] for item in remains(approved, clock)] == [REGISTER, LEDGER, SUPPRESSION]
    assert Suppression.objects.filter(tenant=tenant, purpose=Purpose.TIPS).exists()
