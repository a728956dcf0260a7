"""The only place that enqueues. The broker wakes workers; which step they take, the database says."""

from __future__ import annotations

from dsar import tasks

#: More wakes than this at once would only find nothing to do.
MOST_WAKES = 50


def wake_workers(count: int = 1) -> None:
    """Wake so many workers once the transaction commits. A lost wake is made good by the sweep."""
    for _ in range(min(count, MOST_WAKES)):
        tasks.run_step.delay_on_commit()
