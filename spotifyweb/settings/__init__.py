"""Every setting, and the only module that reads the environment. `.env.example` explains each.

What no environment changes stands in `base.py`.

With nothing set, one machine runs it all: SQLite, an embedded Valkey, a lake on disk, DuckDB, and
the sandbox in Spotify's place.
"""

import os
from dataclasses import asdict
from pathlib import Path
from urllib.parse import quote, urlsplit

from redis.backoff import ExponentialBackoff
from redis.retry import Retry

from nowplaying.poll_interval import PollIntervals
from recommendations.parameters import Parameters
from spotifyweb import env
from spotifyweb.eventlog.kafka_properties import hosts
from spotifyweb.settings import base
from spotifyweb.settings.base import *  # noqa: F403
from spotifyweb.valkey import address
from spotifyweb.warehouse.snowflake_login import SnowflakeLogin

BASE_DIR = Path(__file__).resolve().parents[2]
env.load_env_file(env.file("ENV_FILE", BASE_DIR / ".env"))

DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / "var"))).resolve()
env.private_folder(DATA_DIR)  # sessions and plays lie in it
if not os.access(DATA_DIR, os.W_OK | os.X_OK):
    _HINT = f"this user may not write there: chown -R {os.geteuid()}:{os.getegid()} {DATA_DIR}"
    raise env.invalid_value("DATA_DIR", str(DATA_DIR), _HINT)
_DATA_PATH = quote(DATA_DIR.as_posix())  # of an URL

DEBUG = env.flag("DEBUG", False)
DATABASE_URL = env.text("DATABASE_URL", f"sqlite:///{_DATA_PATH}/db.sqlite3")
_KEYS = DATA_DIR / "keys.env"
_DEMAND = "" if DATABASE_URL.startswith("sqlite") else "{}"  # a server may have other hosts
SECRET_KEY = env.stored_secret("SECRET_KEY", _KEYS, size=48, demand=_DEMAND.format("SECRET_KEY"))
TOKEN_KEYS = env.words("TOKEN_KEYS") or [
    env.stored_secret("TOKEN_KEY", _KEYS, demand=_DEMAND.format("TOKEN_KEYS"))
]

