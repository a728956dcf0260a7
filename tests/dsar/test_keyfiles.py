"""Join keys between the steps of a request: many of them, and files that somebody changed."""

from __future__ import annotations

import io

import pytest

from accounts.models import Tenant, User
from dsar import payloads
from dsar.actions.fulfilment import keyfiles
from dsar.fulfilment import keys
from dsar.models import RequestType, StepKind, SubjectRequest
from tests.dsar.conftest import StepClock
from tests.dsar.test_the_way_of_a_request import file_access, unpack, work

NAME = "join-keys.age"


def collected(tenant: Tenant, subject: User, clock: StepClock, token: str = "t1") -> SubjectRequest:
    subject_request = file_access(tenant, subject, clock(), RequestType.PORTABILITY, token)
    work(clock)
    subject_request.refresh_from_db()
    return subject_request


def test_keys_that_rest_on_disk_lead_to_the_same_rows(
    tenant: Tenant, subject: User, clock: StepClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for most in (keys.MOST_HELD, 0):
        monkeypatch.setattr(keys, "MOST_HELD", most)
        files = unpack(collected(tenant, subject, clock, token=f"held {most}"), subject, clock)
        found.append({name: sorted(data.splitlines()) for name, data in files.items() if name.startswith("data/app/")})
    assert any(found[0].values())
    assert found[0] == found[1]


@pytest.mark.parametrize("add", [b'[[["integer","1"]],0]\n', b"x"], ids=["one key more", "no key file"])
def test_a_key_file_that_was_changed_is_not_built_on(
    tenant: Tenant, subject: User, clock: StepClock, add: bytes
) -> None:
    subject_request = collected(tenant, subject, clock)
    step = subject_request.steps.filter(kind=StepKind.COLLECT).exclude(keys_sha256="").first()
    assert step is not None
    key = payloads.open_key(subject_request.sealed_key)
    assert keyfiles.collected(subject_request, [step]).asked.collections()
    changed = payloads.read(f"{step.folder}/{NAME}", key=key) + add
    payloads.put(f"{step.folder}/{NAME}", io.BytesIO(changed), key=key)
    with pytest.raises(keyfiles.KeyFileError):
        keyfiles.collected(subject_request, [step])
