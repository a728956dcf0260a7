"""What is stored is served at no address, and a copy of it opens nothing. Attack 14."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from dsar.models import SubjectRequest
from tests.dsar.views.conftest import BYTES


@pytest.mark.parametrize(
    "address",
    [
        "/{}",
        "/storage/{}",
        "/media/{}",
        "/static/{}",
        "/static/../storage/{}",
        "/static/%2e%2e/storage/{}",
        "/var/storage/{}",
    ],
)
def test_a_guessed_path_leads_nowhere(ann: Client, rita: Client, released: SubjectRequest, address: str) -> None:
    path = released.bundles.get().path
    assert (Path(settings.VAR_DIR) / "storage" / path).exists()
    assert [client.get(address.format(path)).status_code for client in (ann, rita)] == [404, 404]


def test_a_stolen_copy_is_sealed(released: SubjectRequest) -> None:
    copies = list((Path(settings.VAR_DIR) / "storage").rglob(f"*/{released.reference}/**/*.age"))
    assert len(copies) == 3
    for content in (copy.read_bytes() for copy in copies):
        assert content.startswith(b"age-encryption.org/v1")
        assert BYTES not in content
        assert b"ann@example.com" not in content
