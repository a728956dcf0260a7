"""A stop that begins or ends takes effect in the tenant's stores."""

from __future__ import annotations

from collections.abc import Iterable

from allauth.account.models import EmailAddress

from accounts.addresses import address_hash
from dsar.actions.choosing.due import again_of
from dsar.models import Restriction
from dsar.restrictions import EVERYTHING


def take_effect(rows: Iterable[Restriction]) -> None:
    """Have choices written as they hold now, in the caller's transaction: nothing stopped is written as given.

    Raises KeyringError.
    """
    for row in rows:
        again_of(
            tenant=row.tenant,
            address_hashes=_addresses(row),
            purpose=None if row.purpose == EVERYTHING else row.purpose,
        )


def _addresses(row: Restriction) -> set[str]:
    """Return the hashes of every address that the rule finds this restriction by (dsar.restrictions.of_address)."""
    own = EmailAddress.objects.filter(user=row.subject_request.account_id, verified=True)
    return {row.address_hash, *(address_hash(row.tenant, email) for email in own.values_list("email", flat=True))}
