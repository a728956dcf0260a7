"""Purge what is past its time, by the data map and by what each person has chosen: report it, delete it. Pure."""
