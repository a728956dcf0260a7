"""The words of each language, compiled when they are first needed: what is committed are the .po files alone.

Compiled catalogues lie in a folder that is named by the hash of all they were made of, so old ones are never read.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path


def compiled(source: Path, *, into: Path) -> Path:
    """Return a folder below `into` with a .mo beside each place of a .po in `source`; made unless it is there.

    Raises OSError where it cannot be written.
    """
    files = sorted(source.glob("*/LC_MESSAGES/*.po"))
    target = into / _fingerprint(files)
    if not target.is_dir():
        into.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".new-", dir=into))
        for file in files:
            _compile(file, staging / file.relative_to(source).with_suffix(".mo"))
        _put(staging, target)
    return target


def _fingerprint(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.parts[-3]}/{file.name}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:32]


def _compile(file: Path, target: Path) -> None:
    # Imported late: where everything is compiled nothing needs it.
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    with file.open("rb") as stream:
        catalogue = read_po(stream, locale=file.parts[-3])
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as stream:
        write_mo(stream, catalogue)


def _put(staging: Path, target: Path) -> None:
    """Give the folder its name, unless another process did it meanwhile."""
    staging.chmod(0o755)  # mkdtemp's folder is its maker's alone
    try:
        staging.replace(target)
    except OSError:
        if not target.is_dir():
            raise
        shutil.rmtree(staging)
