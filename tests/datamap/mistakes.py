"""What tests of mistaken data maps share: sound beginnings to go on from, and what loading told."""

from __future__ import annotations

from pathlib import Path

import pytest

from dsar.datamap.load import DataMapError, load
from tests.datamap.maps import write

# Eight lines: what each case needs around it. A case goes on from line 9, indented as the last line is.
APP = """
dataset:
- fides_key: app
  collections:
  - name: person
    fields:
    - {name: id, fides_meta: {primary_key: true}}
    - {name: email, fides_meta: {identity: email}}
    - {name: at}
"""
SYSTEM = """
system:
- fides_key: web
  system_type: Service
  privacy_declarations:
  - data_use: essential.service
    data_categories: [user.contact.email]
"""


def mistakes_in(folder: Path, **files: str) -> list[str]:
    return str(refusal(write(folder, **files))).splitlines()


def refusal(folder: Path) -> DataMapError:
    with pytest.raises(DataMapError) as caught:
        load(folder)
    return caught.value
