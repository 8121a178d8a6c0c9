"""A player under manual control: play, pause, seek, skip. Times are arguments."""

from collections.abc import Callable
from dataclasses import dataclass, field

from spotifyweb.sandbox.listeners.people import Device
from spotifyweb.sandbox.player.items import Item, PlayedItem


@dataclass(slots=True, kw_only=True)
class ManualPlayback:
    """The current item, and the anchor from which its position is computed."""

    device: Device
    draw: Callable[[], Item]  # what follows when the queue is empty
    item: Item | None = None
    started_ms: int = 0
    anchor_ms: int = 0
    anchor_progress_ms: int = 0
    played_ms: int = 0  # up to the anchor
    is_playing: bool = False
    changed_ms: int = 0  # of the last play, pause, seek or new item
    reason_start: str = "playbtn"
    context: str | None = None
    private: bool = False
    repeat: str = "off"
    queue: list[Item] = field(default_factory=list)
    played_items: list[PlayedItem] = field(default_factory=list)

    def progress_ms(self, now_ms: int) -> int:
        return self.anchor_progress_ms + (now_ms - self.anchor_ms if self.is_playing else 0)

    def start_item(
        self, item: Item | None, now_ms: int, *, reason: str, context: str | None = None
    ) -> None:
        """Start an item from its beginning; None is silence."""
        self.item, self.context, self.reason_start = item, context, reason
        self.started_ms = self.anchor_ms = self.changed_ms = now_ms
        self.anchor_progress_ms = self.played_ms = 0
        self.is_playing = item is not None

    def advance(self, now_ms: int) -> None:
        """Finish the items that have ended by now, and start what follows them."""
        while self.item and self.is_playing and self.progress_ms(now_ms) >= self.item.duration_ms:
            ends_ms = self.anchor_ms + self.item.duration_ms - self.anchor_progress_ms
            following = self.item if self.repeat == "track" else self.next_item()
            context = self.context
            self.finish_item(ends_ms, reason="trackdone")
            self.start_item(following, ends_ms, reason="trackdone", context=context)

    def next_item(self) -> Item:
        return self.queue.pop(0) if self.queue else self.draw()

    def finish_item(self, now_ms: int, *, reason: str) -> None:
        """Record how much of the current item was played."""
        if self.item is None:
            return
        ran_ms = now_ms - self.anchor_ms if self.is_playing else 0
        self.played_items.append(
            PlayedItem(
                item=self.item,
                started_ms=self.started_ms,
                ended_ms=now_ms,
                ms_played=self.played_ms + ran_ms,
                reason_start=self.reason_start,
                reason_end=reason,
                device=self.device,
                context=self.context,
                private=self.private,
            )
        )

    def set_position(
        self, now_ms: int, *, playing: bool | None = None, progress_ms: int | None = None
    ) -> None:
        """Pause, resume or seek, by a new anchor."""
        position = self.progress_ms(now_ms)
        self.played_ms += now_ms - self.anchor_ms if self.is_playing else 0
        self.anchor_ms = self.changed_ms = now_ms
        self.anchor_progress_ms = position if progress_ms is None else progress_ms
        self.is_playing = self.is_playing if playing is None else playing
