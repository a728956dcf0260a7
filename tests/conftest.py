"""What every test shares: which tests this machine cannot run, said once and loudly, and no state between tests."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.core.management.commands import flush
from django.utils import translation
from hypothesis import HealthCheck, settings

from dsar.stores.sql.engines import dispose, get_engine
from dsar.tenantmap import own_store_url
from tests.needs import NEEDS

pytest_plugins = ["tests.servers"]

# A machine that does other work beside is no fault of a property.
settings.register_profile("portal", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("portal")


def pytest_xdist_auto_num_workers() -> int:
    """Return one more than there are processors: some tests wait for servers that say nothing."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, by name, what needs a program or library that this machine lacks.

    What MariaDB and the demo are asked is thorough: a server and a seeded platform for each worker take longer to make
    than most of their tests. What is slow stays that alone: a thorough run would take it along.
    """
    missing = {marker: need for marker, need in NEEDS.items() if not need.present()}
    for item in items:
        is_thorough = item.get_closest_marker("mariadb") or "examples" in item.path.parts
        if is_thorough and not item.get_closest_marker("slow"):
            item.add_marker(pytest.mark.thorough)
        for marker in missing.keys() & {mark.name for mark in item.iter_markers()}:
            item.add_marker(pytest.mark.skip(reason=f"needs {missing[marker].name}"))


def pytest_collection_finish() -> None:
    """Leave what is loaded by now out of every later collection: looking through it took a tenth of the whole run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reasons = Counter(str(report.longrepr[2]) for report in terminalreporter.stats.get("skipped", []))
    for need in NEEDS.values():
        if count := reasons[f"Skipped: needs {need.name}"]:
            line = f"NOT RUN: {count} tests need {need.name}: {need.advice()}"
            terminalreporter.write_line(line, red=True, bold=True)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skipped test fails the run: nobody reads the summary line there."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") == "true" and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """PostgreSQL drops no database that somebody reads, as the portal does: it is a store of its own data map."""
    with pytest.MonkeyPatch.context() as patch:
        # Django's own permissions, which nothing here asks for, would be written anew after every test: 50 ms each.
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_of_what: None)
        yield
    dispose(get_engine(own_store_url(), {}))


@pytest.fixture(autouse=True)
def _no_cached_counters() -> None:
    """One test's rate limits must not stop the next."""
    cache.clear()


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    """A page that one test asked for in French must not leave French to the next: a client's request does."""
    yield
    translation.deactivate()
