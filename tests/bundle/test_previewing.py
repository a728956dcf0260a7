"""A bundle read again: what is in it, searched, sorted and one by one."""

from __future__ import annotations

import io
import zipfile
from decimal import Decimal

import pytest

from dsar.bundle import previewing
from dsar.bundle.previewing import Ask, Shelf
from dsar.bundle.signing import Signer
from dsar.bundle.write import write_bundle
from dsar.values import Row
from tests.bundle.builders import collection, contents, data_map, dataset, delivered, field, store

ROWS: list[Row] = [
    {"id": 10, "city": "Zürich", "paid": Decimal("9.50"), "tags": ["Café", "b"]},
    {"id": 9, "city": None, "paid": Decimal("10.25"), "tags": []},
    {"id": 1, "city": "aarau", "paid": None, "tags": ["c"]},
    {"id": 2, "city": "Line\u2028and\u0085ends", "paid": Decimal("-3"), "tags": []},
]


@pytest.fixture(scope="module")
def archive() -> zipfile.ZipFile:
    fields = [field(name, "user.contact") for name in ROWS[0]]
    places = collection("app", "places", *fields, title="Places", topic="Where you were")
    empty = collection("app", "empty", field("id"))
    told = store(delivered(places, ROWS), delivered(empty, []))
    out = io.BytesIO()
    everything = contents(data_map(dataset("app", places, empty)), told)
    write_bundle(out=out, contents=everything, signer=Signer.generate(), report=False)
    return zipfile.ZipFile(out)


@pytest.fixture(scope="module")
def places(archive: zipfile.ZipFile) -> Shelf:
    (shelf,) = previewing.shelves(archive)
    return shelf


def numbers(archive: zipfile.ZipFile, shelf: Shelf, ask: Ask) -> list[int]:
    return [entry.number for entry in previewing.entries(archive, shelf, ask)]


def test_a_shelf_says_what_it_holds(places: Shelf) -> None:
    assert (places.title, places.topic, places.rows) == ("Places", "Where you were", 4)
    assert [column.name for column in places.columns] == ["id", "city", "paid", "tags"]


@pytest.mark.parametrize(
    ("ask", "found"),
    [
        (Ask(), [1, 2, 3, 4]),
        (Ask("ZÜR"), [1]),
        (Ask("café"), [1]),
        (Ask("9", within="id"), [2]),
        (Ask("nowhere"), []),
        (Ask(sort="id"), [3, 4, 2, 1]),  # as numbers, not as text
        (Ask(sort="paid"), [3, 4, 1, 2]),  # missing first, and what JSON spells as text by its size
        (Ask(sort="city", is_down=True), [1, 4, 3, 2]),
        (Ask("a", within="city", sort="id"), [3, 4]),
        (Ask(sort="no such column"), [1, 2, 3, 4]),
    ],
)
def test_search_and_order(archive: zipfile.ZipFile, places: Shelf, ask: Ask, found: list[int]) -> None:
    assert numbers(archive, places, ask) == found


def test_one_entry_whole(archive: zipfile.ZipFile, places: Shelf) -> None:
    entry = previewing.entry(archive, places, 4)
    assert entry is not None
    assert entry.values["city"] == "Line\u2028and\u0085ends"  # a line of JSON ends at a line feed alone
    assert previewing.entry(archive, places, 5) is None
    assert previewing.entry(archive, places, 0) is None
