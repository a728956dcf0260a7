"""A device that keeps passkeys, as WebAuthn Level 3 says it answers."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

PRESENT, UNLOCKED, WITH_KEY = (
    AuthenticatorData.FLAG.UP,
    AuthenticatorData.FLAG.UV,
    AuthenticatorData.FLAG.AT,
)


@dataclass
class Device:
    """A phone at a host; `unlocked` tells whether its owner showed a finger."""

    host: str = "testserver"
    unlocked: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    owner: bytes = b""

    def create(self, options: dict[str, Any]) -> str:
        """Make a key; return what the browser sends."""
        own = options["publicKey"]
        self.owner = websafe_decode(own["user"]["id"])
        key = ES256.from_cryptography_key(self.key.public_key())  # type: ignore[no-untyped-call]
        public = AttestedCredentialData.create(Aaguid.NONE, self.id, key)
        data = AuthenticatorData.create(_hash(own["rp"]["id"]), self._flags | WITH_KEY, 0, public)
        answer = {
            "clientDataJSON": self._client("webauthn.create", own["challenge"]),
            "attestationObject": bytes(AttestationObject.create("none", data, {})),
        }
        return self._written(answer)

    def get(self, options: dict[str, Any]) -> str:
        """Sign a challenge; return what the browser sends."""
        own = options["publicKey"]
        data = AuthenticatorData.create(_hash(own["rpId"]), self._flags, 0)
        client = self._client("webauthn.get", own["challenge"])
        signed = bytes(data) + hashlib.sha256(client).digest()
        signature = self.key.sign(signed, ec.ECDSA(SHA256()))
        answer = {"clientDataJSON": client, "authenticatorData": bytes(data), "signature": signature}
        return self._written(answer | {"userHandle": self.owner})

    @property
    def _flags(self) -> AuthenticatorData.FLAG:
        return PRESENT | UNLOCKED if self.unlocked else PRESENT

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": f"https://{self.host}"}).encode()

    def _written(self, answer: dict[str, bytes]) -> str:
        parts = {name: websafe_encode(value) for name, value in answer.items()}
        own = {"id": websafe_encode(self.id), "rawId": websafe_encode(self.id), "type": "public-key"}
        return json.dumps(own | {"response": parts, "clientExtensionResults": {"credProps": {"rk": True}}})


def _hash(host: str) -> bytes:
    return hashlib.sha256(host.encode()).digest()


def add(client: Client, device: Device, name: str = "My phone") -> Any:
    """Add a passkey on the page for it, as somebody who is signed in."""
    options = client.get("/accounts/2fa/webauthn/add/").context["js_data"]["creation_options"]
    return client.post("/accounts/2fa/webauthn/add/", {"name": name, "credential": device.create(options)})


def sign_in_by(client: Client, device: Device, **more: str) -> Any:
    """Sign in on the page of sign-in by the passkey alone."""
    page = "/accounts/2fa/webauthn/login/"
    options = client.get(page, headers={"X-Requested-With": "XMLHttpRequest"}).json()["request_options"]
    return client.post(page, {"credential": device.get(options), **more})
