"""Only the person can open it: sealed to a key or passphrase of theirs, and ours destroyed."""

from __future__ import annotations

import io
from typing import Any

import pyrage
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import connection
from django.test import Client

from accounts.models import AuditEvent
from dsar import payloads
from dsar.actions import expiry
from dsar.bundle import passphrase as passphrases
from dsar.models import Bundle, SubjectRequest
from tests.dsar.views.conftest import BYTES, stale

WORDS = "correct horse battery staple"


@pytest.fixture(autouse=True)
def _quick_passphrases(monkeypatch: pytest.MonkeyPatch) -> None:
    """A passphrase takes a second to try, on purpose; tests need not wait for it."""
    defaults = passphrases.seal_with_passphrase.__kwdefaults__ or {}
    monkeypatch.setitem(defaults, "work_factor", 10)


def address(subject_request: SubjectRequest, verb: str = "seal") -> str:
    return f"/requests/{subject_request.reference}/{verb}/"


def ssh_pair() -> tuple[str, bytes]:
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return public.decode(), private


def fetched(client: Client, subject_request: SubjectRequest) -> bytes:
    answer = client.post(address(subject_request, "download"))
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert f"acme-{subject_request.reference}.zip.age" in answer.headers["Content-Disposition"]
    return b"".join(answer)


def assert_nothing_of_ours_opens_it(subject_request: SubjectRequest) -> None:
    subject_request.refresh_from_db()
    bundle = subject_request.bundles.get()
    assert (bundle.sealed_key, subject_request.sealed_key) == (None, None)
    assert payloads.storage().names(f"requests/{subject_request.reference}") == []
    assert payloads.storage().names(f"bundles/{subject_request.reference}") == [bundle.path.rpartition("/")[2]]


def test_an_age_key_opens_it(ann: Client, released: SubjectRequest) -> None:
    identity = pyrage.x25519.Identity.generate()
    answer = ann.post(address(released), {"public_key": f"  {identity.to_public()}\n"}, follow=True)
    assert b"only you can open it" in answer.content
    assert f"age --decrypt -i key.txt -o data.zip acme-{released.reference}.zip.age" in answer.content.decode()
    assert pyrage.decrypt(fetched(ann, released), [identity]) == BYTES
    assert_nothing_of_ours_opens_it(released)
    event = AuditEvent.objects.get(verb="bundle.sealed_to_person")
    assert event.facts["sealed_to"] == "age"


def test_an_ssh_key_opens_it(ann: Client, released: SubjectRequest) -> None:
    public, private = ssh_pair()
    ann.post(address(released), {"public_key": f"{public} ann@laptop"})
    assert pyrage.decrypt(fetched(ann, released), [pyrage.ssh.Identity.from_buffer(private)]) == BYTES
    assert_nothing_of_ours_opens_it(released)


def test_a_passphrase_opens_it_and_is_kept_nowhere(ann: Client, released: SubjectRequest) -> None:
    ann.post(address(released), {"passphrase": WORDS, "again": WORDS})
    assert pyrage.passphrase.decrypt(fetched(ann, released), WORDS) == BYTES
    assert_nothing_of_ours_opens_it(released)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - the names are the database's own
            assert WORDS not in str(cursor.fetchall()), table


PRIVATE = "-----BEGIN OPENSSH PRIVATE KEY-----\nabc"


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({}, "Enter a public key or a passphrase"),
        ({"public_key": "age1nonsense"}, "no age or SSH public key"),
        ({"public_key": "ssh-rsa"}, "no age or SSH public key"),
        ({"public_key": PRIVATE}, "This is a private key"),
        ({"public_key": "AGE-SECRET-KEY-1ABC"}, "This is a private key"),
        ({"passphrase": "short", "again": "short"}, "Make the passphrase longer"),
        ({"passphrase": WORDS, "again": WORDS + "r"}, "The two passphrases differ"),
        ({"passphrase": WORDS, "again": WORDS, "public_key": "age1x"}, "one of the two"),
        ({"public_key": "x" * 20_000}, "at most 10000"),
    ],
)
def test_what_opens_nothing_is_refused_and_changes_nothing(
    ann: Client, released: SubjectRequest, sent: dict[str, str], says: str
) -> None:
    before = Bundle.objects.values().get()
    answer = ann.post(address(released), sent)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert WORDS not in answer.content.decode()
    assert Bundle.objects.values().get() == before


def test_it_is_sealed_once(ann: Client, released: SubjectRequest) -> None:
    first, second = pyrage.x25519.Identity.generate(), pyrage.x25519.Identity.generate()
    ann.post(address(released), {"public_key": str(first.to_public())})
    for answer in (ann.get(address(released)), ann.post(address(released), {"public_key": str(second.to_public())})):
        assert answer.headers["Location"] == address(released, "download")
    assert pyrage.decrypt(fetched(ann, released), [first]) == BYTES


def test_a_sealed_bundle_expires_like_any_other(ann: Client, released: SubjectRequest) -> None:
    ann.post(address(released), {"passphrase": WORDS, "again": WORDS})
    released.bundles.update(expires_at=released.received_at)
    expiry.purge(now=released.received_at)
    assert payloads.storage().names(f"bundles/{released.reference}") == []
    assert ann.post(address(released, "download")).status_code == 410
    assert ann.get(address(released)).status_code == 410


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_is_for_the_person_alone_and_proven_again(
    otto: Client, rita: Client, ann: Client, released: SubjectRequest, method: str
) -> None:
    sent: dict[str, Any] = {"passphrase": WORDS, "again": WORDS}
    for client in (otto, rita):
        assert getattr(client, method)(address(released), sent).status_code == 404
    assert getattr(stale(ann), method)(address(released), sent).headers["Location"].startswith("/accounts/reauth")
    assert not Bundle.objects.get().sealed_to


def test_what_is_not_released_is_not_sealed(ann: Client, waiting: SubjectRequest) -> None:
    assert ann.post(address(waiting), {"passphrase": WORDS, "again": WORDS}).status_code == 404


def test_a_large_bundle_passes_as_a_stream(released: SubjectRequest, ann: Client) -> None:
    content = bytes(range(256)) * 4_000
    bundle = released.bundles.get()
    payloads.put(bundle.path, io.BytesIO(content), key=payloads.open_key(bundle.sealed_key))
    ann.post(address(released), {"passphrase": WORDS, "again": WORDS})
    assert pyrage.passphrase.decrypt(fetched(ann, released), WORDS) == content
