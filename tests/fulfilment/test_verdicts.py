"""Rows of one batch are judged as each would be alone, whatever was remembered of those before."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dsar.datamap.graph import build_graph
from dsar.datamap.model import DataMap
from dsar.fulfilment.found import Held
from dsar.fulfilment.joinkey import Keys
from dsar.fulfilment.keys import KeySet
from dsar.fulfilment.reach import Reach
from dsar.fulfilment.verdicts import BY_ELEMENTS, SKIP, Verdict, Verdicts
from dsar.fulfilment.visit import Visit
from dsar.values import Row, Value
from tests.stores.maps import make_collection, make_dataset, make_field

LETTERS = make_collection(
    "letters",
    make_field("owner"),
    make_field("folder"),
    make_field("email", data_type="string", identity="email"),
    make_field("tenant", data_type="integer"),
    make_field("inside", fields=(make_field("owner", under="inside"),)),
)
ANN = {"email": frozenset({"ann@x"})}
MIXED: tuple[Value, ...] = (0, 1, 1, True, False, "1", "0", "", None, 2.0, 1.0)


def visit(**only: Value) -> Visit:
    data_map = DataMap((make_dataset(LETTERS),), systems=(), fingerprint="0" * 64)
    return Visit(LETTERS, data_map=data_map, graph=build_graph(data_map), identities=ANN, only=only)


def keys(path: str, **found: Sequence[Value]) -> Keys:
    """Return keys at a path by the name of their reach."""
    known = KeySet()
    for reach, values in found.items():
        for value in values:
            known.add(LETTERS.key, (path,), (value,), Reach[reach])
    return next(known.of(LETTERS.key).portions(len(MIXED)), {})


def told(rows: Sequence[Row], wanted: Keys, before: Keys, reach: Reach, **only: Value) -> list[tuple[object, ...]]:
    verdicts = Verdicts(visit(**only), wanted=wanted, before=[Held(before)], reach=reach)
    return [facts(verdict) for verdict, alike in verdicts.grouped(rows) for _row in alike]


def facts(verdict: Verdict) -> tuple[object, ...]:
    return (verdict is SKIP, verdict is BY_ELEMENTS, verdict.delivers, verdict.was, verdict.reach)


PLAIN = st.one_of(
    *(st.sampled_from(values) for values in (MIXED, (0, 1, 2), ("0", "1", ""), (True, False, None), (1, True)))
)
ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "owner": PLAIN,
            "folder": st.sampled_from([0, 1, None]),
            "email": st.sampled_from(["ann@x", "ANN@X", "bob@x", "", None]),
            "tenant": st.sampled_from([1, 1, 2]),
            "inside": st.fixed_dictionaries({"owner": PLAIN}),
        }
    ),
    min_size=2,
    max_size=8,
)
ASKED = st.lists(st.sampled_from(MIXED[:-1]).filter(lambda value: value is not None), max_size=3)


@pytest.mark.thorough
@settings(max_examples=150, deadline=None)
@given(
    rows=ROWS,
    path=st.sampled_from(["owner", "inside.owner"]),
    wanted=ASKED,
    own=ASKED,
    foreign=ASKED,
    reach=st.sampled_from(list(Reach)),
    only=st.sampled_from([{}, {"tenant": 1}]),
)
def test_a_batch_is_judged_as_its_rows_alone(
    rows: list[Row],
    path: str,
    wanted: list[Value],
    own: list[Value],
    foreign: list[Value],
    reach: Reach,
    only: dict[str, Value],
) -> None:
    asked, before = keys(path, **{reach.name: wanted}), {**keys("folder", FOREIGN=foreign), **keys(path, OWN=own)}
    alone = [told([row], asked, before, reach, **only)[0] for row in rows]
    assert told(rows, asked, before, reach, **only) == alone
    assert told([*rows, *rows], asked, before, reach, **only) == alone * 2


def test_of_two_rows_that_share_a_key_each_is_whose_it_says() -> None:
    rows: list[Row] = [{"owner": 1, "email": None}, {"owner": 1, "email": "bob@x"}, {"owner": 1, "email": "ann@x"}]
    found = told(rows, keys("owner", LOOKUP=[1]), {}, Reach.LOOKUP)
    assert [item[2:] for item in found] == [
        (True, None, Reach.LOOKUP),
        (False, None, Reach.FOREIGN),
        (True, None, Reach.OWN),
    ]


@pytest.mark.parametrize(
    ("row", "skipped"),
    [({"owner": 1, "tenant": 1}, False), ({"owner": 1, "tenant": 2}, True), ({"owner": 1}, False)],
    ids=["as fixed", "another", "not shown"],
)
def test_a_store_that_does_not_keep_to_a_fixed_value_is_not_believed(row: Row, *, skipped: bool) -> None:
    assert told([row], keys("owner", OWN=[1]), {}, Reach.OWN, tenant=1)[0][0] is skipped


def test_what_was_met_by_several_ways_was_met_by_the_best() -> None:
    before = {**keys("owner", FOREIGN=[1]), **keys("folder", OWN=[5])}
    row: Row = {"owner": 1, "folder": 5, "tenant": 9}
    assert told([row], keys("tenant", LOOKUP=[9]), before, Reach.LOOKUP)[0][0]


def test_an_element_is_hit_by_any_set_and_only_as_well_as_asked() -> None:
    none, weak = keys("owner", OWN=[7]), keys("owner", LOOKUP=[1])
    assert visit().hits("owner", 1, (none, weak), Reach.LOOKUP)
    assert not visit().hits("owner", 1, (none, weak), Reach.OWN)
    assert not visit().hits("owner", 2, (none, weak), Reach.FOREIGN)
