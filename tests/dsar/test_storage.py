"""Storage on this machine's disk and on S3: objects appear whole or not at all, and what is deleted is gone."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dsar import storage
from dsar.storage import NotDeletedError, Storage, StorageAwayError, StorageUrlError, open_storage
from tests.dsar.s3_server import Bucket
from tests.servers import deaf_port

LARGE = os.urandom(storage._BLOCK * 2 + 1)  # on S3 in three parts


@pytest.fixture(params=["file", "s3"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    url = f"file://{tmp_path}/storage" if request.param == "file" else request.getfixturevalue("bucket").url
    return open_storage(url)


def put(opened: Storage, path: str, content: bytes = b"content") -> None:
    with opened.writing(path) as out:
        out.write(content)


def break_off(opened: Storage, path: str, content: bytes) -> None:
    with opened.writing(path) as out:
        out.write(content)
        raise ZeroDivisionError


def read(opened: Storage, path: str) -> bytes:
    with opened.open(path) as source:
        return source.read()


@pytest.mark.parametrize("content", [b"", b"small", LARGE], ids=["empty", "small", "large"])
def test_what_is_written_is_read(opened: Storage, content: bytes) -> None:
    put(opened, "bundles/R-1/1.age", content)
    assert read(opened, "bundles/R-1/1.age") == content
    assert opened.size("bundles/R-1/1.age") == len(content)
    assert opened.names("bundles") == ["R-1"]
    assert opened.names("bundles/R-1") == ["1.age"]


@pytest.mark.parametrize("content", [b"small", LARGE], ids=["small", "large"])
def test_what_breaks_off_never_appears(opened: Storage, content: bytes) -> None:
    put(opened, "requests/R-1/kept")
    with pytest.raises(ZeroDivisionError):
        break_off(opened, "requests/R-1/broken", content)
    with pytest.raises(FileNotFoundError):
        read(opened, "requests/R-1/broken")


def test_a_broken_upload_leaves_no_parts(bucket: Bucket) -> None:
    with open_storage(bucket.url).writing("large") as out:
        out.write(LARGE)
        assert len(bucket.unfinished()) == 1
    with pytest.raises(ZeroDivisionError):
        break_off(open_storage(bucket.url), "broken", LARGE)
    assert (bucket.names(), bucket.unfinished()) == (["portal/large"], [])


def test_a_folder_is_deleted_and_its_neighbour_is_not(opened: Storage) -> None:
    for path in ("requests/R-1/a/1", "requests/R-1/2", "requests/R-11/3"):
        put(opened, path)
    opened.delete("requests/R-1")
    opened.delete("requests/R-1")
    assert opened.names("requests") == ["R-11"]
    opened.delete("requests/R-11/3")
    assert opened.names("requests/R-11") == []
    assert opened.names("nowhere") == []


def test_the_age_of_a_folder_is_that_of_its_newest_object(opened: Storage) -> None:
    assert opened.newest("requests/R-1") is None
    before = datetime.now(UTC) - timedelta(seconds=2)  # S3 tells whole seconds
    put(opened, "requests/R-1/a/1")
    put(opened, "requests/R-1/2")
    if opened.is_local:
        os.utime(f"{opened.root}/requests/R-1/a/1", (0, 0))
    newest = opened.newest("requests/R-1")
    assert newest is not None
    assert before < newest <= datetime.now(UTC)


def test_other_writers_are_seen_at_once(opened: Storage, bucket: Bucket) -> None:
    assert opened.names("requests") == []
    put(opened, "requests/R-1/1")
    assert opened.names("requests") == ["R-1"]
    if not opened.is_local:
        bucket.s3.delete_object(Bucket=bucket.name, Key="portal/requests/R-1/1")
        assert opened.names("requests") == []


def test_a_deletion_that_s3_refuses_is_an_error(bucket: Bucket) -> None:
    opened = open_storage(bucket.url)
    put(opened, "bundles/R-1/1")
    bucket.forbid("s3:DeleteObject")
    with pytest.raises(NotDeletedError, match="bundles/R-1 is still in storage"):
        opened.delete("bundles/R-1")


@pytest.fixture
def usual_credentials(monkeypatch: pytest.MonkeyPatch, s3_url: str) -> None:
    for name, value in {"ACCESS_KEY_ID": "key", "SECRET_ACCESS_KEY": "secret", "ENDPOINT_URL_S3": s3_url}.items():
        monkeypatch.setenv(f"AWS_{name}", value)


def test_the_environment_of_aws_is_enough(usual_credentials: None, bucket: Bucket) -> None:
    opened = open_storage(f"s3://{bucket.name}")
    put(opened, "bundles/R-1/1")
    assert bucket.names() == ["bundles/R-1/1"]
    opened.check()


@pytest.mark.thorough
def test_storage_that_is_away_or_not_there_is_said(bucket: Bucket, tmp_path: Path) -> None:
    away = open_storage(f"s3://k:s@bucket?endpoint_url=http://127.0.0.1:{deaf_port()}")
    with pytest.raises(StorageAwayError, match=r"^storage: EndpointConnectionError$"):
        away.check()
    for url in (bucket.url.replace(bucket.name, "no-such-bucket"), f"file://{tmp_path}/gone"):
        with pytest.raises(FileNotFoundError):
            open_storage(url).check()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("gs://bucket", "write file:///folder or s3://bucket/prefix"),
        ("file:relative", "write file:///folder"),
        ("s3:///prefix", "write file:///folder"),
        ("s3://bucket?endpoint=http://a", "unknown option endpoint: write endpoint_url or region"),
        ("s3://hidden@bucket", "a key needs its secret"),
    ],
)
def test_an_address_that_cannot_be_used_is_said_without_its_secrets(url: str, message: str) -> None:
    with pytest.raises(StorageUrlError, match=message) as refused:
        open_storage(url)
    assert "hidden" not in str(refused.value)


def test_a_secret_of_any_characters_opens(bucket: Bucket) -> None:
    opened = open_storage(bucket.url)
    assert (opened._fs.key, opened._fs.secret) == ("key", "secret/with+signs")
    assert opened.root == f"{bucket.name}/portal"
