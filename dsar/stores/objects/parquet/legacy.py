"""Moments of the old type INT96: nanoseconds of any year, more than Arrow's type for them holds.

Read as nanoseconds, moments before 1677 and after 2262 silently become others; read as microseconds, the rest is lost
as silently. So such columns are read both ways, and what comes out is the way that lost nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

import pyarrow
from pyarrow import compute, types

from dsar.stores.objects.parquet.layout import is_list


class LegacyError(ValueError):
    """Neither way is without loss."""


def exact(
    fine: Iterator[pyarrow.RecordBatch], coarse: Iterator[pyarrow.RecordBatch], names: Collection[str]
) -> Iterator[pyarrow.RecordBatch]:
    """Yield of two readings of the same rows, by nanosecond and by microsecond, the one that is exact.

    Raises LegacyError.
    """
    for by_nano, by_micro in zip(fine, coarse, strict=True):
        pairs = [
            pair for name in names if name in by_nano.schema.names for pair in _pairs(by_nano[name], by_micro[name])
        ]
        if all(_is_within(nano, micro) for nano, micro in pairs):
            yield by_nano
        elif all(_is_whole(nano, micro) for nano, micro in pairs):
            yield by_micro
        else:
            raise LegacyError("moments (INT96) to the nanosecond beside moments outside of the years 1677 to 2262")


def _pairs(nano: pyarrow.Array, micro: pyarrow.Array) -> Iterator[tuple[pyarrow.Array, pyarrow.Array]]:
    """Yield the moments of both readings, of whatever they are within, where they were read differently."""
    if types.is_struct(nano.type):
        for one, other in zip(nano.flatten(), micro.flatten(), strict=True):
            yield from _pairs(one, other)
    elif types.is_map(nano.type):
        yield from _pairs(nano.keys, micro.keys)
        yield from _pairs(nano.items, micro.items)
    elif is_list(nano.type):
        yield from _pairs(nano.flatten(), micro.flatten())
    elif nano.type != micro.type:
        yield nano.view(pyarrow.int64()), micro.view(pyarrow.int64())


def _is_within(nano: pyarrow.Array, micro: pyarrow.Array) -> bool:
    """Whether no moment became another."""
    rest = compute.subtract(nano, compute.multiply(micro, 1_000))
    first, last = -(1 << 63) // 1_000 + 1, (1 << 63) // 1_000 - 1
    between = compute.and_(compute.greater(micro, first), compute.less(micro, last))
    small = compute.and_(compute.greater_equal(rest, 0), compute.less(rest, 1_000))
    return _all(compute.and_(between, small))


def _is_whole(nano: pyarrow.Array, micro: pyarrow.Array) -> bool:
    """Whether no moment has a part of a microsecond; both sides went over the same edge."""
    return _all(compute.equal(nano, compute.multiply(micro, 1_000)))


def _all(so: pyarrow.BooleanArray) -> bool:
    return compute.all(so, min_count=0).as_py() is not False
