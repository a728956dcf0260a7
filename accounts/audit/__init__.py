"""Who did what: ids and verbs, hash-chained, one chain a tenant, checkpoints outside the database.

Import it once the apps are loaded (it reaches the models); `register_verbs` is for AppConfig.ready.
"""

from accounts.audit.recording import (
    SYSTEM,
    Actor,
    AuditFactRefusedError,
    AuditOutsideTransactionError,
    AuditRaceError,
    Target,
    record,
    together,
)
from accounts.audit.verbs import UnknownVerbError, register_verbs
from accounts.models import AuditAppendOnlyError, AuditEvent

__all__ = [
    "SYSTEM",
    "Actor",
    "AuditAppendOnlyError",
    "AuditEvent",
    "AuditFactRefusedError",
    "AuditOutsideTransactionError",
    "AuditRaceError",
    "Target",
    "UnknownVerbError",
    "record",
    "register_verbs",
    "together",
]
