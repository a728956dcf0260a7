"""When an answer is due: date arithmetic only. Pure; `now` is never read here.

Two clocks run for every request: the house promise (48 hours from receipt) and the law's. Each answers
with a reading that carries its own explanation, line by line, so that a person, a reviewer and an
auditor can follow it. Further laws are further entries of `regimes.REGIMES`; `whose` says which one it is.

Hours are reckoned in UTC: Python reckons two moments of one zone by its wall clock, which skips or repeats one.
"""

from dsar.deadlines.days import add_business_days, add_months
from dsar.deadlines.house import HOUSE_PROMISE, house_clock
from dsar.deadlines.law import NoExtensionError, legal_clock, register_begins, register_until
from dsar.deadlines.readings import WARNING_FRACTIONS, ClockReading, Pause, TraceLine
from dsar.deadlines.regimes import REGIMES, Kind, Regime, Rule, of_kind
from dsar.deadlines.whose import (
    BY_RESIDENCE,
    DEFAULT_REGIMES,
    Choice,
    Reason,
    RegimesError,
    checked,
    reason_of,
    regime_of,
)

__all__ = [
    "BY_RESIDENCE",
    "DEFAULT_REGIMES",
    "HOUSE_PROMISE",
    "REGIMES",
    "WARNING_FRACTIONS",
    "Choice",
    "ClockReading",
    "Kind",
    "NoExtensionError",
    "Pause",
    "Reason",
    "Regime",
    "RegimesError",
    "Rule",
    "TraceLine",
    "add_business_days",
    "add_months",
    "checked",
    "house_clock",
    "legal_clock",
    "of_kind",
    "reason_of",
    "regime_of",
    "register_begins",
    "register_until",
]
