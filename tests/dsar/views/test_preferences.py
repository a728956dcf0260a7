"""The page of a person's choices, the link out of a mailing, and the browser's privacy signal."""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Tenant, User
from dsar import queries
from dsar.actions import preferences
from dsar.actions.unsubscribing import unsubscribe_token
from dsar.models import PreferenceChange, Purpose, RequestType, Suppression
from tests.dsar.views.conftest import browser, token_of

PAGE = "/preferences/"
SIGNAL = {"sec-gpc": "1"}
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def on(tenant: Tenant) -> set[Purpose]:
    return set(queries.switched_on(tenant=tenant, email="ann@example.com"))


def switch(client: Client, purpose: str, given: str, **extra: Any) -> Any:
    return client.post(PAGE, {"purpose": purpose, "given": given}, follow=True, **extra)


def link(tenant: Tenant, purpose: Purpose = Purpose.TIPS) -> str:
    return f"/unsubscribe/{unsubscribe_token(tenant=tenant, email='ann@example.com', purpose=purpose)}/"


def nothing_changed() -> bool:
    return not (PreferenceChange.objects.exists() or Suppression.objects.exists() or AuditEvent.objects.exists())


def test_every_purpose_is_off_and_has_one_button(ann: Client) -> None:
    page = ann.get(PAGE).content.decode()
    assert page.count('<input type="hidden" name="purpose"') == len(Purpose)
    assert page.count('name="given" value="on"') == len(Purpose)
    assert 'name="given" value="off"' not in page
    assert "Sign-in codes, security alerts" in page
    assert nothing_changed()


def test_on_and_off_are_one_button_each_and_the_history_tells_both(ann: Client, tenant: Tenant) -> None:
    page = switch(ann, "tips", "on").content.decode()
    assert "Tips: switched on." in page
    assert on(tenant) == {Purpose.TIPS}
    assert re.search(r'name="purpose" value="tips"><input type="hidden" name="given" value="off"', page)
    page = switch(ann, "tips", "off").content.decode()
    assert "Tips: switched off." in page
    assert on(tenant) == set()
    assert len(re.findall(r"<strong>Tips:</strong> switched (?:on|off)", page)) == 2


@pytest.mark.parametrize("sent", [("essential", "off"), ("tips", "maybe"), ("", "on"), ("tips", "")])
def test_what_is_no_choice_changes_nothing(ann: Client, sent: tuple[str, str]) -> None:
    answer = switch(ann, *sent)
    assert answer.status_code == 422
    assert "Nothing was changed" in answer.content.decode()
    assert nothing_changed()


def test_it_is_for_who_is_signed_in_and_of_themselves(anonymous: Client, otto: Client, ann: Client) -> None:
    switch(ann, "tips", "on")
    assert anonymous.get(PAGE).status_code == 302
    assert anonymous.post(PAGE, {"purpose": "tips", "given": "off"}).status_code == 302
    assert 'name="given" value="off"' not in otto.get(PAGE).content.decode()
    assert PreferenceChange.objects.count() == 1


def test_it_is_found_from_home(ann: Client) -> None:
    assert ann.get("/").content.decode().count(f'href="{PAGE}"') == 2


def test_the_signal_is_an_opt_out_of_sharing_recorded_once_and_shown(ann: Client, tenant: Tenant) -> None:
    switch(ann, "sharing", "on")
    for _ in range(2):
        page = ann.get(PAGE, headers=SIGNAL).content.decode()
        assert page.count("Your browser asks us not to share your data") == 1
        assert "sharing is off" in page
    assert on(tenant) == set()
    assert PreferenceChange.objects.filter(how="gpc").count() == 1
    assert "By your browser&#x27;s privacy signal" in page


@pytest.mark.parametrize("value", ["0", "", "true", "11", " "])
def test_nothing_else_is_the_signal(ann: Client, value: str) -> None:
    assert "Your browser asks" not in ann.get(PAGE, headers={"sec-gpc": value}).content.decode()
    assert nothing_changed()


def test_what_is_switched_on_against_the_signal_is_told(ann: Client, tenant: Tenant) -> None:
    ann.get(PAGE, headers=SIGNAL)
    page = switch(ann, "sharing", "on", headers=SIGNAL).content.decode()
    assert on(tenant) == {Purpose.SHARING}
    assert "your own choice holds" in page


def test_the_signal_of_somebody_unknown_is_nobodys(anonymous: Client) -> None:
    anonymous.get(PAGE, headers=SIGNAL)
    assert nothing_changed()


