"""A number is read as its writer writes it, and never guessed at."""

from __future__ import annotations

import pytest

from dsar.fulfilment.correcting.values import ValueRefusedError, as_read, value_of
from dsar.wording import speaking

POINT = "en"
COMMA = ("de", "fr", "es", "it", "pt-br")


@pytest.mark.parametrize("language", [POINT, *COMMA])
def test_what_can_be_one_number_alone_is_read_in_every_language(language: str) -> None:
    written = {"2.5": 2.5, "2,5": 2.5, "-0,25": -0.25, "+3": 3.0, "0.125": 0.125, "0,125": 0.125, "1234,567": 1234.567}
    with speaking(language):
        assert {text: value_of(text, "float", None) for text in written} == written


@pytest.mark.parametrize("language", [POINT, *COMMA])
def test_the_language_s_own_decimal_sign_stands_before_any_number_of_digits(language: str) -> None:
    own, other = (".", ",") if language == POINT else (",", ".")
    with speaking(language):
        assert value_of(f"1{own}234", "float", None) == 1.234
        for text in (f"1{other}234", f"-999{other}000"):
            with pytest.raises(ValueRefusedError, match=f"1234{own}5"):
                value_of(text, "float", None)


@pytest.mark.parametrize(
    "text", ["1.234,5", "1,234.5", "1 234", "1'234", "1_0", "٢", ".", "nan", "inf", "1e999", "two"]
)
def test_what_is_no_number_or_has_its_thousands_parted_is_refused(text: str) -> None:
    with speaking("de"), pytest.raises(ValueRefusedError, match="2,5"):
        value_of(text, "float", None)


def test_a_value_is_shown_as_its_reader_writes_it() -> None:
    with speaking("de"):
        assert (as_read(2.5, "float"), as_read(True, "boolean")) == ("2,5", "Ja")
        assert (as_read("2.5", "string"), as_read(None, "float"), as_read(None, "boolean")) == ("2.5", "", "")
    assert (as_read(2.5, "float"), as_read(False, "boolean")) == ("2.5", "No")
