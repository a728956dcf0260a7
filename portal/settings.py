"""Settings, all from the environment; without any, the embedded demo (SQLite, local files, an embedded Valkey)."""

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF

from accounts.allauth_settings import *  # noqa: F403  # constants of accounts, kept beside what they rule
from portal import catalogues, logs
from portal.environment import broker_url, is_production, made_once, master_keys
from portal.schedule import beat_schedule

env = environ.Env()
PRODUCTION = is_production(os.environ)
BASE_DIR = Path(__file__).resolve().parent.parent

# Where things are kept. A tenant's folder is TENANTS_DIR/<slug>/ with datamap/*.yml and stores.yml.
VAR_DIR = Path(env.str("PORTAL_VAR", default=str(BASE_DIR / "var"))).resolve()
TENANTS_DIR = Path(env.str("TENANTS_DIR", default=str(VAR_DIR / "tenants")))
CHECKPOINT_DIR = Path(env.str("CHECKPOINT_DIR", default=str(VAR_DIR / "checkpoints")))
STORAGE_URL = env.str("STORAGE_URL", default=f"file://{VAR_DIR / 'storage'}")
# Outside of every database that is erased from, and never restored from a backup together with one.
DSAR_ERASURE_LEDGER = Path(env.str("DSAR_ERASURE_LEDGER", default=str(VAR_DIR / "ledger" / "erasures.jsonl")))
# Keys of what erasures took: destroyed when its time is over, so in no backup.
DSAR_RESTORATION_KEYS = Path(env.str("DSAR_RESTORATION_KEYS", default=str(VAR_DIR / "keys" / "restoration")))
DSAR_RESTORATION_HOURS = env.float("DSAR_RESTORATION_HOURS", default=72)
# Whether something else may write below that address, too: then folders that no request knows stay there.
STORAGE_SHARED = env.bool("STORAGE_SHARED", default="STORAGE_URL" in os.environ)
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6390/0")
DATABASE_URL = env.str("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'portal.sqlite3'}")
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",  # a deferred transaction that upgrades cannot wait its turn in WAL
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    # A connection serves several pages; conn_max_age in the address says otherwise.
    DATABASES["default"].setdefault("CONN_MAX_AGE", 60)  # seconds
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
CACHES = {
    # Counters of rate limits only, across tenants as accounts are: changing the host gains a stranger no tries.
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "portal",
        "KEY_FUNCTION": "portal.caching.hidden_key",
    },
}

# Keys. Master keys wrap the keys of bundles and stored files; the first is the current one.
SECRET_KEY = env.str("SECRET_KEY", default="") or made_once(VAR_DIR / "keys" / "secret.key", random_bytes=48)
PORTAL_MASTER_KEYS = master_keys(
    env.str("PORTAL_MASTER_KEY", default="") or made_once(VAR_DIR / "keys" / "master.key", random_bytes=32)
)

# The site.
DEBUG = False
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[".localhost", "127.0.0.1", "[::1]"])
PUBLIC_BASE_URL = env.str("PUBLIC_BASE_URL", default="http://localhost:8000")  # its host gives way to a tenant's own
DEFAULT_TENANT_SLUG = env.str("DEFAULT_TENANT_SLUG", default="" if PRODUCTION else "macrosora")  # at loopback hosts
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",  # allauth's page of sessions speaks of "two hours ago"
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "portal",
    "accounts",
    "dsar",
]
if not PRODUCTION and (BASE_DIR / "examples" / "macrosora" / "apps.py").exists():
    INSTALLED_APPS.append("examples.macrosora")
MIDDLEWARE = [
    "portal.health.health",
    "portal.middleware.access_log",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.headers",
    "csp.middleware.CSPMiddleware",
    "accounts.tenancy.TenantMiddleware",
    "portal.middleware.own_words",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.languages.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.typed.middleware.KeepTyped",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "portal.errors.Misconfigured",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # an email is unique by a constraint on its lower case
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024  # bytes of a form; no form of ours needs a hundredth of it
#: A file that is sent stays in memory until it is encrypted: what is larger is not read at all.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 5_100_000  # bytes of the whole request: a file of 5 MB, and the words beside it
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200
DATA_UPLOAD_MAX_NUMBER_FILES = 20  # more than any form takes: the form says so, and keeps what was typed

# After an address was replaced the old one may stop it, and what is private waits.
EMAIL_CHANGE_HOURS = env.float("EMAIL_CHANGE_HOURS", default=72)
LOGIN_REDIRECT_URL = "/"  # the home page shows a person their requests and the team the way to its desk
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

# Languages: those the portal is written in, each by its own name (docs/decisions/0036-six-languages.md).
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("de", "Deutsch"),
    ("fr", "Français"),
    ("es", "Español"),
    ("it", "Italiano"),
    ("pt-br", "Português"),
]
CATALOGUE_DIR = Path(env.str("CATALOGUE_DIR", str(VAR_DIR / "locale")))
#: The words of the portal, and names of days and months where Django's own are not as a language writes them.
LOCALE_PATHS = [
    catalogues.compiled(folder, into=CATALOGUE_DIR) for folder in (BASE_DIR / "locale", BASE_DIR / "portal" / "names")
]
FORMAT_MODULE_PATH = ["portal.formats"]
LANGUAGE_COOKIE_HTTPONLY = True
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# Static files.
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [path for path in [BASE_DIR / "static"] if path.is_dir()]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Mail.
_EMAIL = env.email("EMAIL_URL", default="smtp://127.0.0.1:1025")
EMAIL_BACKEND = _EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = _EMAIL["EMAIL_HOST"]
EMAIL_PORT = _EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER = _EMAIL["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = _EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = _EMAIL.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="privacy@localhost")

# Celery: the broker only wakes workers, so it keeps no results and takes nothing but JSON.
CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_TIMEOUT = 5  # seconds
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,  # seconds; longer than any task may run, or its message would be delivered twice
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 5,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 25,
}
CELERY_TASK_PUBLISH_RETRY = False  # a page must not wait for a broker that is away: the sweep wakes workers later
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SOFT_TIME_LIMIT = 3000  # seconds
CELERY_TASK_TIME_LIMIT = 3300
CELERY_TASK_DEFAULT_QUEUE = "portal"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TIMEZONE = "UTC"
CELERY_DB_REUSE_MAX = 1_000_000  # or Celery would connect anew for every task: portal.celery drops what is broken
REPORT_PDF = env.bool("REPORT_PDF", default=True)  # whether bundles hold report.pdf; setting it costs most of a bundle
STEP_LEASE_SECONDS = env.float("STEP_LEASE_SECONDS", default=120)  # a worker that is silent so long lost its step
PAYLOAD_DAYS = env.int("PAYLOAD_DAYS", default=90)  # texts of closed requests; 90 at most (portal.E008)
CELERY_BEAT_SCHEDULE = beat_schedule(sweep_seconds=env.float("SWEEP_SECONDS", default=10))
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat" / "schedule")

LOGGING = logs.config(level=env.str("LOG_LEVEL", default="INFO"))

# What a browser is told.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],  # the QR code of a second factor, which must not be fetched or stored
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}
SECURE_REFERRER_POLICY = "same-origin"  # not no-referrer: over HTTPS the CSRF check reads the referrer
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600  # seconds
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "accounts.typed.refused.csrf_failure"
CSRF_COOKIE_SAMESITE = "Lax"

# Proxies in front of the portal that are trusted to say who asks and over which scheme.
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1 if PRODUCTION else 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"  # the prefix binds a cookie to one host and HTTPS (RFC 6265bis)
    CSRF_COOKIE_NAME = "__Host-csrf"
