"""What a listener sees under some filters, counted: the right side of every comparison."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from tests.lifetime import songs, words
from tests.lifetime.heard import Everything
from tests.lifetime.songs import Release
from tests.support import reference_stats
from tests.support.reference_listens import CountedListen

ONE_DAY = timedelta(days=1)
RANGES = {"": "All time", "30d": "Last 30 days", "365d": "Last 365 days", "ytd": "This year"}
Span = tuple[date | None, date | None]
Ranking = list[tuple[Any, ...]]  # key, plays, ms


@dataclass(frozen=True, kw_only=True)
class View:
    """`params` is the query of the address; `left_out` are artists that a rule excludes."""

    everything: Everything
    user_id: str
    today: date
    params: dict[str, str]
    left_out: tuple[str, ...] = ()

    def during(self, first: date | None, last: date | None) -> "View":
        days = {"from": first, "to": last}
        dated = {name: day.isoformat() for name, day in days.items() if day}
        kept = {k: v for k, v in self.params.items() if k not in ("range", "from", "to")}
        return replace(self, params=kept | dated)

    def seen(self, **params: str) -> "View":
        return replace(self, params=self.params | params)

    @property
    def span(self) -> Span:
        chosen = self.params.get("range", "")
        if chosen.endswith("d"):
            return self.today - (int(chosen[:-1]) - 1) * ONE_DAY, self.today
        if chosen:
            year = self.today.year if chosen == "ytd" else int(chosen)
            return date(year, 1, 1), self.today if chosen == "ytd" else date(year, 12, 31)
        first, last = (self.params.get(name) for name in ("from", "to"))
        return first and date.fromisoformat(first), last and date.fromisoformat(last)  # type: ignore[return-value]

    @cached_property
    def all_time(self) -> list[CountedListen]:
        """Under all filters but the days."""
        return [one for one in self.everything.pieces[self.user_id] if self._holds(one)]

    @cached_property
    def pieces(self) -> list[CountedListen]:
        first, last = self._days
        return [one for one in self.all_time if first <= one.local_date <= last]

    @property
    def _days(self) -> tuple[date, date]:
        first, last = self.span
        return first or date.min, last or date.max

    def holds(self, one: CountedListen) -> bool:
        """Whether that listen began under these filters."""
        first, last = self._days
        return self._holds(one) and first <= one.local_date <= last

    @property
    def counted(self) -> list[CountedListen]:
        """With skips for plays where they are to be counted so."""
        if "skips" not in self.params:
            return self.pieces
        return [replace(one, is_play=True) for one in self.pieces]

    def label_of_days(self) -> str:
        """The days in words."""
        if "from" in self.params or "to" in self.params:
            first, last = (words.day(day) if day else "…" for day in self.span)
            return f"{first} to {last}"
        chosen = self.params.get("range", "")
        return RANGES.get(chosen, chosen)

    def label(self, days: str = "") -> str:
        """The filters in words, as the heads of pages say them."""
        said = [days or self.label_of_days()]
        said += [self.params["device"]] if "device" in self.params else []
        if "min_ms" in self.params:
            said.append(f"plays of {words.duration(int(self.params['min_ms']))} or more")
        said += ["skips counted as plays"] if "skips" in self.params else []
        if "podcasts" in self.params:
            kinds = {"with": "music and podcasts", "only": "podcasts and audiobooks"}
            said.append(kinds[self.params["podcasts"]])
        return ", ".join(said)

    def _holds(self, one: CountedListen) -> bool:
        spoken = {"with": True, "only": one.content_type != "track"}
        return (
            spoken.get(self.params.get("podcasts", ""), one.content_type == "track")
            and self.params.get("device", one.device) == one.device
            and self.params.get("source", one.source) == one.source
            and one.listened_ms >= int(self.params.get("min_ms", 0))
            and (one.artist_name or "") not in self.left_out
        )

    def totals(self) -> dict[str, Any]:
        """Plays, skips, begun, heard_ms, days, daily_ms, daily_plays."""
        told = reference_stats.totals(self.pieces)
        return reference_stats.totals(self.counted) | {
            "skips": told["skips"],
            "begun": told["begun"],
        }

    def unique(self) -> dict[str, int]:
        return reference_stats.unique([one for one in self.counted if one.artist_name]) | {
            "tracks": len({one.track_id for one in self.counted if one.is_play and one.begins})
        }

    def days(self) -> dict[date, list[int]]:
        """Plays and ms of each day with either."""
        found: dict[date, list[int]] = defaultdict(lambda: [0, 0])
        for one in self.counted:
            day = found[one.local_date]
            day[0] += one.begins and one.is_play
            day[1] += one.heard_ms
        return found

    def played_days(self) -> list[date]:
        return sorted(day for day, (plays, _) in self.days().items() if plays)

    def ranking(self, kind: str, by: str = "plays") -> Ranking:
        return reference_stats.ranking(self.counted, kind, by=by)

    def songs_of(self, key: tuple[str, ...]) -> int:
        """Different songs played by that artist."""
        return len({o.track_id for o in self._plays() if o.artist_name == key[0]})

    def _plays(self) -> list[CountedListen]:
        return [one for one in self.counted if one.is_play and one.begins]

    def before(self) -> "View | None":
        """As many days before, or the same days of the year before."""
        first, last = self.span
        if first is None or last is None:
            return None
        if (first.month, first.day, first.year) == (1, 1, last.year):
            return self.during(_year_before(first), _year_before(last))
        return self.during(first - (last - first) - ONE_DAY, first - ONE_DAY)

    def whole(self) -> "View | None":
        """Its days that are over."""
        first, last = self.span
        if first is None:
            return None
        last = min(last or self.today, self.today - ONE_DAY)
        return self.during(first, last) if last >= first else None

    def track(self, track_id: str) -> Release:
        return self.everything.releases[track_id]

    def sittings(self) -> list[list[CountedListen]]:
        """The plays of each sitting, in the order in which they began; nothing is filtered."""
        found: dict[int, list[CountedListen]] = defaultdict(list)
        began: dict[int, Any] = {}
        placed = self.everything.placed[self.user_id]
        for one, heard in zip(placed, self.everything.heard[self.user_id], strict=True):
            began[one.sitting] = min(one.began_ms, began.get(one.sitting, one.began_ms))
            if heard.is_play:
                found[one.sitting].append(heard)
        return [found[one] for one in sorted(found, key=lambda sitting: began[sitting])]

    def overlap(self) -> tuple[int, int]:
        """Hours of more than sixty minutes, and how much more that is."""
        hours: Counter[Any] = Counter()
        placed = self.everything.placed[self.user_id]
        first, last = self._days
        for one, heard in zip(placed, self.everything.heard[self.user_id], strict=True):
            if self._holds(heard):
                for hour, ms in one.hours.items():
                    if first <= hour[0].date() <= last:
                        hours[hour] += ms
        over = [ms - 3_600_000 for ms in hours.values() if ms > 3_600_000]
        return len(over), sum(over)


def streaks(days: Sequence[date], today: date) -> tuple[int, int, date | None]:
    """The current one, the longest, and the day on which that last ended."""
    known = set(days)
    runs = {day: reference_stats.run_until(day, known) for day in known}
    longest = max(runs.values(), default=0)
    alive = next((day for day in (today, today - ONE_DAY) if day in known), None)
    until = max((day for day in known if runs[day] == longest), default=None)
    return runs[alive] if alive else 0, longest, until


def is_named(words: str, name: str | None) -> bool:
    return name is not None and songs.folded(words) in songs.folded(name)


def _year_before(day: date) -> date:
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
