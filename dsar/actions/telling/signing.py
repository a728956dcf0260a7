"""Signatures of what a webhook is sent (standardwebhooks.com, v1): HMAC-SHA256 over id, time and body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from datetime import datetime

_PREFIX = "whsec_"
_LEAST, _MOST = 24, 64  # bytes, as the specification has it


class WebhookSecretError(Exception):
    """The environment holds no such secret, or what it holds is none. The secret is not in the message."""


def secret_named(name: str) -> bytes:
    """Return the secret that the environment has under this name. Raises WebhookSecretError."""
    text = os.environ.get(name, "")
    if not text:
        raise WebhookSecretError(f"the environment variable {name} is not set")
    try:
        secret = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        secret = b""
    if not text.startswith(_PREFIX) or not _LEAST <= len(secret) <= _MOST:
        raise WebhookSecretError(f"{name} is no secret of a webhook: {_PREFIX} and {_LEAST} to {_MOST} bytes in base64")
    return secret


def headers_for(*, message_id: str, body: bytes, secret: bytes, now: datetime) -> dict[str, str]:
    """Return the headers of one attempt; `now` is aware. The id is the same for all attempts of a message."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    signature = base64.b64encode(hmac.digest(secret, signed, hashlib.sha256)).decode()
    return {
        "Content-Type": "application/json",
        "Idempotency-Key": message_id,
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{signature}",
    }
