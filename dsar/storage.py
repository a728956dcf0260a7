"""Where encrypted payloads lie: a folder of this machine, or S3 (AWS's or another's), by one address.

    file:///srv/portal/storage
    s3://bucket/prefix
    s3://KEY:SECRET@bucket/prefix?endpoint_url=https://minio.example:9000&region=eu-central-1

Without KEY and SECRET the usual ways of AWS's libraries hold: AWS_ACCESS_KEY_ID and its like, AWS_PROFILE,
~/.aws, the machine's role.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import fsspec
from botocore.exceptions import BotoCoreError

OPTIONS = frozenset({"endpoint_url", "region"})
#: Bytes of an object in memory at a time; S3 takes 10,000 parts, so that an object may have 78 GiB.
_BLOCK = 8 * 1024 * 1024
_DELETE_TRIES = 3


class StorageUrlError(Exception):
    """The address of the storage cannot be used; the message says why and never repeats it: it may hold a secret."""


class StorageAwayError(OSError):
    """Storage does not answer, or not as it should."""


class NotDeletedError(OSError):
    """Something is still in storage after it was deleted: deleting is forbidden there, or locked."""


@dataclass(frozen=True, slots=True)
class Storage:
    """Objects below one address. Safe to use from several threads."""

    root: str
    is_local: bool
    _fs: Any

    @contextmanager
    def writing(self, path: str) -> Iterator[IO[bytes]]:
        """Open an object for writing. It appears when the block ends, and not at all if the block raises.

        Raises OSError.
        """
        opening = self._writing_file if self.is_local else self._writing_object
        with _translated(), opening(self._full(path)) as out:
            yield out

    def open(self, path: str) -> IO[bytes]:
        """Open an object for reading; it is read ahead by the block. Raises FileNotFoundError, OSError."""
        with _translated():
            opened: IO[bytes] = self._fs.open(self._full(path), "rb", block_size=_BLOCK)
            return opened

    def size(self, path: str) -> int:
        """Return an object's bytes. Raises FileNotFoundError, OSError."""
        with _translated():
            return int(self._fs.size(self._full(path)))

    def names(self, folder: str) -> list[str]:
        """Return the names directly below a folder, sorted; none if it is not there. Raises OSError."""
        try:
            with _translated():
                found = self._fs.ls(self._full(folder), detail=False)
        except FileNotFoundError:
            return []
        return sorted(str(path).rstrip("/").rpartition("/")[2] for path in found)

    def newest(self, folder: str) -> datetime | None:
        """Return when something was last written below a folder, aware; None if nothing is there. Raises OSError."""
        with _translated():
            found = self._fs.find(self._full(folder), detail=True).values()
        return max(map(_written_at, found), default=None)

    def delete(self, path: str) -> None:
        """Delete an object, or everything below a folder; what is not there is as good as deleted.

        Raises NotDeletedError if it is there afterwards: s3fs says nothing of an object that S3 kept. In a bucket
        with versions S3 keeps the bytes as an older version, which its own lifecycle rule has to end.
        """
        with _translated():
            for _ in range(_DELETE_TRIES):
                if not self._fs.exists(self._full(path)):
                    return
                with suppress(FileNotFoundError):  # another worker deletes the same folder
                    self._fs.rm(self._full(path), recursive=True)
            if self._fs.exists(self._full(path)):
                raise NotDeletedError(f"{path} is still in storage after it was deleted")

    def check(self) -> None:
        """Raise OSError unless storage answers and can be listed."""
        with _translated():
            if self.is_local:
                self._fs.ls(self.root)
            else:
                bucket, _, prefix = self.root.partition("/")
                self._fs.call_s3("list_objects_v2", Bucket=bucket, Prefix=prefix, MaxKeys=1)

    def _full(self, path: str) -> str:
        return f"{self.root}/{path}"

    @contextmanager
    def _writing_file(self, target: str) -> Iterator[IO[bytes]]:
        self._fs.makedirs(target.rpartition("/")[0], exist_ok=True)
        unfinished = f"{target}.part"
        with self._fs.open(unfinished, "wb") as out:
            yield out
        self._fs.mv(unfinished, target)  # within a folder: at once

    @contextmanager
    def _writing_object(self, target: str) -> Iterator[IO[bytes]]:
        out = self._fs.open(target, "wb", block_size=_BLOCK)
        try:
            yield out
        except BaseException:
            out.discard()
            out.closed = True  # or it would upload what it has when it is collected
            raise
        out.close()


def _written_at(found: Mapping[str, Any]) -> datetime:
    """Return the moment of one entry of a listing: S3 says a datetime, a disk seconds."""
    written: datetime | float = found["LastModified"] if "LastModified" in found else found["mtime"]
    return written if isinstance(written, datetime) else datetime.fromtimestamp(written, UTC)


@contextmanager
def _translated() -> Iterator[None]:
    """Raise what S3's library raises as OSError, without its words: they may hold the address."""
    try:
        yield
    except BotoCoreError as error:
        raise StorageAwayError(f"storage: {type(error).__name__}") from error


def open_storage(url: str) -> Storage:
    """Return the storage at an address; nothing is asked yet. Raises StorageUrlError."""
    parts = urlsplit(url)
    if parts.scheme in ("", "file") and not parts.netloc and parts.path.startswith("/"):
        return Storage(unquote(parts.path).rstrip("/") or "/.", is_local=True, _fs=fsspec.filesystem("file"))
    if parts.scheme == "s3" and parts.hostname:
        root = f"{parts.netloc.rpartition('@')[2]}{unquote(parts.path)}".rstrip("/")
        return Storage(root, is_local=False, _fs=fsspec.filesystem("s3", **_s3_arguments(url)))
    raise StorageUrlError("write file:///folder or s3://bucket/prefix")


def _s3_arguments(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if unknown := options.keys() - OPTIONS:
        raise StorageUrlError(f"unknown option {', '.join(sorted(unknown))}: write {' or '.join(sorted(OPTIONS))}")
    if bool(parts.username) != bool(parts.password):
        raise StorageUrlError("a key needs its secret: s3://KEY:SECRET@bucket, each percent-encoded")
    arguments: dict[str, Any] = {
        # A listing kept from before would hide what other workers have written or deleted since.
        "use_listings_cache": False,
        # s3fs tries each request up to five times itself.
        "config_kwargs": {"connect_timeout": 10, "read_timeout": 60, "retries": {"max_attempts": 1}},
        "client_kwargs": {"region_name": options["region"]} if "region" in options else {},
    }
    if "endpoint_url" in options:
        arguments["endpoint_url"] = options["endpoint_url"]
        # Few servers other than AWS's have a host name for each bucket.
        arguments["config_kwargs"]["s3"] = {"addressing_style": "path"}
    if parts.username and parts.password:
        arguments |= {"key": unquote(parts.username), "secret": unquote(parts.password)}
    return arguments
