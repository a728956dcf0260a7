"""A tenant whose map says who is told: one by email, one by a webhook that listens on this machine."""

from __future__ import annotations

import base64
import hashlib
import hmac
from pathlib import Path

from django.conf import settings as site

from accounts.models import Tenant, User
from dsar.actions import intake, review
from dsar.actions.erasing.work import latest_preview, shown
from dsar.models import RequestType, SubjectRequest
from tests.dsar.conftest import StepClock
from tests.dsar.test_the_way_of_a_request import work
from tests.stores.http_server import Asked

SECRET = b"a secret of thirty-two bytes ok?"
VARIABLE = "TELLING_TEST_SECRET"
SPELT = f"whsec_{base64.b64encode(SECRET).decode()}"


def say(tenant: Tenant, *recipients: str) -> None:
    """Write recipients into the tenant's map."""
    file = Path(site.TENANTS_DIR) / tenant.slug / "datamap" / "app.yml"
    lines = "".join(f"    - {item}\n" for item in recipients)
    text = file.read_text("utf-8")
    file.write_text(
        text.replace("    source_of_data: You.\n", f"    source_of_data: You.\n    notify:\n{lines}"), "utf-8"
    )


def by_email(more: str = "") -> str:
    return f"{{name: Postbox, email: dpo@postbox.example{more}}}"


def by_webhook(url: str, more: str = "") -> str:
    return f'{{name: Kontor, webhook: "{url}/erasures?key=1", secret: {VARIABLE}{more}}}'


def seen(subject_request: SubjectRequest) -> str:
    """Return the fingerprint of what the reviewer sees."""
    latest = latest_preview(list(subject_request.steps.all()))
    preview = shown(latest) if latest else None
    assert preview is not None
    return preview.fingerprint


def erase_ann(tenant: Tenant, subject: User, reviewer: User, clock: StepClock) -> SubjectRequest:
    """Take Ann's wish to be forgotten through to its end."""
    filing = intake.Filing(type=RequestType.ERASURE, email="ann@example.com", token="e1")
    subject_request = intake.file_request(tenant=tenant, filing=filing, account=subject, now=clock())
    work(clock)
    subject_request.refresh_from_db()
    review.approve(subject_request, by=reviewer, now=clock(), fingerprint=seen(subject_request))
    clock.now = clock.now.replace(day=clock.now.day + 1)
    work(clock)
    subject_request.refresh_from_db()
    return subject_request


def is_signed(asked: Asked) -> bool:
    """Check a message as its recipient does, by the words of the Standard Webhooks specification."""
    head = asked.headers
    signed = f"{head['webhook-id']}.{head['webhook-timestamp']}.".encode() + asked.body
    version, _, signature = head["webhook-signature"].partition(",")
    expected = hmac.new(SECRET, signed, hashlib.sha256).digest()
    return version == "v1" and hmac.compare_digest(base64.b64decode(signature), expected)
