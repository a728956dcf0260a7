"""A skip is said loudly, and CI takes none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


# The one test that needs PostgreSQL, as on a machine that has none.
RUN = """
import sys, pytest
from tools import programs
programs.postgres_folder = lambda: None
sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", "tests/portal/test_servers.py::test_postgres_answers"]))
"""


@pytest.mark.thorough
def test_a_skip_is_named_and_refused_by_ci() -> None:
    env = os.environ | {"CI": "true"}
    ended = subprocess.run([sys.executable, "-c", RUN], cwd=ROOT, env=env, check=False, capture_output=True, text=True)
    assert "NOT RUN: 1 tests need PostgreSQL: apt-get install --no-install-recommends postgresql" in ended.stdout
    assert ended.returncode == 1