# Where the web answers ----------------------------------------------------------------------------
WEB_HOST = env.text("WEB_HOST", "127.0.0.1")
WEB_PORT = env.integer("WEB_PORT", 8000, at_least=1)
SITE_URL = env.url("SITE_URL", f"http://127.0.0.1:{WEB_PORT}", schemes={"http", "https"})
SITE_URL = SITE_URL.rstrip("/")  # addresses are appended to it, and origins have none
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
ALLOWED_HOSTS.append("127.0.0.1")  # health checks of the host itself, whatever names it has outside
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", SITE_URL)
CSRF_FAILURE_VIEW = "spotifyweb.dashboards.api.errors.csrf_failure"
BEHIND_HTTPS = SITE_URL.startswith("https://")
if BEHIND_HTTPS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 31_536_000
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # HSTS for subdomains: those of the host's owner are not ours to decide on
    "security.W021",  # HSTS preload: the same
    "security.W008",  # the proxy redirects to https; health checks of this host come without it
]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = BEHIND_HTTPS
SESSION_COOKIE_AGE = 60 * 60 * 24 * 90
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# No inline script or style anywhere; covers are shown from where Spotify keeps them.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "https://i.scdn.co", "https://*.scdn.co"],
        "connect-src": ["'self'"],
        "frame-src": ["https://open.spotify.com"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# Spotify ------------------------------------------------------------------------------------------
SPOTIFY_CLIENT_ID = env.text("SPOTIFY_CLIENT_ID")
SANDBOX = env.flag("SANDBOX", False) or not SPOTIFY_CLIENT_ID
SANDBOX_PORT = env.integer("SANDBOX_PORT", 8089, at_least=1)
SANDBOX_DEMO_DAYS = env.integer("SANDBOX_DEMO_DAYS", 180)  # invented history; 0 for none
SANDBOX_HOST = env.text("SANDBOX_HOST", "127.0.0.1")  # where it listens
SANDBOX_URL = env.url(  # where browsers and processes find it
    "SANDBOX_URL", f"http://127.0.0.1:{SANDBOX_PORT}", schemes={"http", "https"}
)
SPOTIFY_CLIENT_ID = SPOTIFY_CLIENT_ID or "sandbox-client"
SPOTIFY_CLIENT_SECRET = env.text("SPOTIFY_CLIENT_SECRET", "sandbox-secret" if SANDBOX else "")
SPOTIFY_REDIRECT_URI = env.text("SPOTIFY_REDIRECT_URI", f"{SITE_URL}/callback/")
SPOTIFY_ACCOUNTS_URL = env.url(
    "SPOTIFY_ACCOUNTS_URL",
    f"{SANDBOX_URL}/accounts" if SANDBOX else "https://accounts.spotify.com",
    schemes={"http", "https"},
)
SPOTIFY_API_URL = env.url(
    "SPOTIFY_API_URL",
    f"{SANDBOX_URL}/v1/" if SANDBOX else "https://api.spotify.com/v1/",
    schemes={"http", "https"},
)
_URLS = [urlsplit(url) for url in (SPOTIFY_ACCOUNTS_URL, SPOTIFY_API_URL)]
_HOSTS = sorted({f"{url.scheme}://{url.netloc}" for url in _URLS})
CONTENT_SECURITY_POLICY["DIRECTIVES"]["form-action"] += _HOSTS  # the login form leads there
if SANDBOX:
    CONTENT_SECURITY_POLICY["DIRECTIVES"]["img-src"] += _HOSTS
SPOTIFY_ALLOWED_LISTENERS = env.words("SPOTIFY_ALLOWED_LISTENERS")  # ids at Spotify, or *
SPOTIFY_DAILY_CALLS = env.integer("SPOTIFY_DAILY_CALLS", 20_000, at_least=100)
SPOTIFY_DAILY_CATALOGUE_CALLS = env.integer("SPOTIFY_DAILY_CATALOGUE_CALLS", 300)
SPOTIFY_DAILY_ARTIST_ALBUMS_CALLS = env.integer("SPOTIFY_DAILY_ARTIST_ALBUMS_CALLS", 30)
SPOTIFY_DAILY_LISTENER_CALLS = env.integer("SPOTIFY_DAILY_LISTENER_CALLS", 8_000, at_least=100)

# Engines ------------------------------------------------------------------------------------------
VALKEY_PORT = env.integer("VALKEY_PORT", 6390, at_least=1)
EMBEDDED_VALKEY = not env.text("REDIS_URL")  # nobody names one: this machine brings its own
VALKEY_PASSWORD = env.stored_secret("VALKEY_PASSWORD", _KEYS) if EMBEDDED_VALKEY else ""
REDIS_URL = env.url(
    "REDIS_URL",
    f"redis://:{quote(VALKEY_PASSWORD, safe='')}@127.0.0.1:{VALKEY_PORT}/0",
    schemes=address.PLAIN | address.WITH_SENTINELS,
)
REDIS_URL = env.with_authority(REDIS_URL, env.text("REDIS_CA_FILE"))
env.verify_sentinels("REDIS_URL", REDIS_URL)
KAFKA = env.by_prefix("KAFKA_")  # librdkafka's properties by name (docs/adr/0044)
_SERVERS = hosts(env.text("KAFKA_BOOTSTRAP_SERVERS"))
EVENT_LOG_URL = env.url(
    "EVENT_LOG_URL",
    f"kafka://{_SERVERS}" if _SERVERS else REDIS_URL,
    schemes={"redis", "rediss", "kafka"} | address.WITH_SENTINELS,
)
env.verify_sentinels("EVENT_LOG_URL", EVENT_LOG_URL)
EVENT_LOG_TOPICS = env.integers(
    "EVENT_LOG", {"partitions": 3, "replication": 0, "retention_days": 30}
) | env.texts("EVENT_LOG", {"topic_prefix": "", "group": "sink"})
EVENT_LOG_TOPICS["is_shared"] = env.flag("EVENT_LOG_SHARED", default=False)
LAKE_URL = env.url("LAKE_URL", f"file://{_DATA_PATH}/lake", schemes={"file", "s3"})
WAREHOUSE_URL = env.url(
    "WAREHOUSE_URL", f"duckdb:///{_DATA_PATH}/warehouse", schemes={"duckdb", "snowflake"}
)
env.verify_path("LAKE_URL", LAKE_URL)
env.verify_path("WAREHOUSE_URL", WAREHOUSE_URL)
SNOWFLAKE_LOGIN = SnowflakeLogin(**env.texts("SNOWFLAKE", asdict(SnowflakeLogin())))
SNOWFLAKE_SESSION = env.texts(
    "SNOWFLAKE", {"warehouse": "", "role": "", "query_tag": "liner", "reader_role": "LINER_READER"}
)
SNOWFLAKE_SETUP_URL = env.text("SNOWFLAKE_SETUP_URL")
SNOWFLAKE_STORAGE_ROLE = env.text("SNOWFLAKE_STORAGE_ROLE")
SNOWFLAKE_MONTHLY_CREDITS = env.integer("SNOWFLAKE_MONTHLY_CREDITS", 10, at_least=1)
SNOWFLAKE_COST = env.numbers("SNOWFLAKE", {"credit_dollars": 2.0, "daily_dollars": 1.0})
LAKE_ENCRYPTION = env.texts("LAKE", {"sse": "", "kms_key_id": ""})
AWS_ENDPOINT_URL = env.text("AWS_ENDPOINT_URL")
AWS_REGION = env.text("AWS_REGION", "us-east-1")

DATABASES = {
    "default": env.database(
        DATABASE_URL,
        kept_seconds=env.integer("DATABASE_CONN_MAX_AGE", 0),
        pool=env.integer("DATABASE_POOL", 0),
        test_file=DATA_DIR / "test.sqlite3",
    )
}
WEB_THREADS = env.integer("WEB_THREADS", 32, at_least=1)
REDIS_OPTIONS = {  # the library's own ten seconds would make pages that can do without look broken
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "retry": Retry(ExponentialBackoff(cap=0.1, base=0.02), 2),
}
CACHES = {
    "default": {
        "BACKEND": "spotifyweb.valkey.cache.FailOpenRedisCache",
        "LOCATION": [REDIS_URL],  # Django would split a text at its commas
        "OPTIONS": REDIS_OPTIONS,
    }
}
_BROKER = address.Broker.of(REDIS_URL)
CELERY_BROKER_URL, CELERY_BROKER_USE_SSL = _BROKER.url, _BROKER.use_ssl
CELERY_BROKER_TRANSPORT_OPTIONS = base.CELERY_BROKER_TRANSPORT_OPTIONS | _BROKER.transport_options
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [address.channel_host(REDIS_URL)]},
    }
}

