"""The audit pages: read in sentences, verified as shown, exported, and looking at them recorded."""

from __future__ import annotations

import csv
import functools
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.audit import Target, triggers
from accounts.audit.checkpoints import write_checkpoints
from accounts.audit.verbs import known_verbs
from accounts.models import AuditEvent, Tenant, User
from dsar.actions.checking import running
from dsar.forms.verbs_in_words import WORDS
from dsar.models import RequestType, SubjectRequest
from tests.dsar.conftest import account
from tests.dsar.views.conftest import file


def events_of(page: str) -> list[int]:
    return [int(number) for number in re.findall(r"event (\d+)\b(?= ·|</p>|\s*<)", page)]


def shown(client: Client, query: str = "") -> str:
    answer = client.get(f"/desk/audit/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def taken(client: Client, form: str) -> str:
    """Return what is exported."""
    answer: Any = client.get(f"/desk/audit.{form}")
    return b"".join(answer.streaming_content).decode()


def test_every_verb_has_words() -> None:
    """But for one of a test, where that has run in the same process."""
    assert set(WORDS) == {verb for verb in known_verbs() if not verb.startswith("test.")}


def test_a_requests_trail_is_read_in_sentences(
    olga: Client, rita: Client, reviewer: User, waiting: SubjectRequest
) -> None:
    rita.get(f"/desk/{waiting.reference}/")
    page = shown(olga, f"?reference={waiting.reference.lower()}")
    assert f"Team member {reviewer.pk}</strong> opened a case" in page
    assert "filed a request" in page
    assert f'href="/desk/{waiting.reference}/"' in page
    assert "ann@example.com" not in page
    assert reviewer.email not in page


@pytest.mark.thorough
def test_a_persons_trail_has_all_of_their_requests(
    olga: Client, tenant: Tenant, subject: User, waiting: SubjectRequest
) -> None:
    other = file(tenant, subject, RequestType.PORTABILITY)
    foreign = file(tenant, account("bob@example.com"), email="bob@example.com")
    for query in (f"?account={subject.pk}", f"?reference={waiting.reference}&person=on"):
        page = shown(olga, query)
        assert waiting.reference in page
        assert other.reference in page
        assert foreign.reference not in page
    assert other.reference not in shown(olga, f"?reference={waiting.reference}")


@pytest.mark.thorough
def test_a_person_is_found_by_an_address_that_is_kept_nowhere(
    olga: Client, subject: User, waiting: SubjectRequest
) -> None:
    answer = olga.post("/desk/audit/find/", {"email": "Ann@Example.com"})
    assert answer.headers["Location"] == f"/desk/audit/?account={subject.pk}"
    account("stranger@example.com")
    for unknown in ("nobody@example.com", "stranger@example.com"):
        assert olga.post("/desk/audit/find/", {"email": unknown}).status_code == 404, (
            "it tells of no stranger's account"
        )
    looked = AuditEvent.objects.filter(verb="audit.looked_up")
    assert [event.facts for event in looked.order_by("sequence")] == [{"account": subject.pk}, {}, {}]


def test_looking_is_recorded(olga: Client, waiting: SubjectRequest) -> None:
    shown(olga, f"?reference={waiting.reference}&verb=request.filed&since=2026-01-01")
    olga.get("/desk/audit.csv?verb=request.filed")
    looked, taken = AuditEvent.objects.order_by("-sequence")[:2][::-1]
    assert (looked.verb, looked.facts) == (
        "audit.looked_up",
        {"reference": waiting.reference, "verb": "request.filed", "since": "2026-01-01"},
    )
    assert (taken.verb, taken.facts) == ("audit.exported", {"verb": "request.filed", "form": "csv"})


@pytest.mark.thorough
@pytest.mark.parametrize(
    "query", ["?account=x", "?verb=nothing", "?since=31.12.2026", "?reference=a%20b", "?reference=-a", "?account=0"]
)
def test_a_filter_that_is_wrong_finds_nothing_and_says_so(olga: Client, waiting: SubjectRequest, query: str) -> None:
    for page in ("", "export"):
        answer = olga.get(f"/desk/audit.csv{query}" if page else f"/desk/audit/{query}")
        assert answer.status_code == 422
        assert "Please look at this again" in answer.content.decode()


@pytest.mark.thorough
def test_days_are_the_companys_own(olga: Client, tenant: Tenant, waiting: SubjectRequest) -> None:
    today = timezone.now().date()
    assert "filed a request" in shown(olga, f"?since={today - timedelta(days=1)}&until={today + timedelta(days=1)}")
    assert "No event fits" in shown(olga, f"?until={today - timedelta(days=2)}")
    assert "No event fits" in shown(olga, "?since=9999-12-31")
    shown(olga, "?until=9999-12-31&since=0001-01-01")


def many(tenant: Tenant, count: int) -> None:
    from django.db import transaction

    from accounts.audit import record, together

    with transaction.atomic(), together():
        for number in range(count):
            record(
                tenant=tenant,
                verb="request.opened",
                by=None,
                at=timezone.now(),
                target=Target("subjectrequest", str(10_000 + number)),
            )


@pytest.mark.thorough
def test_pages_follow_each_other_by_number(olga: Client, tenant: Tenant) -> None:
    many(tenant, 120)
    seen: list[int] = []
    query: str | None = "?verb=request.opened"
    while query:
        page = shown(olga, query)
        seen += events_of(page)
        found = re.search(r'href="(\?[^"]+)" rel="next"', page)
        query = found[1].replace("&amp;", "&") if found else None
    assert seen == sorted(seen, reverse=True)
    assert len(seen) == len(set(seen)) == 120


def test_what_is_shown_is_verified(olga: Client, tenant: Tenant, waiting: SubjectRequest) -> None:
    page = shown(olga)
    assert "Verified: this part of the trail is intact" in page
    assert "No checkpoint is signed yet" in page
    write_checkpoints(now=timezone.now())
    filed = AuditEvent.objects.get(verb="request.filed")
    assert "They agree with the signed checkpoint of" in shown(olga, "?verb=request.filed")
    with triggers.lifted(connection):
        AuditEvent.objects.filter(pk=filed.pk).update(actor_id=999)
    page = shown(olga, "?verb=request.filed")
    assert "The trail is not intact here" in page
    assert "was changed after it was recorded" in page
    assert 'class="is-broken"' in page


@pytest.mark.thorough
def test_the_whole_trail_is_walked_by_a_worker(olga: Client, tenant: Tenant, waiting: SubjectRequest) -> None:
    assert "It was not walked yet." in shown(olga)
    assert olga.post("/desk/audit/verify/").status_code == 302
    assert "It is being walked now." in shown(olga)
    running.run_due(clock=timezone.now)
    assert "Intact" in shown(olga)
    event = AuditEvent.objects.get(verb="request.filed")
    with triggers.lifted(connection):
        AuditEvent.objects.filter(pk=event.pk).delete()
    olga.post("/desk/audit/verify/")
    running.run_due(clock=timezone.now)
    page = shown(olga)
    assert "Not intact" in page
    assert f"Event {event.sequence}:" in page


def test_it_is_exported_as_it_was_recorded(olga: Client, tenant: Tenant, waiting: SubjectRequest) -> None:
    lines = taken(olga, "jsonl?verb=request.filed").splitlines()
    (told,) = map(json.loads, lines)
    event = AuditEvent.objects.get(verb="request.filed")
    assert (told["hash"], told["sequence"], told["words"]) == (event.hash, event.sequence, "filed a request")
    rows = list(csv.DictReader(io.StringIO(taken(olga, "csv"))))
    assert [int(row["sequence"]) for row in rows] == list(range(1, AuditEvent.objects.count() + 1))
    assert "ann@example.com" not in str(rows)


def _less_what_was_asked(page: str, subject_request: SubjectRequest) -> str:
    """Return the page without the reference in the field, and in the address that the language form leads back to."""
    asked = (f'value="{subject_request.reference}"', f"reference={subject_request.reference}")
    return functools.reduce(lambda text, part: text.replace(part, ""), asked, page)


def test_another_tenants_trail_is_never_seen(olga: Client, tenant: Tenant, subject: User) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="p@other.example")
    other.hosts.create(host="other.test")
    foreign = file(other, subject)
    for query in ("", f"?reference={foreign.reference}", f"?account={subject.pk}"):
        assert foreign.reference not in _less_what_was_asked(shown(olga, query), foreign)
    assert "request.filed" not in taken(olga, "csv")


def test_who_may_not_see_cases_gets_no_link(rita: Client, tenant: Tenant, waiting: SubjectRequest) -> None:
    assert rita.get("/desk/audit/").status_code == 403


@pytest.mark.thorough
def test_the_page_asks_as_much_of_many_events_as_of_few(olga: Client, tenant: Tenant, waiting: SubjectRequest) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as captured:
            shown(olga)
        return len([query for query in captured if "SAVEPOINT" not in query["sql"]])

    shown(olga)
    few = asked()
    many(tenant, 60)
    assert asked() <= few
