"""The owner of the old address stops the change: everything is as it was, and everybody is signed out."""

from __future__ import annotations

from datetime import datetime

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import signing
from django.db import transaction
from django.db.models import Q

from accounts.address_changes.cooling import cooling_off
from accounts.audit import record
from accounts.models import AddressChange, Tenant, User
from accounts.sessions import end_all

_SALT = "accounts.address-change"


class TooLateError(Exception):
    """The link is none of ours, was used, or its time is over."""


class AddressTakenError(Exception):
    """The old address has an account of its own by now."""


def note_change(*, user: User, old_email: str, at: datetime) -> AddressChange:
    """Write that the address was replaced just now, so that the old one can stop it."""
    user.email_changed_at = at
    user.save(update_fields=["email_changed_at"])
    return AddressChange.objects.create(user=user, old_email=old_email, changed_at=at)


def token_of(change: AddressChange) -> str:
    """Return the signed token that the link at the old address carries. It can stop this change, and nothing else."""
    return signing.Signer(salt=_SALT).sign(str(change.pk))


def read_token(token: str, *, now: datetime) -> AddressChange:
    """Return the change that a token can stop now. Raises TooLateError."""
    try:
        number = int(signing.Signer(salt=_SALT).unsign(token))
    except signing.BadSignature as error:
        raise TooLateError("this is no token") from error
    found = AddressChange.objects.filter(pk=number, stopped_at=None, changed_at__gt=now - cooling_off())
    change = found.select_related("user").first()
    if change is None:
        raise TooLateError(f"change {number} can no longer be stopped")
    return change


@transaction.atomic
def stop(change: AddressChange, *, tenant: Tenant, now: datetime) -> tuple[User, str]:
    """Give the account its old address back; return the account and the address that it had meanwhile.

    Changes after this one are void with it: their links lie in the mailboxes of whoever made them. Everybody is signed
    out, and second factors go that were added since shortly before: they may be a thief's, and whoever reads the old
    mailbox signs in by a mailed code. What is private waits anew. Raises TooLateError, AddressTakenError.
    """
    user = User.objects.select_for_update().get(pk=change.user_id)
    later = AddressChange.objects.filter(user=user, changed_at__gte=change.changed_at)
    if not AddressChange.objects.filter(pk=change.pk, stopped_at=None).exists():
        raise TooLateError(f"change {change.pk} was stopped meanwhile")
    if _is_taken(change.old_email, by_other_than=user):
        raise AddressTakenError(f"the old address of account {user.pk} is another's")
    later.update(stopped_at=now)
    meanwhile = user.email
    user.email, user.email_changed_at = change.old_email, now
    user.save(update_fields=["email", "email_changed_at"])
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    _remove_second_factors(user, since=change.changed_at - cooling_off())
    end_all(user=user, tenant=tenant)
    record(tenant=tenant, verb="account.email_change_stopped", by=None, at=now, target=user)
    return user, meanwhile


def forget_changes(*, now: datetime) -> int:
    """Delete changes that can no longer be stopped; return how many."""
    return AddressChange.objects.filter(changed_at__lte=now - cooling_off()).delete()[0]


def _is_taken(email: str, *, by_other_than: User) -> bool:
    others = Q(email__iexact=email) | Q(emailaddress__email__iexact=email, emailaddress__verified=True)
    return User.objects.filter(others).exclude(pk=by_other_than.pk).exists()


def _remove_second_factors(user: User, *, since: datetime) -> None:
    Authenticator.objects.filter(user=user, created_at__gte=since).delete()
    left = Authenticator.objects.filter(user=user)
    if not left.exclude(type=Authenticator.Type.RECOVERY_CODES).exists():
        left.delete()  # alone they are no second factor, and would only stand in the way
