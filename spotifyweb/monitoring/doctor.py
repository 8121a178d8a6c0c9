"""The findings of `manage.py doctor`: settings, dependencies, pending work, each with a hint.

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
from ingestion.operations import status
from spotifyweb import clients
from spotifyweb.accounts import key_fingerprints
from spotifyweb.eventlog import LogError
from spotifyweb.lake import LakeError
from spotifyweb.monitoring import probes

FREE_BYTES = 2 * 1024**3
LOOPBACK = {"127.0.0.1", "::1"}
TOPIC = "doctor"
EVENT_LOG_HINT = "look at EVENT_LOG_URL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    name: str
    state: str  # ok, warning, or wrong
    value: str
    hint: str = ""


def examine(*, now: datetime) -> list[Finding]:
    return [
        *_settings(),
        *_dependencies(now=now),
        _migrations(),
        _keys(),
        _writable_lake(),
        _round_trip(),
        _disk(),
        *_backups(now=now),
        *_freshness(),
        *_django_checks(),
    ]


def make_finding(name: str, value: object, *, wrong: str = "", warning: str = "") -> Finding:
    """Return a finding; a hint in `wrong` or `warning` makes it one."""
    state = "wrong" if wrong else "warning" if warning else "ok"
    return Finding(name=name, state=state, value=str(value), hint=wrong or warning)


def _settings() -> Iterator[Finding]:
    yield make_finding("DATA_DIR", settings.DATA_DIR)
    yield make_finding("SECRET_KEY", "set")
    yield make_finding("TOKEN_KEYS", f"{len(settings.TOKEN_KEYS)} keys")
    yield make_finding("SITE_URL", settings.SITE_URL)
    yield make_finding(
        "DEBUG",
        settings.DEBUG,
        warning="unset DEBUG where others can reach this instance" if settings.DEBUG else "",
    )
    yield from _spotify()
    yield make_finding(
        "ALERT_URLS",
        f"{len(settings.ALERT_URLS)} addresses",
        warning="" if settings.ALERT_URLS else "set one to hear of failures, e.g. ntfys://my-topic",
    )
    for name in ("DATABASE", "REDIS", "EVENT_LOG", "LAKE", "WAREHOUSE"):
        url = connection.vendor if name == "DATABASE" else getattr(settings, f"{name}_URL")
        yield make_finding(f"{name}_URL", probes.address_without_credentials(str(url)))


def _spotify() -> Iterator[Finding]:
    if settings.SANDBOX:
        hint = "the sandbox stands in for Spotify; for your own account set SPOTIFY_CLIENT_ID"
        yield make_finding("SPOTIFY_CLIENT_ID", "sandbox", warning=hint)
    else:
        yield make_finding("SPOTIFY_CLIENT_ID", settings.SPOTIFY_CLIENT_ID)
        missing = "" if settings.SPOTIFY_CLIENT_SECRET else "copy it from Spotify's dashboard"
        yield make_finding("SPOTIFY_CLIENT_SECRET", "not set" if missing else "set", wrong=missing)
    uri = urlsplit(settings.SPOTIFY_REDIRECT_URI)
    is_accepted = uri.scheme == "https" or uri.hostname in LOOPBACK
    hint = "Spotify takes https:// or http://127.0.0.1 only, never localhost or a LAN address"
    yield make_finding(
        "SPOTIFY_REDIRECT_URI", settings.SPOTIFY_REDIRECT_URI, wrong="" if is_accepted else hint
    )


def _dependencies(*, now: datetime) -> Iterator[Finding]:
    """Report all probes; workers and beat only cause warnings, as they may be stopped."""
    for result in probes.probe_all(now=now) + probes.probe_login(now=now):
        is_required = result.name not in ("worker", "beat")
        yield make_finding(
            result.name,
            result.detail,
            wrong=result.hint if is_required else "",
            warning="" if is_required else result.hint,
        )


def _migrations() -> Finding:
    try:
        executor = MigrationExecutor(connection)
        pending = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return make_finding("migrations", error, wrong="run: manage.py migrate")
    return make_finding(
        "migrations",
        f"{len(pending)} pending",
        wrong="run: manage.py migrate" if pending else "",
    )


def _keys() -> Finding:
    """Compare this host's keys with those of the hosts that used the database before."""
    wrong = key_fingerprints.difference()
    return make_finding("keys", "other ones" if wrong else "those of the database", wrong=wrong)


def _writable_lake() -> Finding:
    """Write, read and delete one small object, which shows missing rights and space."""
    key, probe = f"doctor/{uuid4()}", b"probe"
    try:
        clients.lake().put(key, probe)
        is_same = clients.lake().get(key) == probe
        clients.lake().delete(key)
    except (LakeError, OSError) as error:
        return make_finding(
            "lake is writable", error, wrong="check the rights and the free space of LAKE_URL"
        )
    return make_finding(
        "lake is writable", is_same, wrong="" if is_same else "it does not keep data"
    )


def _round_trip() -> Finding:
    """Append a record to a topic of its own and read it back, as far as the rights allow."""
    log, value = clients.event_log(), uuid4().bytes
    try:
        log.create_topics([TOPIC])
    except LogError as error:
        if error.retry:
            return make_finding("log keeps records", error, wrong=error.hint or EVENT_LOG_HINT)
        return make_finding("log keeps records", "not tried", warning=f"{error}; {error.hint}")
    try:
        log.append(TOPIC, [("doctor", value)])
        is_same = False
        for batch in log.drain(TOPIC, max_records=1000, max_bytes=1 << 20):
            is_same = is_same or value in batch.values
            log.commit(batch)
    except LogError as error:
        return make_finding("log keeps records", error, wrong=error.hint or EVENT_LOG_HINT)
    return make_finding(
        "log keeps records", is_same, wrong="" if is_same else "it does not keep records"
    )


def _disk() -> Finding:
    free = shutil.disk_usage(Path(settings.DATA_DIR)).free
    low = f"{FREE_BYTES // 1024**3} GiB are needed for two builds and an import"
    return make_finding(
        "free disk", f"{free / 1024**3:.1f} GiB", warning=low if free < FREE_BYTES else ""
    )


def _backups(*, now: datetime) -> Iterator[Finding]:
    """Report the newest backup's age at each destination, and erasures it does not list yet."""
    try:
        destinations = list(BackupDestination.objects.order_by("pk"))
    except DatabaseError:  # the finding on migrations reports it
        return
    for destination in destinations:
        at = destination.backed_up_at
        yield make_finding(
            "backup",
            f"{destination.url}, {probes.age(at, now=now) + ' old' if at else 'never completed'}",
            warning=f"{len(destination.unwritten)} erasures wait until it can be reached"
            if destination.unwritten
            else "",
        )


def _freshness() -> Iterator[Finding]:
    """Report the freshness of the lake's sources as of the last build; old ones are no fault."""
    try:
        sources = status.freshness()
    except DatabaseError:  # the finding on migrations reports it
        return
    for source, state in sources.items():
        hint = f"no {source} landed for long; where somebody listened, see the stages' runs"
        yield make_finding(f"freshness of {source}", state, warning="" if state == "pass" else hint)


def _django_checks() -> Iterator[Finding]:
    for message in checks.run_checks():
        is_wrong = message.level >= checks.ERROR
        hint = message.hint or message.msg
        yield make_finding(
            str(message.id), message.msg, **{"wrong" if is_wrong else "warning": hint}
        )
