"""A warehouse that remembers its answers for as long as the build they came from is read.

Keys carry the listener, so that erasing them finds every answer, and the build, so that nothing is
ever stale: a new build simply asks anew. What is remembered of one listener within an hour is
bounded (docs/adr/0018): whoever tries every filter there is gets answers that are not kept.
"""

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from django.core.cache import cache

from spotifyweb.warehouse import Build, Row, Warehouse

KEPT_SECONDS = 60 * 60
MOST_ROWS = 5000  # longer answers are exports, not pages
ROOM = 100_000  # rows that are kept of one listener in an hour: 22 MB
LEAST = 20  # rows that an answer counts for at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembering:
    """A Warehouse in front of another, for one listener's pages."""

    warehouse: Warehouse
    user_id: str

    def published(self) -> Build | None:
        return self.warehouse.published()

    def rows(self, sql: str, params: Sequence[object] = ()) -> list[Row]:
        build = self.published()
        if build is None:
            return self.warehouse.rows(sql, params)
        key = f"gold:{self.user_id}:{build.build_id}:{digest(sql, params)}"
        known = cache.get(key)
        if known is not None:
            return cast("list[Row]", known)
        rows = self.warehouse.rows(sql, params)
        if len(rows) <= MOST_ROWS and self.published() == build and self._has_room(len(rows)):
            cache.set(key, rows, KEPT_SECONDS)
        return rows

    def _has_room(self, rows: int) -> bool:
        """Counts within the clock's hour; two at once may count as one."""
        taken = f"gold:{self.user_id}:taken:{int(time.time()) // KEPT_SECONDS}"
        now = cache.get(taken, 0) + max(rows, LEAST)
        cache.set(taken, now, KEPT_SECONDS)
        return bool(now <= ROOM)

    def pinned(self) -> "Remembering":
        return replace(self, warehouse=self.warehouse.pinned())

    def close(self) -> None:
        self.warehouse.close()


def digest(sql: str, params: Sequence[object]) -> str:
    return hashlib.sha256(repr((sql, list(params))).encode()).hexdigest()[:32]
