from django.apps import AppConfig


class PortalConfig(AppConfig):
    """The site itself: no models, only system checks."""

    name = "portal"

    def ready(self) -> None:
        from portal import checks  # noqa: F401  # registers itself, which the registry allows only now
