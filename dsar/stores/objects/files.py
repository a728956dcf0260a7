"""The files behind an address: one interface for this machine's and for S3's."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

import fsspec
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError

from dsar.stores.base import StoreConfigError, StoreError
from dsar.stores.objects.local import LocalFiles
from dsar.stores.objects.own import is_own
from dsar.stores.sources import check_options

#: endpoint_url, region, key, secret, token, anon: of S3; without key and secret the machine's own credentials.
#: versions ("delete"): an erasure deletes old versions of the objects that it changes, too.
OPTIONS = frozenset({"endpoint_url", "region", "key", "secret", "token", "anon", "versions"})
_READ_AHEAD = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True, order=True)
class File:
    """A file as it was listed: its path below the store's address, and its size in bytes.

    `written_at`: when the store last wrote to it or put it there (seconds since 1970), whatever its writer says of it.
    """

    path: str
    size: int
    tag: str = field(default="", compare=False)  # an object's ETag; a file of this machine has none
    written_at: float = field(default=0.0, compare=False)

    @property
    def is_compressed(self) -> bool:
        """Whether it is compressed as a whole: what is appended to such a file cannot be told from what was there."""
        return self.path.endswith((".gz", ".zst"))


class Files:
    """Lists and opens files below one address. Safe to use from several threads."""

    def __init__(self, url: str, options: Mapping[str, Any]) -> None:
        check_options("objects", options, OPTIONS)
        parts = urlsplit(url)
        self._root = _root(parts.scheme, parts.netloc, unquote(parts.path))
        self.system = _system(parts.scheme, options)
        self.is_local = parts.scheme == "file"
        self.deletes_versions = _deletes_versions(options)

    def names(self, folder: str) -> list[str]:
        """Return the names directly in a folder ("" is the root), sorted. Raises StoreError."""
        with translated(folder or "the store's address"):
            names = {str(path).rstrip("/").rpartition("/")[2] for path in self.system.ls(self.address(folder), False)}
        return sorted(name for name in names if not is_own(name))

    def find(self, folder: str) -> list[File]:
        """Return every file below a folder, sorted by path. Raises StoreError."""
        with translated(folder):
            found = self.system.find(self.address(folder), detail=True)
        cut = len(self._root) + 1
        files = ((str(path), info) for path, info in found.items() if not is_own(str(path)))
        return sorted(File(path[cut:], info["size"], info.get("ETag", ""), _written_at(info)) for path, info in files)

    def is_emptied(self, folder: str) -> bool:
        """Whether a folder without files is there all the same; of the store itself that cannot be told.

        An empty store may be a disk that is not mounted. In S3 a folder is there if an object is named as it. Raises
        StoreError.
        """
        with translated(folder):
            if self.is_local:
                return bool(folder) and os.path.isdir(self.address(folder))  # noqa: PTH112 - it is text as elsewhere
            return bool(self.list_some(folder))

    def list_some(self, folder: str) -> list[str]:
        """Return the key of an object of S3 in a folder, or that is named as it; none if there is none."""
        bucket, _, key = self.address(folder).partition("/")
        found = self.system.call_s3("list_objects_v2", Bucket=bucket, Prefix=f"{key}/" if key else "", MaxKeys=1)
        return [item["Key"] for item in found.get("Contents", ())]

    @contextmanager
    def open(self, file: File, *, in_pieces: bool = False) -> Iterator[IO[bytes]]:
        """Open a file as it was listed. Raises StoreError (for retry) if it has gone or was replaced by another.

        `in_pieces`: the reader jumps and knows how much it wants each time, so that nothing is fetched ahead.
        """
        how = {"cache_type": "none"} if in_pieces else {"block_size": _READ_AHEAD}
        with translated(file.path), self.system.open(self.address(file.path), "rb", **how) as handle:
            if handle.size < file.size or (handle.size > file.size and not self.may_grow(file)):
                raise StoreError(f"{file.path}: changed while it was read", retry=True)
            yield handle

    @property
    def folder(self) -> Path | None:
        """The folder of this machine in which the files lie; None where they lie elsewhere."""
        return Path(self._root) if self.is_local else None

    def may_grow(self, file: File) -> bool:
        """Whether its end may be in the middle of what is being appended; an object of a store is there as a whole."""
        return self.is_local and not file.is_compressed

    def address(self, path: str) -> str:
        """Return a path below the store's address as the file system knows it."""
        return f"{self._root}/{path}" if path else self._root


@contextmanager
def translated(path: str) -> Iterator[None]:
    """Raise what a file system raises as StoreError; a file that has gone may be listed anew."""
    try:
        yield
    except FileNotFoundError as error:
        raise StoreError(f"{path}: there is nothing here", retry=True) from error
    except PermissionError as error:
        raise StoreError(f"{path}: access is denied", retry=False) from error
    except NoCredentialsError as error:
        raise StoreError(
            f"{path}: no credentials are given (AWS_ACCESS_KEY_ID, AWS_PROFILE, …)", retry=False
        ) from error
    except (OSError, BotoCoreError, ClientError) as error:
        raise StoreError(f"{path}: {type(error).__name__}", retry=True) from error


def _written_at(info: Mapping[str, Any]) -> float:
    """Return when a file was put there, 0.0 where that is not told."""
    told = info.get("LastModified", info.get("changed"))
    return float(told.timestamp() if isinstance(told, datetime) else told or 0.0)


def _root(scheme: str, host: str, path: str) -> str:
    if scheme == "file" and not host and path.startswith("/"):
        return path.rstrip("/") or "/."
    if scheme == "s3" and host:
        return f"{host}{path}".rstrip("/")
    raise StoreConfigError("not an address of files: write file:///folder or s3://bucket/folder")


def _deletes_versions(options: Mapping[str, Any]) -> bool:
    if "versions" in options and options["versions"] != "delete":
        raise StoreConfigError(
            "option 'versions' must be 'delete'; without it a bucket with versions is not erased from"
        )
    return "versions" in options


def _system(scheme: str, options: Mapping[str, Any]) -> Any:
    """Return the file system, called as fsspec's are."""
    if scheme != "file":
        return fsspec.filesystem(scheme, **_arguments(options))
    if options:
        raise StoreConfigError("files of this machine take no options")
    return LocalFiles()


def _arguments(options: Mapping[str, Any]) -> dict[str, Any]:
    client = {name: options[option] for option, name in _CLIENT_ARGUMENTS.items() if option in options}
    given = {name: options[name] for name in ("key", "secret", "token", "anon") if name in options}
    return {
        **given,
        "client_kwargs": client,
        "config_kwargs": {"retries": {"max_attempts": 2}, "connect_timeout": 10, "read_timeout": 60},
        # A listing kept from an earlier snapshot would hide files written since.
        "use_listings_cache": False,
    }


_CLIENT_ARGUMENTS = {"endpoint_url": "endpoint_url", "region": "region_name"}
