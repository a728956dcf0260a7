"""What anybody may read tells of nobody."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from dsar.figures import Figure
from dsar.figures.public import LEAST, LEAST_FOR_TIMES, document, told

COUNTS = st.one_of(st.integers(0, 25), st.integers(0, 2_000))


def figure(fulfilled: int, denied: int, late: int, more: int) -> Figure:
    answered = fulfilled + denied
    return Figure(
        received=answered + more,
        fulfilled=fulfilled,
        denied=denied,
        in_time=max(0, answered - late),
        hours={"5": answered},
    )


@given(COUNTS, COUNTS, st.integers(0, 3), COUNTS)
def test_no_count_is_small_and_none_is_exact(fulfilled: int, denied: int, late: int, more: int) -> None:
    made = figure(fulfilled, denied, late, more)
    found = told(made)
    for name, exact in (("received", made.received), ("answered", made.answered), ("refused", made.denied)):
        if exact < LEAST:
            assert found[name] is None
        else:
            assert found[name] is not None
            assert 0 <= exact - (found[name] or 0) < LEAST
            assert (found[name] or 0) % LEAST == 0
    if made.answered < LEAST_FOR_TIMES:
        assert {found["half_within_hours"], found["most_within_hours"]} == {None}
    if made.answered < LEAST:
        assert found["percent_within_48_hours"] is None
    elif late and made.answered > late:
        assert (found["percent_within_48_hours"] or 0) < 100, "all is all, and nothing else"


@given(COUNTS, COUNTS, st.integers(1, 9))
def test_what_is_left_out_cannot_be_had_by_subtraction(access: int, erasure: int, rest: int) -> None:
    """Two worlds that differ in the small kind alone look the same, but where the sum passes a multiple."""
    kinds = {"access": [Figure(received=access)], "erasure": [Figure(received=erasure)]}
    own = {"months": [date(2026, 1, 1)], "first": date(2026, 1, 1), "last": date(2026, 1, 31)}
    without = document({**kinds, "restriction": [Figure(received=1)]}, **own)  # type: ignore[arg-type]
    with_some = document({**kinds, "restriction": [Figure(received=rest)]}, **own)  # type: ignore[arg-type]
    assert with_some["by_type"] == without["by_type"]
    difference = (with_some["all"]["received"] or 0) - (without["all"]["received"] or 0)
    assert difference in (0, LEAST)
