"""The usage archive on S3: all of them, once, and those of this seeding only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import boto3
import pytest

from examples.macrosora.bucket import BUCKET, address, fill_bucket
from tests.examples.conftest import Platform

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(s3_url: str) -> Any:
    return boto3.client(
        "s3", endpoint_url=s3_url, aws_access_key_id="k", aws_secret_access_key="s", region_name="us-east-1"
    )


def held(server: Any) -> dict[str, bytes]:
    pages = server.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    keys = [item["Key"] for page in pages for item in page.get("Contents", ())]
    return {key: server.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def on_disk(objects: Path) -> dict[str, bytes]:
    files = (path for path in (objects / "archive").rglob("*") if path.is_file())
    return {path.relative_to(objects).as_posix(): path.read_bytes() for path in files}


def test_the_bucket_holds_what_the_folder_holds(platform: Platform, server: Any, s3_url: str) -> None:
    fill_bucket(endpoint=s3_url, objects=platform.objects, whose="one")
    assert held(server) == on_disk(platform.objects)
    assert address(s3_url)["url"] == f"s3://{BUCKET}"


def test_it_is_filled_again_for_another_seeding_only(
    platform: Platform, server: Any, s3_url: str, tmp_path: Path
) -> None:
    fill_bucket(endpoint=s3_url, objects=platform.objects, whose="one")
    (tmp_path / "archive" / "api_calls").mkdir(parents=True)
    (tmp_path / "archive" / "api_calls" / "a.parquet").write_bytes(b"PAR1")
    fill_bucket(endpoint=s3_url, objects=tmp_path, whose="one")
    assert held(server) == on_disk(platform.objects)
    fill_bucket(endpoint=s3_url, objects=tmp_path, whose="two")
    assert held(server) == {"archive/api_calls/a.parquet": b"PAR1"}
