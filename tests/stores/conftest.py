"""What tests of several files in this folder start."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stores.mongo_server import Deployment, running


@pytest.fixture
def deployment() -> Iterator[Deployment]:
    with running(Deployment()) as deployment:
        yield deployment
