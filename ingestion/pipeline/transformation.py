"""The transformation: from the lake to a new published warehouse, or the last good one stays.

snapshots ──▶ a copy of the published build ──▶ dbt build ──▶ green: published
                                                         └──▶ red: dropped, with the reason
"""

import contextlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from ingestion.operations import hints
from ingestion.pipeline import dbt_runner, fingerprint, snapshots
from ingestion.pipeline.dbt_runner import Progress, Report
from spotifyweb import locks, signals
from spotifyweb.lake import Lake
from spotifyweb.monitoring import upgrade
from spotifyweb.privacy import execution
from spotifyweb.telemetry import traces
from spotifyweb.warehouse import Warehouse, WarehouseError
from spotifyweb.warehouse.base import Builds

LOCK = "transform"
LOCK_SECONDS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    build_id: str
    status: str  # published; kept: the build before stays; unchanged: it holds all there is
    models: int
    tests: int
    seconds: float
    freshness: Mapping[str, str] = field(default_factory=dict)  # source -> pass, warn, error …


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a build was made of."""

    build_id: str = ""
    project: str = ""  # digest of the SQL
    fingerprint: str = ""  # digest of all that it read


class BuildFailed(Exception):
    """A model or test failed, so nothing was published; the message says which and why."""

    def __init__(self, why: str, outcome: Outcome) -> None:
        super().__init__(why)
        self.outcome = outcome


class BuildKilled(BuildFailed):
    """The process of dbt was ended from outside; the next try may have more luck."""

    retry, hint = True, hints.OF_KILLED


def transform(
    *,
    store: Lake,
    builds: Builds,
    folder: Path,
    now: datetime,
    full_refresh: bool = False,
    forget_older: bool = False,
    only_with_news: bool = False,
    wait_seconds: float = 0,
    progress: Progress = lambda *_: None,
    on_fingerprint: Callable[[str], None] = lambda _: None,
    on_report: Callable[[str, Report], None] = lambda *_: None,
) -> Outcome:
    """Build, test and publish. Raises BuildFailed, and locks.LockHeld while another run builds.

    `full_refresh` builds from the lake alone, as a changed project always does. `forget_older`
    removes earlier builds too; together they leave nothing of what was erased, and while an erasure
    waits for its build, every build is of that kind. `only_with_news` does nothing where the
    published build was made of the same as this one would be. `folder` holds dbt's own files.
    `wait_seconds` is for a lock that another run holds, or held: a dead run's lock expires after
    LOCK_SECONDS. `on_fingerprint` hears what will be built, and may refuse it by an exception;
    `on_report` hears what dbt did.
    """
    build_id, began = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(2)}", time.monotonic()
    project = upgrade.project_hash()
    with (
        locks.lock(LOCK, LOCK_SECONDS, wait_seconds=wait_seconds) as lock,
        dbt_runner.folder_lock(folder) as running,
    ):
        tables, is_erasing = snapshots.collect(), execution.needs_build()
        published = published_origin(builds.reader)
        digest = fingerprint.compute(project=project, store=store, snapshots=tables, now=now)
        if only_with_news and not is_erasing and published.fingerprint == digest:
            return _unchanged_outcome(published, began=began)
        on_fingerprint(digest)
        snapshots.write(store, tables)
        is_new_project = published.project != project
        fresh = full_refresh or is_erasing or is_new_project
        environment, is_published = builds.begin(build_id, fresh=fresh), False
        try:
            with traces.span("build with dbt", build=build_id) as event_ids:
                event_ids += traces.pop_landed()
                report = dbt_runner.build(
                    target=builds.target,
                    environment={
                        **environment,
                        "DBT_BUILD_ID": build_id,
                        "DBT_PROJECT_PRINT": project,
                        "DBT_BUILD_FINGERPRINT": digest,
                        "DBT_CHECK_BRONZE": _once_a_day(published, fresh=fresh, now=now),
                    },
                    as_of=now,
                    folder=folder,
                    full_refresh=fresh,
                    with_docs=is_new_project or not dbt_runner.has_docs(folder),
                    progress=_record_progress(progress, began=began),
                    lock=running,
                )
            on_report(build_id, report)
            lock.check()
            if report.failures:
                traces.remember_landed(event_ids)
            else:
                forgets = forget_older or is_erasing
                with traces.span("publish the build", build=build_id) as published_ids:
                    published_ids += event_ids
                    builds.publish(build_id, keep=1 if forgets else 2)
                is_published = True
                if forgets:
                    dbt_runner.delete_development_database(folder)
                signals.build_published.send_robust(sender=Builds, build_id=build_id)
        finally:
            upgrade.record_end(is_published=is_published)
            builds.clean()
    return _outcome(build_id, report, began=began)


def _outcome(build_id: str, report: Report, *, began: float) -> Outcome:
    """Return the outcome of a build that was published. Raises BuildFailed for another one."""
    outcome = Outcome(
        build_id=build_id,
        status="kept" if report.failures else "published",
        models=report.models,
        tests=report.tests,
        seconds=round(time.monotonic() - began, 2),
        freshness=report.freshness,
    )
    if report.failures:
        failure = BuildKilled if report.is_killed else BuildFailed
        raise failure(report.summary, outcome)
    return outcome


def _record_progress(progress: Progress, *, began: float) -> Progress:
    """Return the callback, extended to record progress for pages that wait for this build."""

    def note(done: int, total: int, what: str) -> None:
        upgrade.record_progress(done, total, seconds=time.monotonic() - began)
        progress(done, total, what)

    return note


def _once_a_day(published: Origin, *, fresh: bool, now: datetime) -> str:
    """Return "1" for a build that reads all of bronze: the first of a UTC day, or a fresh one."""
    return "1" if fresh or published.build_id[:8] != f"{now:%Y%m%d}" else "0"


def restore(build_id: str, *, builds: Builds, wait_seconds: float = 0) -> None:
    """Publish a kept build again. Raises WarehouseError, and LockHeld while a build goes on."""
    with locks.lock(LOCK, LOCK_SECONDS, wait_seconds=wait_seconds):
        builds.restore(build_id)
        signals.build_published.send_robust(sender=Builds, build_id=build_id)


def _unchanged_outcome(published: Origin, *, began: float) -> Outcome:
    return Outcome(
        build_id=published.build_id,
        status="unchanged",
        models=0,
        tests=0,
        seconds=round(time.monotonic() - began, 2),
    )


def published_origin(reader: Warehouse) -> Origin:
    """Return what the published build was made of; empty where none is, or an old version's."""
    with contextlib.closing(reader):
        try:
            (row,) = reader.rows("select build_id, project, fingerprint from gold.build_info")
        except WarehouseError:
            return Origin()
        return Origin(**{name: value or "" for name, value in row.items()})
