"""Bring what a target of the Makefile needs: Python packages into .venv, and system packages through apt.

    python3 -m tools.bootstrap runtime --need pdf          # must have, or exit 1 with a line of what to type
    python3 -m tools.bootstrap dev --wish pdf --wish postgres   # nice to have: tests say what they skipped

Standard library only: nothing is installed yet when it runs.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  # before the imports, which older versions cannot read
    sys.exit(f"Python 3.11 or later is needed; this is {sys.version.split()[0]}")

import argparse
import hashlib
import subprocess
import time
from pathlib import Path

from tools import apt, programs

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
RUNTIME = ("requirements.txt", "constraints.txt", "examples/macrosora/requirements.txt")
LISTS = {"runtime": RUNTIME, "dev": ("requirements-dev.txt", *RUNTIME)}
NEEDS = {
    "pdf": programs.PDF,
    "postgres": programs.POSTGRES,
    "mariadb": programs.MARIADB,
    "unpackers": programs.UNPACKERS,
    "browser": programs.CHROMIUM,
}


class MissingError(Exception):
    """Something is needed that only the person at the keyboard can bring; the message is what to type."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m tools.bootstrap", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("packages", choices=LISTS)
    parser.add_argument("--need", action="append", choices=NEEDS, default=[])
    parser.add_argument("--wish", action="append", choices=NEEDS, default=[])
    options = parser.parse_args(arguments)
    try:
        bring_packages(options.packages)
        bring_system([NEEDS[name] for name in options.need], required=True)
        bring_system([NEEDS[name] for name in options.wish], required=False)
    except MissingError as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


def bring_packages(packages: str) -> None:
    """Make .venv hold what the list `packages` pins. Does nothing where a stamp says that it does already."""
    stamp = VENV / f"holds-{packages}"
    wanted = _fingerprint(packages)
    if stamp.exists() and stamp.read_text(encoding="ascii") == wanted:
        return
    start = time.monotonic()
    _make_venv()
    print(f"Installing {LISTS[packages][0]} into .venv", flush=True)
    _run([*_installer(), "-r", str(ROOT / LISTS[packages][0])])
    for name in [packages, *(["runtime"] if packages == "dev" else [])]:
        (VENV / f"holds-{name}").write_text(_fingerprint(name), encoding="ascii")
    print(f"Installed in {time.monotonic() - start:.0f} s", flush=True)


def _fingerprint(packages: str) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for name in LISTS[packages]:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _make_venv() -> None:
    if (VENV / "bin" / "pip").exists():
        return
    bring_system([programs.VENV], required=True)
    print("Making .venv", flush=True)
    _run([sys.executable, "-m", "venv", "--clear", str(VENV)])


def _installer() -> list[str]:
    """Return the command that installs: uv, which takes seconds where pip takes half a minute, or pip itself."""
    python, uv = VENV / "bin" / "python", VENV / "bin" / "uv"
    if not uv.exists():
        quiet = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        if subprocess.run([*quiet, "uv"], check=False).returncode != 0:
            print("uv is not to be had: pip installs, which takes longer", flush=True)
            return quiet
    return [str(uv), "pip", "install", "--quiet", "--python", str(python)]


def _run(command: list[str]) -> None:
    if subprocess.run(command, check=False).returncode != 0:
        raise MissingError(f"This failed: {' '.join(command)}")


def bring_system(needs: list[programs.Need], *, required: bool) -> None:
    """Install the system packages of the needs that are missing, where apt may.

    Raises MissingError with one line of what to type, if they are required and cannot be brought.
    """
    for need in [need for need in needs if not need.present()]:
        apt.install(need.packages)
        if required and not need.present():
            raise MissingError(f"{need.name} must be installed first: {need.advice()}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
