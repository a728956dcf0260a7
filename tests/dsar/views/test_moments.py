"""A date stands amid a sentence: it is written as the language writes it there."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.formats import date_format
from django.utils.translation import override

from dsar.figures.periods import Slot, Unit
from dsar.views.desk.figures.words import about_when, slot_name
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


#: A Monday in August, and how a month, a week and a day are called in a table.
AUGUST = date(2026, 8, 3)
CALLED = {
    "en": ("Aug 2026", "3 Aug", "Mon 3 Aug"),
    "de": ("Aug. 2026", "3. Aug.", "Mo., 3. Aug."),
    "fr": ("août 2026", "3 août", "lun. 3 août"),
    "es": ("ago 2026", "3 ago", "lun, 3 ago"),
    "it": ("ago 2026", "3 ago", "lun 3 ago"),
    "pt-br": ("ago. de 2026", "3 de ago.", "seg., 3 de ago."),
}


@pytest.mark.parametrize("language", CALLED)
def test_short_days_and_months_are_each_language_s_own(language: str) -> None:
    slot = Slot(AUGUST, AUGUST)
    with override(language):
        assert tuple(slot_name(slot, unit) for unit in (Unit.MONTH, Unit.WEEK, Unit.DAY)) == CALLED[language]


def test_a_day_to_come_has_its_weekday_as_the_language_joins_them() -> None:
    for language, said in {"de": "Mittwoch, 5. August", "fr": "mercredi 5 août", "it": "mercoledì 5 agosto"}.items():
        with override(language):
            assert about_when(AUGUST, 2) == said
