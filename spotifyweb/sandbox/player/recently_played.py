"""How recently-played falls short of what was truly played."""

from dataclasses import dataclass

from spotifyweb.sandbox import seeds
from spotifyweb.sandbox.player.items import PlayedItem


@dataclass(frozen=True, slots=True, kw_only=True)
class RecentlyPlayedLimits:
    """Which plays are late or missing, the same ones at every request; by default none."""

    late_seconds: float = 0.0  # a finished play is listed up to so long after its end
    skips_left_out: float = 0.0  # share of the plays that were left before their end

    def __post_init__(self) -> None:
        if self.late_seconds < 0 or not 0 <= self.skips_left_out <= 1:
            raise ValueError(f"{self}: late_seconds from 0 on, skips_left_out from 0 to 1")

    def includes(self, played: PlayedItem, now_ms: int) -> bool:
        """Return whether the list has that play at that moment."""
        luck = seeds.number("listing", played.item.item_id, played.ended_ms)
        if not played.is_listable or self._omits_skip(played, luck % 1000):
            return False
        late_ms = int(self.late_seconds * 1000 * (luck // 1000 % 1000) / 1000)
        return played.ended_ms + late_ms <= now_ms

    def _omits_skip(self, played: PlayedItem, luck: int) -> bool:
        return played.reason_end != "trackdone" and luck < self.skips_left_out * 1000
