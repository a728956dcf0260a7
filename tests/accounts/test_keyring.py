"""Keys: what is wrapped comes back for its purpose alone, and everything else fails."""

from __future__ import annotations

import base64
from types import SimpleNamespace

import pytest
from pytest_django import Settings

from accounts import keyring
from accounts.keyring import KeyringError, tenant_hmac_key, tenant_signing_seed, unwrap, wrap

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture(autouse=True)
def _keys(settings: Settings) -> None:
    settings.PORTAL_MASTER_KEYS = [OLD]


def test_what_is_wrapped_comes_back() -> None:
    token = wrap(b"secret", purpose="bundle")
    assert unwrap(token, purpose="bundle") == b"secret"
    assert b"secret" not in token


def test_nothing_can_be_wrapped_too() -> None:
    assert unwrap(wrap(b"", purpose="bundle"), purpose="bundle") == b""


def test_no_two_tokens_are_alike() -> None:
    assert wrap(b"secret", purpose="bundle") != wrap(b"secret", purpose="bundle")


def test_another_purpose_does_not_unwrap() -> None:
    with pytest.raises(KeyringError, match="purpose"):
        unwrap(wrap(b"secret", purpose="bundle"), purpose="store")


def test_no_changed_byte_goes_unnoticed() -> None:
    token = wrap(b"secret", purpose="bundle")
    for place in range(len(token)):
        changed = bytearray(token)
        changed[place] ^= 1
        with pytest.raises(KeyringError):
            unwrap(bytes(changed), purpose="bundle")


@pytest.mark.parametrize("token", [b"", b"\x01", b"plain text that was never wrapped by anybody"])
def test_what_is_no_token_is_refused(token: bytes) -> None:
    with pytest.raises(KeyringError):
        unwrap(token, purpose="bundle")


def test_an_older_master_key_still_unwraps(settings: Settings) -> None:
    token = wrap(b"secret", purpose="bundle")
    settings.PORTAL_MASTER_KEYS = [NEW, OLD]
    assert unwrap(token, purpose="bundle") == b"secret"


def test_a_master_key_that_is_gone_does_not(settings: Settings) -> None:
    token = wrap(b"secret", purpose="bundle")
    settings.PORTAL_MASTER_KEYS = [NEW]
    with pytest.raises(KeyringError, match="not in PORTAL_MASTER_KEYS"):
        unwrap(token, purpose="bundle")


def test_the_first_master_key_wraps(settings: Settings) -> None:
    settings.PORTAL_MASTER_KEYS = [NEW, OLD]
    token = wrap(b"secret", purpose="bundle")
    settings.PORTAL_MASTER_KEYS = [NEW]
    assert unwrap(token, purpose="bundle") == b"secret"


@pytest.mark.parametrize("keys", [None, [], ["not base64!"], [base64.b64encode(b"short").decode()], [b"short"]])
def test_without_a_usable_master_key_everything_stops(settings: Settings, keys: list[str] | None) -> None:
    settings.PORTAL_MASTER_KEYS = keys
    with pytest.raises(KeyringError):
        wrap(b"secret", purpose="bundle")


def test_base64_texts_are_taken_too(settings: Settings) -> None:
    token = wrap(b"secret", purpose="bundle")
    settings.PORTAL_MASTER_KEYS = [base64.b64encode(OLD).decode()]
    assert unwrap(token, purpose="bundle") == b"secret"


def test_a_tenants_keys_are_steady_and_differ_by_tenant_and_purpose() -> None:
    one, two = (SimpleNamespace(sealed_key=keyring.new_tenant_key()) for _ in range(2))
    keys = [
        tenant_signing_seed(one),
        tenant_signing_seed(two),
        tenant_hmac_key(one, "suppression"),
        tenant_hmac_key(one, "search"),
        tenant_hmac_key(two, "suppression"),
    ]
    assert len(set(keys)) == len(keys)
    assert {len(key) for key in keys} == {32}
    assert tenant_signing_seed(one) == keys[0]


def test_a_tenants_keys_outlive_a_change_of_the_master_key(settings: Settings) -> None:
    tenant = SimpleNamespace(sealed_key=keyring.new_tenant_key())
    before = tenant_signing_seed(tenant), tenant_hmac_key(tenant, "suppression")
    settings.PORTAL_MASTER_KEYS = [NEW, OLD]
    assert (tenant_signing_seed(tenant), tenant_hmac_key(tenant, "suppression")) == before


def test_a_tenant_without_key_signs_nothing() -> None:
    with pytest.raises(KeyringError):
        tenant_signing_seed(SimpleNamespace(sealed_key=b""))
