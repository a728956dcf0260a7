"""Every address of the site."""

from django.urls import URLPattern, URLResolver, include, path

from portal.gallery import gallery
from portal.home import home

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("gallery", gallery, name="gallery"),
    path("accounts/", include("accounts.urls")),
    path("", include("dsar.urls")),
]

handler400 = "portal.errors.unreadable"
