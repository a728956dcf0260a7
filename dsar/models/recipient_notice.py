"""Whom the data had been passed to, and who is told of what became of it (GDPR Article 19)."""

from django.db import models

from accounts.models import OutgoingEmail
from dsar.models.choices import NoticeChannel, NoticeKind
from dsar.models.request import SubjectRequest


class RecipientNotice(models.Model):
    """One recipient of one system, as the data map named them at that moment; `kind` is what they are told of.

    `purposes`: of a stop, what stops or does no more, as dsar.models.Restriction has it; it may be told in parts.

    `error` is why the last attempt failed; `left_out` says what they are not told, and why, in words for the team.

    `body` is what a webhook is sent, in bytes that never change; it may hold what the recipient knows the person by,
    and what was corrected, and is "" once it was sent or given up. `due_at` is when it is tried next, None for an
    email, which the outbox sends, and when nothing is to be done any more. `token_hash` is of the token in an email's
    link, "" for a webhook.
    """

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="recipient_notices")
    kind = models.CharField(max_length=20, choices=NoticeKind.choices)
    system = models.CharField(max_length=200)
    name = models.CharField(max_length=200)
    purposes = models.JSONField(default=list, blank=True)
    channel = models.CharField(max_length=10, choices=NoticeChannel.choices)
    queued_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)
    receipt_at = models.DateTimeField(null=True, blank=True)
    given_up_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=200, blank=True)
    left_out = models.CharField(max_length=200, blank=True)
    body = models.TextField(blank=True)
    email = models.ForeignKey(OutgoingEmail, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    token_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_request", "kind", "system", "name"],
                condition=~models.Q(kind__in=[NoticeKind.RESTRICTION, NoticeKind.RESTRICTION_LIFTED]),
                name="recipient_told_once",
            ),
            models.UniqueConstraint(
                fields=["token_hash"], condition=~models.Q(token_hash=""), name="receipt_token_of_one_notice"
            ),
            models.CheckConstraint(
                name="settled_notice_holds_nothing",
                condition=models.Q(told_at__isnull=True, given_up_at__isnull=True)
                | models.Q(body="", due_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], name="notice_due", condition=models.Q(due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"{self.name} about {self.subject_request}"
