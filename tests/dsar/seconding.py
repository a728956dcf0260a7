"""A team of two for decisions that take two people, and a policy that asks for none."""

from __future__ import annotations

from accounts.models import Membership, Role, Tenant, User
from dsar.models import Policy
from tests.dsar.conftest import account

ALONE = {"two_for_erasure": False, "two_for_refusal": False, "two_for_exception": False}


def decides_alone(tenant: Tenant) -> None:
    """Let one person decide everything, for tests that are about something else."""
    Policy.objects.update_or_create(tenant=tenant, defaults=ALONE)
    tenant.refresh_from_db()


def approver(tenant: Tenant, email: str = "amir@acme.example") -> User:
    """Return a member of the team who confirms what others propose."""
    user = account(email)
    Membership.objects.create(user=user, tenant=tenant, role=Role.APPROVER)
    return user
