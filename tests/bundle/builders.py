"""Small data maps and contents, built in Python: what each test needs and no more."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from dsar.bundle.contents import (
    BundleContents,
    CollectionContents,
    CollectionState,
    Dispute,
    DisputedValue,
    OpenBlocks,
    StoreContents,
    UsedIdentity,
)
from dsar.bundle.survey import Pass, Survey, opened
from dsar.datamap.model import (
    Collection,
    DataMap,
    Dataset,
    Field,
    Location,
    Origin,
    PrivacyDeclaration,
    Retention,
    RetentionKind,
    System,
)
from dsar.values import Row, to_json, type_name

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
HERE = Location("map.yml", 1)
#: What a hostile person or store would put wherever text goes.
EVIL = "<script>alert(1)</script><img src=http://evil.example/x onerror=alert(1)>\"'&\u202e\x00🦄漢字أميرة{{7*7}}"


def field(name: str, *categories: str, **more: Any) -> Field:
    return Field(**{"name": name, "path": name, "location": HERE, "data_categories": categories, **more})


def collection(dataset: str, name: str, *fields: Field, time: str | None = None, **more: Any) -> Collection:
    retention = Retention(kind=RetentionKind.PROCESSED, time_field=time, days=90) if time else None
    return Collection(dataset=dataset, name=name, location=HERE, fields=fields, retention=retention, **more)


def declaration(**more: Any) -> PrivacyDeclaration:
    return PrivacyDeclaration(
        **{
            "name": "Provide the service",
            "data_use": "essential.service",
            "legal_basis": "Contract",
            "retention_period": "As long as the account exists",
            "recipients": ("none",),
            **more,
        }
    )


def system(*declarations: PrivacyDeclaration, **more: Any) -> System:
    return System(**{"key": "platform", "name": "Platform", "location": HERE, "declarations": declarations, **more})


def data_map(*datasets: Dataset, systems: tuple[System, ...] | None = None) -> DataMap:
    covered = tuple(dataset.key for dataset in datasets)
    return DataMap(
        datasets=datasets,
        systems=(system(declaration(datasets=covered)),) if systems is None else systems,
        fingerprint="ab" * 32,
    )


def dataset(key: str, *collections: Collection, **more: Any) -> Dataset:
    return Dataset(key=key, location=HERE, collections=collections, **more)


def lines_of(rows: Iterable[Row]) -> OpenBlocks:
    """Open rows that are made anew for every reading, so that a test's own rows need no memory."""

    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        yield (to_json(row) + b"\n" for row in rows)

    return opened


def delivered(of: Collection, rows: Sequence[Row], **more: Any) -> CollectionContents:
    """Return a collection as fulfilment hands it over: counted, its types noted."""
    types: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        for name, value in row.items():
            if (seen := type_name(value)) is not None:
                types[name].add(seen)
    return CollectionContents(
        **{
            "collection": of,
            "state": CollectionState.DELIVERED if rows else CollectionState.EMPTY,
            "rows": len(rows),
            "types": {name: frozenset(seen) for name, seen in types.items()},
            "open_blocks": lines_of(rows) if rows else None,
            **more,
        }
    )


def contents(the_map: DataMap, *stores: StoreContents, **more: Any) -> BundleContents:
    return BundleContents(
        **{
            "reference": "REF-2026-0001",
            "request_type": "ACCESS",
            "request_type_label": "Copy of your data",
            "tenant_name": "Macrosora",
            "tenant_contact": "privacy@macrosora.example",
            "received_at": NOW - timedelta(hours=20),
            "prepared_at": NOW,
            "identities": (UsedIdentity("email", "amira@example.org", "code by email"),),
            "unproven_identities": (UsedIdentity("email", "old@example.org", "not proven"),),
            "data_map": the_map,
            "stores": stores,
            **more,
        }
    )


def store(*collections: CollectionContents, **more: Any) -> StoreContents:
    return StoreContents(
        **{
            "dataset": collections[0].collection.dataset,
            "collections": collections,
            "snapshot_at": NOW - timedelta(minutes=5),
            **more,
        }
    )


PEOPLE = collection(
    "app",
    "people",
    field("id", "user.unique_id", primary_key=True, data_type="integer"),
    field("email", "user.contact.email", identity="email", origin=Origin.PROVIDED),
    field("name", "user.name", description="As you gave it"),
    field("password_hash", "user.authorization", secret=True),
    field("settings", fields=(field("theme", path="settings.theme"), field("pin", path="settings.pin", secret=True))),
    field("internal_note", "user.behavior"),
    title="Your profile",
    topic="Account",
)
CALLS = collection(
    "usage", "api_calls", field("at"), field("path"), field("cost"), time="at", title="API calls", topic="API usage"
)
SESSIONS = collection("cache", "sessions", field("key"), title="Live sessions", topic="Account")
FLAGS = collection("cache", "flags", field("flag"), title="Feature flags", topic="Account")
LOGS = collection("cache", "logs", field("line"), title="Logs", topic="Logs")


def person() -> Row:
    return {"id": 7, "email": "amira@example.org", "name": EVIL, "settings": {"theme": "=dark"}}


def calls(number: int) -> list[Row]:
    return [
        {"at": NOW - timedelta(hours=index), "path": f"/v1/{index}", "cost": Decimal("-0.10") * index}
        for index in range(number)
    ]


def example(*, number: int = 1200, **more: Any) -> BundleContents:
    """Return contents with every state that a collection can have."""
    the_map = data_map(
        dataset("app", PEOPLE, name="Customer database"),
        dataset("usage", CALLS, name="Usage records"),
        dataset("cache", SESSIONS, FLAGS, LOGS, name="Cache"),
    )
    people = delivered(PEOPLE, [person()], withheld=2, excluded_fields={"internal_note": "speaks of others"})
    return contents(
        the_map,
        store(people, undeclared=("tmp_table",)),
        store(delivered(CALLS, calls(number), undeclared=("debug",))),
        store(
            CollectionContents(collection=SESSIONS, state=CollectionState.FAILED, reason="no answer in 30 seconds"),
            CollectionContents(collection=FLAGS, state=CollectionState.UNREACHED),
            CollectionContents(collection=LOGS, state=CollectionState.EXCLUDED, reason="nothing personal in it"),
            snapshot_at=None,
        ),
        exceptions=("Live sessions could not be read; they expire within a day.",),
        disputes=(Dispute("I never lived\nthere.", (DisputedValue("app", "people", "home_town", "Rome", ""),), NOW),),
        **more,
    )


def surveyed(item: CollectionContents, *, keep: int) -> Survey:
    """Return what a pass over the rows found, without its CSV."""
    with opened(item) as blocks:
        reading = Pass(item, keep=keep, csv=io.BytesIO().write)
        for block in blocks:
            reading.take(block)
    return reading.result()