# The pipeline -------------------------------------------------------------------------------------
SINK_MAX_RECORDS = env.integer("SINK_MAX_RECORDS", 50_000, at_least=1)
SINK_MAX_BYTES = env.integer("SINK_MAX_BYTES", 32 * 1024 * 1024, at_least=1024)
SINK_MAX_SECONDS = env.integer("SINK_MAX_SECONDS", 50, at_least=1)
SINK_MAX_REJECT_SHARE = env.number("SINK_MAX_REJECT_SHARE", 0.05)
PRODUCE_OVERLAP_SECONDS = env.integer("PRODUCE_OVERLAP_SECONDS", 2 * 60 * 60)
IMPORT_MAX_BYTES = env.integer("IMPORT_MAX_BYTES", 4 * 1024**3, at_least=1)
ALERT_URLS, ALERT_PING_URL = env.words("ALERT_URLS"), env.text("ALERT_PING_URL")
ALERT_QUIET_HOURS, ALERT_DAILY_HOUR = env.hours("ALERT_QUIET_HOURS"), env.hours("ALERT_DAILY_HOUR")
ALERT_QUIET_SECONDS = env.integer("ALERT_QUIET_SECONDS", 15 * 60)
TRANSFORM_MEMORY_MB = env.integer("TRANSFORM_MEMORY_MB", 200, at_least=100)  # DuckDB's, then disk
TRANSFORM_THREADS = env.integer("TRANSFORM_THREADS", 1, at_least=1)  # models at once, of one memory
TRANSFORM_MAX_MINUTES = env.integer("TRANSFORM_MAX_MINUTES", 180, at_least=1)
TRANSFORM_MIN_MINUTES = env.integer(
    "TRANSFORM_MIN_MINUTES", 5 if "duckdb:" in WAREHOUSE_URL else 360
)
METADATA_MAX_AGE_DAYS = env.integer("METADATA_MAX_AGE_DAYS", 90, at_least=1)
RUNS_KEPT_DAYS = env.integer("RUNS_KEPT_DAYS", 30, at_least=1)
METRICS_TOKEN = env.text("METRICS_TOKEN")
OTEL_EXPORTER_OTLP_ENDPOINT = env.text("OTEL_EXPORTER_OTLP_ENDPOINT")
if OTEL_EXPORTER_OTLP_ENDPOINT:
    env.url("OTEL_EXPORTER_OTLP_ENDPOINT", "", schemes={"http", "https"})

