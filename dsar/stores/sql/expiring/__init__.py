"""Rows past their time in a SQL database: by one statement where it can tell them, else by what was read of each."""
