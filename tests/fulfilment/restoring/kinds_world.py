"""Two people's rows in one kind of store, spelt as they come, to be erased and put back."""

from __future__ import annotations

import csv
import gzip
import io
import json
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow
import pyarrow.parquet
import yaml
from redis import Redis
from sqlalchemy import create_engine, text

from dsar.bundle.sealing import new_key
from dsar.datamap.graph import build_graph
from dsar.fulfilment.engine import Work
from dsar.fulfilment.erasing.erase import Erasure
from dsar.fulfilment.ledger.ledger import Case, Ledger
from dsar.fulfilment.restoring.log import RestorationLog
from dsar.fulfilment.restoring.restore import Restoration, Restored
from dsar.fulfilment.scope import Scope
from dsar.storage import open_storage
from dsar.stores.base import Store
from dsar.stores.config import StoreConfig
from dsar.stores.registry import open_store
from tests.datamap.maps import load_text

KINDS = ("sqlite", "jsonl", "jsonl.gz", "json", "csv", "parquet", "hash", "redis json")


@dataclass
class World:
    """Ann's (1) and Bob's (2) rows, in one kind of store; and their accounts in a database."""

    folder: Path
    kind: str
    client: Redis
    url: str
    rows: list[dict[str, Any]]
    spelling: dict[str, Any]

    def __post_init__(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "files").mkdir(parents=True)
        self.client.flushdb()
        self.case, self.ledger = Case("acme", "R-1"), Ledger(self.folder / "ledger.jsonl")
        self.log = RestorationLog(open_storage(f"file://{self.folder}/storage"), "R-1", key=new_key())
        self.opened: dict[str, Store] = {}
        with create_engine(f"sqlite:///{self.folder}/shop.db").begin() as connection:
            connection.execute(text("create table people (id integer primary key, email text, name text)"))
            connection.execute(
                text("insert into people values (1, 'Ann@example.org', 'Ann Example'), (2, 'bob@example.org', 'Bob')")
            )
            if self.kind == "sqlite":
                connection.execute(
                    text("create table notes (id integer primary key, person_id integer, other integer, note, who)")
                )
                for row in self.rows:
                    connection.execute(
                        text("insert into notes values (:id, :person_id, :other, :note, :who)"),
                        {**row, "who": self.spelt(row["who"])},
                    )
        getattr(self, f"_write_{self.kind.replace('.', '_').replace(' ', '_')}", lambda: None)()

    def spelt(self, value: Any) -> str | None:
        return None if value is None else json.dumps(value, **self.spelling)

    def _write_jsonl(self) -> None:
        (self.folder / "files/notes.jsonl").write_text("".join(f"{self.spelt(row)}\n" for row in self.rows))

    def _write_jsonl_gz(self) -> None:
        lines = "".join(f"{self.spelt(row)}\n" for row in self.rows)
        (self.folder / "files/notes.jsonl.gz").write_bytes(gzip.compress(lines.encode()))

    def _write_json(self) -> None:
        (self.folder / "files/notes.json").write_text(self.spelt(self.rows) or "")

    def _write_csv(self) -> None:
        out = io.StringIO(newline="")
        writer = csv.writer(out)
        writer.writerow(self.rows[0])
        writer.writerows([*[*row.values()][:-1], self.spelt(row["who"])] for row in self.rows)
        (self.folder / "files/notes.csv").write_text(out.getvalue(), newline="")

    def _write_parquet(self) -> None:
        rows = [{**row, "who": self.spelt(row["who"])} for row in self.rows]
        kinds = {name: pyarrow.string() if name in ("note", "who") else pyarrow.int64() for name in self.rows[0]}
        table = pyarrow.Table.from_pylist(rows, pyarrow.schema(kinds))
        pyarrow.parquet.write_table(table, self.folder / "files/notes.parquet", row_group_size=2)

    def _write_hash(self) -> None:
        for row in self.rows:
            found = {**row, "who": self.spelt(row["who"])}
            self._set_hash(row["id"], found)

    def _set_hash(self, number: int, row: dict[str, Any]) -> None:
        said: dict[Any, Any] = {name: value for name, value in row.items() if value is not None and name != "id"}
        self.client.hset(f"note:{number}", mapping=said)

    def _write_redis_json(self) -> None:
        for row in self.rows:
            said = {name: value for name, value in row.items() if name != "id"}
            self.client.set(f"note:{row['id']}", self.spelt(said) or "", ex=900)

    def held(self) -> Any:
        with create_engine(f"sqlite:///{self.folder}/shop.db").connect() as connection:
            tables = ["people", *(["notes"] if self.kind == "sqlite" else [])]
            rows = [[*map(tuple, connection.execute(text(f"select * from {name} order by 1")))] for name in tables]  # noqa: S608
        files = {path.name: read(path) for path in (self.folder / "files").iterdir()}
        keys = {key: self._key(key) for key in self._keys()}
        return rows, files, keys

    def _keys(self) -> list[bytes]:
        return self.client.keys("*")  # type: ignore[return-value]

    def _key(self, key: bytes) -> Any:
        assert self.kind == "hash" or self.client.ttl(key) > 0
        return self.client.hgetall(key) if self.kind == "hash" else self.client.get(key)

    def parsed(self) -> dict[int, dict[str, Any]]:
        """Return the rows by their numbers, an object as an object."""
        if self.kind == "sqlite":
            with create_engine(f"sqlite:///{self.folder}/shop.db").connect() as connection:
                rows = [dict(row) for row in connection.execute(text("select * from notes")).mappings()]
        elif self.kind == "jsonl":
            rows = [json.loads(line) for line in (self.folder / "files/notes.jsonl").read_bytes().splitlines()]
        else:
            rows = [{"id": int(key[5:]), **self._row(key)} for key in self._keys()]
        return {row["id"]: {**row, "who": parsed(row.get("who"))} for row in rows}

    def _row(self, key: bytes) -> dict[str, Any]:
        if self.kind == "redis json":
            return dict(json.loads(self.client.get(key)))  # type: ignore[arg-type]
        found: dict[bytes, bytes] = self.client.hgetall(key)  # type: ignore[assignment]
        return {name.decode(): value.decode() for name, value in found.items()}

    def touch(self, number: int) -> None:
        """Write into a row as somebody does who knows of no erasure."""
        row = self.parsed()[number]
        row["note"] = f"{row.get('note')} Done."
        if isinstance(row["who"], dict):
            row["who"]["shade"] = "new"
        whole = {**row, "who": self.spelt(row["who"])}
        if self.kind == "sqlite":
            with create_engine(f"sqlite:///{self.folder}/shop.db").begin() as connection:
                connection.execute(text("update notes set note = :note, who = :who where id = :id"), whole)
        elif self.kind == "jsonl":
            path = self.folder / "files/notes.jsonl"
            lines = path.read_text().splitlines()
            path.write_text("".join(f"{self._touched(line, row)}\n" for line in lines))
        elif self.kind == "hash":
            self._set_hash(number, whole)
        else:
            del row["id"]
            self.client.set(f"note:{number}", self.spelt(row) or "", keepttl=True)

    def _touched(self, line: str, row: dict[str, Any]) -> str:
        return (self.spelt(row) or "") if json.loads(line)["id"] == row["id"] else line

    def load(self, people: dict[str, Any], notes: dict[str, Any]) -> None:
        who: list[dict[str, Any]] = [{"name": name} for name in ("name", "shade", "note")]
        who.append({"name": "mails", "fields": [{"name": "to"}, {"name": "at"}]})
        to_people = [{"dataset": "shop", "field": "people.id", "direction": "from"}]
        fields = [
            {"name": "id", "fides_meta": {"primary_key": True, "data_type": "integer"}},
            {"name": "person_id", "fides_meta": {"data_type": "integer", "references": to_people}},
            {"name": "other", "fides_meta": {"data_type": "integer", "references": to_people}},
            {"name": "note"},
            {"name": "who", "fields": who},
        ]
        accounts = [
            {"name": "id", "fides_meta": {"primary_key": True, "data_type": "integer"}},
            {"name": "email", "fides_meta": {"identity": "email", "data_type": "string"}},
            {"name": "name", "fides_meta": {"data_type": "string"}},
        ]
        if self.kind in ("hash", "redis json"):
            source = {"source": {"key": "note:{id}", "type": "hash" if self.kind == "hash" else "json"}}
        elif self.kind == "sqlite":
            source = {}
        else:
            source = {"source": {"path": f"notes.{self.kind}", "format": self.kind.removesuffix(".gz")}}
        collection = {"name": "notes", "meta": {"erasure": notes, **source}, "fields": fields}
        shop = {"name": "people", "meta": {"erasure": people}, "fields": accounts}
        if self.kind == "sqlite":
            datasets = [{"fides_key": "shop", "collections": [shop, collection]}]
        else:
            datasets = [
                {"fides_key": "shop", "collections": [shop]},
                {"fides_key": "other", "collections": [collection]},
            ]
        self.data_map = load_text(self.folder, yaml.safe_dump({"dataset": datasets}))

    def open_store(self, key: str) -> Store:
        if key not in self.opened:
            url = self.url if self.kind in ("hash", "redis json") else f"file://{self.folder}/files"
            url = f"sqlite:///{self.folder}/shop.db" if key == "shop" else url
            self.opened[key] = open_store(self.data_map.dataset(key), StoreConfig(url, {}))
        return self.opened[key]

    def erasure(self) -> Erasure:
        identities = {"email": frozenset({"ann@example.org"})}
        work = Work(self.data_map, build_graph(self.data_map), identities, self.open_store, Scope(self.data_map))
        return Erasure(work, keeper=self.log)

    def undo(self) -> Restored:
        work = Restoration(self.log, self.case, data_map=self.data_map, open_store=self.open_store, ledger=self.ledger)
        return work.execute(work.datasets(), clock=lambda: datetime.now(UTC))

    def close(self) -> None:
        while self.opened:
            self.opened.popitem()[1].close()


def parsed(who: Any) -> Any:
    return json.loads(who) if isinstance(who, str) else who


def read(path: Path) -> Any:
    """Return a file's bytes; of packed ones what they say."""
    if path.suffix == ".parquet":
        table = pyarrow.parquet.read_table(path)
        return table.schema, table.to_pylist()
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
