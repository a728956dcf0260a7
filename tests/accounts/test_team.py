"""Setting up a tenant and its team by command."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.management import call_command

from accounts.audit import AuditEvent
from accounts.models import Membership, Role, Tenant, TenantHost, User
from accounts.permissions import Permission, permissions_of

pytestmark = pytest.mark.django_db
GOOD = {"name": "Acme", "contact": "privacy@acme.example", "host": ["Rights.acme.example"]}


def add_tenant(slug: str = "acme", **changes: Any) -> None:
    options = {**GOOD, **changes}
    hosts = [part for host in options["host"] for part in ("--host", host)]
    rest = [part for name in ("time-zone",) if name in options for part in (f"--{name}", options[name])]
    call_command("tenant", "add", slug, "--name", options["name"], "--contact", options["contact"], *hosts, *rest)


def member(verb: str, email: str = "rita@acme.example", role: str = "reviewer") -> None:
    call_command("member", verb, email, "acme", role)


def test_a_tenant_is_served_at_its_host(capsys: pytest.CaptureFixture[str]) -> None:
    add_tenant()
    tenant = Tenant.objects.get(slug="acme")
    assert [host.host for host in tenant.hosts.all()] == ["rights.acme.example"]
    assert bytes(tenant.sealed_key)
    assert AuditEvent.objects.get(tenant=tenant).verb == "tenant.added"
    assert "datamap check acme" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("slug", "changes", "says"),
    [
        ("../etc", {}, "a slug is"),
        ("acme", {"contact": "privacy\n@acme.example"}, "no email address"),
        ("acme", {"host": ["https://acme.example"]}, "no host name"),
        ("acme", {"host": ["acme.example:443"]}, "no host name"),
        ("acme", {"host": ["taken.example"]}, "another tenant is served there"),
        ("acme", {"time-zone": "Mars/Base"}, "no time zone"),
        ("other", {}, "there is a tenant of that name"),
    ],
)
def test_bad_input_makes_no_tenant(
    slug: str, changes: dict[str, Any], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add_tenant("other", host=["taken.example"])
    with pytest.raises(SystemExit) as stop:
        add_tenant(slug, **changes)
    assert stop.value.code == 2
    assert says in capsys.readouterr().err
    assert list(Tenant.objects.values_list("slug", flat=True)) == ["other"]
    assert TenantHost.objects.count() == 1


def test_a_member_has_a_role_until_it_is_taken(capsys: pytest.CaptureFixture[str]) -> None:
    add_tenant()
    tenant = Tenant.objects.get(slug="acme")
    member("add", "Rita@Acme.example")
    user = User.objects.get(email="rita@acme.example")
    assert Permission.SEE_QUEUE in permissions_of(user, tenant)
    call_command("member", "list", "acme")
    assert "reviewer       rita@acme.example" in capsys.readouterr().out
    member("remove")
    assert not permissions_of(user, tenant)
    verbs = AuditEvent.objects.filter(tenant=tenant, target_type__contains="user").order_by("sequence")
    assert [(event.verb, event.facts) for event in verbs] == [
        ("membership.added", {"role": "reviewer"}),
        ("membership.removed", {"role": "reviewer"}),
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("add", "rita@acme.example", "acme", "reviewer"), "already"),
        (("add", "no address", "acme", "reviewer"), "no email address"),
        (("remove", "rita@acme.example", "acme", "auditor"), "nobody with that address is auditor"),
        (("remove", "olga@acme.example", "acme", "reviewer"), "nobody with that address"),
        (("add", "rita@acme.example", "acne", "reviewer"), "no tenant 'acne'; known: acme"),
    ],
)
def test_a_role_that_cannot_be_given_changes_nothing(
    arguments: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add_tenant()
    member("add")
    with pytest.raises(SystemExit) as stop:
        call_command("member", *arguments)
    assert stop.value.code == 2
    assert says in capsys.readouterr().err
    assert list(Membership.objects.values_list("user__email", "role")) == [("rita@acme.example", Role.REVIEWER)]


def test_an_account_keeps_itself_when_it_joins() -> None:
    add_tenant()
    user = User.objects.create_user("rita@acme.example", name="Rita")
    member("add")
    user.refresh_from_db()
    assert user.name == "Rita"
    assert User.objects.count() == 1
