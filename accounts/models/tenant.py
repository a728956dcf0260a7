"""A company that runs this portal; found by host name."""

from django.db import models


class Tenant(models.Model):
    """`slug` names the tenant's folder of data map and store addresses (settings.TENANTS_DIR)."""

    slug = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=200)
    contact_email = models.EmailField()
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=50, default="UTC")

    def __str__(self) -> str:
        return self.slug


class TenantHost(models.Model):
    """One host name that serves a tenant, lower case, without port."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="hosts")
    host = models.CharField(max_length=253, unique=True)

    def __str__(self) -> str:
        return self.host
