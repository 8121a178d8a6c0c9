"""What a person can do about an error of a run; the admin and alerts show it beside the error."""

from collections.abc import Mapping

OF_KILLED = (
    "The process was ended from outside, often because memory ran out: see the system's log. The"
    " stage runs again automatically; if it is killed again, lower TRANSFORM_MEMORY_MB or"
    " SINK_MAX_RECORDS, or give the machine more memory."
)
HINTS: Mapping[str, str] = {  # class name -> what to do; the nearest class of an error counts
    "TooManyRejects": (
        "Fix what writes these records, or set them aside: manage.py consume --accept-rejects."
    ),
    "LogDropped": (
        "Events are lost: the log deleted them before they were loaded. Keep the workers running,"
        " and raise the retention of the log."
    ),
    "LogError": "Check EVENT_LOG_URL and whether the event log runs. It is retried automatically.",
    "LakeError": ("Check LAKE_URL, its free space and permissions. It is retried automatically."),
    "BuildFailed": (
        "The last good build stays published. See the failed models and tests below; after a fix"
        " of code, settings or data it is built again, or at once with Retry."
    ),
    "WarehouseError": "Check WAREHOUSE_URL, the free space and, on Snowflake, role and warehouse.",
    "NeedsLogin": "The listener has to log in to Spotify again; nobody else can renew it.",
    "NotAllowListed": "Add the listener to the users of the app in Spotify's developer dashboard.",
    "NotPremium": "The owner of the Spotify app needs a Premium subscription.",
    "BadClient": "Check SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET.",
    "BudgetSpent": "Wait until midnight UTC, or raise SPOTIFY_DAILY_CALLS.",
    "RateLimited": "Wait: Spotify named the time. An admin can lift the block on the status page.",
    "SpotifyError": "Spotify refused or did not answer. It is retried automatically.",
    "RedisError": "Check REDIS_URL and whether Valkey runs.",
    "OSError": "Check the free space and the permissions of DATA_DIR.",
    "OperationalError": "Check DATABASE_URL and whether the database runs.",
}
OF_OTHERS = "This is a fault of Liner or its set-up: see the log excerpt, then choose Retry."


def hint(error: BaseException) -> str:
    """Return what to do about an error: its own hint, or that of its class."""
    if own := getattr(error, "hint", ""):
        return str(own)
    names = [kind.__name__ for kind in type(error).__mro__]
    return next((HINTS[name] for name in names if name in HINTS), OF_OTHERS)
