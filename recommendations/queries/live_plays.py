"""Plays of the live path behind those of the build, so that they count at once."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from recommendations.parameters import Parameters
from recommendations.queries.play_order import SINCE, growth_at
from recommendations.queries.play_sequence import EXCLUDED, PlaySequence
from recommendations.queries.rows import LivePlay
from spotifyweb.events import SAME_PLAY
from spotifyweb.warehouse import Row


def later_plays(
    sequence: PlaySequence,
    live_plays: Sequence[LivePlay],  # oldest first
    parameters: Parameters,
) -> list[LivePlay]:
    """Return plays that ended after the build's last; two reports of one differ by less."""
    last = _last_ended_at(sequence, parameters)
    return [play for play in live_plays if last is None or play.ended_at > last + SAME_PLAY]


def extend(
    sequence: PlaySequence,
    later: Sequence[LivePlay],
    tracks: Mapping[str, Row],
    parameters: Parameters,
) -> PlaySequence:
    """Return the sequence with later plays behind it.

    Silence is measured between plays, as the live list has no tracks that were left early.
    """
    if not later:
        return sequence
    last = _last_ended_at(sequence, parameters)
    gap = timedelta(minutes=parameters.session_gap_minutes)
    session_no = sequence.session_nos[-1] if last else 0
    columns: dict[str, list[float]] = {name: [] for name in sequence.columns}
    for play in later:
        session_no += last is None or play.started_at - last > gap
        row: Row = {} if play.is_excluded else tracks.get(play.track_id, {})
        columns["track_no"].append(row.get("track_no") or EXCLUDED)
        columns["session_no"].append(session_no)
        columns["local_hour"].append(0)  # reasons name the hours of what the build has
        columns["growth"].append(growth_at(play.ended_at, parameters))
        last = play.ended_at
    return sequence.extend(columns)


def add_recent_plays(
    recent: Mapping[str, float], later: Sequence[LivePlay], *, as_of: datetime
) -> dict[str, float]:
    """Return what each track's plays count, half of one after a day, with later plays."""
    found = dict(recent)
    for play in later:
        if not play.is_excluded:
            age = max(0.0, (as_of - play.ended_at) / timedelta(days=1))
            found[play.track_id] = found.get(play.track_id, 0.0) + float(2**-age)
    return found


def _last_ended_at(sequence: PlaySequence, parameters: Parameters) -> datetime | None:
    if not len(sequence.growth):
        return None
    days = math.log2(sequence.growth[-1]) * parameters.half_life_days
    return SINCE + timedelta(days=days)
