"""Whose address a hash is of."""

from __future__ import annotations

from allauth.account.models import EmailAddress

from accounts.addresses import address_hasher
from accounts.emails import normal_email
from accounts.models import Tenant
from dsar.models import ChoiceWriting


def address_of(row: ChoiceWriting) -> str:
    """Return the verified address of an account, "" where no account has it. Raises KeyringError.

    The account that made the change is asked first; of an unsubscription without sign-in none may be known.
    """
    account = row.change.account
    if account is not None and (found := _first(row.tenant, row.address_hash, user=account)):
        return found
    return _first(row.tenant, row.address_hash)


def _first(tenant: Tenant, wanted: str, **whose: object) -> str:
    hashed = address_hasher(tenant)
    addresses = EmailAddress.objects.filter(verified=True, **whose).values_list("email", flat=True)
    found = (normal_email(address) for address in addresses.iterator() if hashed(address) == wanted)
    return next(found, "")
