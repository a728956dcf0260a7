"""A copy of a part, from filing to the opened bundle."""

from __future__ import annotations

import json
from datetime import date

import pytest

from accounts.models import Tenant, User
from dsar.actions import intake
from dsar.actions.delivery.releasing import release
from dsar.actions.retention.texts import blank
from dsar.bundle.part import Part
from dsar.models import Outcome, RequestType, SubjectRequest
from tests.dsar.conftest import StepClock
from tests.dsar.test_the_way_of_a_request import rows, unpack, work


def file_part(tenant: Tenant, account: User, part: Part, clock: StepClock, **more: RequestType) -> SubjectRequest:
    kind = more.get("kind", RequestType.ACCESS)
    filing = intake.Filing(type=kind, email=account.email, token=f"{kind}{part}", part=part, question="Why?")
    return intake.file_request(tenant=tenant, filing=filing, account=account, now=clock())


def test_a_part_is_found_by_all_that_identifies_the_person_and_says_what_it_leaves_out(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    part = Part(("Letters",), date(2020, 1, 1), None)
    subject_request = file_part(tenant, subject, part, clock)
    work(clock)
    subject_request.refresh_from_db()
    assert not subject_request.steps.filter(kind="collect", dataset="portal").exists(), "nothing leads on from there"
    release(subject_request, by=reviewer, now=clock())
    assert subject_request.outcome == Outcome.FULL
    files = unpack(subject_request, subject, clock)
    assert sorted(str(row["body"]) for row in rows(files, "letters")) == ["new", "old"], "by the old address, too"
    assert "data/app/people.jsonl" not in files
    manifest = json.loads(files["manifest.json"])
    assert manifest["asked_for"] == {"topics": ["Letters"], "first_day": "2020-01-01", "last_day": None}
    told = {item["name"]: item for store in manifest["stores"] for item in store["collections"]}
    assert (told["people"]["state"], told["people"]["not_asked_for"]) == ("excluded", True)
    assert (told["letters"]["rows"], told["letters"]["days_unknown"]) == (2, True)
    for name in ("index.html", "README.txt"):
        text = files[name].decode()
        assert "You asked for a part only: Letters." in text
        assert "from 1 January 2020" in text
        assert "nothing says when a record is from, so all are here: Letters." in text
    assert "Not asked for" in files["index.html"].decode()
    assert "Could not be asked" not in files["index.html"].decode()


@pytest.mark.parametrize(
    ("part", "kind"),
    [
        (Part(("Nothing of ours",)), RequestType.ACCESS),
        (Part((), date(2026, 2, 1), date(2026, 1, 1)), RequestType.ACCESS),
        (Part(("Letters",)), RequestType.ERASURE),
    ],
)
def test_what_is_no_part_is_refused(
    tenant: Tenant, subject: User, clock: StepClock, part: Part, kind: RequestType
) -> None:
    with pytest.raises(intake.FilingError):
        file_part(tenant, subject, part, clock, kind=kind)
    assert not SubjectRequest.objects.exists()


def test_what_was_asked_for_goes_with_the_texts(tenant: Tenant, subject: User, clock: StepClock) -> None:
    subject_request = file_part(tenant, subject, Part(("Letters",)), clock)
    assert subject_request.narrowing["topics"] == ["Letters"]
    blank([subject_request.pk])
    subject_request.refresh_from_db()
    assert subject_request.narrowing == {}


@pytest.mark.thorough
def test_no_article_of_another_law_is_named_to_somebody_in_california(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock
) -> None:
    filing = intake.Filing(RequestType.PORTABILITY, subject.email, token="ca", residence="california")
    subject_request = intake.file_request(tenant=tenant, filing=filing, account=subject, now=clock())
    work(clock)
    subject_request.refresh_from_db()
    files = unpack(subject_request, subject, clock)
    assert subject_request.regime == "ccpa"
    told = b"".join(content for name, content in files.items() if name.endswith((".html", ".txt", ".json")))
    assert b"inferred: an export delivers" in told
    assert b"Protection Regulation" not in told
    assert b"GDPR" not in told
