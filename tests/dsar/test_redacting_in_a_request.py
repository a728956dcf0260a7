"""A deletion that takes the person out of texts, in steps: what was known before the first change is known after."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from django.conf import settings as site

from accounts.models import Tenant, User
from dsar.actions import review
from dsar.models import Status
from tests.dsar.conftest import StepClock
from tests.dsar.erasing import change, others, rows
from tests.dsar.test_the_way_of_a_request import work
from tests.dsar.test_the_way_of_an_erasure import (  # noqa: F401 - a fixture
    _erasable,
    ask,
    certificate_of,
    end_of_window,
    seen,
)


def test_names_go_out_of_texts_when_the_row_that_held_them_is_gone(
    tenant: Tenant, subject: User, reviewer: User, clock: StepClock, now: datetime
) -> None:
    """Each step makes the engine anew; that the name is Ann stands in a row that the first of them deletes."""
    path = Path(site.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"
    text = path.read_text("utf-8")
    assert "body: null" in text
    path.write_text(text.replace("body: null", "body: {strategy: redact, values: [app.people.name]}"), "utf-8")
    change(tenant, "update letters set body = 'ANN was here; mail ann.old@example.com. Bob too.' where id in (1, 3)")
    subject_request, before = ask(tenant, subject, clock()), others(tenant)
    work(clock)
    subject_request.refresh_from_db()
    review.approve(subject_request, by=reviewer, now=clock(), fingerprint=seen(subject_request))
    end_of_window(clock)
    work(clock)
    subject_request.refresh_from_db()
    assert subject_request.status == Status.FULFILLED
    assert rows(tenant, "select body from letters where id = 1") == [("[erased] was here; mail [erased]. Bob too.",)]
    assert others(tenant) == before, "of others' letters nothing is taken"
    content = certificate_of(subject_request, clock)
    letters = next(
        item for store in json.loads(content)["stores"] for item in store["collections"] if item["name"] == "letters"
    )
    assert (letters["masked"], letters["redacted"], letters["left"]) == (2, 2, 0)
    assert ("body", "redact") in [(mask["field"], mask["strategy"]) for mask in letters["masks"]]
    assert b"ann@" not in content.lower()
