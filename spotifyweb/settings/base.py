"""Settings that are the same on every install: apps, middleware, Celery, DRF, log lines.

The package takes them all and adds what depends on the environment.
"""

from typing import Any

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_celery_beat",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "csp",
    "spotifyweb",
    "spotifyweb.accounts",
    "spotifyweb.privacy",
    "spotifyweb.dashboards",
    "ingestion",
    "recommendations",
    "nowplaying",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "spotifyweb.middleware.GZipMiddleware",
    "spotifyweb.middleware.private_cache_control",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "spotifyweb.middleware.admin_timezone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "spotifyweb.middleware.WarehouseUnavailableMiddleware",
]
ROOT_URLCONF = "spotifyweb.urls"
ASGI_APPLICATION = "spotifyweb.asgi.application"
AUTH_USER_MODEL = "accounts.Listener"
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
LOGIN_URL, LOGIN_REDIRECT_URL = "/login/", "/"
LANGUAGE_CODE, USE_TZ, TIME_ZONE = "en-gb", True, "UTC"
USE_I18N = False  # no catalogue is searched for 200 texts a page, as there is only one language
FORMAT_MODULE_PATH = "spotifyweb.settings"  # 18:48, where Django's British English has 6:48 p.m.
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# Celery -------------------------------------------------------------------------------------------
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # for ever, like everything else here
CELERY_WORKER_HIJACK_ROOT_LOGGER = False  # LOGGING below is for workers too
CELERY_WORKER_CONSUMER = "spotifyweb.celery.worker:Consumer"
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 6 * 60 * 60,
    "polling_interval": 10,  # seconds that a wait for tasks lasts before it is asked for again
}
CELERY_BEAT_SCHEDULER = "spotifyweb.celery.beat:Scheduler"
TASK_QUEUES = ("ingest", "transform", "import", "now")  # docs/adr/0047: who works on which
CELERY_TASK_DEFAULT_QUEUE = "ingest"
CELERY_TASK_ROUTES = {
    "ingestion.import_history": {"queue": "import"},
    "nowplaying.*": {"queue": "now"},
    **{  # all that reads or writes the warehouse: with DuckDB it is a file of one host
        task: {"queue": "transform"}
        for task in (
            "ingestion.transform",
            "ingestion.compact",
            "ingestion.enrich",
            "ingestion.notify",
            "recommendations.*",
            "accounts.*",
        )
    },
}
CELERY_TIMEZONE = "UTC"

# API and log --------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "spotifyweb.accounts.api_tokens.ApiTokenAuthentication",  # first, so that nobody gets a 401
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["spotifyweb.accounts.api_tokens.HasScope"],
    "NUM_PROXIES": 0,  # the address is that of uvicorn, which knows the proxies that may name one
    "DEFAULT_THROTTLE_CLASSES": ["spotifyweb.accounts.api_tokens.ListenerThrottle"],
    "DEFAULT_SCHEMA_CLASS": "spotifyweb.dashboards.api.openapi.OperationSchema",
    "DEFAULT_PARSER_CLASSES": [
        "spotifyweb.body_limit.LimitedJSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "EXCEPTION_HANDLER": "spotifyweb.dashboards.api.errors.handle",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Liner",
    "DESCRIPTION": "Your listening statistics and recommendations, under the same filters.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/v1/",  # not a part of the names of operations
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "ENUM_NAME_OVERRIDES": {
        "CorrectionActionEnum": "spotifyweb.dashboards.models.Correction.Action",
        "ImportStatusEnum": "ingestion.models.HistoryImport.Status",
        "IntervalEnum": ["day", "week", "month"],
        "VerdictEnum": ["up", "down", "known", "hide"],
        "ShownVerdictEnum": ["up", "down", "known"],  # what is hidden is not recommended
    },
}

OTHER_LOG_LEVELS = ("DEBUG", "WARNING", "ERROR", "CRITICAL")
JSON_LINES = {"()": "spotifyweb.telemetry.logs.json_formatter"}
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s%(context_text)s"}
    },
    "filters": {
        "context": {"()": "spotifyweb.telemetry.logs.ContextFilter"},
        "refusals": {"()": "spotifyweb.telemetry.logs.RefusalFilter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["context", "refusals"],
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # spotipy and urllib3 print tokens and the client secret at DEBUG
        "spotipy": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        "uvicorn": {"propagate": True},  # it brings a handler of its own
        "uvicorn.error": {"level": "WARNING"},  # at INFO two lines for each page, from its socket
        # no line with an address, a code of Spotify's or a link's token for each request
        "uvicorn.access": {"handlers": [], "propagate": False},
        "apprise": {"level": "CRITICAL"},  # it prints whole addresses, with their tokens
    },
}
