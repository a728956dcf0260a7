"""A date stands amid a sentence: it is written as the language writes it there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils.formats import date_format
from django.utils.translation import override

from dsar.views.moments import exactly, friendly

#: A Monday.
MOMENT = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)


def test_italy_writes_days_and_months_in_small_letters() -> None:
    with override("it"):
        assert exactly(MOMENT).startswith("lunedì 30 novembre 2026")
        assert friendly(MOMENT, now=MOMENT - timedelta(days=3)).startswith("lunedì")


def test_brazil_writes_days_and_months_in_small_letters() -> None:
    with override("pt-br"):
        assert exactly(MOMENT) == "segunda-feira, 30 de novembro de 2026, 14:00 UTC"
        assert friendly(MOMENT, now=MOMENT - timedelta(days=3)) == "segunda-feira, 14:00"
        assert friendly(MOMENT, now=MOMENT) == "hoje, 14:00"


@pytest.mark.parametrize("language", ["it", "pt-br"])
def test_so_every_day_and_month_is_written(language: str) -> None:
    with override(language):
        for days in range(0, 366, 15):
            text = date_format(MOMENT + timedelta(days=days), "l D j F")
            assert text == text.lower()
