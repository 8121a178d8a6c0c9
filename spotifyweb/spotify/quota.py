"""The limits that all processes share: who must wait, and how many calls were made.

Spotify limits in two ways: a short pause for the whole client id (429), and a daily quota for each
family of calls (429, hours, often without a reason). Their length tells them apart. Calls inside
the window make it longer, so `check` refuses before a call is made. The state lies in Redis, whose
append-only file keeps it over a restart. Our own limits come on top: a daily cap, of which a share
is reserved for what must not stop, the plays and the tokens, and a small budget for the catalogue.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from spotifyweb.spotify import errors
from spotifyweb.text import time_in_utc

log = logging.getLogger(__name__)

FAMILIES = (
    *("player", "recently_played", "library", "catalogue", "artist_albums"),
    *("profile", "playlists", "queue", "token"),
)
RESERVED = frozenset({"recently_played", "token"})  # these may use the whole cap
EVERY = "every"  # the short pause of the whole client id
SHORT_SECONDS = 900  # a wait up to this stops every call: Spotify's window is about 30 s
KEPT = timedelta(days=3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How many calls a day this install allows itself; measured blocks are in the thousands."""

    calls: int = 20_000
    reserved_share: float = 0.1
    catalogue: int = 300
    artist_albums: int = 30  # about 100 in minutes were answered with a day's block
    listener: int = 8_000  # one listener's: eleven hours of music watched every five seconds
    low_share: float = 0.75  # from here on a player is looked at less often, so it never runs out

    def allows(self, family: str, *, spent_here: int, spent: int, by_listener: int = 0) -> bool:
        own = {"catalogue": self.catalogue, "artist_albums": self.artist_albums}
        if family in own and spent_here >= own[family]:
            return False
        if family not in RESERVED and by_listener >= self.listener:
            return False
        share = 1.0 if family in RESERVED else 1.0 - self.reserved_share
        return spent < self.calls * share

    def is_low(self, *, spent: int, by_listener: int) -> bool:
        """Return whether a listener's share, or what all may use, is nearly spent."""
        of_all = self.calls * (1.0 - self.reserved_share)
        return by_listener >= self.listener * self.low_share or spent >= of_all * self.low_share


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The shared limits of one client id. `clock` answers aware UTC."""

    redis: Any  # a redis.Redis; its published types mix in those of the asyncio client
    client_id: str
    clock: Callable[[], datetime]
    budget: Budget = Budget()

    def check(self, family: str, *, user_id: str = "") -> None:
        """Count a call about to be made; raises Blocked or BudgetSpent where it must not be."""
        now = self.clock()
        until = self.blocked_until(family)
        if until and until > now:
            raise errors.Blocked(
                f"Spotify asked us to wait until {time_in_utc(until, now=now)} ({family})",
                retry_after_seconds=seconds_until(until, now=now),
            )
        self._spend(family, user_id=user_id, now=now)

    def has_room(self, family: str, *, user_id: str = "", now: datetime) -> bool:
        """Return whether our own limits of today leave room for one more call."""
        spent, by_listener = self._spent(user_id, now=now)
        return self.budget.allows(
            family,
            spent_here=spent.get(family, 0),
            spent=sum(spent.values()),
            by_listener=by_listener,
        )

    def is_low(self, user_id: str, *, now: datetime) -> bool:
        """Return whether today's calls for this listener should be made less often."""
        spent, by_listener = self._spent(user_id, now=now)
        return self.budget.is_low(spent=sum(spent.values()), by_listener=by_listener)

    def _spent(self, user_id: str, *, now: datetime) -> tuple[dict[str, int], int]:
        """Return today's calls by family, and those for this listener, in one round trip."""
        pipeline = self.redis.pipeline(transaction=False)
        pipeline.hgetall(self._calls_key(now))
        pipeline.hget(self._listeners_key(now), user_id)
        by_family, by_listener = pipeline.execute()
        return _counts(by_family), int(by_listener or 0)

    def _spend(self, family: str, *, user_id: str, now: datetime) -> None:
        if not self.has_room(family, user_id=user_id, now=now):
            midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            made = self.spent(now=now).get(family, 0)
            raise errors.BudgetSpent(
                f"today's limit for {family} calls is reached ({made} made)",
                retry_after_seconds=seconds_until(midnight, now=now),
            )
        counters = {self._calls_key(now): family}
        if user_id:
            counters[self._listeners_key(now)] = user_id
            counters[self._families_key(now)] = f"{family}:{user_id}"
        self._count(counters)

    def _count(self, counters: Mapping[str, str]) -> None:
        """Add one to a field of each key."""
        pipeline = self.redis.pipeline(transaction=False)
        for key, field in counters.items():
            pipeline.hincrby(key, field, 1)
            pipeline.expire(key, KEPT)
        pipeline.execute()

    def note(self, error: errors.RateLimited, *, family: str) -> None:
        """Remember how long to wait: every call for a short while, this family alone for longer.

        The list of recent plays forgets after 50, so no other family's quota may stop it.
        """
        is_long = error.retry_after_seconds > SHORT_SECONDS
        scope = family if is_long or isinstance(error, errors.QuotaExceeded) else EVERY
        self.block(scope, seconds=error.retry_after_seconds)

    def block(self, scope: str, *, seconds: int) -> None:
        """Block calls of this family (or EVERY) for so long; a longer block stays."""
        now = self.clock()
        seconds = min(seconds, errors.LONGEST_WAIT_SECONDS)
        until = now + timedelta(seconds=seconds)
        known = self._untils(scope).get(scope)
        if known is None or known < until:
            self.redis.set(self._blocked_key(scope), until.isoformat(), ex=max(1, seconds))

    def blocked_until(self, family: str) -> datetime | None:
        """Return the later of the family's block and the client id's."""
        return max(self._untils(family, EVERY).values(), default=None)

    def blocks(self, *, now: datetime) -> dict[str, datetime]:
        """Return what has to wait, EVERY or a family, and until when."""
        found = self._untils(EVERY, *FAMILIES)
        return {scope: until for scope, until in found.items() if until > now}

    def lift(self, scope: str) -> bool:
        """End a block before its time; says whether there was one."""
        return bool(self.redis.delete(self._blocked_key(scope)))

    def spent(self, *, now: datetime) -> dict[str, int]:
        """Return the calls made today (UTC), by family."""
        return self._counts(self._calls_key(now))

    def count_invalid(self, source: str, reasons: Sequence[str]) -> None:
        """Count what an answer held that could not be read; the log says what it was."""
        for reason in reasons:
            log.warning("Spotify sent invalid data (%s): %s", source, reason)
            self._count({self._invalid_key(self.clock()): source})

    def invalid_counts(self, *, now: datetime) -> dict[str, int]:
        """Return how much of today's (UTC) answers could not be read, by source."""
        return self._counts(self._invalid_key(now))

    def spent_by_listener(self, *, now: datetime) -> dict[str, int]:
        """Return the calls made today (UTC), by listener."""
        return self._counts(self._listeners_key(now))

    def low_listeners(self, *, now: datetime) -> dict[str, int]:
        """Return today's (UTC) calls of each listener for whom `is_low` holds, most first.

        One without a call yet is low as well when the calls of all are, and is not here.
        """
        spent = sum(self.spent(now=now).values())
        calls = sorted(self.spent_by_listener(now=now).items(), key=lambda item: -item[1])
        return {
            user_id: made
            for user_id, made in calls
            if self.budget.is_low(spent=spent, by_listener=made)
        }

    def spent_by_listener_and_family(self, *, now: datetime) -> dict[str, dict[str, int]]:
        """Return the calls made on that day (UTC), by listener and family."""
        found: dict[str, dict[str, int]] = {}
        for field, count in self._counts(self._families_key(now)).items():
            family, _, user_id = field.partition(":")
            found.setdefault(user_id, {})[family] = count
        return found

    def forget(self, user_id: str, *, now: datetime) -> int:
        """Erase a listener from the counters; returns how many days held them."""
        days = [now - timedelta(days=day) for day in range(KEPT.days + 1)]
        for day in days:
            self.redis.hdel(
                self._families_key(day), *[f"{family}:{user_id}" for family in FAMILIES]
            )
        return sum(int(self.redis.hdel(self._listeners_key(day), user_id)) for day in days)

    def _counts(self, key: str) -> dict[str, int]:
        return _counts(self.redis.hgetall(key))

    def _untils(self, *scopes: str) -> dict[str, datetime]:
        """Return until when each of these scopes that is blocked has to wait."""
        found = self.redis.mget([self._blocked_key(scope) for scope in scopes])
        return {
            scope: datetime.fromisoformat(value.decode())
            for scope, value in zip(scopes, found, strict=True)
            if value
        }

    def _blocked_key(self, scope: str) -> str:
        return f"spotify:{self.client_id}:blocked:{scope}"

    def _calls_key(self, now: datetime) -> str:
        return f"spotify:{self.client_id}:calls:{now.astimezone(UTC):%Y-%m-%d}"

    def _invalid_key(self, now: datetime) -> str:
        return f"spotify:{self.client_id}:odd:{now.astimezone(UTC):%Y-%m-%d}"

    def _families_key(self, now: datetime) -> str:
        return f"spotify:{self.client_id}:families:{now.astimezone(UTC):%Y-%m-%d}"

    def _listeners_key(self, now: datetime) -> str:
        return f"spotify:{self.client_id}:listeners:{now.astimezone(UTC):%Y-%m-%d}"


def seconds_until(moment: datetime, *, now: datetime) -> int:
    return max(1, int((moment - now).total_seconds()) + 1)


def _counts(found: Mapping[bytes, bytes]) -> dict[str, int]:
    return {name.decode(): int(count) for name, count in found.items()}
