"""What an account can show besides a mailed code, as seen from the host that asks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator

from accounts.models import User


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """`app`: an authenticator app. `here` and `elsewhere`: passkeys that this host can and cannot ask for.

    A passkey belongs to the host name that it was made at (WebAuthn, "RP ID"), and each tenant has its own, while an
    account is one across tenants: a passkey of another tenant's portal still guards the account, but cannot be used.
    """

    app: bool
    here: tuple[Authenticator, ...]
    elsewhere: tuple[Authenticator, ...]


def second_factors(user: User) -> SecondFactors:
    """Return the second factors of an account; the host is the one of the request under way."""
    found = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    keys = [one for one in found if one.type == Authenticator.Type.WEBAUTHN]
    here = tuple(one for one in keys if is_of_this_host(one))
    return SecondFactors(
        app=any(one.type == Authenticator.Type.TOTP for one in found), here=here, elsewhere=_rest(keys, here)
    )


def is_of_this_host(passkey: Authenticator) -> bool:
    """Tell whether the passkey was made at the host that is asked now."""
    host = get_adapter().get_public_key_credential_rp_entity()["id"]
    made_at: bytes = passkey.wrap().authenticator_data.rp_id_hash
    return made_at == hashlib.sha256(host.encode()).digest()


def _rest(keys: Iterable[Authenticator], here: tuple[Authenticator, ...]) -> tuple[Authenticator, ...]:
    return tuple(one for one in keys if one not in here)
