"""The link by which a message is unsubscribed from without signing in (RFC 8058)."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from accounts.addresses import address_hash
from accounts.keyring import tenant_hmac_key
from accounts.models import Tenant
from accounts.tenancy import tenant_url
from dsar.models import MAILINGS, Purpose

_VERSION = "1"


class UnsubscribeTokenError(Exception):
    """The token is none of ours, is cut or was changed."""


class OtherTenantsTokenError(UnsubscribeTokenError):
    """The token is of another company that runs its portal here."""


class NoMailingError(Exception):
    """The purpose is a use of data, of which no message is sent."""


@dataclass(frozen=True, slots=True)
class Unsubscription:
    """What a token allows, and all that it allows: this address, by its hash, leaves this purpose."""

    tenant: Tenant
    address_hash: str
    purpose: Purpose


def unsubscribe_token(*, tenant: Tenant, email: str, purpose: Purpose) -> str:
    """Return a signed token; it holds the address's keyed hash, not the address. Raises NoMailingError, KeyringError.

    It does not expire: the link of a message of last year still has to work.
    """
    if purpose not in MAILINGS:
        raise NoMailingError(f"no message is of the purpose {purpose}")
    hashed = _text(bytes.fromhex(address_hash(tenant, email)))
    said = ".".join((_VERSION, str(tenant.pk), str(purpose), hashed))
    return f"{said}.{_text(_signature(tenant, said))}"


def read_unsubscribe_token(token: str, *, tenant: Tenant) -> Unsubscription:
    """Return what a token allows at a tenant's. Raises UnsubscribeTokenError, OtherTenantsTokenError, KeyringError."""
    said, _dot, signature = token.rpartition(".")
    parts = said.split(".")
    if len(parts) != 4 or parts[0] != _VERSION:
        raise UnsubscribeTokenError("this is no token")
    _version, tenant_id, purpose, hashed = parts
    if tenant_id != str(tenant.pk):
        raise OtherTenantsTokenError("the token is of another tenant")
    if not hmac.compare_digest(_text(_signature(tenant, said)).encode(), signature.encode()):
        raise UnsubscribeTokenError("the signature is wrong")
    if purpose not in Purpose.values:
        raise UnsubscribeTokenError("the purpose of the token is no longer there")
    return Unsubscription(tenant, _bytes(hashed).hex(), Purpose(purpose))


def unsubscribe_headers(*, tenant: Tenant, email: str, purpose: Purpose) -> dict[str, str]:
    """Return what a message of a purpose carries in its header (RFC 2369, RFC 8058), for accounts.outbox.put.

    One click is allowed for https alone (RFC 8058 section 3.1): a portal without, as the demo, offers the link that
    leads to a page. The server that sends must sign both headers with DKIM. Raises NoMailingError, KeyringError,
    TenantHasNoHostError.
    """
    token = unsubscribe_token(tenant=tenant, email=email, purpose=purpose)
    address = tenant_url(tenant, f"/unsubscribe/{token}/")
    headers = {"List-Unsubscribe": f"<{address}>"}
    if urlsplit(address).scheme == "https":
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def _signature(tenant: Tenant, said: str) -> bytes:
    return hmac.digest(tenant_hmac_key(tenant, "unsubscribe"), said.encode(), "sha256")


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
