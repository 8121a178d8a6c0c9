"""What monitoring knows of the published build, without a question that costs money.

Snowflake bills each start of its warehouse. So whoever publishes notes what `/health`, `/ready`,
`/metrics` and the admin show, and they read the note. DuckDB is asked itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.core.cache import cache
from django.dispatch import receiver

from spotifyweb import clients, signals
from spotifyweb.warehouse import Build, SchemaMismatch, Warehouse

NOTE_KEY = "published-build"
ORIGIN = "select project, plays from gold.build_info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """The published build, its origin, and the builds that can be published again."""

    build: Build
    project: str  # digest of its SQL; "" of one too old to hold it
    plays: int
    available: Sequence[str]


def is_billed() -> bool:
    """Return whether each question costs money."""
    return urlsplit(settings.WAREHOUSE_URL).scheme == "snowflake"


def note() -> Note | None:
    """Return the note of whoever published last; None where nothing was noted."""
    found: Note | None = cache.get(NOTE_KEY)
    return found


def build() -> Build | None:
    """Return the published build, on Snowflake as noted. Raises WarehouseError."""
    if not is_billed():
        return clients.warehouse().published()
    noted = note()
    return noted.build if noted else None


def available() -> Sequence[str]:
    """Return the builds that can be published again, as noted. Raises WarehouseError."""
    if not is_billed():
        return clients.builds().available()
    noted = note()
    return noted.available if noted else []


def take_note() -> None:
    """Ask the warehouse, and note what it says. Raises WarehouseError."""
    warehouse = clients.warehouse()
    warehouse.close()  # it may remember the build before
    published = warehouse.published()
    if published is None:
        return
    project, plays = origin(warehouse)
    available = list(clients.builds().available())
    noted = Note(build=published, project=project, plays=plays, available=available)
    cache.set(NOTE_KEY, noted, timeout=None)


def origin(warehouse: Warehouse) -> tuple[str, int]:
    """Return project and plays of the published build; ("", 0) of one too old to hold them."""
    try:
        (row,) = warehouse.rows(ORIGIN)
    except SchemaMismatch:
        return "", 0
    return row["project"], row["plays"]


@receiver(signals.build_published)
def note_build(**_: object) -> None:
    """Note what was published just now."""
    if is_billed():
        take_note()
