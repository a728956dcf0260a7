"""What rows hold of others, streamed: the person's own is left out, and there is an end to what is listed."""

from __future__ import annotations

import tracemalloc
from collections.abc import Container, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from dsar.bundle.contents import BundleContents, CollectionContents, CollectionState, UsedIdentity
from dsar.redaction import suggesting
from dsar.redaction.kinds import Kind
from dsar.redaction.looking_up import look_up
from dsar.redaction.own import own_of
from dsar.redaction.suggesting import Suggested, suggest
from dsar.values import Row
from tests.bundle.builders import NOW, collection, contents, data_map, dataset, delivered, field, store

PEOPLE = collection(
    "app",
    "people",
    field("id", "user.unique_id", primary_key=True, data_type="integer"),
    field("email", "user.contact.email", identity="email"),
    field("name", "user.name"),
    field("phone", "user.contact.phone_number"),
)
LETTERS = collection(
    "app",
    "letters",
    field("id", "system.operations", primary_key=True),
    field("author", "user.contact.email", identity="email"),
    field("body", "user.content", third_party=True),
    field("extra", "user.content", data_type="object"),
    field("file", "user.content"),
    field("sent_at", "user.behavior"),
    field("path", "user.behavior"),
    field("friends", "user.social", references=("x",), data_type="integer[]"),
    title="Letters",
)
ANN: Row = {"id": 1, "email": "ann@example.com", "name": "Ann Lindqvist", "phone": "+46 8 123 456 78"}
IDENTITY = (UsedIdentity("email", "ann@example.com", "by code"),)


def told(letters: Sequence[Row], *people: Row) -> BundleContents:
    the_map = data_map(dataset("app", PEOPLE, LETTERS))
    return contents(
        the_map, store(delivered(PEOPLE, people or (ANN,)), delivered(LETTERS, letters)), identities=IDENTITY
    )


def found(given: BundleContents, *, known: Container[str] = ()) -> Suggested:
    result = suggest(given, own=own_of(given), known=lambda _key: known, progress=lambda _name: None)
    assert set(result[PEOPLE.key].suggestions) == set()
    return result[LETTERS.key]


def values(*letters: Row) -> set[tuple[str, str]]:
    suggested = found(told(letters)).suggestions.values()
    return {(item.kind.value, item.value) for item in suggested}


def test_the_persons_own_is_left_out_however_it_is_written() -> None:
    body = "From Ann Lindqvist <ANN@example.com>, 08-123 456 78. Dear Ann, hello ann lindqvist."
    assert values({"body": body}) == set()


def test_somebody_who_shares_a_name_is_another() -> None:
    assert values({"body": "ask Erik Lindqvist <erik@example.com>"}) == {
        ("name", "Erik Lindqvist"),
        ("email", "erik@example.com"),
    }


def test_rows_of_others_do_not_say_what_the_person_is_called() -> None:
    other = {"id": 2, "email": "bo@example.com", "name": "Bo Ek", "phone": None}
    given = told([{"body": "ask Bo Ek"}], ANN, other)
    result = suggest(given, own=own_of(given), known=lambda _key: (), progress=lambda _name: None)
    assert {item.value for item in result[PEOPLE.key].suggestions.values()} == {"bo@example.com", "Bo Ek"}
    assert {item.value for item in result[LETTERS.key].suggestions.values()} == {"Bo Ek"}


def test_every_depth_is_looked_into_and_no_date_or_number() -> None:
    row = {
        "id": "Bo Ek",
        "author": "support@example.com",
        "extra": {"notify": ["bo@example.com"], "text": '{"cc": "Tom Baxter <tom@example.com>"}'},
        "sent_at": NOW - timedelta(days=1),
        "path": "/share?with=eve@example.com",
        "friends": ["Tom Baxter"],
        "file": b"%PDF \xff Tom Baxter",
    }
    assert values(row) == {
        ("email", "bo@example.com"),
        ("name", "Tom Baxter"),
        ("email", "tom@example.com"),
        ("email", "eve@example.com"),
    }


def test_a_file_that_is_text_is_looked_into() -> None:
    assert values({"file": b"Dear Ann,\nask Tom Baxter."}) == {("name", "Tom Baxter")}


def test_equal_values_are_one_with_a_few_of_their_places() -> None:
    suggested = found(told([{"body": "tom@example.com, TOM@example.com"}] * 4)).suggestions["tom@example.com"]
    assert (suggested.places, len(suggested.contexts)) == (8, suggesting.MOST_CONTEXTS)
    assert (suggested.contexts[0].path, suggested.contexts[0].after) == ("body", ", TOM@example.com")


def test_there_is_an_end_to_what_is_listed_and_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggesting, "MOST_VALUES", 3)
    letters = [{"body": f"mail to p{number}@example.com"} for number in range(10)]
    result = found(told(letters), known={"p8@example.com", "p9@example.com"})
    assert sorted(result.suggestions) == [f"p{number}@example.com" for number in (0, 1, 2, 8, 9)]
    assert result.beyond == 5


def test_a_value_that_is_no_whole_word_grows_to_one() -> None:
    body = "the key AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWYzzz works"
    given = told([{"body": body}])
    (item,) = found(given).suggestions.values()
    assert item.value == "AIzaSyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWYzzz"
    assert look_up(given.stores[0].collections[1], item.value).places == 1


def test_a_text_is_looked_up_wherever_it_stands() -> None:
    rows: list[Row] = [
        {"body": "Bo  EK"},
        {"file": b"x bo ek"},
        {"extra": {"a": '{"b": "B\\u006f Ek"}'}},
        {"body": "Boek"},
    ]
    item = look_up(told(rows).stores[0].collections[1], "Bo Ek", kind=Kind.NAME)
    assert (item.places, [context.path for context in item.contexts]) == (3, ["body", "file", "extra.a.b"])


@pytest.mark.thorough
def test_more_rows_take_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suggesting, "MOST_VALUES", 50)
    peaks = [_peak(number) for number in (500, 500, 3_000)]
    assert peaks[2] < peaks[1] * 1.2 + 50_000, peaks


def _peak(number: int) -> int:
    given = told([{"body": "x"}])
    many = CollectionContents(
        collection=LETTERS, state=CollectionState.DELIVERED, rows=number, types={}, open_blocks=_blocks(number)
    )
    given = contents(given.data_map, store(delivered(PEOPLE, [ANN]), many), identities=IDENTITY)
    found(told([{"body": "Tom Baxter is on +44 20 7946 0958"}]))  # the lists are read once
    tracemalloc.start()
    try:
        suggest(given, own=own_of(given), known=lambda _key: (), progress=lambda _name: None)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _blocks(number: int) -> Any:
    @contextmanager
    def opened() -> Iterator[Iterator[bytes]]:
        yield (b'{"body":"request %d of somebody@x%d.example"}\n' % (at, at) for at in range(number))

    return opened
