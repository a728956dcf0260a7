"""Objects of an S3 server: replaced as a whole, never over another's change, and no old version kept in silence."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import fsspec
import orjson
import pytest

from dsar.datamap.model import Collection
from dsar.stores.base import Selection, StoreError
from dsar.stores.objects import open_store
from dsar.stores.objects.changing import bucket as changing_bucket
from dsar.stores.objects.store import ObjectsStore
from tests.stores.contract import by
from tests.stores.maps import make_dataset
from tests.stores.test_objects_changing import ROWS, json_lines, people, table

pytestmark = pytest.mark.thorough

ACCESS = {"key": "k", "secret": "s", "region": "eu-central-1"}
LINES = people("lines/*.jsonl", "jsonl")
OTHERS = [row for row in ROWS if row["user_id"] != 1]


@pytest.fixture
def system(s3_url: str) -> Any:
    return fsspec.filesystem(
        "s3", key="k", secret="s", client_kwargs={"endpoint_url": s3_url}, use_listings_cache=False
    )


@pytest.fixture
def bucket(system: Any) -> str:
    name = f"erased-{uuid.uuid4().hex}"
    system.mkdir(name)
    system.pipe_file(f"{name}/data/lines/a.jsonl", json_lines(ROWS))
    system.pipe_file(f"{name}/data/lines/b.jsonl", json_lines(OTHERS))
    return name


def opened(s3_url: str, bucket: str, *collections: Collection, **options: Any) -> ObjectsStore:
    return open_store(
        make_dataset(*(collections or (LINES,))), f"s3://{bucket}/data", {**ACCESS, "endpoint_url": s3_url, **options}
    )


def delete(store: ObjectsStore, collection: Collection = LINES, *, commits: bool = True) -> int:
    with store.changing(commits=commits) as block:
        count = block.delete(collection, Selection((by("user_id", 1),)))
    return count  # noqa: RET504 - the block ends before


def test_the_rows_go_and_the_others_stay(s3_url: str, bucket: str, system: Any) -> None:
    path = f"{bucket}/data/lines/a.jsonl"
    system.call_s3(
        "put_object",
        Bucket=bucket,
        Key="data/lines/a.jsonl",
        Body=json_lines(ROWS),
        ContentType="application/x-ndjson",
        Metadata={"made-by": "us"},
        Tagging="team=a%3Db",
    )
    other = system.info(f"{bucket}/data/lines/b.jsonl")["LastModified"]
    store = opened(s3_url, bucket)
    assert delete(store, commits=False) == 3
    assert system.cat_file(path) == json_lines(ROWS)
    assert delete(store) == 3
    assert system.cat_file(path) == json_lines(OTHERS)
    assert system.info(f"{bucket}/data/lines/b.jsonl")["LastModified"] == other
    head = system.call_s3("head_object", Bucket=bucket, Key="data/lines/a.jsonl")
    assert (head["ContentType"], head["Metadata"]) == ("application/x-ndjson", {"made-by": "us"})
    tags = system.call_s3("get_object_tagging", Bucket=bucket, Key="data/lines/a.jsonl")["TagSet"]
    assert tags == [{"Key": "team", "Value": "a=b"}]
    assert delete(store) == 0


def test_documents_and_tables_are_changed_there_too(s3_url: str, bucket: str, system: Any) -> None:
    for row in ROWS[:3]:
        system.pipe_file(f"{bucket}/data/docs/{row['user_id']}.json", orjson.dumps(row))
    system.pipe_file(f"{bucket}/data/tables/a.parquet", table(ROWS))
    documents = replace(people("docs/*.json", "json"), name="documents")
    tables = replace(people("tables/*.parquet", "parquet"), name="tables")
    store = opened(s3_url, bucket, documents, tables)
    with store.changing(commits=True) as block:
        assert block.delete(documents, Selection((by("user_id", 1),))) == 1
        assert block.delete(tables, Selection((by("user_id", 1),))) == 3
    assert sorted(system.ls(f"{bucket}/data/docs", detail=False)) == [
        f"{bucket}/data/docs/0.json",
        f"{bucket}/data/docs/2.json",
    ]
    with store.snapshot() as snapshot:
        assert snapshot.count(tables, Selection((by("user_id", 1),))) == 0
        assert snapshot.count(tables, Selection((by("user_id", 0, 2),))) == 6


def test_a_collection_of_which_the_last_object_went_is_empty_and_not_lost(
    s3_url: str, bucket: str, system: Any
) -> None:
    system.pipe_file(f"{bucket}/data/docs/1.json", orjson.dumps(ROWS[1]))
    documents, lost = people("docs/*.json", "json"), people("lost/*.json", "json")
    store = opened(s3_url, bucket, documents)
    assert delete(store, documents) == 1
    assert delete(store, documents) == 0
    with store.snapshot() as snapshot:
        assert snapshot.count(documents, Selection((by("user_id", 0, 1),))) == 0
        assert [item.collection for item in snapshot.undeclared()] == ["lines"]
    with (
        opened(s3_url, bucket, lost).snapshot() as snapshot,
        pytest.raises(StoreError, match="no file lies below lost"),
    ):
        snapshot.count(lost, Selection((by("user_id", 0, 1),)))


def test_an_object_that_was_replaced_since_is_left_alone(
    s3_url: str, bucket: str, system: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, head, looks = opened(s3_url, bucket), changing_bucket.Bucket._head, list[int]()

    def head_and_be_late(self: Any, change: Any) -> dict[str, Any]:
        found = head(self, change)
        looks.append(1)
        if len(looks) == 2:  # the last one: what comes now only the server can notice
            system.pipe_file(f"{bucket}/data/lines/a.jsonl", json_lines([*ROWS, ROWS[0]]))
        return found

    monkeypatch.setattr(changing_bucket.Bucket, "_head", head_and_be_late)
    with pytest.raises(StoreError, match=r"lines/a\.jsonl: changed") as caught:
        delete(store)
    assert caught.value.retry
    assert len(looks) == 2
    assert system.cat_file(f"{bucket}/data/lines/a.jsonl") == json_lines([*ROWS, ROWS[0]])


def test_old_versions_are_told_of_before_and_go_where_that_is_said(s3_url: str, bucket: str, system: Any) -> None:
    system.call_s3("put_bucket_versioning", Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    system.pipe_file(f"{bucket}/data/lines/a.jsonl", json_lines(ROWS))
    with pytest.raises(StoreError, match="keeps old versions"):
        delete(opened(s3_url, bucket), commits=False)
    assert delete(opened(s3_url, bucket, versions="delete"), commits=False) == 3

    def versions(key: str) -> int:
        found = system.call_s3("list_object_versions", Bucket=bucket, Prefix=f"data/lines/{key}")
        return len(found.get("Versions", ())) + len(found.get("DeleteMarkers", ()))

    assert versions("a.jsonl") == 2
    assert delete(opened(s3_url, bucket, versions="delete")) == 3
    assert versions("a.jsonl") == 1
    assert versions("b.jsonl") == 1
    assert system.cat_file(f"{bucket}/data/lines/a.jsonl") == json_lines(OTHERS)


def test_a_large_object_is_sent_by_the_piece(s3_url: str, bucket: str, system: Any) -> None:
    rows = [{"user_id": number % 3, "email": f"p{number}@example.org", "note": "x" * 100} for number in range(60_000)]
    system.pipe_file(f"{bucket}/data/lines/a.jsonl", json_lines(rows))
    assert delete(opened(s3_url, bucket)) == 20_000
    assert system.cat_file(f"{bucket}/data/lines/a.jsonl") == json_lines([row for row in rows if row["user_id"] != 1])
