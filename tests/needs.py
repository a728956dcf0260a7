"""What some tests need from the system, by their marker."""

from tools import programs

NEEDS = {
    "postgres": programs.POSTGRES,
    "mariadb": programs.MARIADB,
    "browser": programs.CHROMIUM,
    "pdf": programs.PDF,
    "unpackers": programs.UNPACKERS,
}
