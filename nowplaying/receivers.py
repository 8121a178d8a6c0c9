"""Receivers of signals: log-out, disconnecting, a new login, erasure, a new build."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from nowplaying import erasure, live_pages, state_payload
from nowplaying.models import CallsOnDay, Playback, PlayerProblem
from spotifyweb import clients, recent_listens, signals
from spotifyweb.accounts.models import Listener
from spotifyweb.lake import Suppression
from spotifyweb.privacy import registry
from spotifyweb.privacy.registry import Counts, PersonalData


@receiver(user_logged_out)
def end_session(request: HttpRequest, **_: Any) -> None:
    """Close that browser's sockets only."""
    live_pages.close_pages(live_pages.session_group(request.session.session_key))


@receiver(signals.sessions_ended)
def end_sessions(keys: Iterable[str], **_: Any) -> None:
    """Close the sockets of those browsers."""
    for key in keys:
        live_pages.close_pages(live_pages.session_group(key))


@receiver(signals.listener_disconnected)
def end_polling(listener: Listener, keeps_history: bool, **_: Any) -> None:
    """Show nothing any more, on their pages or on a link; events that wait are history."""
    erasure.clear_state(listener, keeps_outbox=keeps_history)
    push_remaining(listener)
    live_pages.close_pages(live_pages.group_of(listener.pk))


@registry.register
class PlayerData(PersonalData):
    """The player's state with its outbox, counts of calls, and recent listens in Redis."""

    tables: ClassVar[Mapping[str, str]] = {
        "nowplaying.Playback": "deleted when the listener leaves; events and items by erase_part",
        "nowplaying.CallsOnDay": "deleted when the listener leaves",
    }

    def erase_all(
        self,
        user_id: str,
        listener: Listener | None,
        sources: tuple[str, ...],  # noqa: ARG002
    ) -> Counts:
        """Erase the player's state and its counts: Spotify's data, whatever else is kept."""
        recent_listens.erase_all(clients.redis_client(), user_id)
        if listener is None:
            return {}
        states, _by_model = Playback.objects.filter(listener=listener).delete()
        counts, _by_model = CallsOnDay.objects.filter(listener=listener).delete()
        return {"saved states of the player": states, "counts of calls to Spotify": counts}

    def erase_part(self, listener: Listener, erased: Suppression) -> Counts:
        """Erase from the outbox, from what is shown, and from today's session."""
        removed = {
            "saved states of the player": erasure.erase_from_state(listener, erased),
            "plays of today's session": recent_listens.erase_part(clients.redis_client(), erased),
        }
        push_remaining(listener)
        return removed


def push_remaining(listener: Listener) -> None:
    """Push what is left of the state to pages that are open."""
    left = Playback.objects.filter(listener=listener).first() or Playback()
    left.listener = listener
    live_pages.push_state(left, now=timezone.now())


@receiver(signals.listener_connected)
def poll_soon(listener: Listener, **_: Any) -> None:
    """Make a poll due: a new consent ends the wait of the old one."""
    Playback.objects.filter(listener=listener).update(due_at=timezone.now())


@receiver(signals.block_lifted)
def poll_blocked(now: datetime, **_: Any) -> None:
    """Make polls due that waited because of Spotify."""
    Playback.objects.filter(trouble=PlayerProblem.BLOCKED).update(due_at=now)


@receiver(signals.playback_requested)
def shared_playback(listener_pk: int, **_: Any) -> dict[str, Any]:
    """Return the item for a shared link, without devices and problems.

    Empty where it may be over by now.
    """
    state = state_payload.fresh_state(listener_pk, now=timezone.now())
    return state_payload.template_context(state) if state else {}


@receiver(signals.build_published)
def push_build(build_id: str, **_: Any) -> None:
    live_pages.push_build(build_id)
