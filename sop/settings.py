"""One settings file, twelve-factor: defaults work for development and refuse to start insecurely in production."""

from pathlib import Path
from typing import Any

import environ
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

# --- What runs where --------------------
DEBUG = env.bool("DEBUG", default=True)
DEVELOPMENT_KEY = "for-development-only-never-in-production-0123456789abcdef"
SECRET_KEY = env.str("SECRET_KEY", default=DEVELOPMENT_KEY)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
if not DEBUG and SECRET_KEY == DEVELOPMENT_KEY:
    raise ImproperlyConfigured("Set SECRET_KEY to a long random text: the development key is public.")
PORT = int(env.str("PORT", default="") or 8000)
EVENKEEL_DATA_DIR = Path(env.str("EVENKEEL_DATA_DIR", default=str(BASE_DIR / "var")))
TIME_ZONE = env.str("TIME_ZONE", default="UTC")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "sop",
    "forecasting",
    "planning",
    "reviews",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "sop.middleware.problems",
]
ROOT_URLCONF = "sop.urls"
ASGI_APPLICATION = "sop.asgi.application"
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
                "sop.context.shell",
            ],
        },
    }
]

# --- Storage --------------------
SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA busy_timeout=20000;"
    "PRAGMA mmap_size=268435456;PRAGMA cache_size=-65536"
)
DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db_url("DATABASE_URL", default=f"sqlite:///{EVENKEEL_DATA_DIR / 'evenkeel.sqlite3'}")
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE: a transaction that will write waits for its turn at the start instead of failing in the middle.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": SQLITE_PRAGMAS,
    }
    EVENKEEL_DATA_DIR.mkdir(parents=True, exist_ok=True)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Jobs: the database holds the truth, a message is only a nudge --------------------
REDIS_URL = env.str("REDIS_URL", default="")
# Memory needs no host, but kombu complains of a broker without one.
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 30
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# The visibility timeout must exceed the hard time limit, or a long shard would be handed out twice.
CELERY_BROKER_TRANSPORT_OPTIONS = (
    {
        "visibility_timeout": 600,
        "unacked_restore_interval": 10,
        "unacked_restore_throttle": 1,
        "socket_timeout": 10,
        "socket_connect_timeout": 3,
        "socket_keepalive": True,
    }
    if REDIS_URL
    else {}
)
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "sop.tasks.sweep", "schedule": env.float("SWEEP_SECONDS", default=10.0)},
    "remind": {"task": "reviews.tasks.remind", "schedule": env.float("REMIND_SECONDS", default=1_800.0)},
}
# Without a host no mail is sent; reminders are in the inbox all the same.
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="evenkeel@localhost")
# What the links in mails begin with.
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
SHARD_LEASE_SECONDS = env.float("SHARD_LEASE_SECONDS", default=60.0)
# A shard that nobody took is announced again after this long: its message may be lost, or only wait in a long queue.
SHARD_RESEND_SECONDS = env.float("SHARD_RESEND_SECONDS", default=30.0)
SHARD_ATTEMPTS = 5
# Whether the forecast may use the boosted model where LightGBM is installed and the model earned its place.
BOOSTED_FORECAST = env.bool("BOOSTED_FORECAST", default=True)
# Kind of job → the module whose `shards`, `work` and `finish` do it (see sop.actions.runs).
JOBS = {
    "forecast": "forecasting.actions.forecast_job",
    "cleansing": "forecasting.actions.cleansing_job",
    "second-opinion": "forecasting.actions.second_opinion_job",
    "supply": "planning.actions.supply_job",
    "capacity": "planning.actions.capacity_job",
    "scenario": "planning.actions.scenario_job",
    "judging": "planning.actions.judging_job",
}
SHELL_STAGES = "reviews.queries.shell_stages"
SHELL_COUNTS = "reviews.queries.shell_counts"
# What the search looks through: each takes the user and the text and answers a list of `sop.queries.search.Found`.
SEARCHES = [
    "sop.context.pages",
    "sop.queries.search.products",
    "sop.queries.search.families",
    "sop.queries.search.markets",
    "planning.queries.search.assumptions",
    "sop.queries.search.cycles",
]

# --- People --------------------
AUTH_USER_MODEL = "sop.User"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"

# --- Safety: https unless told otherwise in production --------------------
HTTPS = env.bool("HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^health/$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 2**20
UPLOAD_MAX_BYTES = 64 * 2**20

# --- Front end --------------------
STATIC_URL = "/static/"
STATIC_ROOT = EVENKEEL_DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "sop.staticfiles.NpmFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "sop.staticfiles.Storage"},
}
WHITENOISE_USE_FINDERS = DEBUG
# What never changes under its name: packages by their version, our own files by their hash.
WHITENOISE_IMMUTABLE_FILE_TEST = r"^/static/vendor/|\.[0-9a-f]{12}\.[^/]+$"
WHITENOISE_AUTOREFRESH = DEBUG
LANGUAGE_CODE = "en"
# A change of the sales plan by more than this share and this many units says why.
REASON_THRESHOLD_PERCENT = env.float("REASON_THRESHOLD_PERCENT", default=10)
REASON_THRESHOLD_UNITS = env.float("REASON_THRESHOLD_UNITS", default=10)
CURRENCY = env.str("CURRENCY", default="€")
# The month of a plan that its departments are judged by: 2 is the second one.
PLANNING_LAG = env.int("PLANNING_LAG", default=2)
USE_TZ = True
FORMAT_MODULE_PATH: list[str] = []

# --- REST --------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "sop.api.authentication.TokenAuthentication",
        "sop.api.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["sop.api.parsers.GzipJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "sop.api.pagination.CursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "sop.api.problems.handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Evenkeel",
    "DESCRIPTION": "Sales & Operations Planning: post sales actuals, read plans, maintain master data.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    # Choices that stand in several shapes need a name of their own.
    "ENUM_NAME_OVERRIDES": {"ProductChangeKind": "planning.models.assumptions.ProductChange.Kind"},
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    # Django's own handlers would write every line once more, and it would be louder than LOG_LEVEL says.
    "loggers": {"django": {"handlers": [], "level": "NOTSET"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
