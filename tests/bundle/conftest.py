from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import pytest

from dsar.bundle.manifest import Manifest
from dsar.bundle.signing import Signer
from dsar.bundle.write import write_bundle
from tests.bundle.builders import example


@dataclass(frozen=True)
class Packed:
    """A bundle as written, for tests that only read it: a PDF takes seconds, so it is made once."""

    data: bytes
    manifest: Manifest
    signer: Signer

    def read(self, name: str) -> bytes:
        return self.archive.read(name)

    @property
    def archive(self) -> zipfile.ZipFile:
        return zipfile.ZipFile(io.BytesIO(self.data))


@pytest.fixture(scope="session")
def packed() -> Packed:
    signer, out = Signer.generate(), io.BytesIO()
    manifest = write_bundle(out=out, contents=example(), signer=signer)
    return Packed(data=out.getvalue(), manifest=manifest, signer=signer)
