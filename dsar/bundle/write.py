"""Writes a bundle: the one function that delivery calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from dsar.bundle import manifest as manifests
from dsar.bundle.archive import Archive
from dsar.bundle.check import check_complete
from dsar.bundle.contents import BundleContents
from dsar.bundle.manifest import Manifest
from dsar.bundle.names import data_files
from dsar.bundle.rows import write_rows
from dsar.bundle.signing import Signer
from dsar.bundle.survey import survey


def write_bundle(
    *, out: BinaryIO, contents: BundleContents, signer: Signer, progress: Callable[[str], None] | None = None
) -> Manifest:
    """Write the ZIP to `out` (which need not be seekable) and return its signed manifest."""
    check_complete(contents)
    files = data_files(contents.data_map)
    with Archive(out=out, modified_at=contents.prepared_at) as archive:
        for store in contents.stores:
            for item in store.collections:
                if item.rows:
                    write_rows(archive=archive, survey=survey(item, keep=0), files=files[item.collection.key])
        signed = manifests.sign(contents=contents, entries=archive.entries, files=files, signer=signer)
        archive.add(manifests.NAME, signed.content)
        archive.add(manifests.SIGNATURE_NAME, manifests.signature_file(signed))
    return signed
