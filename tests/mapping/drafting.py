"""Runs `manage.py datamap draft`, `datamap check` and `collect` in a folder, one after the other."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

from django.core.management import call_command

from dsar.datamap.load import load
from dsar.datamap.model import DataMap
from dsar.stores.registry import close_all


class Desk:
    """A folder with stores.yml and, once drafted, map/."""

    def __init__(self, folder: Path, **stores: str) -> None:
        self.folder, self.map, self.stores = folder, folder / "map", folder / "stores.yml"
        self.stores.write_text("".join(f"{key}: {json.dumps(url)}\n" for key, url in stores.items()))

    def draft(self, *more: str) -> int:
        return _status("datamap", "draft", "--stores", str(self.stores), "--out", str(self.map), *more)

    def check(self, *more: str) -> int:
        return _status("datamap", "check", "--datamap", str(self.map), "--stores", str(self.stores), *more)

    def collect(self, identity: str, *, folder: Path | None = None) -> dict[str, list[dict[str, Any]]]:
        """Return the rows by collection, in the order of their text."""
        out = self.folder / "out.zip"
        where = ["--datamap", str(folder or self.map), "--stores", str(self.stores)]
        assert _status("collect", *where, "--identity", identity, "--out", str(out), "--no-pdf") == 0
        with zipfile.ZipFile(out) as bundle:
            return {
                name.removeprefix("data/").removesuffix(".jsonl"): sorted(
                    (json.loads(line) for line in bundle.read(name).splitlines()), key=json.dumps
                )
                for name in bundle.namelist()
                if name.endswith(".jsonl")
            }

    def loaded(self) -> DataMap:
        return load(self.map)

    def text(self, key: str = "app") -> str:
        return (self.map / f"{key}.yml").read_text()


def _status(*arguments: str) -> int:
    """Run a command as a process of its own would, which leaves no connection behind."""
    try:
        call_command(*arguments)
    except SystemExit as stop:
        return int(str(stop.code))
    finally:
        close_all()
    return 0
