"""The transformation: from the lake to a new published warehouse, or the last good one stays.

snapshots ──▶ a copy of the published build ──▶ dbt build ──▶ green: published
                                                         └──▶ red: dropped, with the reason
"""

import contextlib
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

from ingestion.models import Artist, Track
from ingestion.pipeline import dbt_runner
from ingestion.pipeline.dbt_runner import Progress
from spotifyweb import lake as lakes
from spotifyweb import locks, signals
from spotifyweb.accounts.models import Listener, ListenerTimezone
from spotifyweb.lake import Lake
from spotifyweb.monitoring import upgrade
from spotifyweb.privacy import execution
from spotifyweb.privacy.models import ErasedAccount
from spotifyweb.warehouse import Warehouse, WarehouseError
from spotifyweb.warehouse.base import Builds

LOCK = "transform"
LOCK_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    build_id: str
    status: str  # published, or kept: the build before is still the current one
    models: int
    tests: int
    seconds: float
    freshness: Mapping[str, str] = field(default_factory=dict)  # source -> pass, warn, error …


class BuildFailed(Exception):
    """A model or test failed, so nothing was published; the message says which and why."""

    def __init__(self, why: str, outcome: Outcome) -> None:
        super().__init__(why)
        self.outcome = outcome


def transform(
    *,
    store: Lake,
    builds: Builds,
    folder: Path,
    now: datetime,
    full_refresh: bool = False,
    forget_older: bool = False,
    wait_seconds: float = 0,
    progress: Progress = lambda *_: None,
) -> Outcome:
    """Build, test and publish. Raises BuildFailed, and locks.LockHeld while another run builds.

    `full_refresh` builds from the lake alone, as a changed project always does. `forget_older`
    removes earlier builds too; together they leave nothing of what was erased, and while an erasure
    waits for its build, every build is of that kind. `folder` holds dbt's own files. `wait_seconds`
    is for a lock that another run holds, or held: a dead run's lock expires after LOCK_SECONDS.
    """
    build_id, began = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}", time.monotonic()
    project = upgrade.project_hash()
    with (
        locks.lock(LOCK, LOCK_SECONDS, wait_seconds=wait_seconds) as lock,
        dbt_runner.folder_lock(folder) as running,
    ):
        write_snapshots(store)
        is_erasing = execution.needs_build()
        is_new_project = not _is_same_project(project, builds.reader)
        fresh = full_refresh or is_erasing or is_new_project
        environment = builds.begin(build_id, fresh=fresh)
        try:
            report = dbt_runner.build(
                target=builds.target,
                environment={
                    **environment,
                    "DBT_BUILD_ID": build_id,
                    "DBT_PROJECT_PRINT": project,
                },
                as_of=now,
                folder=folder,
                full_refresh=fresh,
                with_docs=is_new_project or not dbt_runner.docs_path(folder).exists(),
                progress=_record_progress(progress, began=began),
                lock=running,
            )
            lock.check()
            if not report.failures:
                forgets = forget_older or is_erasing
                builds.publish(build_id, keep=1 if forgets else 2)
                if forgets:
                    dbt_runner.delete_development_database(folder)
                signals.build_published.send_robust(sender=Builds, build_id=build_id)
        finally:
            upgrade.clear_progress()
            builds.clean()
    outcome = Outcome(
        build_id=build_id,
        status="kept" if report.failures else "published",
        models=report.models,
        tests=report.tests,
        seconds=round(time.monotonic() - began, 2),
        freshness=report.freshness,
    )
    if report.failures:
        raise BuildFailed(report.summary, outcome)
    return outcome


def _record_progress(progress: Progress, *, began: float) -> Progress:
    """Return the callback, extended to record progress for pages that wait for this build."""

    def note(done: int, total: int, what: str) -> None:
        upgrade.record_progress(done, total, seconds=time.monotonic() - began)
        progress(done, total, what)

    return note


def _is_same_project(project: str, reader: Warehouse) -> bool:
    """Return whether the published build was made by the same SQL; no where none is published."""
    with contextlib.closing(reader):
        try:
            return reader.rows("select project from gold.build_info") == [{"project": project}]
        except WarehouseError:
            return False


def write_snapshots(store: Lake) -> None:
    """Write what is no event into the lake too, so that the lake alone rebuilds everything."""
    lakes.ensure_datasets(store)
    lakes.write_snapshot(store, "tracks", _catalogue(Track, "tracks"))
    lakes.write_snapshot(store, "artists", _catalogue(Artist, "artists"))
    lakes.write_snapshot(store, "listeners", _zones())
    lakes.write_snapshot(store, "erasures", _erasures())
    for name, rows in signals.collect_snapshots():
        lakes.write_snapshot(store, name, rows)


def _catalogue(kind: type[Artist | Track], name: str) -> Iterator[dict[str, Any]]:
    names = lakes.SNAPSHOT_SCHEMAS[name].names
    yield from kind.objects.order_by("pk").values(*names).iterator()


def _zones() -> Iterator[dict[str, Any]]:
    """Yield each listener's time zones and since when; the browser's zone where none was set.

    A zone that nobody knows is left out: it would turn everybody's build red.
    """
    residences = ListenerTimezone.objects.filter(timezone__in=available_timezones())
    for home in residences.order_by("listener__user_id", "valid_from").select_related("listener"):
        yield {
            "user_id": home.listener.user_id,
            "timezone": home.timezone,
            "valid_from": home.valid_from,
        }
    with_timezone = ListenerTimezone.objects.values("listener")
    without_timezone = Listener.objects.exclude(pk__in=with_timezone)
    for listener in without_timezone.filter(timezone__in=available_timezones()):
        yield {
            "user_id": listener.user_id,
            "timezone": listener.timezone,
            "valid_from": listener.created_at,
        }


def _erasures() -> Iterator[dict[str, Any]]:
    for erasure in ErasedAccount.objects.order_by("pk"):
        yield {
            "user_id": erasure.user_id,
            "source": erasure.source or None,
            "before": erasure.before,
        }
