"""From one look at the player to the next: what changed, and what was really heard.

    heard between two looks = min(how far the track moved on, how much time passed)

A track that was left is a listen: complete when its last known position, moved on by the time
that passed, reaches within the end margin, else left early.
An item that falls back to its beginning was started again: a repeat is a listen of its own.
Spotify sometimes says that nothing plays while it does: a silence in mid-track is held until the
item shows itself again, and ends the listen when the item could not be going on any more.
Nothing here reads a clock, a database or a network.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from nowplaying.poll_settings import PACE

SLACK_MS = 2_500  # rounding, and the time an answer takes
LONGEST_HOLD_MS = 15 * 60_000  # of an episode that has hours left
Ended = Literal["trackdone", "fwdbtn", "logout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """The player at `observed_at`. `key` is None when there is no item (ad, nothing, private)."""

    observed_at: datetime
    kind: str
    key: str | None
    is_playing: bool
    progress_ms: int | None
    duration_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """A look with what came before it: when the item (or the silence) started, how much was heard.

    `held` is the item that may go on after the silence of `look`.
    """

    look: Look
    started_at: datetime
    heard_ms: int
    held: "Listening | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listen:
    """What was heard of an item that was left. Times by our clock, in UTC."""

    started_at: datetime
    ended_at: datetime
    heard_ms: int
    ended: Ended


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    now: Listening
    finished: Listen | None  # the listen that ended between the two looks
    is_new_item: bool  # another item, or the same one from its start


def step(before: Listening | None, look: Look, *, end_margin: float = PACE.end_margin) -> Step:
    """What the look means after `before` (None: nothing is known yet); the margin in seconds."""
    if before is not None and before.held is not None:
        return after_silence(before, before.held, look, end_margin)
    if before is None or before.look.key is None:
        return Step(now=begin(before, look), finished=None, is_new_item=look.key is not None)
    if look.key == before.look.key and not started_again(before, look):
        return Step(now=go_on(before, look), finished=None, is_new_item=False)
    if is_silent(look) and may_go_on(before, look):
        silence = replace(begin(before, look), held=before)
        return Step(now=silence, finished=None, is_new_item=False)
    finished = finish(before, look, end_margin)
    return Step(now=begin(before, look), finished=finished, is_new_item=look.key is not None)


def after_silence(silence: Listening, held: Listening, look: Look, end_margin: float) -> Step:
    """The held item goes on, may still do so, or ended when the silence began."""
    if may_go_on(held, look):
        if is_silent(look):
            return Step(now=replace(silence, look=look), finished=None, is_new_item=False)
        if look.key == held.look.key and not started_again(held, look):
            return Step(now=go_on(held, look), finished=None, is_new_item=False)
    ended_by = look
    if not follows_on(held, look, end_margin):
        ended_by = replace(silence.look, observed_at=silence.started_at)
    finished = finish(held, ended_by, end_margin)
    return Step(now=begin(silence, look), finished=finished, is_new_item=look.key is not None)


def is_silent(look: Look) -> bool:
    """No item, and nothing that says what is there instead."""
    return look.key is None and look.kind not in {"ad", "private"}


def may_go_on(before: Listening, look: Look) -> bool:
    """Not more time has passed than remained of the item."""
    return passed_ms(before, look) < min(remaining_ms(before), LONGEST_HOLD_MS)


def follows_on(held: Listening, look: Look, end_margin: float) -> bool:
    """The look's item began when the held one had to end: that one played on unseen."""
    began_late_ms = passed_ms(held, look) - (look.progress_ms or 0) - remaining_ms(held)
    return look.key is not None and held.look.is_playing and abs(began_late_ms) <= end_margin * 1000


def begin(before: Listening | None, look: Look) -> Listening:
    """A position beyond the time since the last look was not heard now: an episode goes on where
    it was left yesterday, a track after a pause that Spotify called silence.
    """
    played = look.progress_ms or 0
    if before is not None:
        played = min(played, passed_ms(before, look) + SLACK_MS)
    return Listening(
        look=look, started_at=look.observed_at - timedelta(milliseconds=played), heard_ms=played
    )


def go_on(before: Listening, look: Look) -> Listening:
    """The same item a moment later. Without a progress the clock tells it."""
    passed = passed_ms(before, look)
    moved = passed
    if look.progress_ms is not None and before.look.progress_ms is not None:
        moved = look.progress_ms - before.look.progress_ms
    elif look.progress_ms is None and before.look.is_playing:
        look = replace(look, progress_ms=(before.look.progress_ms or 0) + passed)
    # A seek moves the position, not the time: forwards counts what passed, backwards too.
    heard = min(moved, passed) if moved >= 0 else passed
    if not before.look.is_playing and not look.is_playing:
        heard = 0
    return Listening(
        look=look, started_at=before.started_at, heard_ms=before.heard_ms + max(0, heard)
    )


def started_again(before: Listening, look: Look) -> bool:
    """The position fell back, no further than the time since the last look can have brought it."""
    if look.progress_ms is None or before.look.progress_ms is None:
        return False
    fell_back = look.progress_ms < before.look.progress_ms - SLACK_MS
    return fell_back and look.progress_ms <= passed_ms(before, look) + SLACK_MS


def finish(before: Listening, look: Look, end_margin: float) -> Listen:
    """How the item of `before` ended, at the latest when the item of `look` began."""
    passed = max(0, passed_ms(before, look) - ((look.progress_ms or 0) if look.key else 0))
    moved = min(passed, remaining_ms(before)) if before.look.is_playing else 0
    is_complete = before.look.duration_ms is not None and (
        (before.look.progress_ms or 0) + moved >= before.look.duration_ms - end_margin * 1000
    )
    ended: Ended = "trackdone" if is_complete else "fwdbtn" if look.key else "logout"
    # Spotify ends a paused play when something else begins: so its own telling is known as ours.
    waited = passed if look.key and not before.look.is_playing else moved
    return Listen(
        started_at=before.started_at,
        ended_at=before.look.observed_at + timedelta(milliseconds=waited),
        heard_ms=before.heard_ms + moved,
        ended=ended,
    )


def remaining_ms(listening: Listening) -> int:
    """Until the item's end by its last known position; a day when its length is unknown."""
    if listening.look.duration_ms is None:
        return 86_400_000
    return max(0, listening.look.duration_ms - (listening.look.progress_ms or 0))


def passed_ms(before: Listening, look: Look) -> int:
    """Never negative: a clock that was set back gives no time."""
    return max(0, int((look.observed_at - before.look.observed_at).total_seconds() * 1000))
