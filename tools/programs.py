"""Which programs and system libraries this machine has, found by trying.

Standard library only, since it is asked before .venv is there.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

# The names by which WeasyPrint opens them on Linux.
PDF_LIBRARIES = (
    *("libgobject-2.0.so.0", "libpango-1.0.so.0", "libpangoft2-1.0.so.0"),
    *("libharfbuzz.so.0", "libharfbuzz-subset.so.0", "libfontconfig.so.1"),
)
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")


@dataclass(frozen=True, slots=True)
class Need:
    """Something the system must bring: what it is called, whether it is here, and Debian's packages of it."""

    name: str
    present: Callable[[], bool]
    packages: tuple[str, ...]

    def advice(self) -> str:
        return f"apt-get install --no-install-recommends {' '.join(self.packages)}"


def postgres_folder() -> Path | None:
    """Return the folder of PostgreSQL's server programs, the newest if there are several, or None."""
    beside = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else Path(beside).parent if beside else None


def mariadb_server() -> Path | None:
    """Return the path of MariaDB's server program, or None."""
    found = shutil.which("mariadbd") or shutil.which("mariadbd", path="/usr/sbin:/usr/local/sbin")
    return Path(found) if found else None


def chromium() -> str | None:
    """Return the path of a Chromium, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


def _opens(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_pdf_libraries() -> bool:
    return all(_opens(library) for library in PDF_LIBRARIES)


def _has_font() -> bool:
    folders = [Path(folder).expanduser() for folder in FONT_FOLDERS]
    return any(next(folder.rglob("*.[to]tf"), None) for folder in folders if folder.is_dir())


def _has_venv() -> bool:
    # Debian ships the venv module without what it needs; python3-venv brings that.
    return subprocess.run(["python3", "-c", "import ensurepip"], capture_output=True, check=False).returncode == 0


VENV = Need("python3-venv", _has_venv, ("python3-venv",))
PDF = Need(
    "Pango, HarfBuzz subset and a font",
    lambda: _has_pdf_libraries() and _has_font(),
    ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0", "fonts-dejavu-core"),
)
POSTGRES = Need("PostgreSQL", lambda: postgres_folder() is not None, ("postgresql",))
# Without mariadb-server, which would start one: the programs alone are wanted.
MARIADB = Need("MariaDB", lambda: mariadb_server() is not None, ("mariadb-server-core",))
UNPACKERS = Need(
    "unzip, 7z and bsdtar",
    lambda: all(map(shutil.which, ("unzip", "7z", "bsdtar"))),
    ("unzip", "p7zip-full", "libarchive-tools"),
)
CHROMIUM = Need("Chromium", lambda: chromium() is not None, ("chromium",))
