"""Dates and times where a language's own in Django are not what the portal's pages want (FORMAT_MODULE_PATH)."""
