"""What the tests of stops share: a use that the map declares, and requests as a form files them."""

from __future__ import annotations

from html import unescape
from pathlib import Path

from django.conf import settings as site
from django.test import Client
from django.utils import timezone

from accounts.models import OutgoingEmail, Tenant, User
from dsar.actions import intake
from dsar.models import (
    RequestType,
    SubjectRequest,
)
from tests.dsar.views.conftest import token_of

NEW, CHECK = "/requests/new/", "/requests/new/check/"
OBJECT, STOP = f"{NEW}objection/", f"{NEW}restriction/"
USE = "analytics.reporting"
ANN = "ann@example.com"
COMPLAIN = "complain to a data protection authority"
DECLARED = f"""
  - name: Count visits
    data_use: {USE}
    data_categories: [user.behavior]
    data_subjects: [customer]
    dataset_references: [app]
    legal_basis_for_processing: Legitimate interests
    retention_period: 90 days.
"""


def declare(tenant: Tenant) -> None:
    file = Path(site.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"
    file.write_text(file.read_text(encoding="utf-8").rstrip("\n") + DECLARED, encoding="utf-8")


def text(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode())


def send(client: Client) -> SubjectRequest:
    client.post(CHECK, {"token": token_of(client.get(CHECK))})
    return SubjectRequest.objects.latest("pk")


def stop(
    tenant: Tenant, account: User | None, *purposes: str, ground: str = "", email: str = ANN, words: str = "Because."
) -> SubjectRequest:
    kind = RequestType.RESTRICTION if ground else RequestType.OBJECTION
    now = timezone.now()
    filing = intake.Filing(
        type=kind, email=email, token=f"{now} {kind}", question=words, purposes=purposes, ground=ground
    )
    return intake.file_request(tenant=tenant, filing=filing, account=account, now=now)


def keys(subject_request: SubjectRequest, *purposes: str) -> list[int]:
    return [row.pk for row in subject_request.restrictions.all() if row.purpose in purposes]


def mails(kind: str) -> list[OutgoingEmail]:
    return list(OutgoingEmail.objects.filter(kind=kind))
