"""When a person listens on a day: sessions at their hours, later at weekends, more in winter."""

import math
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import NamedTuple

from spotifyweb.sandbox.listeners.people import Device, Person

MINUTE_MS, HOUR_MS = 60_000, 3_600_000


class Session(NamedTuple):
    starts_ms: int
    ends_ms: int
    device: Device


def _midnight_ms(person: Person, day: date) -> int:
    return int(datetime.combine(day, time(), person.zone).astimezone(UTC).timestamp() * 1000)


def night_ends_ms(person: Person, day: date) -> int:
    """Return five in the morning after: nothing of the day begins later."""
    return _midnight_ms(person, day) + 29 * HOUR_MS


def on_day(rng: Random, person: Person, day: date) -> Iterator[Session]:
    midnight = _midnight_ms(person, day)
    if person.always_on:
        tomorrow = _midnight_ms(person, day + timedelta(days=1))
        yield Session(midnight, tomorrow, person.devices[0])
        return
    season = 1 + 0.2 * math.cos((day.month - 12) / 6 * math.pi)  # more in winter
    weekend_ms = 2 * HOUR_MS if day.weekday() >= 5 else 0
    free_from, night_ends = midnight, night_ends_ms(person, day)
    for hour, minutes, chance in person.sessions:
        begins = midnight + hour * HOUR_MS + weekend_ms + int(rng.random() * 50 * MINUTE_MS)
        length = int(minutes * MINUTE_MS * (0.5 + rng.random()))
        if rng.random() < chance * season and begins < night_ends:
            begins = max(begins, free_from)
            ends = min(begins + length, night_ends)
            yield Session(begins, ends, rng.choice(person.devices))
            free_from = ends + 10 * MINUTE_MS
