"""Retries of a stage that fails: three, five minutes apart, then red until something changes.

That is: other code, other settings, or other work, all in the digest of an attempt; a person who
asks for it; and, for an error that may pass by itself, every hour.
"""

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings

from ingestion.models import Run
from ingestion.operations import runs

RETRIES = 3
PAUSE = timedelta(minutes=5)
TRANSIENT_PAUSE = timedelta(hours=1)
SETTINGS = ("SINK_", "TRANSFORM_", "LAKE_", "EVENT_LOG_", "WAREHOUSE_", "AWS_")
PACKAGES = ("ingestion", "spotifyweb")


def attempt(work: str) -> str:
    """Return a digest of the set-up and, in its second half, of what the stage works on."""
    return setup_digest() + hashlib.sha256(work.encode()).hexdigest()[:16]


def setup_digest() -> str:
    """Return a digest of the code and the settings."""
    chosen = [
        f"{name}={getattr(settings, name)}" for name in dir(settings) if name.startswith(SETTINGS)
    ]
    return hashlib.sha256("\n".join([code_digest(), *chosen]).encode()).hexdigest()[:16]


@lru_cache
def code_digest() -> str:
    """Return a digest of the pipeline's Python code, as this process found it."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((settings.BASE_DIR / package).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def is_due(stage: str, subject: str, work: Callable[[], str], *, now: datetime) -> bool:
    """Return whether a stage may run; `work` is its attempt, asked for only where it failed."""
    failed = failures(stage, subject)
    if not failed:
        return True
    last, age = failed[0], now - (failed[0].ended_at or now)  # negative: the clock was ahead
    if timedelta(0) <= age < PAUSE and last.error != runs.KILLED:
        return False
    if last.attempt and not last.attempt.startswith(setup_digest()):
        return True
    if is_exhausted(failed, work()):
        return last.is_transient and age >= TRANSIENT_PAUSE
    return True


def is_exhausted(failed: list[Run], attempted: str) -> bool:
    """Return whether this very attempt failed as often as it is tried."""
    tries = [run for run in failed if run.attempt in (attempted, "")]  # "": it was killed
    return len(tries) > RETRIES


def failures(stage: str, subject: str = "") -> list[Run]:
    """Return the failed runs since the last success, newest first, as many as may matter."""
    recent = Run.objects.filter(stage=stage, subject=subject).exclude(ended_at=None)
    recent = recent.order_by("-pk")  # also where the clock was ahead and was set back
    found: list[Run] = []
    for run in recent.exclude(status__in=Run.WITHOUT_RESULT)[: 2 * RETRIES + 2]:
        if run.status != Run.Status.FAILED:
            break
        found.append(run)
    return found
