"""A tenant's own rules, words and look are set; every change stays in the history."""

from dsar.actions.ruling.changing import SettingsChangedError, change, set_rules, undo

__all__ = ["SettingsChangedError", "change", "set_rules", "undo"]
