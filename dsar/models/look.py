"""How a tenant's portal looks and what it says in the company's own words."""

from __future__ import annotations

from django.db import models

from accounts.models import Tenant


class Logo(models.Model):
    """A logo that was taken in: always a PNG of our own making (dsar.actions.ruling.logos), never what was sent.

    None is deleted, so that a change of the logo can be undone.
    """

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="logos")
    sha256 = models.CharField(max_length=64)
    png = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "sha256"], name="logo_once")]

    def __str__(self) -> str:
        return f"logo {self.sha256[:8]} of {self.tenant}"


class TextName(models.TextChoices):
    """What a company says in its own words."""

    ACKNOWLEDGEMENT = "acknowledgement", "acknowledgement"
    CONTACT = "contact", "contact"
    AUTHORITY = "authority", "authority"
    IMPRINT = "imprint", "imprint"


class Look(models.Model):
    """`texts` maps names (TextName) to languages to words; `accent` is "" for the portal's own colour."""

    tenant = models.OneToOneField(Tenant, on_delete=models.CASCADE, related_name="look")
    texts = models.JSONField(default=dict, blank=True)
    accent = models.CharField(max_length=7, blank=True)
    logo = models.ForeignKey(Logo, on_delete=models.PROTECT, related_name="+", null=True, blank=True)

    def __str__(self) -> str:
        return f"look of {self.tenant}"

    def text(self, name: str, language: str) -> str:
        """Return the company's words in a language, else in the tenant's own, else ""."""
        words: dict[str, str] = self.texts.get(name, {})
        return words.get(language) or words.get(self.tenant.language, "")
