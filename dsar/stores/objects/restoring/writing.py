"""A file written anew with rows put back, or made anew of them alone."""

from __future__ import annotations

import csv
import io
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import IO

from dsar.stores.members import with_members_of
from dsar.stores.objects.changing.editing import row_spans
from dsar.stores.objects.changing.rewriting import changed
from dsar.stores.objects.changing.targets import print_of
from dsar.stores.objects.compression import opened, packed
from dsar.stores.objects.delimited import RawRecords, column_names
from dsar.stores.objects.files import File, Files
from dsar.stores.objects.lines import read_blocks
from dsar.stores.objects.restoring.edit import Back, Edit, Unit, check_head
from dsar.stores.objects.restoring.kept import Item, Texts
from dsar.stores.objects.source import Source

Write = Callable[[Files, File, Source, Edit, Texts, IO[bytes]], None]


def put_into(files: Files, file: File, source: Source, edit: Edit, texts: Texts, sink: IO[bytes]) -> None:
    """Write the file as it was listed into `sink`, with what is put back. Raises StoreError, ForbiddenError."""
    _INTO[source.format](files, file, source, edit, texts, sink)


def make_of(files: Files, file: File, source: Source, edit: Edit, texts: Texts, sink: IO[bytes]) -> None:
    """Write a file of nothing but what is put back."""
    _OF[source.format](files, file, source, edit, texts, sink)


def _lines_into(files: Files, file: File, _source: Source, edit: Edit, texts: Texts, sink: IO[bytes]) -> None:
    def units() -> Iterator[Unit]:
        for block in blocks:
            out.write(block.mark)
            for number, line in enumerate(block.data.split(b"\n"), block.number):
                back = edit.back.get(number)
                text = _object_back(_checked(line, back, file), back, edit, texts) if back else line
                yield Unit(number, text + b"\n" if block.ended else text, is_open=not block.ended)

    with (
        opened(files, file) as (handle, size),
        closing(read_blocks(handle, size, file.path)) as blocks,
        packed(file, sink) as out,
    ):
        for unit in edit.merged(units(), _line(texts), first=1):
            out.write(unit.data)


def _lines_of(_files: Files, file: File, _source: Source, edit: Edit, texts: Texts, sink: IO[bytes]) -> None:
    with packed(file, sink) as out:
        for unit in edit.merged((), _line(texts), first=1):
            out.write(unit.data)


def _csv_into(files: Files, file: File, _source: Source, edit: Edit, texts: Texts, sink: IO[bytes]) -> None:
    names = list[str]()

    def units() -> Iterator[Unit]:
        for record in records:
            if record.line == 1:
                out.write(records.mark)
            if record.values and not names:
                check_head(edit, "header", (records.mark + record.raw).decode(), file.path)
                names.extend(column_names(record.values, file.path))
                out.write(record.raw)
                continue
            back = edit.back.get(record.number) if record.values else None
            raw = record.raw
            if back:
                raw = _record_back(_checked(raw, back, file), back, names, texts)
            yield Unit(record.number, raw, counts=bool(record.values), is_open=not raw.endswith(b"\n"))

    with (
        opened(files, file) as (handle, size),
        closing(read_blocks(handle, size, file.path)) as blocks,
        packed(file, sink) as out,
    ):
        records = RawRecords(blocks, file, may_grow=files.may_grow(file))
        for unit in edit.merged(units(), _line(texts), first=1):
            if not names:  # an empty file
                out.write(str(edit.head["header"]).encode())
                names.append("")
            out.write(unit.data)
        out.write(records.rest)


def _csv_of(_files: Files, file: File, _source: Source, edit: Edit, texts: Texts, sink: IO[bytes]) -> None:
    with packed(file, sink) as out:
        out.write(str(edit.head["header"]).encode())
        for unit in edit.merged((), _line(texts), first=1):
            out.write(unit.data)


