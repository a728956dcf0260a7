"""Dates, numbers and lists as the language that is spoken writes them (CLDR). Moments are told in UTC."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache, lru_cache

from babel import Locale
from babel.dates import format_date, format_skeleton, format_time
from babel.lists import format_list
from babel.numbers import format_decimal, get_decimal_symbol

from dsar.wording.tongue import gettext, ngettext, spoken

#: Where the language's own locale is not what is wanted: American English puts the month first.
_LOCALES = {"en": "en_GB"}


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(_LOCALES.get(language, language))


def day(moment: date) -> str:
    """Return a date with its month in words."""
    return format_date(moment, "long", locale=_locale(spoken()))


def month(moment: date) -> str:
    """Return a month and its year in words."""
    return format_skeleton("yMMMM", moment, locale=_locale(spoken()))


def short_day(moment: date, *, weekday: bool = False) -> str:
    """Return a day of the year for a list or an axis: 3 Aug, and with its weekday Mon 3 Aug."""
    return _short(spoken(), "EMMMd" if weekday else "MMMd", moment)


def short_month(moment: date) -> str:
    """Return a month and its year for a list or an axis: Aug 2026."""
    return _short(spoken(), "yMMM", moment)


@lru_cache(maxsize=4096)
def _short(language: str, skeleton: str, moment: date) -> str:
    return format_skeleton(skeleton, moment, locale=_locale(language))


def moment(value: datetime) -> str:
    """Return a moment in UTC to the minute, saying so."""
    utc = value.astimezone(UTC)
    clock = format_time(utc, "HH:mm", locale=_locale(spoken()))
    return gettext("{day}, {time} UTC").format(day=day(utc), time=clock)


def number(value: int) -> str:
    """Return a whole number with its thousands grouped."""
    return _number(spoken(), value)


@lru_cache(maxsize=4096)
def _number(language: str, value: int) -> str:
    return format_decimal(value, locale=_locale(language))


def decimal_sign() -> str:
    """Return what stands before a number's decimals."""
    return get_decimal_symbol(_locale(spoken()))


def counted(value: int, one: str, many: str, **others: str) -> str:
    """Return how many of something: `one` and `many` are messages with `{n}` in the number's place."""
    return ngettext(one, many, value).format(n=number(value), **others)


def listed(items: Iterable[str], style: str = "standard") -> str:
    """Return names as a list in a sentence: with "and", or with "or" where the style is "or"."""
    return format_list(list(items), style="or" if style == "or" else "standard", locale=_locale(spoken()))
