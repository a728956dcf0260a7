"""The people, browsers and requests of the views' tests: who attacks here signs in like everybody else."""

from tests.dsar.conftest import clock, now, outsider, reviewer, subject  # noqa: F401
from tests.dsar.views.conftest import (  # noqa: F401
    _hosts,
    ann,
    anonymous,
    enquiry,
    olga,
    otto,
    released,
    rita,
    tenant,
    waiting,
)
