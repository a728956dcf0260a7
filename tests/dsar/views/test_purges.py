"""What a data map would delete is read and approved at the desk, by the fingerprint of the map that was read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Tenant, User
from dsar.actions.holding import set_hold
from dsar.actions.purging import running
from dsar.models import PurgeApproval, PurgeRun, SubjectRequest
from dsar.views.desk import purging
from tests.dsar.conftest import StepClock, make_tenant
from tests.dsar.purges import add_visits, map_file, see, seen
from tests.dsar.views.test_pages import assert_plain

PAGE = "/desk/purges/"


@pytest.fixture
def clock() -> StepClock:
    return StepClock(timezone.now())


@pytest.fixture
def tenant(db: None, clock: StepClock) -> Iterator[Tenant]:
    for made in make_tenant():
        add_visits(made)
        see(made, clock(), [(1, 0, 31), (2, 0, 8), (3, 1, 41)])
        yield made


def report(tenant: Tenant, clock: StepClock) -> PurgeRun:
    run = running.report(tenant, clock=clock)
    assert run is not None
    return run


def fingerprint(client: Client) -> str:
    """Return what the form of the page sends."""
    found = re.search(r'name="fingerprint" value="(\w{64})"', client.get(PAGE).content.decode())
    assert found is not None
    return found[1]


def cells(text: str, title: str) -> list[str]:
    """Return what the row of a collection says."""
    row = next(row for row in re.findall(r"<tr>.*?</tr>", text, re.DOTALL) if f">{title}<" in row)
    return [re.sub(r"<[^>]+>|\s+", " ", cell).strip() for cell in re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL)]


def test_what_would_go_is_told_and_nothing_goes(rita: Client, tenant: Tenant, clock: StepClock) -> None:
    assert "has not been counted yet" in rita.get(PAGE).content.decode()
    report(tenant, clock)
    page = rita.get(PAGE)
    text = page.content.decode()
    assert "By this report 2 rows would go" in text
    title, past, days, oldest, stays = cells(text, "Pages you saw")
    assert (title, past, days, stays) == ("Pages you saw app", "2", "30", "")
    assert re.fullmatch(r"\d{1,2} \w{3} 20\d\d", oldest)
    assert cells(text, "Searches")[1:4] == ["0", "10", "—"]
    assert_plain(page)
    assert seen(tenant) == {1, 2, 3}


def test_what_was_read_is_approved_and_then_deleted(
    rita: Client, reviewer: User, tenant: Tenant, clock: StepClock
) -> None:
    report(tenant, clock)
    done = rita.post(f"{PAGE}approve/", {"fingerprint": fingerprint(rita)}, follow=True)
    assert f"Approved by {reviewer.email}" in done.content.decode()
    assert PurgeApproval.objects.get().by == reviewer
    assert AuditEvent.objects.filter(verb="purge.approved", actor_id=reviewer.pk).count() == 1
    assert seen(tenant) == {1, 2, 3}, "a worker deletes, not a page"
    assert running.run_due(clock=clock) == 1
    text = rita.get(PAGE).content.decode()
    assert cells(text, "Pages you saw")[1:4] == ["2", "0", "30"]
    assert "Older than it should be" in text
    assert seen(tenant) == {2}


def test_a_map_that_changed_meanwhile_is_not_approved(rita: Client, tenant: Tenant, clock: StepClock) -> None:
    report(tenant, clock)
    read = fingerprint(rita)
    file = map_file(tenant)
    file.write_text(file.read_text("utf-8").replace("days: 30", "days: 5"), encoding="utf-8")
    for sent in (read, "", "0" * 64, "x" * 65):
        refused = rita.post(f"{PAGE}approve/", {"fingerprint": sent})
        assert refused.status_code == 409
        assert "not the data map as it is now" in refused.content.decode()
        assert "has not been counted yet" in refused.content.decode(), "the page as it is now"
    assert not PurgeApproval.objects.exists()
    report(tenant, clock)
    assert fingerprint(rita) != read
    assert "By this report 3 rows would go" in rita.get(PAGE).content.decode()


def test_a_map_that_nobody_has_counted_is_not_approved(rita: Client, tenant: Tenant, clock: StepClock) -> None:
    run = report(tenant, clock)
    read = fingerprint(rita)
    run.delete()
    assert "nobody has seen a report" in rita.post(f"{PAGE}approve/", {"fingerprint": read}).content.decode()


def test_what_is_held_stays_and_is_told(
    rita: Client, reviewer: User, waiting: SubjectRequest, clock: StepClock
) -> None:
    set_hold(waiting, reason="A dispute.", until=None, by=reviewer, now=clock())
    report(waiting.tenant, clock)
    row = cells(rita.get(PAGE).content.decode(), "Pages you saw")
    assert (row[1], row[4]) == ("1", "1 row is under legal hold")


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        (1, ["1 row is still named by rows of orders", "1 row whose time cannot be read"]),
        (1_200, ["1,200 rows are still named by rows of orders", "1,200 rows whose time cannot be read"]),
    ],
)
def test_what_stays_is_counted_in_words(rows: int, told: list[str]) -> None:
    part = {"held": 0, "named": {"orders": rows}, "odd": {"no_moment": rows}, "finished": True}
    assert list(purging.stays(part)) == told


def test_a_map_with_a_mistake_names_it_and_is_not_approved(rita: Client, tenant: Tenant, clock: StepClock) -> None:
    report(tenant, clock)
    read = fingerprint(rita)
    map_file(tenant).write_text("dataset: 3", encoding="utf-8")
    page = rita.get(PAGE)
    assert "The data map has a mistake" in page.content.decode()
    assert rita.post(f"{PAGE}approve/", {"fingerprint": read}).status_code == 409
    assert not PurgeApproval.objects.exists()


def test_a_store_that_is_away_is_named(rita: Client, tenant: Tenant, clock: StepClock) -> None:
    file = map_file(tenant).parent.parent / "app.sqlite3"
    file.rename(file.with_suffix(".away"))
    report(tenant, clock)
    text = rita.get(PAGE).content.decode()
    assert "not counted" in text
    assert cells(text, "Pages you saw")[1] == "not counted"


def test_an_auditor_reads_it_and_approves_nothing(olga: Client, tenant: Tenant, clock: StepClock) -> None:
    report(tenant, clock)
    text = olga.get(PAGE).content.decode()
    assert "waits for its approval" in text
    assert '<form method="post" action="/desk/' not in text


def test_whoever_counts_now_wakes_a_worker(rita: Client, tenant: Tenant, now: datetime) -> None:
    assert "Count now" in rita.get(PAGE).content.decode()
    assert "It is being counted" in rita.post(f"{PAGE}count/", follow=True).content.decode()
    assert not PurgeRun.objects.exists(), "a worker counts, not a page"
