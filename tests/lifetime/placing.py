"""Where listening time lies, and which listens are one sitting: docs/adr/0024."""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from spotifyweb.events import NAMESPACE
from tests.lifetime.rows import EPOCH, Listen

DAY_MS = 86_400_000
QUARTER_MS = 900_000
PAUSE_MS = 30 * 60_000
Hour = tuple[datetime, timedelta]  # on the wall, and how far from UTC: one hour comes twice a year


@dataclass(slots=True, kw_only=True)
class Placed:
    """A listen of somebody, where it lies in time: ms by the hours of the clock."""

    listen: Listen
    user_id: str
    event_id: str
    lane: str | None = None
    sitting: int = 0
    from_ms: int = 0
    hours: dict[Hour, int] = field(default_factory=dict)

    @property
    def began_ms(self) -> int:
        return to_ms(self.listen.began_at)

    @property
    def ended_ms(self) -> int:
        return to_ms(self.listen.ended_at)

    @property
    def over_ms(self) -> int:
        """From when on nothing was heard any more."""
        return min(self.ended_ms, self.began_ms + self.listen.ms)


def placed(listens: Sequence[Listen], *, user_id: str, zone: ZoneInfo) -> list[Placed]:
    """The listens of one listener, in the order in which they ended."""
    found = [
        Placed(listen=one, user_id=user_id, event_id=_event_id(one, user_id)) for one in listens
    ]
    found.sort(key=lambda one: (one.ended_ms, one.event_id))
    lanes: dict[str | None, list[Placed]] = defaultdict(list)
    lane: str | None = None
    for one in found:
        lane = one.lane = one.listen.device or one.listen.platform or lane
        lanes[lane].append(one)
    for those in lanes.values():
        _lay_out(those)
    _sit(found)
    for one in found:
        one.hours = dict(_hours(one, zone))
    return found


def to_ms(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(milliseconds=1)


def _event_id(listen: Listen, user_id: str) -> str:
    """The key of docs/adr/0020: the listener, what it is, the item, the millisecond of its end."""
    kind = "play" if listen.is_play else "skip"
    return str(uuid.uuid5(NAMESPACE, f"{user_id}|{kind}|{listen.item}|{to_ms(listen.ended_at)}"))


def _lay_out(lane: list[Placed]) -> None:
    """One device plays one thing at a time: what overlaps gives way, backwards from the last."""
    free_ms: int | None = None
    for one in sorted(lane, key=lambda one: (one.over_ms, one.event_id), reverse=True):
        until_ms = one.over_ms if free_ms is None else min(one.over_ms, free_ms)
        free_ms = until_ms - one.listen.ms
        own_ms = one.over_ms - one.listen.ms
        one.from_ms = own_ms if own_ms - free_ms > DAY_MS else free_ms


def _sit(found: list[Placed]) -> None:
    """A sitting ends with half an hour of silence."""
    quiet_ms: int | None = None
    for number, one in enumerate(found):
        is_new = quiet_ms is None or one.began_ms - quiet_ms > PAUSE_MS
        one.sitting = number if is_new else found[number - 1].sitting
        quiet_ms = one.over_ms


def _hours(one: Placed, zone: ZoneInfo) -> Iterator[tuple[Hour, int]]:
    """By the hours of the clock: quarter by quarter, since zones are apart by quarters."""
    sums: dict[Hour, int] = defaultdict(int)
    moment, until = one.from_ms, one.from_ms + one.listen.ms
    while moment < until:
        following = min(until, moment - moment % QUARTER_MS + QUARTER_MS)
        local = (EPOCH + timedelta(milliseconds=moment)).astimezone(zone)
        hour = local.replace(minute=0, second=0, microsecond=0, tzinfo=None)
        sums[hour, local.utcoffset() or timedelta()] += following - moment
        moment = following
    yield from sums.items()
