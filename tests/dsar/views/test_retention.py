"""The page on which a person sees and sets for how long their data is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Tenant, User
from dsar.actions.purging import choosing
from dsar.models import PurgeApproval, RetentionChoice
from dsar.tenantmap import tenant_map
from tests.dsar.purges import MAP_OF_VISITS, add_visits

PAGE = "/retention/"
NAMES = ["Visits & clicks", "Searches"]


@pytest.fixture(autouse=True)
def _visits(tenant: Tenant) -> None:
    add_visits(tenant)


def send(client: Client, days: str, number: int = 0, name: str | None = None) -> Any:
    return client.post(PAGE, {"days": days, "number": number, "name": NAMES[number] if name is None else name})


def own(account: User) -> dict[str, int]:
    return dict(RetentionChoice.objects.filter(account=account).values_list("category", "days"))


def test_each_kind_is_shown_with_what_holds(ann: Client) -> None:
    page = ann.get(PAGE).content.decode()
    assert "Visits &amp; clicks" in page
    assert "Kept for <strong>30 days</strong>" in page
    assert "Kept for <strong>10 to 20 days</strong>" in page
    assert "Letters" not in page  # account data


def test_until_a_purge_is_approved_nobody_is_told_that_it_runs(ann: Client, tenant: Tenant, reviewer: User) -> None:
    unapproved = "Nothing is deleted by its age just now"
    assert unapproved in ann.get(PAGE).content.decode()
    fingerprint = tenant_map(tenant).platform.data_map.fingerprint
    PurgeApproval.objects.create(tenant=tenant, fingerprint=fingerprint, by=reviewer, at=timezone.now())
    assert unapproved not in ann.get(PAGE).content.decode()


def test_a_choice_is_kept_shown_and_can_be_left_open_again(ann: Client, subject: User) -> None:
    assert send(ann, "7").status_code == 302
    assert own(subject) == {"Visits & clicks": 7}
    page = ann.get(PAGE).content.decode()
    assert "You want it kept for <strong>7 days</strong>" in page
    assert "For everybody else it is 30 days." in page
    send(ann, "7")
    send(ann, "90")
    assert own(subject) == {"Visits & clicks": 90}
    send(ann, "")
    assert own(subject) == {}
    events = AuditEvent.objects.filter(verb__startswith="retention.").order_by("sequence")
    assert [(event.verb, event.facts.get("days")) for event in events] == [
        ("retention.chosen", 7),
        ("retention.chosen", 90),
        ("retention.left_open", None),
    ]
    assert {(event.actor_kind, event.actor_id) for event in events} == {("subject", subject.pk)}


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ("0", "Choose at least 1 day."),
        ("-5", "Choose at least 1 day."),
        ("91", "choose 90 at most"),
        ("soon", "Enter the days as a number, from 1 to 90."),
        ("1.5", "Enter the days as a number, from 1 to 90."),
        ("9" * 5000, "Enter the days as a number, from 1 to 90."),
    ],
)
def test_what_is_no_number_of_days_changes_nothing(ann: Client, subject: User, days: str, message: str) -> None:
    answer = send(ann, days, number=1)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert message in page
    assert 'href="#id_1_days"' in page
    assert not RetentionChoice.objects.exists()


@pytest.mark.parametrize("change", [{"number": "2"}, {"number": "-1"}, {"number": "x"}, {"name": "Searches"}, {}])
def test_what_is_not_on_the_page_changes_nothing(ann: Client, change: dict[str, str]) -> None:
    """The map may have changed since the page was shown: then the number is another kind's."""
    sent = {"days": "7", "number": "0", "name": NAMES[0]} | change if change else {}
    answer = ann.post(PAGE, sent)
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.content.decode()
    assert not RetentionChoice.objects.exists()


def test_one_persons_choice_is_nobody_elses(ann: Client, otto: Client, outsider: User) -> None:
    send(ann, "7")
    assert "You want it kept" not in otto.get(PAGE).content.decode()
    assert own(outsider) == {}


def test_a_tenants_word_is_what_holds_for_everybody(ann: Client, tenant: Tenant) -> None:
    choosing.choose(tenant=tenant, account=None, category="Searches", days=5, by=None, now=timezone.now())
    assert "Kept for <strong>5 days</strong>" in ann.get(PAGE).content.decode()


def test_a_map_that_cannot_be_read_is_no_broken_page(ann: Client, tenant: Tenant) -> None:
    (Path(site.TENANTS_DIR) / "acme" / "datamap" / "app.yml").write_text("dataset: 3\n", encoding="utf-8")
    answer = ann.get(PAGE)
    assert answer.status_code == 503
    assert "cannot be shown just now" in answer.content.decode()


def test_where_nothing_goes_by_its_age_it_says_so(ann: Client, tenant: Tenant) -> None:
    folder = Path(site.TENANTS_DIR) / "acme" / "datamap" / "app.yml"
    folder.write_text(folder.read_text(encoding="utf-8").replace(MAP_OF_VISITS, ""), encoding="utf-8")
    assert "Nothing here goes by its age" in ann.get(PAGE).content.decode()
