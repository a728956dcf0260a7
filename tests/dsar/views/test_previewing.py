"""Looking into the bundle in the browser: again proven, recorded, searched, and refused as a download is."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, User
from dsar import payloads
from dsar.actions.delivery import previewing
from dsar.bundle.signing import Signer
from dsar.bundle.write import write_bundle
from dsar.models import SubjectRequest
from tests.bundle.builders import collection, contents, data_map, dataset, delivered, field, store
from tests.dsar.views.conftest import stale

ROWS = [{"id": number, "note": f"note {number} <b>", "at": "2026-11-20T09:30:00+00:00"} for number in range(1, 121)]


@pytest.fixture
def bundle(released: SubjectRequest) -> SubjectRequest:
    """Put a bundle that can be read in the place of the one that is only bytes."""
    notes = collection("app", "notes", field("id"), field("note"), field("at"), title="Notes", topic="What you wrote")
    told = store(delivered(notes, ROWS, types={"at": frozenset({"datetime"}), "id": frozenset({"integer"})}))
    out, kept = io.BytesIO(), released.bundles.get()
    write_bundle(
        out=out, contents=contents(data_map(dataset("app", notes)), told), signer=Signer.generate(), report=False
    )
    out.seek(0)
    payloads.put(kept.path, out, key=payloads.open_key(kept.sealed_key))
    return released


def base(subject_request: SubjectRequest) -> str:
    return f"/requests/{subject_request.reference}/preview/"


def notes(subject_request: SubjectRequest) -> str:
    return f"{base(subject_request)}app/notes/"


def test_what_is_in_it_by_category(ann: Client, bundle: SubjectRequest) -> None:
    page = ann.get(base(bundle)).content.decode()
    assert "What you wrote" in page
    assert "120 entries" in page
    assert AuditEvent.objects.get(verb="bundle.previewed").facts["bundle"] == bundle.bundles.get().pk


def test_entries_are_paged_searched_and_sorted(ann: Client, bundle: SubjectRequest) -> None:
    first = ann.get(notes(bundle)).content.decode()
    assert "note 50 &lt;b&gt;" in first
    assert "note 51 " not in first
    assert 'href="?page=2"' in first
    assert "note 120 " in ann.get(notes(bundle), {"page": 3}).content.decode()
    assert "note 119 " not in ann.get(notes(bundle), {"q": "note 120"}).content.decode()
    downwards = ann.get(notes(bundle), {"sort": "id", "down": "on"}).content.decode()
    assert downwards.index("note 120 ") < downwards.index("note 119 ")
    assert 'aria-sort="descending"' in downwards
    assert b"Nothing fits" in ann.get(notes(bundle), {"q": "elsewhere"}).content


@pytest.mark.parametrize(
    "asked", [{"page": "-1"}, {"page": "x"}, {"sort": "secret"}, {"within": "no"}, {"q": "x" * 201}]
)
def test_what_cannot_be_asked_is_not_asked(ann: Client, bundle: SubjectRequest, asked: dict[str, str]) -> None:
    assert "note 50 " in ann.get(notes(bundle), asked).content.decode()


def test_one_entry_whole(ann: Client, bundle: SubjectRequest) -> None:
    page = ann.get(f"{notes(bundle)}7/").content.decode()
    assert "note 7 &lt;b&gt;" in page
    assert "20 Nov" in page or "Nov. 20, 2026" in page
    assert ann.get(f"{notes(bundle)}121/").status_code == 404
    assert ann.get(f"{base(bundle)}app/secrets/").status_code == 404


def test_it_is_nobody_elses(otto: Client, rita: Client, anonymous: Client, bundle: SubjectRequest) -> None:
    assert [client.get(notes(bundle)).status_code for client in (otto, rita, anonymous)] == [404, 404, 302]
    assert not AuditEvent.objects.filter(verb="bundle.previewed").exists()


def test_an_old_proof_is_asked_for_again(ann: Client, bundle: SubjectRequest) -> None:
    assert ann.get(notes(bundle)).status_code == 200
    assert stale(ann).get(notes(bundle)).headers["Location"].startswith("/accounts/reauthenticate/code/")


def test_a_sealed_or_a_large_bundle_has_no_preview(
    ann: Client, bundle: SubjectRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(previewing, "LARGEST", 1)
    answer = ann.get(base(bundle))
    assert (answer.status_code, b"too large" in answer.content) == (409, True)
    bundle.bundles.update(sealed_to="age", sealed_key=None)
    answer = ann.get(base(bundle))
    assert (answer.status_code, b"only you can open it" in answer.content) == (409, True)


def test_expired_is_gone(ann: Client, bundle: SubjectRequest) -> None:
    bundle.bundles.update(expires_at=timezone.now() - timedelta(hours=1))
    assert ann.get(base(bundle)).status_code == 410


def test_a_new_address_has_to_wait(ann: Client, bundle: SubjectRequest, subject: User) -> None:
    User.objects.filter(pk=subject.pk).update(email_changed_at=timezone.now())
    assert ann.get(base(bundle)).status_code == 403
