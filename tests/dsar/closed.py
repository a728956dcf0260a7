"""Closed requests as time has left them, quickly made: with a row of everything that hangs on one, and files."""

from __future__ import annotations

import io
import os
from datetime import datetime, timedelta
from typing import Any

from accounts.models import Tenant
from dsar import payloads
from dsar.models import Status, StepKind, SubjectRequest

DAY = timedelta(days=1)


def close(tenant: Tenant, now: datetime, number: int = 1, **columns: Any) -> SubjectRequest:
    """Leave a closed request with a row of everything that hangs on one."""
    made = SubjectRequest.objects.create(
        **{
            "reference": f"R-AAAA-AAAA-{number:02}",
            "tenant": tenant,
            "email": "ann@example.com",
            "type": "access",
            "status": Status.FULFILLED,
            "outcome": "full",
            "question": "Why?",
            "residence": "uk",
            "filing_token": str(number),
            "verified_at": now,
            **dict.fromkeys(("received_at", "due_at", "expected_at", "closed_at"), now),
            **columns,
        }
    )
    made.steps.create(kind=StepKind.COLLECT, dataset="app", stage=1, not_before=now, report={"found": {}})
    made.identities.create(kind="email", value="ann@example.com", proven_at=now)
    made.codes.create(code_hash="0", sent_at=now, expires_at=now)
    made.pauses.create(reason="asked", started_at=now, ended_at=now)
    return made


def pack(subject_request: SubjectRequest, now: datetime, *, days: int = 7) -> str:
    """Put a bundle into storage, and return where it is."""
    key, path = payloads.new_sealed_key(), f"bundles/{subject_request.reference}/1-1.zip.age"
    stored = payloads.put(path, io.BytesIO(b"archive"), key=payloads.open_key(key))
    subject_request.bundles.create(
        path=path,
        bytes=stored.bytes,
        sha256=stored.sha256,
        sealed_key=key,
        made_at=now,
        expires_at=now + days * DAY,
    )
    return path


def write(folder: str, at: datetime) -> str:
    """Leave a file in a folder of storage, as old as is said where storage can be told so."""
    path = f"{folder}/collect-1/rows.age"
    with payloads.storage().writing(path) as out:
        out.write(b"rows")
    if payloads.storage().is_local:
        os.utime(f"{payloads.storage().root}/{path}", (at.timestamp(), at.timestamp()))
    return folder
