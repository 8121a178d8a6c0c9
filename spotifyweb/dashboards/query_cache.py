"""A cache of query results in front of the warehouse.

Keys carry the listener, so that an erasure finds every entry, and the build, so that no entry is
ever stale. Entries live for an hour, or as long as builds are apart: on Snowflake a page that was
read wakes no warehouse until the next build. The rows cached for one listener within that time are
bounded (docs/adr/0018): results beyond that are answered and not cached.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.cache import cache

from spotifyweb.warehouse import Build, Row, Warehouse

if TYPE_CHECKING:
    import pyarrow as pa

MIN_SECONDS = 60 * 60
MAX_ROWS = 5000  # a longer result is an export and not a page
ROWS_CACHED = 100_000  # for one listener within the life of an entry, about 22 MB
MIN_ROWS_COUNTED = 20  # for a short result

Columns = tuple[tuple[str, ...], list[tuple[Any, ...]]]  # names, then the values of each


@dataclass(frozen=True, slots=True, kw_only=True)
class CachedWarehouse:
    """A Warehouse that caches the results of another for one listener."""

    warehouse: Warehouse
    user_id: str

    def published(self) -> Build | None:
        return self.warehouse.published()

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        build = self.published()
        if build is None:
            return self.warehouse.rows(sql, params)
        key = f"gold:{self.user_id}:{build.build_id}:columns:{digest(sql, params)}"
        cached = cast("Columns | None", cache.get(key))
        if cached is not None:
            return to_rows(cached)
        rows = self.warehouse.rows(sql, params)
        if len(rows) <= MAX_ROWS and self.published() == build and self._has_room(len(rows)):
            cache.set(key, to_columns(rows), cache_seconds())
        return rows

    def arrow(self, sql: str, params: Sequence[object] = ()) -> "pa.Table":
        return self.warehouse.arrow(sql, params)  # too much for the cache

    def _has_room(self, rows: int) -> bool:
        """Count rows against the limit of a period; two requests at once may count as one."""
        seconds = cache_seconds()
        taken = f"gold:{self.user_id}:taken:{int(time.time()) // seconds}"
        now = cache.get(taken, 0) + max(rows, MIN_ROWS_COUNTED)
        cache.set(taken, now, seconds)
        return bool(now <= ROWS_CACHED)

    def pinned(self) -> "CachedWarehouse":
        return replace(self, warehouse=self.warehouse.pinned())

    def close(self) -> None:
        self.warehouse.close()


def cache_seconds() -> int:
    """Return how long an entry lives: until the next build of an install that has news."""
    return max(MIN_SECONDS, settings.TRANSFORM_MIN_MINUTES * 60)


def to_columns(rows: Sequence[Row]) -> Columns:
    """Return rows of one statement as columns: 4,000 are read in half the time of as many dicts."""
    names = tuple(rows[0]) if rows else ()
    return names, [*zip(*(row.values() for row in rows), strict=True)]


def to_rows(columns: Columns) -> list[Row]:
    names, values = columns
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)]


def digest(sql: str, params: Sequence[object]) -> str:
    return hashlib.sha256(repr((sql, list(params))).encode()).hexdigest()[:32]
