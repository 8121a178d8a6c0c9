"""The rebuild after an upgrade: whether it is needed, and how far it has come.

Pages keep reading a build that another version's SQL made. Where this version reads a column that
it lacks, they say that it is being rebuilt, and about how long that takes.
"""

import hashlib
import logging
import math
from dataclasses import asdict, dataclass
from functools import lru_cache

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from django.utils.translation import ngettext
from kombu.exceptions import OperationalError

from spotifyweb import clients
from spotifyweb.monitoring import publication
from spotifyweb.warehouse import SchemaMismatch, WarehouseError

log = logging.getLogger(__name__)

PROJECT = settings.BASE_DIR / "dbt"
PROGRESS_KEY = "build-progress"
STALE_SECONDS = 10 * 60  # a build that reports nothing for so long was killed
PLAYS_PER_MINUTE = 500_000  # estimate for a build that has reported nothing yet, on a small machine


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """A build that pages wait for: `done` of `total` steps, 0 before the first."""

    done: int
    total: int
    minutes: int  # until it is over, estimated; at least 1

    @property
    def sentence(self) -> str:
        return ngettext(
            "Liner was updated and is rebuilding your statistics: about %(minutes)s minute left.",
            "Liner was updated and is rebuilding your statistics: about %(minutes)s minutes left.",
            self.minutes,
        ) % {"minutes": self.minutes}


def project_hash() -> str:
    """Return a digest of the SQL and its parameters; builds extend only tables of the same one."""
    digest = hashlib.sha256(repr(settings.RECOMMENDING).encode())
    for path in sorted([PROJECT / "dbt_project.yml", *PROJECT.glob("m*/**/*")]):
        if path.suffix in {".sql", ".yml"}:
            digest.update(path.relative_to(PROJECT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def rebuild() -> Rebuild | None:
    """Return the build that pages wait for, or None.

    None where this version made the published build, or nothing is published. Raises WarehouseError
    where the warehouse does not answer.
    """
    build = publication.build()
    if build is None:
        return None
    project, plays = _origin(build.build_id)
    if project == project_hash():
        return None
    return _rebuild_in_progress() or Rebuild(
        done=0, total=0, minutes=1 + math.ceil(plays / PLAYS_PER_MINUTE)
    )


def pending_rebuild(error: WarehouseError) -> Rebuild | None:
    """Return the build that will resolve this error; None where this version is at fault.

    None too after such a build failed, until the next try begins.
    """
    if not isinstance(error, SchemaMismatch) or has_failed():
        return None
    try:
        return rebuild()
    except WarehouseError:
        return None


@lru_cache(maxsize=8)
def _origin(build_id: str) -> tuple[str, int]:  # noqa: ARG001 (a build never changes)
    """Return project hash and plays of the published build."""
    noted = publication.note() if publication.is_billed() else None
    return (noted.project, noted.plays) if noted else publication.origin(clients.warehouse())


def _rebuild_in_progress() -> Rebuild | None:
    progress = cache.get(PROGRESS_KEY)
    if not progress or "failed" in progress:
        return None
    left = progress["seconds"] / max(1, progress["done"]) * (progress["total"] - progress["done"])
    return Rebuild(
        done=progress["done"], total=progress["total"], minutes=max(1, math.ceil(left / 60))
    )


def record_progress(done: int, total: int, *, seconds: float) -> None:
    """Record how far the running build is; `seconds` is how long it has taken until now."""
    cache.set(PROGRESS_KEY, {"done": done, "total": total, "seconds": seconds}, STALE_SECONDS)


def record_end(*, is_published: bool) -> None:
    """Record that the build is over; where it failed, nobody waits for it until the next begins."""
    cache.set(PROGRESS_KEY, None if is_published else {"failed": project_hash()}, timeout=None)


def has_failed() -> bool:
    """Return whether this version's latest build failed, and no other goes on."""
    return (cache.get(PROGRESS_KEY) or {}).get("failed") == project_hash()


def request_rebuild() -> Rebuild | None:
    """Queue a build where another version made the published one; returns what pages wait for.

    An unreachable warehouse or broker does not keep this instance from starting: beat queues a
    build later.
    """
    try:
        if publication.is_billed() and publication.note() is None:
            publication.take_note()
        needed = rebuild()
        if needed:
            current_app.send_task("ingestion.transform", kwargs={"if_outdated": True})
    except (WarehouseError, OperationalError) as error:
        log.warning("cannot tell whether the warehouse needs a rebuild: %s", error)
        return None
    return needed


def report() -> dict[str, object]:
    """Report for probes: `state` is current, rebuilding (with its progress), failed or unknown."""
    try:
        waiting = rebuild()
    except WarehouseError:
        return {"state": "unknown"}
    if not waiting:
        return {"state": "current"}
    return {"state": "failed" if has_failed() else "rebuilding", **asdict(waiting)}
