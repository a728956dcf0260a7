"""Writes days of API calls as Parquet, the way a data lake keeps what is seldom read: typed, packed, by account."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import pyarrow
from pyarrow import json, parquet

_SCHEMA = pyarrow.schema(
    {
        "id": pyarrow.string(),
        "user_id": pyarrow.int64(),
        "endpoint": pyarrow.string(),
        "model": pyarrow.string(),
        "latency_ms": pyarrow.float64(),
        "status": pyarrow.int16(),
        "ip_address": pyarrow.string(),
        "tokens": pyarrow.struct({"prompt": pyarrow.int32(), "completion": pyarrow.int32()}),
        "called_at": pyarrow.timestamp("ms", tz="UTC"),
    }
)
#: Small beside what a lake has, so that a large demo's days have several, and a reader can leave most of them out.
_ROWS_A_GROUP = 5_000


def write_archive(folder: Path, lines: Sequence[bytes]) -> None:
    """Write the lines of JSON to `calls.parquet`, ordered by account, then as they are."""
    folder.mkdir(parents=True)
    text = io.BytesIO(b"".join(lines))
    options = json.ParseOptions(explicit_schema=_SCHEMA, unexpected_field_behavior="error")
    table = json.read_json(text, json.ReadOptions(use_threads=False), options).sort_by(
        [("user_id", "ascending"), ("called_at", "ascending"), ("id", "ascending")]
    )
    parquet.write_table(table, folder / "calls.parquet", row_group_size=_ROWS_A_GROUP, compression="zstd")
