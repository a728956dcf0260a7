"""Two values are one key only if they are one value."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis.strategies import decimals

from dsar.stores.casting import canonical

LONG = "0.12345678901234567890123456789012345"


def test_long_numbers_that_differ_in_their_last_digit_are_two_keys() -> None:
    assert canonical(Decimal(LONG), None) == LONG
    assert canonical(Decimal(LONG), None) != canonical(Decimal(LONG[:-1] + "6"), None)


NUMBERS = decimals(allow_nan=False, allow_infinity=False, places=40) | decimals(
    allow_nan=False, allow_infinity=False, places=2
)


@given(NUMBERS, NUMBERS)
def test_numbers_have_one_form_just_if_they_are_equal(one: Decimal, other: Decimal) -> None:
    assert (canonical(one, None) == canonical(other, None)) == (one == other)


@given(NUMBERS)
def test_zeros_at_the_end_make_no_other_key(number: Decimal) -> None:
    assert canonical(Decimal(f"{number:f}0" if "." in f"{number:f}" else f"{number:f}.0"), None) == canonical(
        number, None
    )
