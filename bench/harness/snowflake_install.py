"""An install whose warehouse is Snowflake's double, and how many statements each thing sends.

One listener with 120 plays: what is sent depends on models and pages, not on how much was played.
"""

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from bench.harness import snowflake as double
from bench.support.environment import isolated_environment

NOW = datetime(2026, 11, 22, 20, tzinfo=UTC)
LISTENER = "alice"
PLAYS, NEW_PLAYS, TRACKS = 120, 5, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What an action sent, and how long it took here."""

    logins: int
    statements: int
    seconds: float


@dataclass(slots=True, kw_only=True)
class SnowflakeInstall:
    folder: Path
    landed: int = 0
    now: datetime = NOW
    page: Any = field(default=None)

    def count(self, action: Callable[[], object]) -> Sent:
        """Do it, and return what was sent meanwhile."""
        double.journal.clear()
        began = time.perf_counter()
        action()
        return Sent(
            logins=double.journal.logins,
            statements=len(double.journal.statements),
            seconds=time.perf_counter() - began,
        )

    def land(self, plays: int) -> None:
        """Land so many plays, 47 minutes apart, in an object of their own."""
        from bench.harness.lakehouse import Lakehouse

        rows = [_play(self.landed + number) for number in range(plays)]
        house = Lakehouse(folder=self.folder, landed=self.landed)
        house.land("plays", rows, at=self.now - timedelta(minutes=1))
        self.landed += plays

    def transform(self, **options: Any) -> str:
        """Build as the schedule does, and return what became of it."""
        from ingestion.pipeline import transformation
        from spotifyweb import clients

        outcome = transformation.transform(
            store=clients.lake(),
            builds=clients.builds(),
            folder=self.folder / "dbt",
            now=self.now,
            only_with_news=True,
            **options,
        )
        return outcome.status

    def visit(self, address: str) -> None:
        response = self.page.get(address)
        if response.status_code != 200:
            raise RuntimeError(f"{address} answered {response.status_code}")


@contextlib.contextmanager
def snowflake_install() -> Iterator[SnowflakeInstall]:
    """Run an install without builds; once in a process, which reads no settings before."""
    with isolated_environment() as folder, double.server() as where:
        from django.conf import settings

        settings.WAREHOUSE_URL = (
            f"snowflake://fake:snow@fakesnow/house?host={where['host']}&port={where['port']}"
            "&protocol=http&warehouse=w&role=r"
        )
        settings.STORAGES["staticfiles"]["BACKEND"] = (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
        yield SnowflakeInstall(folder=folder, page=_log_in())


def _log_in() -> Any:
    from django.test import Client

    from spotifyweb import clients, lake
    from spotifyweb.accounts.models import Listener

    lake.ensure_datasets(clients.lake())
    listener = Listener.objects.create(user_id=LISTENER, timezone="Europe/Berlin", is_staff=True)
    browser = Client(headers={"host": "127.0.0.1"})
    browser.force_login(listener)
    return browser


def _play(number: int) -> dict[str, Any]:
    track = number * number % TRACKS
    return {
        "event_id": f"play-{number}",
        "user_id": LISTENER,
        "event_type": "play",
        "played_at": NOW - timedelta(days=5) + timedelta(minutes=47 * number),
        "track_id": f"{track:022}",
        "track_name": f"Song {track}",
        "artist_name": f"Artist {track % 5}",
        "album_name": f"Album {track % 7}",
        "content_type": "track",
        "source": "recently_played",
        "duration_ms": 200_000,
    }
