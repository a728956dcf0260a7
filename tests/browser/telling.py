"""What a walk has cost, told in the output of the run."""

from __future__ import annotations

import pytest


def tell(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """Print a line whether or not the test passes: pytest keeps to itself what a passed test has printed."""
    with capsys.disabled():
        print(f"\n{line}")  # noqa: T201 - what it costs is read in the run's output
