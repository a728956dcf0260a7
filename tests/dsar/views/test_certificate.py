"""The certificate of an erasure on its page: whoever has the last message's secret gets it, and nobody else."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, Tenant, User
from dsar import payloads
from dsar.actions.erasing.certifying import _hash
from dsar.models import Certificate, Outcome, RequestType, Status, SubjectRequest
from tests.dsar.views.conftest import HOST, file

PAGE = "/certificate/"


@pytest.fixture
def certified(tenant: Tenant, subject: User) -> SubjectRequest:
    now = timezone.now()
    subject_request = file(tenant, subject, RequestType.ERASURE)
    SubjectRequest.objects.filter(pk=subject_request.pk).update(
        status=Status.FULFILLED, outcome=Outcome.FULL, closed_at=now, email="", account=None
    )
    key, folder = payloads.new_sealed_key(), f"certificates/{subject_request.reference}/1"
    payloads.put(f"{folder}/certificate.json.age", io.BytesIO(b'{"proven": true}'), key=payloads.open_key(key))
    Certificate.objects.create(
        subject_request=subject_request,
        path=folder,
        bytes=1,
        sha256="0" * 64,
        sealed_key=key,
        secret_hash=_hash("the-secret"),
        made_at=now,
        expires_at=now + timedelta(days=30),
    )
    return subject_request


def ask(client: Client, reference: str, secret: str, form: str = "json", host: str = HOST) -> Any:
    return client.post(PAGE, {"reference": reference, "secret": secret, "form": form}, headers={"host": host})


def test_whoever_has_the_secret_gets_it(anonymous: Client, certified: SubjectRequest) -> None:
    page = anonymous.get(f"{PAGE}?reference={certified.reference}").content.decode()
    assert f'value="{certified.reference}"' in page
    got = ask(anonymous, f" {certified.reference.lower()} ", "the-secret")
    assert (got.status_code, got.content) == (200, b'{"proven": true}')
    assert got.headers["Content-Disposition"] == f'attachment; filename="certificate-{certified.reference}.json"'
    assert AuditEvent.objects.filter(verb="certificate.fetched").count() == 1


@pytest.mark.parametrize("secret", ["", "another", "the-secret ".upper()])
def test_without_it_nothing_is_told(anonymous: Client, certified: SubjectRequest, secret: str) -> None:
    refused = ask(anonymous, certified.reference, secret)
    nobodys = ask(anonymous, "R-0000-0000-00", secret)
    assert (refused.status_code, nobodys.status_code) == (422, 422)
    errors = [page.content.count(b"or its 30 days are over") for page in (refused, nobodys)]
    assert errors[0] == errors[1]
    assert not AuditEvent.objects.filter(verb="certificate.fetched").exists()


def test_after_its_time_it_is_gone(anonymous: Client, certified: SubjectRequest) -> None:
    Certificate.objects.update(expires_at=timezone.now())
    assert ask(anonymous, certified.reference, "the-secret").status_code == 422


def test_another_tenants_page_has_it_not(anonymous: Client, certified: SubjectRequest) -> None:
    other = Tenant.objects.create(slug="other", name="Other", contact_email="privacy@other.example")
    other.hosts.create(host="other.test")
    assert ask(anonymous, certified.reference, "the-secret", host="other.test").status_code == 422


def test_a_form_that_there_is_not_is_refused(anonymous: Client, certified: SubjectRequest) -> None:
    assert ask(anonymous, certified.reference, "the-secret", "exe").status_code == 422
    assert ask(anonymous, certified.reference, "the-secret", "pdf").status_code == 422, "it was made without"
