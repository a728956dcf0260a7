"""Somebody who files a request in another person's name, and what shows that they may."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from dsar.models.request import SubjectRequest


class AgentAuthority(models.Model):
    """By whom a request was filed for somebody else. The agent is no identity of it: nothing is searched by theirs.

    `proof_path`, `proof_kind` and `proof_sha256` name the signed permission in storage, encrypted with the request's
    key, "" where there is none (any more: it is deleted once it is decided). `confirmed_at`: the person themself said
    yes by a mailed link. `decided_at`, `decided_by`, `is_accepted` and `reason` are the team's word on the permission.
    `wants_copy`: the agent asks for the bundle; `copy_allowed`: the person, or their permission, says so; only with
    `copy_accepted`, the team's word on that, does the agent get it.
    """

    subject_request = models.OneToOneField(SubjectRequest, on_delete=models.CASCADE, related_name="agent")
    name = models.CharField(max_length=200, blank=True)
    organisation = models.CharField(max_length=200, blank=True)
    email = models.EmailField(max_length=254, blank=True)
    proof_path = models.CharField(max_length=200, blank=True)
    proof_kind = models.CharField(max_length=4, blank=True)
    proof_sha256 = models.CharField(max_length=64, blank=True)
    wants_copy = models.BooleanField(default=False)
    copy_allowed = models.BooleanField(default=False)
    copy_accepted = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    is_accepted = models.BooleanField(default=False)
    reason = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "agent authorities"
        constraints = [
            models.CheckConstraint(
                name="authority_decided_by_somebody",
                condition=models.Q(decided_at__isnull=True, is_accepted=False)
                | models.Q(decided_at__isnull=False, decided_by__isnull=False),
            ),
            models.CheckConstraint(
                name="agent_copy_wanted_and_allowed",
                condition=models.Q(copy_accepted=False) | models.Q(wants_copy=True, copy_allowed=True),
            ),
        ]

    def __str__(self) -> str:
        return f"agent of {self.subject_request}"

    @property
    def is_for_the_team(self) -> bool:
        """Whether the team has a permission to look at."""
        return self.decided_at is None and self.confirmed_at is None and bool(self.proof_path)
