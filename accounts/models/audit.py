"""The audit trail: ids, counts and codes, never personal values; hash-chained, one chain a tenant."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

from accounts.models.tenant import Tenant

NO_HASH = "0" * 64


class AuditAppendOnlyError(Exception):
    """Somebody tried to change or delete an audit event."""


class ActorKind(models.TextChoices):
    SUBJECT = "subject", "Person"
    STAFF = "staff", "Staff"
    SYSTEM = "system", "System"


class AuditEvent(models.Model):
    """One link of a tenant's chain. `hash` covers every other column but the key (accounts.audit.chain).

    `actor_id` and `target_id` are plain values: an event outlives the account and the thing it names.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="audit_events")
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    verb = models.CharField(max_length=64)
    actor_kind = models.CharField(max_length=10, choices=ActorKind.choices)
    actor_id = models.BigIntegerField(null=True, blank=True)
    target_type = models.CharField(max_length=40)
    target_id = models.CharField(max_length=64)
    facts = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "sequence"], name="audit_sequence_unique")]
        indexes = [
            models.Index(fields=["tenant", "target_type", "target_id"], name="audit_target"),
            models.Index(fields=["tenant", "verb", "sequence"], name="audit_verb"),
            models.Index(fields=["tenant", "actor_id", "sequence"], name="audit_actor"),
            models.Index(fields=["tenant", "at"], name="audit_at"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.sequence}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AuditAppendOnlyError("an audit event is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AuditAppendOnlyError("an audit event is never deleted")


class AuditChain(models.Model):
    """The head of a tenant's chain: how many events there are and the hash of the last one."""

    tenant = models.OneToOneField(Tenant, on_delete=models.PROTECT, related_name="audit_chain")
    count = models.PositiveBigIntegerField(default=0)
    head = models.CharField(max_length=64, default=NO_HASH)

    def __str__(self) -> str:
        return f"{self.count} events of {self.tenant}"


class AuditCut(models.Model):
    """That a tenant's chain begins at `first_kept`: the `events` before it, since the last cut, were past their time.

    `previous_hash` is the hash of the last event that went, which the first kept one follows; none that went is younger
    than `before`. The tenant's key has signed all of it (accounts.audit.cutting).
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="audit_cuts")
    first_kept = models.PositiveBigIntegerField()
    previous_hash = models.CharField(max_length=64)
    events = models.PositiveBigIntegerField()
    before = models.DateTimeField()
    at = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=128)

    class Meta:
        ordering = ["tenant", "first_kept"]
        constraints = [models.UniqueConstraint(fields=["tenant", "first_kept"], name="audit_cut_once")]

    def __str__(self) -> str:
        return f"cut before {self.first_kept} of {self.tenant}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise AuditAppendOnlyError("a cut of the audit trail is never changed")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise AuditAppendOnlyError("a cut of the audit trail is never deleted")
