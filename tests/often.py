"""How many examples of a property a run tries."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

#: For worlds that are large and databases that are slow.
HARD = settings(deadline=None, suppress_health_check=list(HealthCheck))
#: Set by `make test-long`.
_IS_LONG = os.environ.get("TEST_LONG") == "1"


def often(times: int) -> settings:
    """Return the settings for so many examples in a long run, and for a quarter of them in every check."""
    return settings(HARD, max_examples=times if _IS_LONG else max(times // 4, 1))
