"""docs/datamap.md, "From a bare database to a first bundle": its commands, typed one after the other."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import make_url

from dsar.datamap.load import load

ROOT = Path(__file__).parents[2]
INSTALL = "python3 -m tools.bootstrap"


def commands() -> list[str]:
    text = (ROOT / "docs" / "datamap.md").read_text("utf-8")
    section = text.partition("## From a bare database")[2].partition("\n## ")[0]
    return re.findall(r"```sh\n(.*?)```", section, re.DOTALL)


@pytest.mark.slow
@pytest.mark.postgres
def test_the_commands_of_the_walk_do_what_it_says(postgres_url: str, tmp_path: Path) -> None:
    url = make_url(postgres_url)
    server = {"PGHOST": str(url.host), "PGPORT": str(url.port), "PGUSER": str(url.username)}
    script = "".join(block for block in commands() if not block.startswith(INSTALL))
    assert "127.0.0.1:5432" in script
    done = subprocess.run(
        ["sh", "-euc", script.replace("127.0.0.1:5432", f"{url.host}:{url.port}")],
        cwd=ROOT,
        env={**os.environ, **server, "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "app.yml: 11 collections" in done.stdout
    assert "nothing to mend" in done.stdout
    assert re.search(r" 20 \S+/data/app/orders.jsonl", done.stdout)
    (dataset,) = load(tmp_path / "rights" / "map").datasets
    assert len(dataset.collections) == 11
