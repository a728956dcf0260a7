"""What the person and the privacy team write to each other about a request."""

from django.conf import settings
from django.db import models

from dsar.models.clock import ClockPause
from dsar.models.request import SubjectRequest


class Message(models.Model):
    """Plain text of one side: the team's where `is_from_team`, by the member `by`; else the person's.

    `read_at` is when the other side first had it on a page. `token` is made once a form: sent twice it is one message.
    """

    subject_request = models.ForeignKey(SubjectRequest, on_delete=models.CASCADE, related_name="messages")
    is_from_team = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    text = models.TextField()
    token = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["sent_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["subject_request", "token"], name="message_sent_once"),
        ]

    def __str__(self) -> str:
        return f"message on {self.subject_request}"


class Attachment(models.Model):
    """A file that came with a message: its kind (pdf, png, jpg), and where it lies, encrypted with the request's key.

    What it was called is not kept: people write their names into the names of files.
    """

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    kind = models.CharField(max_length=4)
    path = models.CharField(max_length=200)
    bytes = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.kind} of {self.message}"


class Clarification(models.Model):
    """A question of the team that the person owes an answer to. It lasts as long as its `pause`.

    `end` says how that ended; "" while it lasts, and where the request was closed meanwhile. `reminders` were mailed.
    """

    class End(models.TextChoices):
        ANSWERED = "answered", "Answered"
        UNANSWERED = "unanswered", "Unanswered"
        NOT_AWAITED = "not_awaited", "Not awaited"

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="clarification")
    pause = models.OneToOneField(ClockPause, on_delete=models.CASCADE, related_name="clarification")
    end = models.CharField(max_length=12, choices=End.choices, blank=True)
    reminders = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return f"question in {self.message}"

    @property
    def is_open(self) -> bool:
        return self.pause.ended_at is None
