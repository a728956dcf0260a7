"""An address is found in whatever case it is kept, by an index where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import column, event, insert, table, text

from dsar.datamap.model import Collection, Field, Location
from dsar.stores.base import Alternative, Selection
from dsar.stores.casting import fold_email
from dsar.stores.sql import open_store
from dsar.stores.sql.casing import Variants, letters
from dsar.stores.sql.engines import get_engine
from tests.stores.maps import make_collection, make_dataset
from tests.stores.sql_servers import SqlServer, make_server

#: Letters whose order, case or composition is a trap somewhere: signs, sharp s, sigmas, accents apart and joined.
ALPHABET = "aAbBkK\u212azZ7.@_\u00e9\u00c9e\u0301\u00df\u1e9es\u03c3\u03c2\u03a3\u00e5\u212b"
WORDS = st.text(ALPHABET, min_size=1, max_size=4)
HERE = Location("shop.yml", 7)
#: A table for each order of texts; one has no index.
ORDERS = {
    "points": 'COLLATE "C"',
    "own": "",
    "english": 'COLLATE "en-x-icu"',
    "swedish": 'COLLATE "sv-SE-x-icu"',
    "unindexed": "",
}


@pytest.mark.thorough
def test_letters_are_all_that_have_a_lower_case() -> None:
    known: dict[str, set[str]] = {}
    for number in range(0x110000):
        if len(lower := chr(number).lower()) == 1:
            known.setdefault(lower, set()).add(chr(number))
    known["\u03c2"].add("\u03a3")  # at the end of a word
    assert {lower: set(letters(lower)) for lower in known} == known


@given(st.text("abk.", min_size=1, max_size=3), st.text("ABKabk.\u212a!z", max_size=4))
def test_the_next_variant_is_the_least_that_is_greater(lower: str, asked: str) -> None:
    every = sorted("".join(parts) for parts in product(*map(letters, lower)))
    variants = Variants(lower)
    assert (variants.least, variants.upper) == (every[0], lower.upper())
    assert variants.beyond(asked) == next((one for one in every if one > asked), None)
    assert (asked in variants) == (asked in every)
    assert [text for text in variants.ahead() if text not in every] == []
    assert list(variants.ahead())[-1] == lower


def people(order: str) -> Collection:
    email = Field("email", "email", HERE, identity="email", data_type="string")
    return make_collection(f"people_{order}", Field("id", "id", HERE), email)


@pytest.fixture(scope="module")
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlServer]:
    with make_server(request, tmp_path_factory.mktemp("spellings")) as server:
        with server.writer.begin() as connection:
            for order, collation in ORDERS.items():
                connection.execute(text(f"CREATE TABLE people_{order} (id integer, email text {collation})"))
                if order != "unindexed":
                    connection.execute(text(f"CREATE INDEX ON people_{order} (email)"))
        yield server


def fill(server: SqlServer, addresses: list[str]) -> None:
    with server.writer.begin() as connection:
        for order in ORDERS:
            connection.execute(text(f"TRUNCATE people_{order}"))
            rows = [{"id": number, "email": address} for number, address in enumerate(addresses)]
            connection.execute(insert(table(f"people_{order}", column("id"), column("email"))), rows)


def found(server: SqlServer, order: str, address: str) -> tuple[set[object], list[str]]:
    """Return the ids that are read, and the statements that read the table."""
    collection, said = people(order), list[str]()
    store = open_store(make_dataset(*map(people, ORDERS)), server.url, {})

    def keep(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if f"people_{order}" in statement:
            said.append(statement)

    engine = get_engine(server.url, {})
    event.listen(engine, "before_cursor_execute", keep)
    try:
        with store.snapshot() as snapshot:
            asked = Selection((Alternative(("email",), frozenset([(address,)])),))
            rows = [row for batch in snapshot.read(collection, asked) for row in batch]
    finally:
        event.remove(engine, "before_cursor_execute", keep)
    return {row["id"] for row in rows if fold_email(str(row["email"])) == fold_email(address)}, said


@pytest.mark.thorough
@pytest.mark.postgres
@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
@settings(max_examples=25)
@example(["7"], "K\u03c27")
@given(st.lists(WORDS | WORDS.map(str.upper), min_size=1, max_size=12), WORDS)
def test_whatever_the_order_of_texts_the_same_is_found(server: SqlServer, addresses: list[str], asked: str) -> None:
    fill(server, [*addresses, asked.swapcase()])
    without, _ = found(server, "unindexed", fold_email(asked))
    for order in ORDERS:
        ids, _ = found(server, order, fold_email(asked))
        assert ids >= without, order


@pytest.mark.postgres
@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_an_index_is_asked_and_not_all_rows_are_folded(server: SqlServer) -> None:
    fill(server, ["ada@example.org", "Ada@Example.org", "ADA@EXAMPLE.ORG", "bob@example.org", "ada@example.orgx"])
    for order in ORDERS:
        ids, said = found(server, order, "ada@example.org")
        assert ids == {0, 1, 2}, order
        assert any("lower(" in statement for statement in said) == (order == "unindexed"), order
        assert len(said) < 9, order


@pytest.mark.postgres
@pytest.mark.parametrize("server", ["postgresql"], indirect=True)
def test_an_address_that_nobody_has_is_found_nowhere(server: SqlServer) -> None:
    fill(server, ["bob@example.org"])
    assert all(found(server, order, "ada@example.org")[0] == set() for order in ORDERS)
