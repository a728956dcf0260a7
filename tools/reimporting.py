"""Load an export into an empty demo platform, and hold that platform against the one that the export is from."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml
from jsonschema import Draft202012Validator

from examples.macrosora.platform.database import empty_database, sqlite_url
from examples.macrosora.truth import Truth, expected_rows
from tools.comparing import Walk
from tools.site import ROOT, Site

_MAP = ROOT / "examples" / "macrosora" / "datamap"
_LOADED = ("app", "documents", "usage")
#: Parquet, Redis and HTTP take no rows yet; the portal's own rows are no part of the platform.
_LEFT_OUT = ("archive", "cache", "mail", "portal")
_ROWS_HELD_AGAINST_A_SCHEMA = 1_000  # of each file: those of one file are alike


@dataclass(frozen=True)
class Reimport:
    """What came of it: what the command said at last, and everything that is not as it was."""

    walk: Walk
    said: str
    differing: tuple[str, ...]

    @property
    def problems(self) -> list[str]:
        return [f"{self.walk.name}, imported: {problem}" for problem in self.differing]

    def line(self) -> str:
        return f"  imported into an empty platform: {self.said}"


def reimport(site: Site, walk: Walk) -> Reimport:
    """Load a bundle as an engineer would, then ask the stores themselves what has arrived. Raises OSError."""
    with TemporaryDirectory(prefix="demo-import-") as name:
        folder = Path(name)
        bundle, stores = folder / "export.zip", folder / "stores.yml"
        bundle.write_bytes(walk.bundle)
        empty_database(database_url=sqlite_url(folder / "app.sqlite3"))
        files = f"file://{folder / 'objects'}"
        (folder / "objects").mkdir()
        where = {"app": f"sqlite:///{folder / 'app.sqlite3'}", "usage": files, "documents": files}
        stores.write_text(yaml.safe_dump(where))
        done = _import(bundle, stores)
        said = (done.stdout.strip().splitlines() or [done.stderr.strip() or "nothing was said"])[-1]
        differing = [*_invalid(bundle)]
        if done.returncode != 0 or not said.startswith("exported again: equal"):
            differing.append(f"exit status {done.returncode}: {done.stderr.strip()}")
        differing += _differing(_owed(site, walk, _folder(site)), _owed(site, walk, folder))
        return Reimport(walk, said, tuple(differing))


def _import(bundle: Path, stores: Path) -> subprocess.CompletedProcess[str]:
    left_out = [part for key in _LEFT_OUT for part in ("--leave-out", key)]
    places = ["--datamap", str(_MAP), "--stores", str(stores)]
    command = [sys.executable, "manage.py", "import_export", str(bundle), *places, *left_out]
    return subprocess.run(command, cwd=ROOT, env=os.environ, check=False, capture_output=True, text=True)


def _owed(site: Site, walk: Walk, folder: Path) -> dict[tuple[str, str], Truth]:
    owed = expected_rows(
        folder=folder,
        redis_url=site.demo_redis_url,
        mail_data=_folder(site) / "mail.json",
        emails=(walk.email,),
        leave_out_inferred=True,
    )
    return {key: truth for key, truth in owed.items() if key[0] in _LOADED}


def _differing(before: dict[tuple[str, str], Truth], after: dict[tuple[str, str], Truth]) -> Iterator[str]:
    for key, truth in before.items():
        if after[key] != truth:
            yield f"{'.'.join(key)} had {truth.count} rows and has {after[key].count}, or others"


def _invalid(bundle: Path) -> Iterator[str]:
    """Yield the files of which a row is not as their schema in the export says."""
    with zipfile.ZipFile(bundle) as archive:
        names = [name for name in archive.namelist() if name.endswith(".schema.json")]
        if len(names) != sum(name.endswith(".jsonl") for name in archive.namelist()):
            yield "a file of rows has no schema beside it"
        for name in names:
            data = name.replace("schemas/", "data/", 1).replace(".schema.json", ".jsonl")
            schema = Draft202012Validator(json.loads(archive.read(name)))
            rows = islice(archive.read(data).splitlines(), _ROWS_HELD_AGAINST_A_SCHEMA)
            if not all(schema.is_valid(json.loads(row)) for row in rows):
                yield f"{data} is not as its schema says"


def _folder(site: Site) -> Path:
    return site.var / "macrosora"
