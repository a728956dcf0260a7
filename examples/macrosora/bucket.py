"""Puts the usage archive on an S3 server, where the demo has one (docs/decisions/0009-the-demo-on-s3.md)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec

BUCKET = "macrosora"
#: Says whose records are there, and that all of them are. A bucket of its own: in the other it would be a stranger.
_MARKS, _MARK = "macrosora-seeded", "macrosora-seeded/archive"
_KEY, _REGION = "macrosora-demo", "eu-central-1"


def address(endpoint: str) -> dict[str, str]:
    """Return the address for stores.yml; the server takes any key."""
    return {"url": f"s3://{BUCKET}", "endpoint_url": endpoint, "key": _KEY, "secret": _KEY, "region": _REGION}


def fill_bucket(*, endpoint: str, objects: Path, whose: str) -> None:
    """Copy `objects`/archive into the bucket, unless the copy of the seeding `whose` is there as a whole.

    Raises OSError, or botocore's errors, if the server does not take it.
    """
    system = _system(endpoint)
    if system.exists(_MARK) and system.cat(_MARK) == whose.encode():
        return
    _empty(system)
    system.put(f"{objects / 'archive'}/", f"{BUCKET}/archive/", recursive=True)
    system.pipe(_MARK, whose.encode())


def archived(endpoint: str) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every file of the archive in the bucket. Raises OSError, or botocore's errors."""
    system = _system(endpoint)
    for path in sorted(system.find(f"{BUCKET}/archive")):
        yield path.removeprefix(f"{BUCKET}/"), system.cat(path)


def _system(endpoint: str) -> Any:
    return fsspec.filesystem(
        "s3",
        key=_KEY,
        secret=_KEY,
        client_kwargs={"endpoint_url": endpoint, "region_name": _REGION},
        use_listings_cache=False,
        skip_instance_cache=True,
    )


def _empty(system: Any) -> None:
    """Leave both buckets there with nothing in them: a record of another seeding must not stay behind."""
    for bucket in (_MARKS, BUCKET):
        if system.exists(bucket):
            system.rm(bucket, recursive=True)
        system.mkdir(bucket)
