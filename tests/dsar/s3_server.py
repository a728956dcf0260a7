"""An S3 server for the portal's own storage: buckets, and the address that points the portal at one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any
from urllib.parse import quote

import boto3
import pytest

KEY, SECRET = "key", "secret/with+signs"
_numbers = count(1)


@dataclass(frozen=True)
class Bucket:
    """A bucket as its owner sees it, beside the portal's address of it."""

    name: str
    endpoint: str
    s3: Any

    @property
    def url(self) -> str:
        credentials = f"{KEY}:{quote(SECRET, safe='')}"
        return f"s3://{credentials}@{self.name}/portal?endpoint_url={self.endpoint}&region=eu-central-1"

    def contents(self) -> list[Any]:
        found: list[Any] = self.s3.list_objects_v2(Bucket=self.name).get("Contents", [])
        return found

    def names(self) -> list[str]:
        return [item["Key"] for item in self.contents()]

    def read(self, key: str) -> bytes:
        content: bytes = self.s3.get_object(Bucket=self.name, Key=key)["Body"].read()
        return content

    def forbid(self, action: str) -> None:
        """Deny everybody an action on every object, as a bucket's policy may."""
        denied = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": f"arn:aws:s3:::{self.name}/*"}
        self.s3.put_bucket_policy(Bucket=self.name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [denied]}))

    def unfinished(self) -> list[Any]:
        uploads: list[Any] = self.s3.list_multipart_uploads(Bucket=self.name).get("Uploads", [])
        return uploads


@pytest.fixture
def bucket(s3_url: str) -> Iterator[Bucket]:
    """A bucket of its own for each test."""
    s3 = boto3.client(
        "s3", endpoint_url=s3_url, aws_access_key_id=KEY, aws_secret_access_key=SECRET, region_name="eu-central-1"
    )
    name = f"portal-{next(_numbers)}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    yield Bucket(name, s3_url, s3)
    s3.close()
