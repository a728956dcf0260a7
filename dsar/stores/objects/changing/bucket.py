"""Objects of S3: written anew in one request, only if the old one is still the one that was looked at.

A request that replaces an object is done as a whole or not at all, so a run that is killed leaves nothing behind.
Several objects are replaced one after the other.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import IO, Any
from urllib.parse import urlencode

from dsar.stores.base import StoreError
from dsar.stores.objects.changing.change import Change, one_by_one
from dsar.stores.objects.changing.rewriting import changed
from dsar.stores.objects.files import File, Files, translated

#: What one request may bring (S3's own bound); more would have to be sent in parts, which a killed run leaves behind.
_MOST_BYTES = 5 * 1024**3
#: What is said of an object beside its bytes, and is said of the new one, too.
_KEPT = (
    "CacheControl",
    "ContentDisposition",
    "ContentEncoding",
    "ContentLanguage",
    "ContentType",
    "Metadata",
    "SSEKMSKeyId",
    "ServerSideEncryption",
    "StorageClass",
)
#: What a server answers that does not know what it is asked.
_UNKNOWN = ("NotImplemented", "MethodNotAllowed")
_VERSIONED = (
    "the bucket keeps old versions of its objects, so that what is erased stays there; "
    "write `versions: delete` beside the store's address to delete those of objects that are changed"
)


class Bucket:
    def __init__(self, files: Files) -> None:
        self._files = files
        self._bucket = files.address("").partition("/")[0]
        self._keeps_versions: bool | None = None

    def stamp(self, file: File) -> str:
        with translated(file.path):
            if self._is_versioned() and not self._files.deletes_versions:
                raise StoreError(_VERSIONED, retry=False)
        if file.size > _MOST_BYTES:
            raise StoreError(f"{file.path}: is longer than S3 replaces at once ({_MOST_BYTES} bytes)", retry=False)
        return file.tag

    def scratch(self, file: File) -> AbstractContextManager[IO[bytes]]:
        with translated(file.path):
            self._tags(file)  # whether they may be read; whether an object may be written only writing tells
        return tempfile.TemporaryFile()

    @contextmanager
    def changing(self) -> Iterator[None]:
        yield

    def facts(self, file: File) -> dict[str, Any]:
        with translated(file.path):
            head: dict[str, Any] = self._call("head_object", file)
        return {"said": {name: head[name] for name in _KEPT if name in head}}

    def make(self, path: str, write: Callable[[IO[bytes]], None], facts: Mapping[str, Any], *, commits: bool) -> None:
        with translated(path), tempfile.TemporaryFile() as sink:
            write(sink)
            sink.seek(0)
            if commits:
                self._make(File(path, 0), sink, facts["said"])

    def _make(self, file: File, sink: IO[bytes], said: Mapping[str, Any]) -> None:
        try:
            self._call("put_object", file, IfNoneMatch="*", Body=sink, **said)
        except OSError as error:
            if _code(error) in ("PreconditionFailed", "ConditionalRequestConflict"):
                raise changed(file) from None
            raise

    def apply(self, changes: Sequence[Change]) -> None:
        for change in changes:
            with translated(change.file.path):
                self._head(change)
        one_by_one([partial(self._replace, change) for change in changes])

    def _replace(self, change: Change) -> None:
        with translated(change.file.path), tempfile.TemporaryFile() as sink:
            rewritten = change.rewrite(sink)
            sink.seek(0)
            head = self._head(change)
            if change.removes(rewritten):
                self._ask("delete_object", change)
                self._keep_folder(change)
                new = None
            else:
                kept = {name: head[name] for name in _KEPT if name in head} | self._tags(change.file)
                new = self._ask("put_object", change, Body=sink, **kept).get("VersionId", "null")
            if self._is_versioned():
                self._delete_versions(change, but=new)

    def _keep_folder(self, change: Change) -> None:
        """Leave a folder that is empty now, as on a disk: without it a collection would seem lost, not erased."""
        folder = change.source.pattern.folder
        if not self._files.list_some(folder):
            key = self._files.address(folder).partition("/")[2]
            self._files.system.call_s3("put_object", Bucket=self._bucket, Key=f"{key}/", Body=b"")

    def _head(self, change: Change) -> dict[str, Any]:
        """Return what is said of the object. Raises StoreError if it is another by now."""
        try:
            head: dict[str, Any] = self._call("head_object", change.file)
        except FileNotFoundError:
            raise changed(change.file) from None
        if head["ETag"] != change.stamp:
            raise changed(change.file)
        return head

    def _tags(self, file: File) -> dict[str, str]:
        try:
            found = self._call("get_object_tagging", file)["TagSet"]
        except OSError as error:
            if _code(error) not in _UNKNOWN:
                raise
            found = []  # a server that knows no tags
        return {"Tagging": urlencode({tag["Key"]: tag["Value"] for tag in found})} if found else {}

    def _ask(self, method: str, change: Change, **facts: Any) -> dict[str, Any]:
        """Change the object if it is the one that was looked at. Raises StoreError, OSError."""
        try:
            return self._call(method, change.file, IfMatch=change.stamp, **facts)
        except OSError as error:
            if _code(error) == "PreconditionFailed":
                raise changed(change.file) from None
            if _code(error) not in (*_UNKNOWN, "InvalidArgument"):
                raise
        # A server that knows no conditions: it was compared a moment ago.
        if "Body" in facts:
            facts["Body"].seek(0)
        return self._call(method, change.file, **facts)

    def _is_versioned(self) -> bool:
        if self._keeps_versions is None:
            try:
                found = self._files.system.call_s3("get_bucket_versioning", Bucket=self._bucket)
            except OSError as error:
                if _code(error) not in _UNKNOWN:
                    raise
                found = {}  # a server that knows no versions
            # One for which they were switched off keeps those from before.
            self._keeps_versions = "Status" in found
        return self._keeps_versions

    def _delete_versions(self, change: Change, *, but: str | None) -> None:
        """Delete every version of the object except the new one, and the marks of its deletion."""
        key, more = self._key(change.file), dict[str, Any]()
        while True:
            found = self._files.system.call_s3("list_object_versions", Bucket=self._bucket, Prefix=key, **more)
            for item in (*found.get("Versions", ()), *found.get("DeleteMarkers", ())):
                if item["Key"] == key and item["VersionId"] != but:
                    self._call("delete_object", change.file, VersionId=item["VersionId"])
            if not found.get("IsTruncated"):
                return
            more = {"KeyMarker": found["NextKeyMarker"], "VersionIdMarker": found["NextVersionIdMarker"]}

    def _call(self, method: str, file: File, **facts: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self._files.system.call_s3(method, Bucket=self._bucket, Key=self._key(file), **facts)
        return answer

    def _key(self, file: File) -> str:
        return self._files.address(file.path).partition("/")[2]


def _code(error: BaseException) -> str:
    """Return the service's own word for what went wrong."""
    response = getattr(error.__cause__, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))
