"""After an upgrade: whether other SQL made the published build, and how far its successor is.

Pages go on reading the build that is there. Where this version reads a column that the build lacks,
they say that it is being rebuilt, and for how long about.
"""

import hashlib
import logging
import math
from dataclasses import asdict, dataclass
from functools import lru_cache

from celery import current_app
from django.conf import settings
from django.core.cache import cache
from kombu.exceptions import OperationalError

from spotifyweb import clients
from spotifyweb.warehouse import SchemaMismatch, WarehouseError

log = logging.getLogger(__name__)

PROJECT = settings.BASE_DIR / "dbt"
KEY = "build-progress"
FORGOTTEN_SECONDS = 10 * 60  # a build that says nothing for so long was killed
PLAYS_PER_MINUTE = 500_000  # of a build that has said nothing yet, on a small machine
MADE_BY = "select project, plays from gold.build_info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuild:
    """A build that readers wait for: `done` of `total` steps, 0 before the first."""

    done: int
    total: int
    minutes: int  # until it is over, about; at least 1

    @property
    def sentence(self) -> str:
        unit = "minute" if self.minutes == 1 else "minutes"
        return f"Liner was updated and is rebuilding its statistics, about {self.minutes} {unit}."


def project_hash() -> str:
    """A digest of SQL and its numbers: tables of another project are no ground to build on."""
    digest = hashlib.sha256(repr(settings.RECOMMENDING).encode())
    for path in sorted([PROJECT / "dbt_project.yml", *PROJECT.glob("m*/**/*")]):
        if path.suffix in {".sql", ".yml"}:
            digest.update(path.relative_to(PROJECT).as_posix().encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def rebuild() -> Rebuild | None:
    """What readers wait for; None where the published build is of this version, or none is there.

    Raises WarehouseError where the warehouse does not answer.
    """
    build = clients.warehouse().published()
    if build is None:
        return None
    project, plays = _made_by(build.build_id)
    if project == project_hash():
        return None
    return _under_way() or Rebuild(done=0, total=0, minutes=1 + math.ceil(plays / PLAYS_PER_MINUTE))


def awaited(error: WarehouseError) -> Rebuild | None:
    """The build that mends this error; None where it is a fault of this version."""
    if not isinstance(error, SchemaMismatch):
        return None
    try:
        return rebuild()
    except WarehouseError:
        return None


@lru_cache(maxsize=8)
def _made_by(build_id: str) -> tuple[str, int]:  # noqa: ARG001 (a build never changes)
    """The project and the plays of the published build; ("", 0) of one too old to say so."""
    try:
        (row,) = clients.warehouse().rows(MADE_BY)
    except SchemaMismatch:
        return "", 0
    return row["project"], row["plays"]


def _under_way() -> Rebuild | None:
    noted = cache.get(KEY)
    if not noted:
        return None
    left = noted["seconds"] / max(1, noted["done"]) * (noted["total"] - noted["done"])
    return Rebuild(done=noted["done"], total=noted["total"], minutes=max(1, math.ceil(left / 60)))


def note_progress(done: int, total: int, *, seconds: float) -> None:
    """For whoever waits for this build; `seconds` is how long it took until now."""
    cache.set(KEY, {"done": done, "total": total, "seconds": seconds}, FORGOTTEN_SECONDS)


def forget_progress() -> None:
    """The build is over, whatever came of it."""
    cache.set(KEY, None, 1)


def request_rebuild() -> Rebuild | None:
    """Queue a build where the published one is of another version; returns what readers wait for.

    A warehouse or a broker that is away does not keep this instance from starting: the build that
    beat asks for comes later.
    """
    try:
        wanted = rebuild()
        if wanted:
            current_app.send_task("ingestion.transform", kwargs={"if_outdated": True})
    except (WarehouseError, OperationalError) as error:
        log.warning("whether the warehouse has to be rebuilt is not known: %s", error)
        return None
    return wanted


def report() -> dict[str, object]:
    """For probes: `state` is current, rebuilding or unknown; while rebuilding with its progress."""
    try:
        waiting = rebuild()
    except WarehouseError:
        return {"state": "unknown"}
    return {"state": "rebuilding", **asdict(waiting)} if waiting else {"state": "current"}
