"""The texts of chosen rows of a file, as they stand in it, and what else a file of them begins and ends with."""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing
from typing import Any

from dsar.stores.objects.changing.editing import row_spans
from dsar.stores.objects.changing.targets import print_of
from dsar.stores.objects.compression import opened
from dsar.stores.objects.delimited import RawRecords
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.lines import read_blocks
from dsar.stores.objects.source import Source

#: (number of the row, its text), after the file's head, which comes first with the number -1.
Picked = tuple[int, Any]
#: Picks the rows of these numbers, of all rows if None is given.
Pick = Callable[[Files, File, Sequence[str], Collection[int] | None], Generator[Picked, None, None]]


def pick_json_lines(
    files: Files, file: File, _path: Sequence[str], wanted: Collection[int] | None
) -> Generator[Picked, None, None]:
    yield -1, {}
    with opened(files, file) as (handle, size), closing(read_blocks(handle, size, file.path)) as blocks:
        for block in blocks:
            for number, line in enumerate(block.data.split(b"\n"), block.number):
                if (wanted is None or number in wanted) and line.strip():
                    yield number, line.decode()


def pick_csv(
    files: Files, file: File, _path: Sequence[str], wanted: Collection[int] | None
) -> Generator[Picked, None, None]:
    with opened(files, file) as (handle, size), closing(read_blocks(handle, size, file.path)) as blocks:
        records = RawRecords(blocks, file, may_grow=files.may_grow(file))
        for record in records:
            if record.values and not record.number:
                yield -1, {"header": (records.mark + record.raw).decode()}
            elif record.values and (wanted is None or record.number in wanted):
                yield record.number, record.raw.decode()


def pick_json(
    files: Files, file: File, path: Sequence[str], wanted: Collection[int] | None
) -> Generator[Picked, None, None]:
    with opened(files, file) as (handle, _size):
        text = handle.read().decode()
    start, end, spans = row_spans(text.removeprefix(BOM_UTF8.decode()), path)
    mark = BOM_UTF8.decode() if text.startswith(BOM_UTF8.decode()) else ""
    text = text.removeprefix(mark)
    yield (
        -1,
        {
            "before": mark + text[:start],
            "after": text[end:],
            "is_array": text[start] == "[",
            "lead": text[start + 1 : spans[0][0]] if spans and text[start] == "[" else "",
            "gap": text[spans[0][1] : spans[1][0]] if len(spans) > 1 else "",
            "tail": text[spans[-1][1] : end - 1] if spans and text[start] == "[" else "",
        },
    )
    for number, (first, last) in enumerate(spans):
        if wanted is None or number in wanted:
            yield number, text[first:last]


def pick_parquet(
    files: Files, file: File, _path: Sequence[str], wanted: Collection[int] | None
) -> Generator[Picked, None, None]:
    from dsar.stores.objects import parquet

    yield from parquet.pick_parquet(files, file, wanted)


def print_of_text(text: str, format: str) -> int:
    """Return what tells a row's text from another; how its line ends is no part of it."""
    if format != "parquet":
        return print_of(text.encode().rstrip(b"\r\n"))
    from dsar.stores.objects import parquet

    return parquet.print_row(text)


def prints(files: Files, file: File, source: Source) -> Iterator[int]:
    """Yield what tells each row of a file."""
    if source.format == "parquet":
        from dsar.stores.objects import parquet

        yield from parquet.print_parquet(files, file)
        return
    with closing(PICK[source.format](files, file, source.rows, None)) as picked:
        yield from (print_of_text(text, source.format) for number, text in picked if number >= 0)


PICK: dict[str, Pick] = {"jsonl": pick_json_lines, "json": pick_json, "csv": pick_csv, "parquet": pick_parquet}
