"""What `doctor` looks at: each setting, each engine, what is pending; with a cure for each.

Secrets are never shown, only whether they are set.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core import checks
from django.db import Error as DatabaseError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from ingestion.models import BackupDestination
from spotifyweb import clients, engines
from spotifyweb.lake import LakeError

FREE_BYTES = 2 * 1024**3
LOOPBACK = {"127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    name: str
    state: str  # ok, warning, or wrong
    value: str
    cure: str = ""


def examine(*, now: datetime) -> list[Finding]:
    return [
        *_settings(),
        *_engines(now=now),
        _migrations(),
        _writable_lake(),
        _disk(),
        *_backups(now=now),
        *_django_checks(),
    ]


def finding(name: str, value: object, *, wrong: str = "", warning: str = "") -> Finding:
    """Wrong or worth a look when there is something to do about it."""
    state = "wrong" if wrong else "warning" if warning else "ok"
    return Finding(name=name, state=state, value=str(value), cure=wrong or warning)


def _settings() -> Iterator[Finding]:
    yield finding("DATA_DIR", settings.DATA_DIR)
    yield finding("SECRET_KEY", "set")
    yield finding("TOKEN_KEYS", f"{len(settings.TOKEN_KEYS)} keys")
    yield finding("SITE_URL", settings.SITE_URL)
    yield finding(
        "DEBUG",
        settings.DEBUG,
        warning="unset DEBUG where others can reach this instance" if settings.DEBUG else "",
    )
    yield from _spotify()
    yield finding(
        "ALERT_URLS",
        f"{len(settings.ALERT_URLS)} addresses",
        warning="" if settings.ALERT_URLS else "set one to hear of failures, e.g. ntfys://my-topic",
    )
    for name in ("DATABASE", "REDIS", "EVENT_LOG", "LAKE", "WAREHOUSE"):
        url = connection.vendor if name == "DATABASE" else getattr(settings, f"{name}_URL")
        yield finding(f"{name}_URL", engines.place(str(url)))


def _spotify() -> Iterator[Finding]:
    if settings.SANDBOX:
        hint = "the sandbox stands in for Spotify; for your own account set SPOTIFY_CLIENT_ID"
        yield finding("SPOTIFY_CLIENT_ID", "sandbox", warning=hint)
    else:
        yield finding("SPOTIFY_CLIENT_ID", settings.SPOTIFY_CLIENT_ID)
        missing = "" if settings.SPOTIFY_CLIENT_SECRET else "copy it from Spotify's dashboard"
        yield finding("SPOTIFY_CLIENT_SECRET", "not set" if missing else "set", wrong=missing)
    uri = urlsplit(settings.SPOTIFY_REDIRECT_URI)
    is_accepted = uri.scheme == "https" or uri.hostname in LOOPBACK
    cure = "Spotify takes https:// or http://127.0.0.1 only, never localhost or a LAN address"
    yield finding(
        "SPOTIFY_REDIRECT_URI", settings.SPOTIFY_REDIRECT_URI, wrong="" if is_accepted else cure
    )


def _engines(*, now: datetime) -> Iterator[Finding]:
    """Workers and beat may be stopped on purpose: that is worth a look, not wrong."""
    for one in engines.ask_all(now=now):
        wanted = one.name not in ("worker", "beat")
        yield finding(
            one.name,
            one.said,
            wrong=one.cure if wanted else "",
            warning="" if wanted else one.cure,
        )


def _migrations() -> Finding:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return finding("migrations", error, wrong="run: manage.py migrate")
    return finding(
        "migrations",
        f"{len(pending)} pending",
        wrong="run: manage.py migrate" if pending else "",
    )


def _writable_lake() -> Finding:
    """Write, read and delete one small object: rights and room show only then."""
    key, probe = f"doctor/{uuid4()}", b"probe"
    try:
        clients.lake().put(key, probe)
        is_same = clients.lake().get(key) == probe
        clients.lake().delete(key)
    except (LakeError, OSError) as error:
        return finding("lake is writable", error, wrong="look at the rights and room of LAKE_URL")
    return finding("lake is writable", is_same, wrong="" if is_same else "it does not keep data")


def _disk() -> Finding:
    free = shutil.disk_usage(Path(settings.DATA_DIR)).free
    low = f"{FREE_BYTES // 1024**3} GiB are needed for two builds and an import"
    return finding(
        "free disk", f"{free / 1024**3:.1f} GiB", warning=low if free < FREE_BYTES else ""
    )


def _backups(*, now: datetime) -> Iterator[Finding]:
    """How old the newest is, and whether its list of erasures is behind. None is nobody's fault."""
    try:
        places = list(BackupDestination.objects.order_by("pk"))
    except DatabaseError:  # migrations say so
        return
    for place in places:
        at = place.backed_up_at
        yield finding(
            "backup",
            f"{place.url}, {engines.age(at, now=now) + ' old' if at else 'never completed'}",
            warning=f"{len(place.unwritten)} erasures wait until it can be reached"
            if place.unwritten
            else "",
        )


def _django_checks() -> Iterator[Finding]:
    for message in checks.run_checks():
        is_wrong = message.level >= checks.ERROR
        hint = message.hint or message.msg
        yield finding(str(message.id), message.msg, **{"wrong" if is_wrong else "warning": hint})
