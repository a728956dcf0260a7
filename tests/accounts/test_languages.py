"""Whose language a page is in: the account's, else the browser's, of those that the tenant offers."""

from __future__ import annotations

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from accounts import languages, outbox
from accounts.models import Tenant, User
from accounts.models.tenant import known_languages

pytestmark = pytest.mark.django_db


def page(client: Client, **headers: str) -> str:
    answer = client.get("/accounts/login/", headers={"host": "testserver", **headers})
    return answer.content.decode()


def choose(client: Client, language: str, back: str = "/accounts/login/") -> tuple[int, str]:
    answer = client.post("/accounts/language/", {"language": language, "next": back}, headers={"host": "testserver"})
    return answer.status_code, answer.headers.get("Location", "")


def test_a_page_is_in_the_first_of_the_browsers_languages_that_there_is(client: Client, tenant: Tenant) -> None:
    assert '<html lang="fr"' in page(client, **{"Accept-Language": "nl, fr-CH;q=0.9, en;q=0.5"})
    assert '<html lang="pt-br"' in page(client, **{"Accept-Language": "pt-PT"})
    assert '<html lang="en"' in page(client, **{"Accept-Language": "nl, \x00nonsense;q=9"})


def test_the_choice_is_kept_in_the_browser_and_leads_back(client: Client, tenant: Tenant) -> None:
    assert choose(client, "de") == (302, "/accounts/login/")
    assert '<html lang="de"' in page(client, **{"Accept-Language": "fr"})
    cookie = client.cookies["django_language"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "", "javascript:alert(1)"])
def test_it_leads_to_no_other_site(client: Client, tenant: Tenant, address: str) -> None:
    assert choose(client, "de", address) == (302, "/")


def test_another_sites_form_changes_nothing(client: Client, tenant: Tenant) -> None:
    strict = Client(enforce_csrf_checks=True)
    for origin, status in (("https://evil.example", 403), ("null", 403), ("http://testserver", 302)):
        answer = strict.post(
            "/accounts/language/", {"language": "de"}, headers={"host": "testserver", "origin": origin}
        )
        assert answer.status_code == status


def test_reading_a_page_sets_no_cookie(client: Client, tenant: Tenant) -> None:
    client.get("/", headers={"host": "testserver"})
    assert not client.cookies


def test_what_is_no_language_is_refused(client: Client, tenant: Tenant) -> None:
    assert choose(client, "xx")[0] == 400
    assert client.get("/accounts/language/", headers={"host": "testserver"}).status_code == 405


def test_the_choice_is_saved_on_the_account_and_goes_with_it(client: Client, tenant: Tenant, person: User) -> None:
    client.force_login(person)
    choose(client, "it")
    person.refresh_from_db()
    assert person.language == "it"
    elsewhere = Client()
    elsewhere.force_login(person)
    assert '<html lang="it"' in elsewhere.get("/accounts/email/", headers={"host": "testserver"}).content.decode()


def test_a_tenant_offers_what_it_named_and_has_a_language_of_its_own(client: Client, tenant: Tenant) -> None:
    tenant.languages, tenant.language = ["de", "fr"], "fr"
    tenant.save()
    assert '<html lang="fr"' in page(client, **{"Accept-Language": "en"})
    assert choose(client, "en")[0] == 400
    assert 'value="de"' in page(client)
    assert 'value="en"' not in page(client)
    assert languages.nearest("en", tenant) == "fr"


def test_a_tenant_names_known_languages_only() -> None:
    known_languages(["de", "pt-br"])
    for wrong in (["xx"], "de", None):
        with pytest.raises(ValidationError):
            known_languages(wrong)


def test_a_code_is_mailed_in_the_accounts_language(client: Client, tenant: Tenant, person: User) -> None:
    User.objects.filter(pk=person.pk).update(language="de")
    client.post(
        "/accounts/login/code/", {"email": person.email}, headers={"host": "testserver", "Accept-Language": "fr"}
    )
    outbox.send_due(now=timezone.now())
    sent = mail.outbox[-1]
    assert isinstance(sent, mail.EmailMultiAlternatives)
    assert 'lang="de"' in str(sent.alternatives[0][0])
