"""Browsers of the people of tests/dsar/conftest.py, and requests as far as a page needs them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Membership, OutgoingEmail, Role, Tenant, User
from dsar import payloads
from dsar.actions import intake
from dsar.models import Bundle, RequestType, Status, StepKind, StepState, SubjectRequest
from tests.dsar.conftest import account, make_tenant

HOST = "acme.test"


def _archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("datapackage.json", '{"resources": []}')
    return out.getvalue()


#: A small archive as a person gets it; of what a bundle holds it has the list, which is empty.
BYTES = _archive()


@pytest.fixture
def tenant(db: None) -> Iterator[Tenant]:
    """The tenant in a transaction that is rolled back: no page reads a store by a connection of its own."""
    yield from make_tenant()


@pytest.fixture(autouse=True)
def _hosts(settings: Settings) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.DEFAULT_TENANT_SLUG = ""


def browser(user: User | None = None) -> Client:
    """Return a browser, signed in just now: with the second factor where there is one, else by a mailed code."""
    client = Client(headers={"host": HOST})
    if user is not None:
        client.force_login(user)
        request = RequestFactory().get("/")
        request.session = client.session
        record_authentication(request, user, method="mfa" if _is_staff(user) else "code")
        request.session.save()
    return client


def _is_staff(user: User) -> bool:
    return Membership.objects.filter(user=user).exists()


def stale(client: Client) -> Client:
    """Let the proof of who signed in grow old."""
    session = client.session
    for record in session["account_authentication_methods"]:
        record["at"] -= 3600
    session.save()
    return client


@pytest.fixture
def anonymous(tenant: Tenant) -> Client:
    return browser()


@pytest.fixture
def ann(subject: User) -> Client:
    return browser(subject)


@pytest.fixture
def otto(outsider: User) -> Client:
    return browser(outsider)


def second_factor(user: User) -> User:
    TOTP.activate(user, generate_totp_secret())
    return user


@pytest.fixture
def rita(reviewer: User) -> Client:
    return browser(second_factor(reviewer))


@pytest.fixture
def olga(tenant: Tenant) -> Client:
    """An auditor: sees the queue, decides nothing, reads no rows."""
    user = account("olga@acme.example")
    Membership.objects.create(user=user, tenant=tenant, role=Role.AUDITOR)
    TOTP.activate(user, generate_totp_secret())
    return browser(user)


def file(
    tenant: Tenant,
    user: User | None,
    kind: RequestType = RequestType.ACCESS,
    *,
    email: str = "ann@example.com",
    at: datetime | None = None,
    question: str = "Why?",
) -> SubjectRequest:
    now = at or timezone.now()
    filing = intake.Filing(type=kind, email=email, token=f"{email} {now} {kind}", question=question)
    return intake.file_request(tenant=tenant, filing=filing, account=user, now=now)


ROWS = {"people": [{"id": 0, "email": "ann@example.com", "name": "Ann"}], "letters": [{"id": 1, "body": "new"}] * 2}


def collect(subject_request: SubjectRequest) -> SubjectRequest:
    """Leave what workers leave, up to the bundle: a page reads rows and files and knows no worker."""
    now = timezone.now()
    folder = f"requests/{subject_request.reference}/collect-1-app-1"
    key = payloads.open_key(subject_request.sealed_key)
    for name, rows in ROWS.items():
        payloads.put(f"{folder}/{name}.jsonl.age", io.BytesIO(b"\n".join(map(orjson.dumps, rows))), key=key)
    counts = {name: {"rows": len(rows), "withheld": 0, "seconds": 0.1, "types": {}} for name, rows in ROWS.items()}
    done = {"state": StepState.DONE, "attempts": 1, "not_before": now, "started_at": now, "finished_at": now}
    steps = subject_request.steps
    steps.all().delete()
    steps.create(kind=StepKind.IDENTIFY, dataset="app", stage=1, report={"proven": 1}, **done)
    report = {"sizes": {}, "collections": counts, "undeclared": [["people", "shoe_size"]]}
    steps.create(kind=StepKind.COLLECT, dataset="app", stage=1, rows=3, report=report, folder=folder, **done)
    steps.create(kind=StepKind.PACK, stage=1, not_before=now)
    subject_request.identities.create(
        kind="email", value="ann.old@example.com", proven_by="found in app:old_emails.email", proven_at=now
    )
    return subject_request


def pack(subject_request: SubjectRequest, **numbers: int) -> Bundle:
    """Put a small bundle in the place of the real one: the packer has tests of its own, and takes seconds."""
    key = payloads.new_sealed_key()
    path = f"bundles/{subject_request.reference}/1-1.zip.age"
    stored = payloads.put(path, io.BytesIO(BYTES), key=payloads.open_key(key))
    now = timezone.now()
    subject_request.steps.filter(kind=StepKind.PACK).update(state=StepState.DONE, finished_at=now, started_at=now)
    SubjectRequest.objects.filter(pk=subject_request.pk).update(status=Status.AWAITING_RELEASE)
    subject_request.refresh_from_db()
    return Bundle.objects.create(
        subject_request=subject_request,
        path=path,
        bytes=stored.bytes,
        sha256=stored.sha256,
        sealed_key=key,
        summary={"rows": 3, "withheld": 0, "failed": 0, "undeclared": 0, "files": 9} | numbers,
        made_at=now,
    )


@pytest.fixture
def waiting(tenant: Tenant, subject: User) -> SubjectRequest:
    """Ann's request, collected and packed, waiting for its release."""
    subject_request = collect(file(tenant, subject))
    pack(subject_request)
    return subject_request


@pytest.fixture
def released(waiting: SubjectRequest) -> SubjectRequest:
    now = timezone.now()
    waiting.bundles.update(expires_at=now + timedelta(days=7))
    SubjectRequest.objects.filter(pk=waiting.pk).update(status=Status.FULFILLED, outcome="full", closed_at=now)
    waiting.refresh_from_db()
    return waiting


@pytest.fixture
def enquiry(tenant: Tenant, subject: User) -> SubjectRequest:
    return file(tenant, subject, RequestType.ENQUIRY, question="Who <script>reads</script> this?")


def mailed_code() -> str:
    found = re.search(r"\b\d{8}\b", OutgoingEmail.objects.filter(kind="verify_code").latest("pk").text)
    assert found
    return found[0]


def token_of(page: Any) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page.content.decode())
    assert found
    return found[1]
