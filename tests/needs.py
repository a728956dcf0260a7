"""What some tests need from the system, by their marker."""

from tools import programs

NEEDS = {"postgres": programs.POSTGRES, "browser": programs.CHROMIUM, "pdf": programs.PDF}
