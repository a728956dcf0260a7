"""Fetching the bundle: again proven, by POST alone, recorded, and gone once expired."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent
from dsar.actions import expiry
from dsar.models import Download, SubjectRequest
from tests.dsar.views.conftest import BYTES, stale


def address(subject_request: SubjectRequest) -> str:
    return f"/requests/{subject_request.reference}/download/"


def test_it_is_sent_and_recorded(ann: Client, released: SubjectRequest) -> None:
    answer = ann.post(address(released))
    assert b"".join(answer) == BYTES
    assert answer.headers["Content-Type"] == "application/zip"
    assert f'filename="acme-{released.reference}.zip"' in answer.headers["Content-Disposition"]
    download = Download.objects.get()
    assert download.completed_at is not None
    assert AuditEvent.objects.filter(verb="bundle.downloaded").exists()
    assert b"Fetched so far" in ann.get(address(released)).content


def test_looking_at_the_page_fetches_nothing(ann: Client, released: SubjectRequest) -> None:
    assert b"Download the ZIP file" in ann.get(address(released)).content
    assert not Download.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_old_session_has_to_prove_itself_again(ann: Client, released: SubjectRequest, method: str) -> None:
    answer = getattr(stale(ann), method)(address(released))
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (302, "/accounts/reauthenticate/code/")
    assert not Download.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_it_is_nobody_elses(
    otto: Client, rita: Client, anonymous: Client, released: SubjectRequest, method: str
) -> None:
    assert getattr(otto, method)(address(released)).status_code == 404
    assert getattr(rita, method)(address(released)).status_code == 404
    assert getattr(anonymous, method)(address(released)).status_code == 302
    assert not Download.objects.exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_what_is_not_released_is_not_there(ann: Client, waiting: SubjectRequest, method: str) -> None:
    assert getattr(ann, method)(address(waiting)).status_code == 404


@pytest.mark.parametrize("purged", [False, True])
@pytest.mark.parametrize("method", ["get", "post"])
def test_expired_is_gone_and_says_since_when(ann: Client, released: SubjectRequest, method: str, purged: bool) -> None:
    past = timezone.now() - timedelta(hours=1)
    released.bundles.update(expires_at=past)
    if purged:
        expiry.purge(now=timezone.now())
    answer = getattr(ann, method)(address(released))
    assert answer.status_code == 410
    assert past.isoformat()[:16].encode() in answer.content
    assert b"Ask again" in answer.content


def test_other_methods_are_refused(ann: Client, released: SubjectRequest) -> None:
    assert ann.put(address(released)).status_code == 405
