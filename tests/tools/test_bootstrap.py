"""What is missing is brought, or said in one line."""

import pytest

from tools import apt, bootstrap
from tools.programs import Need


def test_what_is_there_is_not_installed_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "_as_root", lambda: pytest.fail("asked to become root"))
    bootstrap.bring_system([Need("Python", lambda: True, ("python3",))], required=True)


def test_what_cannot_be_brought_is_one_line_of_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "_as_root", lambda: None)
    need = Need("Pango", lambda: False, ("libpango-1.0-0", "fonts-dejavu-core"))
    expected = r"^Pango must be installed first: apt-get install .*libpango-1\.0-0 fonts-dejavu-core$"
    with pytest.raises(bootstrap.MissingError, match=expected):
        bootstrap.bring_system([need], required=True)


def test_what_is_only_wished_for_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apt, "_as_root", lambda: None)
    bootstrap.bring_system([Need("PostgreSQL", lambda: False, ("postgresql",))], required=False)


def test_a_change_of_the_lists_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    before = bootstrap._fingerprint("dev")
    assert before != bootstrap._fingerprint("runtime")
    monkeypatch.setattr(bootstrap, "LISTS", {"dev": bootstrap.RUNTIME})
    assert bootstrap._fingerprint("dev") != before