def test_the_signal_counts_on_filing_too(ann: Client) -> None:
    ann.post("/requests/new/", {"type": str(RequestType.ACCESS)})
    token = token_of(ann.get("/requests/new/check/"))
    page = ann.post("/requests/new/check/", {"token": token}, headers=SIGNAL, follow=True).content.decode()
    assert "Your browser asks us not to share your data" in page
    assert PreferenceChange.objects.get().how == "gpc"


def test_that_the_signal_is_kept_to_is_published(anonymous: Client) -> None:
    answer = anonymous.get("/.well-known/gpc.json")
    assert answer.headers["Content-Type"] == "application/json"
    said = json.loads(answer.content)
    assert said["gpc"] is True
    assert date.fromisoformat(said["lastUpdate"]) <= timezone.now().date()
    assert set(said) == {"gpc", "lastUpdate"}


def test_a_mail_service_opts_out_in_one_click(ann: Client, tenant: Tenant) -> None:
    switch(ann, "tips", "on")
    switch(ann, "research", "on")
    service = Client(enforce_csrf_checks=True, headers={"host": "acme.test"})
    answer = service.post(link(tenant), ONE_CLICK)
    assert answer.status_code == 200, "RFC 8058 allows no redirect"
    assert not answer.cookies, "and no cookie"
    assert "You are unsubscribed" in answer.content.decode()
    assert on(tenant) == {Purpose.RESEARCH}
    assert Suppression.objects.get().purpose == Purpose.TIPS


def test_it_may_come_as_either_kind_of_form(anonymous: Client, tenant: Tenant) -> None:
    answer = anonymous.post(
        link(tenant), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert Suppression.objects.count() == 1


def test_opening_the_link_changes_nothing(ann: Client, anonymous: Client, tenant: Tenant) -> None:
    for client in (anonymous, ann):
        for method in ("get", "head"):
            assert getattr(client, method)(link(tenant)).status_code == 200
    assert "Unsubscribe?" in anonymous.get(link(tenant)).content.decode()
    assert nothing_changed()


def test_the_button_of_the_page_does_what_a_mail_service_does(anonymous: Client, tenant: Tenant) -> None:
    found = re.search(
        r'<input type="hidden" name="([^"]+)" value="([^"]+)">', anonymous.get(link(tenant)).content.decode()
    )
    assert found
    assert {found[1]: found[2]} == ONE_CLICK


@pytest.mark.parametrize("sent", [{}, {"List-Unsubscribe": "yes"}, {"one-click": "List-Unsubscribe"}])
def test_a_post_that_does_not_say_so_changes_nothing(anonymous: Client, tenant: Tenant, sent: dict[str, str]) -> None:
    assert anonymous.post(link(tenant), sent).status_code == 400
    assert nothing_changed()


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(anonymous: Client, tenant: Tenant, method: str) -> None:
    assert getattr(anonymous, method)(link(tenant)).status_code == 405
    assert nothing_changed()


def test_the_link_again_is_harmless_and_after_a_new_consent_it_counts(ann: Client, tenant: Tenant) -> None:
    for _ in range(3):
        assert ann.post(link(tenant), ONE_CLICK).status_code == 200
    assert PreferenceChange.objects.count() == AuditEvent.objects.count() == 1
    switch(ann, "tips", "on")
    assert on(tenant) == {Purpose.TIPS}
    ann.post(link(tenant), ONE_CLICK)
    assert on(tenant) == set()


def test_a_link_that_was_changed_says_so(anonymous: Client, tenant: Tenant) -> None:
    for address in (link(tenant)[:-2] + "/", "/unsubscribe/nonsense/", link(tenant).replace("tips", "research")):
        for answer in (anonymous.get(address), anonymous.post(address, ONE_CLICK)):
            assert answer.status_code == 400
            assert "It was cut off or changed" in answer.content.decode()
    assert nothing_changed()


def test_another_companys_link_says_so(anonymous: Client, tenant: Tenant) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    answer = anonymous.post(link(other), ONE_CLICK)
    assert answer.status_code == 400
    assert "It is of another company, not of Acme" in answer.content.decode()
    assert nothing_changed()


def test_a_link_signs_nobody_in(anonymous: Client, tenant: Tenant, subject: User) -> None:
    anonymous.post(link(tenant), ONE_CLICK)
    assert anonymous.get(PAGE).status_code == 302
    assert "ann@" not in anonymous.get(link(tenant)).content.decode()


def test_one_address_is_two_people_at_two_companies(subject: User, tenant: Tenant) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    other.hosts.create(host="other.test")
    client = browser(subject)
    switch(client, "tips", "on")
    preferences.change(tenant=other, account=subject, purpose=Purpose.TIPS, given=True, now=timezone.now())
    client.post(PAGE, {"purpose": "tips", "given": "off"}, headers={"host": "other.test"})
    assert on(tenant) == {Purpose.TIPS}
    assert on(other) == set()
