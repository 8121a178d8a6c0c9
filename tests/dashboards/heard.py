"""What was heard in the house of tests/dbt, as plain rows: the independent side of each number."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from tests.dbt import listening, reference
from tests.dbt.house import House


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    user_id: str
    is_play: bool
    track_name: str
    artist_name: str
    heard_ms: int
    local_at: datetime
    device: str
    source: str
    tellings: int  # events that speak of it

    @property
    def local_date(self) -> date:
        return self.local_at.date()


def heard_in(house: House) -> list[Heard]:
    lengths = {row["track_id"]: row["duration_ms"] for row in house.rows["tracks"]}
    rows = [row for row in house.rows["plays"] + house.rows["skips"] if not _erased(row)]
    listens = reference.listens(
        rows,
        now=listening.SECOND_BUILD,
        lengths=lengths,
        homes=listening.ZONES,
        separations=house.rows["separations"],
    )
    return [_heard(listen) for listen in listens]


def _erased(row: reference.Row) -> bool:
    theirs = row["user_id"] == "nozone" and row["source"] == "player"
    return theirs and bool(row["landed_at"] <= listening.FIRST_LANDING)


def _heard(listen: reference.Listen) -> Heard:
    best = listen.tellings[0]
    assert listen.local_at is not None
    return Heard(
        user_id=best["user_id"],
        is_play=best["event_type"] == "play",
        track_name=best["track_name"],
        artist_name=best["artist_name"],
        heard_ms=listen.heard_ms or 0,
        local_at=listen.local_at,
        device=listen.best("device_type") or "unknown",
        source=best["source"],
        tellings=len(listen.tellings),
    )


def of(
    everything: Iterable[Heard],
    user_id: str,
    where: Callable[[Heard], bool] = lambda heard: heard.is_play,
) -> list[Heard]:
    return [heard for heard in everything if heard.user_id == user_id and where(heard)]
