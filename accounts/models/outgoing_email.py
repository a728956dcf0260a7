"""One message that is to be sent, or was. Written in the transaction that causes it, sent by a task."""

from django.db import models
from django.db.models import Q

from accounts.models.tenant import Tenant


class OutgoingEmail(models.Model):
    """`kind` names the message ("login_code"); `tenant` is null for one of no tenant.

    `to`, `subject`, the bodies and `headers` are blank once it was sent or refused: codes and names do
    not stay. `claim` and `claimed_until` hold the lease of the sender that is at it. `essential` marks
    what a person gets whatever they opted out of (codes, answers the law asks for).
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, null=True, blank=True, related_name="emails")
    kind = models.CharField(max_length=64)
    to = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=400, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict, blank=True)
    essential = models.BooleanField(default=True)
    message_id = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField()
    due_at = models.DateTimeField()
    claim = models.CharField(max_length=32, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)
    refused_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(refused_at__isnull=True), name="email_sent_or_refused"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="email_due", condition=Q(sent_at__isnull=True, refused_at__isnull=True)
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
