"""Columns of every type that a Parquet file can have, and what may stand in them."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

Values = st.SearchStrategy[Any]

WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
#: No JSON value is -0.0, and a half or a single keeps only its own numbers.
FLOATS = st.floats(allow_nan=False).map(lambda value: value + 0.0)
HALVES = st.floats(width=16, allow_nan=False).map(lambda value: value + 0.0)
SINGLES = st.floats(width=32, allow_nan=False).map(lambda value: value + 0.0)


def integers(bits: int, *, signed: bool = True) -> Values:
    least = -(2 ** (bits - 1)) if signed else 0
    return st.integers(least, least + 2**bits - 1)


def decimals(digits: int, places: int) -> Values:
    most = 10**digits - 1
    return st.integers(-most, most).map(lambda number: Decimal(number).scaleb(-places, context=_EXACT))


def moments(first: int, last: int, *, zone: Any = None, of: int = 1) -> Values:
    """Return moments of some years, of whole so many microseconds."""
    between = st.datetimes(datetime(first, 1, 1), datetime(last, 12, 31), timezones=st.just(zone))  # noqa: DTZ001
    return between.map(lambda value: value.replace(microsecond=value.microsecond // of * of, fold=0))


def times(of: int = 1) -> Values:
    return st.times().map(lambda value: value.replace(microsecond=value.microsecond // of * of, fold=0))


def spans(of: int, days: int) -> Values:
    """Return spans of whole so many microseconds."""
    unit = timedelta(microseconds=of)
    return st.timedeltas(timedelta(-days), timedelta(days)).map(lambda value: value // unit * unit)


_EXACT = Context(prec=80)
_SECOND, _MILLISECOND = 1_000_000, 1_000

FLAT: dict[str, tuple[pa.DataType, Values]] = {
    "null": (pa.null(), st.none()),
    "bool": (pa.bool_(), st.booleans()),
    **{f"int{bits}": (getattr(pa, f"int{bits}")(), integers(bits)) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (getattr(pa, f"uint{bits}")(), integers(bits, signed=False)) for bits in (8, 16, 32, 64)},
    "half": (pa.float16(), HALVES),
    "float": (pa.float32(), SINGLES),
    "double": (pa.float64(), FLOATS),
    "decimal32": (pa.decimal32(9, 2), decimals(9, 2)),
    "decimal64": (pa.decimal64(18, 4), decimals(18, 4)),
    "decimal128": (pa.decimal128(38, 10), decimals(38, 10)),
    "decimal256": (pa.decimal256(76, 20), decimals(76, 20)),
    "string": (pa.string(), WORDS),
    "large_string": (pa.large_string(), WORDS),
    "string_view": (pa.string_view(), WORDS),
    "binary": (pa.binary(), st.binary(max_size=9)),
    "large_binary": (pa.large_binary(), st.binary(max_size=9)),
    "fixed": (pa.binary(4), st.binary(min_size=4, max_size=4)),
    "date32": (pa.date32(), st.dates()),
    "date64": (pa.date64(), st.dates()),
    "time32s": (pa.time32("s"), times(_SECOND)),
    "time32ms": (pa.time32("ms"), times(_MILLISECOND)),
    "time64us": (pa.time64("us"), times()),
    "time64ns": (pa.time64("ns"), times()),
    "timestamp_s": (pa.timestamp("s"), moments(1, 9999, of=_SECOND)),
    "timestamp_ms": (pa.timestamp("ms"), moments(1, 9999, of=_MILLISECOND)),
    "timestamp_us": (pa.timestamp("us"), moments(1, 9999)),
    "timestamp_ns": (pa.timestamp("ns"), moments(1678, 2261)),
    "instant": (pa.timestamp("us", "UTC"), moments(1, 9999, zone=UTC)),
    "instant_ns": (pa.timestamp("ns", "UTC"), moments(1678, 2261, zone=UTC)),
    "duration_s": (pa.duration("s"), spans(_SECOND, 900_000_000)),
    "duration_ms": (pa.duration("ms"), spans(_MILLISECOND, 900_000_000)),
    "duration_us": (pa.duration("us"), spans(1, 100_000_000)),
    "duration_ns": (pa.duration("ns"), spans(1, 100_000)),
    "uuid": (pa.uuid(), st.uuids()),
    "words": (pa.dictionary(pa.int32(), pa.string()), WORDS),
}
_STRUCT = pa.struct([("a", pa.int64()), ("b", pa.list_(pa.string()))])
_STRUCTS = st.fixed_dictionaries({"a": st.none() | integers(64), "b": st.none() | st.lists(WORDS, max_size=3)})
NESTED: dict[str, tuple[pa.DataType, Values]] = {
    "list": (pa.list_(pa.string()), st.lists(st.none() | WORDS, max_size=4)),
    "large_list": (pa.large_list(pa.int64()), st.lists(st.none() | integers(64), max_size=4)),
    "list_view": (pa.list_view(pa.int64()), st.lists(st.none() | integers(64), max_size=4)),
    "fixed_list": (pa.list_(pa.int64(), 2), st.lists(st.none() | integers(64), min_size=2, max_size=2)),
    "lists": (pa.list_(pa.list_(pa.int8())), st.lists(st.none() | st.lists(integers(8), max_size=3), max_size=3)),
    "struct": (_STRUCT, _STRUCTS),
    "structs": (pa.list_(_STRUCT), st.lists(st.none() | _STRUCTS, max_size=3)),
    "map": (pa.map_(pa.string(), pa.int64()), st.dictionaries(WORDS, st.none() | integers(64), max_size=3)),
    "maps": (pa.map_(pa.string(), _STRUCT), st.dictionaries(WORDS, _STRUCTS, max_size=3)),
}


def array(of: pa.DataType, values: list[Any]) -> pa.Array:
    """Return an array of the values; Arrow takes no float for a half without NumPy."""
    if of == pa.float16():
        bits = [None if value is None else struct.unpack("<h", struct.pack("<e", value))[0] for value in values]
        return pa.array(bits, pa.int16()).view(of)
    if isinstance(of, pa.BaseExtensionType):
        stored = [value.bytes if hasattr(value, "bytes") else value for value in values]
        return pa.ExtensionArray.from_storage(of, pa.array(stored, of.storage_type))
    if pa.types.is_map(of):
        return pa.array([None if value is None else list(value.items()) for value in values], of)
    return pa.array(values, of)
