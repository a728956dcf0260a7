"""The repository's own promises: small files, nothing of one person's machine, a reason beside each dependency."""

import re
import subprocess
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
MOST_LINES = 400
LISTS = ("requirements.txt", "requirements-dev.txt", "examples/macrosora/requirements.txt", "constraints.txt")
# Homes, work folders and the registries that some company's machines are told to use.
FOREIGN = re.compile(
    r"(?<![\w.])/(?:work|home/\w+|Users/\w+)/|(?:pypi\.org|files\.pythonhosted|registry\.npmjs|deb\.debian)"
    r"|index-url\s*=|https?://[\w.-]*(?:artifact|nexus|registry)[\w.-]*"
)
TEXT = {".py", ".md", ".toml", ".txt", ".yml", ".yaml", ".html", ".css", ".js", ".json", ".sh", ""}


def tracked() -> Iterator[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return (ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file())


def requirements(name: str) -> list[str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith(("#", "-"))]


@pytest.mark.parametrize("name", LISTS)
def test_every_requirement_is_pinned_and_says_why(name: str) -> None:
    shape = re.compile(r"[a-z0-9-]+(\[[a-z0-9,-]+\])?==[0-9][\w.]*  # \S.*")
    assert [line for line in requirements(name) if not shape.fullmatch(line)] == []


def test_nothing_is_installed_that_is_not_pinned() -> None:
    pinned = {canonicalize_name(re.split(r"[=\[]", line)[0]) for name in LISTS for line in requirements(name)}
    installed = {canonicalize_name(found.metadata["Name"]) for found in distributions()}
    assert installed - pinned - {"pip", "setuptools", "uv", "wheel"} == set()


def test_no_python_file_is_too_long() -> None:
    python = (path for path in tracked() if path.suffix == ".py")
    assert [path.name for path in python if len(path.read_bytes().splitlines()) > MOST_LINES] == []


def test_no_file_names_somebodys_machine() -> None:
    own = Path(__file__)
    texts = (path for path in tracked() if path.suffix in TEXT and path != own)
    found = [
        (str(path.relative_to(ROOT)), hit.group()) for path in texts if (hit := FOREIGN.search(path.read_text("utf-8")))
    ]
    assert found == []


def test_every_target_has_help() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert phony is not None
    assert set(re.findall(r"^([a-z-]+):.*## \S", makefile, re.MULTILINE)) == set(phony.group(1).split())
    help_ = subprocess.run(["make", "help"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert all(f"make {target}" in help_ for target in phony.group(1).split())
