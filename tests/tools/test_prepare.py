"""Static files are collected when one has changed, and only then."""

from pathlib import Path

from pytest_django import Settings

from tools import prepare


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
