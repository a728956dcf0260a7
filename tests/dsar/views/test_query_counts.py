"""Pages of one request ask as much of a database that is full as of one that is nearly empty."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from dsar.models import DecisionKind, StepKind, StepState, SubjectRequest

MANY = 25


def fill(subject_request: SubjectRequest, reviewer: User) -> None:
    """Give a request many rows of everything that hangs on it."""
    now = timezone.now()
    bundle = subject_request.bundles.get()
    for number in range(MANY):
        name, moment = f"store{number}", now + timedelta(seconds=number)
        report = {"collections": {name: {"rows": 3, "withheld": 1, "types": {}}}, "undeclared": [[name, "x"]]}
        subject_request.steps.create(
            kind=StepKind.COLLECT,
            dataset=name,
            stage=number + 2,
            state=StepState.DONE if number % 2 else StepState.FAILED,
            error="" if number % 2 else "it did not answer",
            report=report,
            not_before=now,
        )
        subject_request.identities.create(kind="email", value=f"{number}@example.com", proven_at=now)
        subject_request.decisions.create(kind=DecisionKind.RETRY, by=reviewer, at=now)
        subject_request.pauses.create(reason="asked", started_at=moment, ended_at=moment)
        subject_request.warnings.create(clock="house", percent=number, given_at=now)
        bundle.downloads.create(account=subject_request.account, started_at=moment)


def queries(client: Client, address: str) -> list[str]:
    client.get(address)  # what is asked once a process or session is asked here
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    # Each savepoint has a name of its own, and each moment is another.
    return [re.sub("'[^']*'?", "?", query["sql"][:90]) for query in captured if "SAVEPOINT" not in query["sql"]]


@pytest.mark.parametrize("where", ["/desk/{}/", "/desk/{}/sample/app/people/", "/desk/?status=fulfilled"])
def test_the_teams_pages(rita: Client, reviewer: User, released: SubjectRequest, where: str) -> None:
    address = where.format(released.reference)
    few = queries(rita, address)
    fill(released, reviewer)
    assert queries(rita, address) == few


def test_a_case_that_waits(rita: Client, reviewer: User, waiting: SubjectRequest) -> None:
    waiting.steps.filter(kind=StepKind.COLLECT, dataset="app").update(state=StepState.FAILED, error="gone")
    address = f"/desk/{waiting.reference}/"
    few = queries(rita, address)
    fill(waiting, reviewer)
    assert queries(rita, address) == few
    assert len(few) < 60, len(few)


@pytest.mark.parametrize("where", ["", "download/", "progress/?status=fulfilled"])
def test_the_persons_pages(ann: Client, reviewer: User, released: SubjectRequest, where: str) -> None:
    address = f"/requests/{released.reference}/{where}"
    few = queries(ann, address)
    fill(released, reviewer)
    assert queries(ann, address) == few
    assert len(few) < 60, len(few)
