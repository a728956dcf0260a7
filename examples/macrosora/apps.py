from django.apps import AppConfig


class MacrosoraConfig(AppConfig):
    """The demo platform's commands: seeding it, and saying who can sign in."""

    name = "examples.macrosora"
    label = "macrosora"
