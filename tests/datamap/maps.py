"""Small data maps for tests: written as text, so that line numbers are what they say."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

from dsar.datamap.load import load
from dsar.datamap.model import DataMap

DATA = Path(__file__).parent / "data"


def write(folder: Path, **files: str) -> Path:
    """Write each text as NAME.yml into a new folder and return the folder."""
    root = folder / "map"
    root.mkdir()
    for name, text in files.items():
        (root / f"{name}.yml").write_text(dedent(text).lstrip("\n"), "utf-8")
    return root


def load_text(folder: Path, text: str) -> DataMap:
    """Return the data map of one file."""
    return load(write(folder, app=text))
