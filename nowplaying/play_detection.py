"""Detect plays and skips from one snapshot of the player to the next.

    heard between two snapshots = min(how far the track moved on, how much time passed)

A track that was left is a listen: complete when its last known position, moved on by the time
that passed, reaches within the end margin, else left early.
An item that falls back to its beginning was started again: a repeat is a listen of its own.
Spotify sometimes says that nothing plays while it does: in mid-track the item then counts as
paused until it shows itself again; its listen ends once the item could not be going on any more.
Some speakers report no position, or zero throughout: then the clock says how much was heard. A
player that was closed may be reported as playing for hours: nothing is heard beyond the end.
Nothing here reads a clock, a database or a network.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

SLACK_MS = 2_500  # rounding, and the time an answer takes
LONGEST_PAUSE_MS = 15 * 60_000  # of an episode that has hours left
EndReason = Literal["trackdone", "fwdbtn", "logout"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayerSnapshot:
    """The player at `observed_at`. `key` is None when there is no item (ad, nothing, private)."""

    observed_at: datetime
    kind: str
    key: str | None
    is_playing: bool
    progress_ms: int | None
    duration_ms: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackedItem:
    """A snapshot and what came before it: when its item (or silence) started, how much was heard.

    `paused_item` is the item that may go on after the silence of `snapshot`.
    """

    snapshot: PlayerSnapshot
    started_at: datetime
    heard_ms: int
    paused_item: "TrackedItem | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishedListen:
    """What was heard of an item that was left. Times by our clock, in UTC."""

    started_at: datetime
    ended_at: datetime
    heard_ms: int
    reason_end: EndReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    item: TrackedItem
    finished: FinishedListen | None  # the listen that ended between the two snapshots
    is_new_item: bool  # another item, or the same one from its start


def transition(
    before: TrackedItem | None, snapshot: PlayerSnapshot, *, end_margin: float
) -> Transition:
    """Return what follows from `snapshot` after `before`; None for an item not known before.

    The margin is in seconds.
    """
    if before is not None and before.paused_item is not None:
        return resolve_silence(before, before.paused_item, snapshot, end_margin)
    if before is None or before.snapshot.key is None:
        return Transition(
            item=begin_item(before, snapshot), finished=None, is_new_item=snapshot.key is not None
        )
    if snapshot.key == before.snapshot.key and not is_restart(before, snapshot):
        return Transition(item=continue_item(before, snapshot), finished=None, is_new_item=False)
    if is_silent(snapshot) and can_continue(before, snapshot):
        silence = replace(begin_item(before, snapshot), paused_item=before)
        return Transition(item=silence, finished=None, is_new_item=False)
    finished = finish_item(before, snapshot, end_margin)
    return Transition(
        item=begin_item(before, snapshot), finished=finished, is_new_item=snapshot.key is not None
    )


def resolve_silence(
    silence: TrackedItem, paused: TrackedItem, snapshot: PlayerSnapshot, end_margin: float
) -> Transition:
    """Return whether the paused item goes on, may still do so, or ended when the silence began."""
    if can_continue(paused, snapshot):
        if is_silent(snapshot):
            return Transition(
                item=replace(silence, snapshot=snapshot), finished=None, is_new_item=False
            )
        if snapshot.key == paused.snapshot.key and not is_restart(paused, snapshot):
            return Transition(
                item=continue_item(paused, snapshot), finished=None, is_new_item=False
            )
    ended_by = snapshot
    if not is_gapless(paused, snapshot, end_margin):
        ended_by = replace(silence.snapshot, observed_at=silence.started_at)
    finished = finish_item(paused, ended_by, end_margin)
    return Transition(
        item=begin_item(silence, snapshot), finished=finished, is_new_item=snapshot.key is not None
    )


def is_silent(snapshot: PlayerSnapshot) -> bool:
    """Return whether there is no item, and nothing that says what is there instead."""
    return snapshot.key is None and snapshot.kind not in {"ad", "private"}


def can_continue(before: TrackedItem, snapshot: PlayerSnapshot) -> bool:
    """Return whether no more time has passed than remained of the item."""
    return elapsed_ms(before, snapshot) < min(remaining_ms(before), LONGEST_PAUSE_MS)


def is_gapless(paused: TrackedItem, snapshot: PlayerSnapshot, end_margin: float) -> bool:
    """Return whether the next item began when the paused one had to end: it played on unseen."""
    began_late_ms = (
        elapsed_ms(paused, snapshot) - (snapshot.progress_ms or 0) - remaining_ms(paused)
    )
    return (
        snapshot.key is not None
        and paused.snapshot.is_playing
        and abs(began_late_ms) <= end_margin * 1000
    )


def begin_item(before: TrackedItem | None, snapshot: PlayerSnapshot) -> TrackedItem:
    """Start tracking the item of `snapshot`.

    A position beyond the time since the last snapshot was not heard now: an episode goes on where
    it was left yesterday, a track after a pause that Spotify called silence.
    """
    played = snapshot.progress_ms or 0
    if before is not None:
        played = min(played, elapsed_ms(before, snapshot) + SLACK_MS)
    return TrackedItem(
        snapshot=snapshot,
        started_at=snapshot.observed_at - timedelta(milliseconds=played),
        heard_ms=played if snapshot.duration_ms is None else min(played, snapshot.duration_ms),
    )


def continue_item(before: TrackedItem, snapshot: PlayerSnapshot) -> TrackedItem:
    """Return the same item a moment later; without a progress the clock moves it on."""
    heard = max(0, before.heard_ms + played_ms(before, snapshot))
    if snapshot.progress_ms is None and before.snapshot.progress_ms:
        moved = elapsed_ms(before, snapshot) if before.snapshot.is_playing else 0
        snapshot = replace(snapshot, progress_ms=before.snapshot.progress_ms + moved)
    return TrackedItem(snapshot=snapshot, started_at=before.started_at, heard_ms=heard)


def played_ms(before: TrackedItem, snapshot: PlayerSnapshot) -> int:
    """Return how much of an item was heard, in ms; below zero where the clock counted too much."""
    elapsed = elapsed_ms(before, snapshot)
    if not before.snapshot.is_playing and not snapshot.is_playing:
        return 0
    if not snapshot.progress_ms:
        return min(elapsed, remaining_ms(before)) if before.snapshot.is_playing else 0
    moved = snapshot.progress_ms - position_ms(before)
    if moved < 0 and not before.snapshot.progress_ms:
        return moved
    # A seek moves the position, not the time: forwards counts what passed, backwards too.
    return min(moved, elapsed, remaining_ms(before)) if moved >= 0 else elapsed


def position_ms(item: TrackedItem) -> int:
    """Return how far an item is; where no position is reported, as far as it was heard."""
    return item.snapshot.progress_ms or item.heard_ms


def is_restart(before: TrackedItem, snapshot: PlayerSnapshot) -> bool:
    """Return whether the position fell back, no further than the time since can have brought it."""
    if snapshot.progress_ms is None or before.snapshot.progress_ms is None:
        return False
    fell_back = snapshot.progress_ms < before.snapshot.progress_ms - SLACK_MS
    return fell_back and snapshot.progress_ms <= elapsed_ms(before, snapshot) + SLACK_MS


def finish_item(before: TrackedItem, snapshot: PlayerSnapshot, end_margin: float) -> FinishedListen:
    """Return how the item of `before` ended, at the latest when the item of `snapshot` began."""
    elapsed = max(
        0, elapsed_ms(before, snapshot) - ((snapshot.progress_ms or 0) if snapshot.key else 0)
    )
    moved = min(elapsed, remaining_ms(before)) if before.snapshot.is_playing else 0
    length, heard = before.snapshot.duration_ms, before.heard_ms + moved
    is_complete = length is not None and position_ms(before) + moved >= length - end_margin * 1000
    ended: EndReason = "trackdone" if is_complete else "fwdbtn" if snapshot.key else "logout"
    # Spotify ends a paused play when something else begins: thus both reports are one play.
    waited = elapsed if snapshot.key and not before.snapshot.is_playing else moved
    beyond = max(0, position_ms(before) - length) if length else 0
    return FinishedListen(
        started_at=before.started_at,
        ended_at=max(
            before.started_at + timedelta(milliseconds=heard),
            before.snapshot.observed_at + timedelta(milliseconds=waited - beyond),
        ),
        heard_ms=heard,
        reason_end=ended,
    )


def remaining_ms(item: TrackedItem) -> int:
    """Return the time to the item's end by its last known position; a day for an unknown length."""
    if item.snapshot.duration_ms is None:
        return 86_400_000
    return max(0, item.snapshot.duration_ms - position_ms(item))


def elapsed_ms(before: TrackedItem, snapshot: PlayerSnapshot) -> int:
    """Return the time between two snapshots; zero where the clock was set back."""
    return max(0, int((snapshot.observed_at - before.snapshot.observed_at).total_seconds() * 1000))
