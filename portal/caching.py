"""What a key of the cache looks like from outside."""

from __future__ import annotations

from django.utils.crypto import salted_hmac


def hidden_key(key: str, key_prefix: str, version: int) -> str:
    """Return the key as a keyed hash: tries are counted by network and email address, and Redis must hold neither."""
    digest = salted_hmac("portal.caching", key, algorithm="sha256").hexdigest()
    return f"{key_prefix}:{version}:{digest}"
