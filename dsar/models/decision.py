"""What the privacy team decided, by whom and why."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from dsar.models.request import SubjectRequest


class DecisionKind(models.TextChoices):
    APPROVE = "approve", _("Approved")
    RELEASE = "release", _("Released")
    DENY = "deny", _("Refused")
    ANSWER = "answer", _("Answered")
    RETRY = "retry", _("Tried again")
    LOOK_AGAIN = "look_again", _("Looked again")
    ASK = "ask", _("Asked the person")
    GO_ON = "go_on", _("Went on without an answer")
    EXTEND = "extend", _("Extended the law’s term")
    EXCEPTION = "exception", _("Released without a store")
    LIFT = "lift", _("Stop to be lifted")
    KEEP = "keep", _("Stop kept after all")


class Decision(models.Model):
    """`dataset` names the failed store that an exception is about; `second` is who confirmed it, where two decide."""

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=12, choices=DecisionKind.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    second = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True
    )
    at = models.DateTimeField()
    reason = models.TextField(blank=True)
    dataset = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["by", "at"], name="decision_by_at")]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject_request}"
