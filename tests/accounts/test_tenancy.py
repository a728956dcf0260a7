"""The tenant is told by the host, and by nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import Membership, OutgoingEmail, Role, Tenant, User
from accounts.permissions import Permission, permissions_of
from accounts.tenancy import TenantHasNoHostError, tenant_of_host, tenant_url
from tests.accounts.conftest import is_signed_in, mailed_code, make_user

LOGIN = "/accounts/login/"


@pytest.mark.parametrize("host", ["acme.localhost", "ACME.localhost", "acme.localhost:8000", "acme.localhost."])
def test_a_host_names_its_tenant_whatever_its_case_and_port(other_tenant: Tenant, host: str) -> None:
    response = Client().get(LOGIN, headers={"host": host})
    assert response.status_code == 200
    assert tenant_of_host(host) == other_tenant


def test_an_unknown_host_gets_a_bare_404(tenant: Tenant) -> None:
    response = Client().get(LOGIN, headers={"host": "nobody.localhost"})
    assert response.status_code == 404
    assert response["Content-Type"] == "text/plain"
    assert response.content == b"Not found\n"


@pytest.mark.parametrize(
    "forged",
    [
        {"headers": {"x-forwarded-host": "acme.localhost"}},
        {"headers": {"x-tenant": "acme"}},
        {"headers": {"forwarded": "host=acme.localhost"}},
        {"query_params": {"tenant": "acme"}},
    ],
)
def test_no_header_and_no_parameter_changes_the_tenant(
    tenant: Tenant, other_tenant: Tenant, forged: dict[str, Any]
) -> None:
    user = make_user("ada@example.com")
    Client().post(LOGIN, {"login": user.email}, **forged)
    assert OutgoingEmail.objects.get().tenant == tenant


def test_a_forged_host_does_not_help_an_unknown_one(other_tenant: Tenant) -> None:
    forged = {"host": "nobody.localhost", "x-forwarded-host": "acme.localhost"}
    assert Client().get(LOGIN, headers=forged).status_code == 404


def test_health_is_told_under_any_host(db: None) -> None:
    assert Client().get("/healthz", headers={"host": "127.0.0.1"}).status_code == 200


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "demo.localhost"])
def test_a_demo_tenant_answers_on_loopback(tenant: Tenant, settings: Settings, host: str) -> None:
    assert tenant_of_host(host) is None
    settings.DEFAULT_TENANT_SLUG = tenant.slug
    assert tenant_of_host(host) == tenant


def test_a_demo_tenant_answers_nowhere_else_and_takes_no_host_of_another(
    tenant: Tenant, other_tenant: Tenant, settings: Settings
) -> None:
    settings.DEFAULT_TENANT_SLUG = tenant.slug
    assert tenant_of_host("portal.example") is None
    assert tenant_of_host("acme.localhost") == other_tenant


def test_addresses_in_emails_carry_the_tenants_host(other_tenant: Tenant, settings: Settings) -> None:
    settings.PUBLIC_BASE_URL = "https://portal.example:8443"
    assert tenant_url(other_tenant, "/requests/7/") == "https://acme.localhost:8443/requests/7/"


def test_a_tenant_without_host_has_no_address(tenant: Tenant, settings: Settings) -> None:
    tenant.hosts.all().delete()
    with pytest.raises(TenantHasNoHostError):
        tenant_url(tenant, "/")
    settings.DEFAULT_TENANT_SLUG = tenant.slug
    settings.PUBLIC_BASE_URL = "http://localhost:8000"
    assert tenant_url(tenant, "/") == "http://localhost:8000/"


def test_one_email_in_two_tenants_is_one_account_with_roles_of_its_own_in_each(
    person: User, tenant: Tenant, other_tenant: Tenant
) -> None:
    Membership.objects.create(user=person, tenant=tenant, role=Role.AUDITOR)
    client = Client(headers={"host": "acme.localhost"})
    client.post(LOGIN, {"login": person.email})
    client.post("/accounts/login/code/confirm/", {"code": mailed_code()})

    assert is_signed_in(client, person)
    assert User.objects.count() == 1
    assert OutgoingEmail.objects.get().tenant == other_tenant
    assert Permission.SEE_AUDIT in permissions_of(person, tenant)
    assert permissions_of(person, other_tenant) == frozenset()
