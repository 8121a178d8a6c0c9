"""The simulated clock of a soak: one file, which all of its processes read.

Spotify's clock is that of the sandbox, of Valkey's log and of the record of plays. The product's
differs from it while a fault moves the machine's clock.
"""

import json
import os
import time
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

VARIABLE = "SOAK_CLOCK"  # names the file


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Simulated time = start + speed * (real time since `anchored_at`), all in seconds."""

    anchored_at: float
    start: float
    speed: float
    product_offset: float = 0.0

    def at(self, real: float) -> float:
        return self.start + (real - self.anchored_at) * self.speed

    def anchored(self, real: float, *, speed: float) -> "Clock":
        """Go on from that moment at another speed."""
        offset = self.product_offset
        return Clock(anchored_at=real, start=self.at(real), speed=speed, product_offset=offset)


def write(path: Path, clock: Clock) -> None:
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(clock)))
    draft.replace(path)


class ClockFile:
    """The clock as the file has it now; a change counts at once."""

    def __init__(self, path: Path) -> None:
        self.path, self._changed_ns = path, 0
        self._clock: Clock | None = None

    @classmethod
    def of_environment(cls) -> "ClockFile":
        return cls(Path(os.environ[VARIABLE]))

    @property
    def clock(self) -> Clock:
        changed_ns = self.path.stat().st_mtime_ns
        if self._clock is None or changed_ns != self._changed_ns:
            self._clock, self._changed_ns = Clock(**json.loads(self.path.read_text())), changed_ns
        return self._clock

    def spotify_now(self) -> datetime:
        return datetime.fromtimestamp(self.clock.at(time.time()), UTC)

    def product_now(self) -> datetime:
        clock = self.clock
        return datetime.fromtimestamp(clock.at(time.time()) + clock.product_offset, UTC)

    def ms_at(self, real_ms: int) -> int:
        return int(self.clock.at(real_ms / 1000) * 1000)
