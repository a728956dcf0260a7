"""Setting up a tenant and its team: what an operator does once, by command."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from zoneinfo import available_timezones

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email, validate_slug
from django.db import transaction
from django.utils.translation import gettext

from accounts.audit import Actor, record
from accounts.emails import normal_email
from accounts.models import Membership, Role, Tenant, TenantHost, User

_HOST = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*")


class TeamError(Exception):
    """A tenant or a member that cannot be made as asked; the message says what to write."""


@transaction.atomic
def add_tenant(
    *, slug: str, name: str, contact_email: str, hosts: Iterable[str], time_zone: str = "UTC", by: Actor, at: datetime
) -> Tenant:
    """Make a tenant, with a key of its own, that is served at the given host names. Raises TeamError."""
    _check(validate_slug, slug, "a slug is letters, digits and hyphens")
    _check(validate_email, contact_email, "no email address")
    if time_zone not in available_timezones():
        raise TeamError(f"{time_zone!r}: no time zone; write one such as Europe/Berlin")
    if Tenant.objects.filter(slug=slug).exists():
        raise TeamError(f"{slug!r}: there is a tenant of that name")
    tenant = Tenant.objects.create(slug=slug, name=name, contact_email=contact_email, time_zone=time_zone)
    for host in hosts:
        _add_host(tenant, host.lower())
    record(tenant=tenant, verb="tenant.added", by=by, at=at, target=tenant)
    return tenant


def _add_host(tenant: Tenant, host: str) -> None:
    if not _HOST.fullmatch(host):
        raise TeamError(f"{host!r}: no host name; write one without a scheme, a port or a path")
    if TenantHost.objects.filter(host=host).exists():
        raise TeamError(f"{host!r}: another tenant is served there")
    TenantHost.objects.create(tenant=tenant, host=host)


@transaction.atomic
def add_member(*, tenant: Tenant, email: str, role: Role, name: str = "", by: Actor, at: datetime) -> User:
    """Give an account, a new one if need be, a role. The second factor is theirs to set up. Raises TeamError.

    The operator vouches for a new address; nobody signs in to it but by a code mailed there.
    """
    _check(validate_email, email, "no email address")
    user = User.objects.filter(email=normal_email(email)).first()
    if user is None:
        user = User.objects.create_user(email, name=name)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    _, is_new = Membership.objects.get_or_create(user=user, tenant=tenant, role=role)
    if not is_new:
        raise TeamError(f"account {user.pk} is {role} of {tenant.slug} already")
    record(tenant=tenant, verb="membership.added", by=by, at=at, target=user, facts={"role": role.value})
    return user


@transaction.atomic
def remove_member(*, tenant: Tenant, email: str, role: Role, by: Actor, at: datetime) -> None:
    """Take a role from an account, at once: every page asks for it anew. Raises TeamError.

    The last administrator stays: nobody could set anything any more.
    """
    Tenant.objects.select_for_update(no_key=True).get(pk=tenant.pk)  # two who remove each other take turns
    user = User.objects.filter(email=normal_email(email)).first()
    if user is None or not Membership.objects.filter(user=user, tenant=tenant, role=role).delete()[0]:
        raise TeamError(f"nobody with that address is {role} of {tenant.slug}")
    if role == Role.ADMINISTRATOR and not _administrators(tenant):
        raise TeamError(gettext("the last administrator stays: give somebody else that role first"))
    record(tenant=tenant, verb="membership.removed", by=by, at=at, target=user, facts={"role": role.value})


@transaction.atomic
def set_roles(*, tenant: Tenant, user: User, roles: Collection[Role], by: Actor, at: datetime) -> bool:
    """Give a member exactly these roles, none to have them leave; return whether that changed any. Raises TeamError."""
    held = {Role(role) for role in Membership.objects.filter(tenant=tenant, user=user).values_list("role", flat=True)}
    if not held:
        raise TeamError(gettext("this account is not a member of the team"))
    for role in sorted(set(roles) - held):
        add_member(tenant=tenant, email=user.email, role=role, by=by, at=at)
    for role in sorted(held - set(roles)):
        remove_member(tenant=tenant, email=user.email, role=role, by=by, at=at)
    return held != set(roles)


def _administrators(tenant: Tenant) -> bool:
    """Tell whether anybody who can sign in is an administrator still."""
    return Membership.objects.filter(tenant=tenant, role=Role.ADMINISTRATOR, user__is_active=True).exists()


def _check(validate: Callable[[str], None], value: str, message: str) -> None:
    try:
        validate(value)
    except ValidationError as error:
        raise TeamError(f"{value!r}: {message}") from error
