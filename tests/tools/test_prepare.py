"""Static files are collected when one has changed, and only then."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.servers import deaf_port
from tools import prepare

ROOT = Path(__file__).parents[2]


def test_a_changed_file_is_collected_and_an_unchanged_one_is_not(settings: Settings, tmp_path: Path) -> None:
    source, root = tmp_path / "source", tmp_path / "root"
    source.mkdir()
    settings.STATICFILES_DIRS, settings.STATIC_ROOT = [str(source)], str(root)
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    (source / "a.css").write_text("a {}", encoding="utf-8")
    prepare.collect_static()
    assert (root / "a.css").exists()
    (root / "a.css").unlink()
    prepare.collect_static()
    assert not (root / "a.css").exists()
    (source / "a.css").write_text("a { color: red }", encoding="utf-8")
    prepare.collect_static()
    assert (root / "a.css").read_text(encoding="utf-8") == "a { color: red }"


def slow(*values: str) -> object:
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("name", "url", "said"),
    [
        ("DATABASE_URL", "postgresql://127.0.0.1:{port}/portal", "port {port} failed: Connection refused"),
        slow("REDIS_URL", "redis://:hidden@127.0.0.1:{port}/0", "Connection refused"),
        slow("STORAGE_URL", "s3://k:hidden@b?endpoint_url=http://127.0.0.1:{port}", "EndpointConnectionError"),
        slow("STORAGE_URL", "ftp://hidden", "write file:///folder or s3://bucket/prefix"),
    ],
)
def test_what_does_not_answer_is_said_in_one_line(
    name: str, url: str, said: str, tmp_path: Path, redis_url: str
) -> None:
    port = str(deaf_port())
    (tmp_path / "storage").mkdir()
    environment = {**os.environ, "PORTAL_VAR": str(tmp_path), "REDIS_URL": redis_url, "PORTAL_TEST_VAR": ""}
    environment |= {"DJANGO_SETTINGS_MODULE": "portal.settings", name: url.format(port=port)}
    command = [sys.executable, "-m", "tools.prepare"]
    ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 1
    (line,) = ended.stderr.splitlines()
    assert line.startswith(f"{name} names something that cannot be used: ")
    assert said.format(port=port) in line
    assert "hidden" not in line