def _json_into(files: Files, file: File, source: Source, edit: Edit, texts: Texts, sink: IO[bytes]) -> None:
    with opened(files, file) as (handle, _size):
        data = handle.read()
    text = data.removeprefix(BOM_UTF8).decode()
    start, end, spans = row_spans(text, source.rows)

    def units() -> Iterator[Unit]:
        for number, (first, last) in enumerate(spans):
            element, back = text[first:last].encode(), edit.back.get(number)
            yield Unit(number, _object_back(element, back, edit, texts) if back else element)

    check_head(edit, "is_array", text[start] == "[", file.path)
    pieces = [text[:start].encode()]
    if text[start] == "[":
        pieces += _array(edit, edit.merged(units(), texts.of, first=0), text, (start, end), spans)
    else:
        pieces += [unit.data for unit in units()]  # one that is there already: nothing can stand beside it
    with packed(file, sink) as out:
        out.write(data[: len(data) - len(data.removeprefix(BOM_UTF8))])
        out.write(b"".join((*pieces, text[end:].encode())))


def _json_of(_files: Files, file: File, _source: Source, edit: Edit, texts: Texts, sink: IO[bytes]) -> None:
    head = edit.head
    rows = [unit.data for unit in edit.merged((), texts.of, first=0)]
    if head["is_array"]:
        gap = (head["gap"] or f",{head['lead']}").encode()
        rows = [b"[", head["lead"].encode(), gap.join(rows), head["tail"].encode(), b"]"]
    with packed(file, sink) as out:
        out.write(b"".join((head["before"].encode(), *rows, head["after"].encode())))


def _array(
    edit: Edit, units: Iterable[Unit], text: str, place: tuple[int, int], spans: list[tuple[int, int]]
) -> Iterator[bytes]:
    """Yield an array's text; between elements that stand together already stays what is there."""
    head = edit.head
    lead = text[place[0] + 1 : spans[0][0]] if spans else head.get("lead", "")
    gap = text[spans[0][1] : spans[1][0]] if len(spans) > 1 else head.get("gap") or f",{lead}"
    yield f"[{lead}".encode()
    before: int | None = None
    for unit in units:
        if before is not None:
            together = unit.number > 0 and before == unit.number - 1
            yield (text[spans[before][1] : spans[unit.number][0]] if together else gap).encode()
        yield unit.data
        before = unit.number
    yield f"{text[spans[-1][1] : place[1] - 1] if spans else head.get('tail', '')}]".encode()


def _parquet_into(files: Files, file: File, _source: Source, edit: Edit, texts: Texts, sink: IO[bytes]) -> None:
    from dsar.stores.objects import parquet

    parquet.return_parquet(files, file, edit, texts, sink)


def _parquet_of(_files: Files, file: File, _source: Source, edit: Edit, texts: Texts, sink: IO[bytes]) -> None:
    from dsar.stores.objects import parquet

    parquet.make_parquet(file, edit, texts, sink)


def _line(texts: Texts) -> Callable[[Item], bytes]:
    return lambda item: (text := texts.of(item)) + (b"" if text.endswith(b"\n") else b"\n")


def _checked(text: bytes, back: Back, file: File) -> bytes:
    """Return the text of a row. Raises StoreError if it is another than the one that was looked at."""
    if print_of(text) != back.printed:
        raise changed(file)
    return text


def _object_back(text: bytes, back: Back, edit: Edit, texts: Texts) -> bytes:
    return with_members_of(text.decode(), texts.of(back.item).decode(), back.names, edit.masks).encode()


def _record_back(raw: bytes, back: Back, names: list[str], texts: Texts) -> bytes:
    now, then = (next(csv.reader(text.decode().splitlines(keepends=True))) for text in (raw, texts.of(back.item)))
    if all(one == other or name in back.names for name, one, other in zip(names, now, then, strict=True)):
        whole = texts.of(back.item)
        return whole if whole.endswith(b"\n") or not raw.endswith(b"\n") else whole + b"\n"
    values = [other if name in back.names else one for name, one, other in zip(names, now, then, strict=True)]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=raw[len(raw.rstrip(b"\r\n")) :].decode()).writerow(values)
    return text.getvalue().encode()


_INTO: dict[str, Write] = {"jsonl": _lines_into, "json": _json_into, "csv": _csv_into, "parquet": _parquet_into}
_OF: dict[str, Write] = {"jsonl": _lines_of, "json": _json_of, "csv": _csv_of, "parquet": _parquet_of}
