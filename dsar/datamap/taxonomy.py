"""The words of Fideslang 3.1's taxonomy: data categories, data uses and data subjects.

The keys stand in taxonomy.json beside this file; a test holds them against the `fideslang` package, which
is a tool of the tests only, since it accepts misspelt manifests and caps pydantic's version.
"""

from __future__ import annotations

import json
from pathlib import Path

_KEYS: dict[str, list[str]] = json.loads((Path(__file__).parent / "taxonomy.json").read_text("utf-8"))

DATA_CATEGORIES = frozenset(_KEYS["data_categories"])
DATA_USES = frozenset(_KEYS["data_uses"])
DATA_SUBJECTS = frozenset(_KEYS["data_subjects"])


def matches(category: str, key: str) -> bool:
    """Tell whether `category` is `key` or stands below it: user.contact.email matches user.contact.

    Compared by whole segments, as user.device.cookie_id is no kind of user.device.cookie.
    """
    wanted = key.split(".")
    return category.split(".")[: len(wanted)] == wanted