EVALUATION_MAX_MINUTES = env.integer("EVALUATION_MAX_MINUTES", 60, at_least=1)
EVALUATION_MEMORY_MB = env.integer("EVALUATION_MEMORY_MB", 1500, at_least=500)

# Recommendations: each number of recommendations/parameters.py is RECOMMENDING_<ITS NAME> ---------
RECOMMENDING = Parameters(**env.numbers("RECOMMENDING", asdict(Parameters())))

RECOMMENDATION_STRATEGIES = [  # by name in addresses and on the page; the first is the default
    "recommendations.strategies.transitions.Transitions",
    "recommendations.strategies.cooccurrence.Cooccurrence",
]
RECOMMENDATIONS_FAST_PATH = env.flag("RECOMMENDATIONS_FAST_PATH", True)

# What plays now: each number of nowplaying/poll_interval.py is NOW_PLAYING_<ITS NAME>, in seconds -
NOW_PLAYING = PollIntervals(**env.numbers("NOW_PLAYING", asdict(PollIntervals())))

# Django -------------------------------------------------------------------------------------------
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "builtins": [  # every page is translated, and has icons
                "django.templatetags.i18n",
                "spotifyweb.dashboards.templatetags.fragments",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "spotifyweb.dashboards.navigation.site_context",
            ],
        },
    }
]
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(DATA_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = env.flag("WHITENOISE_USE_FINDERS", False)
FILE_UPLOAD_TEMP_DIR = DATA_DIR / "uploads"
FILE_UPLOAD_TEMP_DIR.mkdir(exist_ok=True)

REST_FRAMEWORK = {
    **base.REST_FRAMEWORK,
    "DEFAULT_THROTTLE_RATES": {"listener": env.rate("API_RATE", "600/min")},
}
RATE_LIMITS = {  # of each listener, or of each address without a login
    "login": env.rate("LOGIN_RATE", "30/min"),
    "upload": env.rate("UPLOAD_RATE", "30/hour"),
    "socket": env.rate("SOCKET_RATE", "120/min"),
}
LOGGING = {
    **base.LOGGING,
    "root": {
        **base.LOGGING["root"],
        "level": env.choice("LOG_LEVEL", "INFO", *base.OTHER_LOG_LEVELS),
    },
}
if env.choice("LOG_FORMAT", "text", "json") == "json":
    LOGGING["formatters"] = {"line": base.JSON_LINES}
