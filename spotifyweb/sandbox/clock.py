"""The sandbox's own clock: it can be moved, frozen and sped up, and it ticks otherwise."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from spotifyweb.events import to_ms


def wall_clock() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Virtual now = anchor + speed * (real time since the anchor was set)."""

    def __init__(self, real: Callable[[], datetime] = wall_clock) -> None:
        self.real = real
        self.anchor = self.anchored_at = real()
        self.speed = 1.0

    def now(self) -> datetime:
        return self.anchor + (self.real() - self.anchored_at) * self.speed

    def now_ms(self) -> int:
        return to_ms(self.now())

    def set(self, *, now: datetime | None = None, speed: float | None = None) -> None:
        """Go on from that moment at that speed; what is not given stays as it is. 0 freezes."""
        self.anchor, self.anchored_at = now or self.now(), self.real()
        self.speed = self.speed if speed is None else speed

    def advance(self, seconds: float) -> None:
        self.set(now=self.now() + timedelta(seconds=seconds))

    def reset(self) -> None:
        """Back to real time."""
        self.set(now=self.real(), speed=1.0)
