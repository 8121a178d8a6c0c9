"""What the live path hears from elsewhere: log-out, disconnecting, coming back, a new build."""

from datetime import datetime
from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from nowplaying import erasure, live_pages, state_payload
from nowplaying.models import CallsOnDay, Playback, Trouble
from spotifyweb import clients, news, recent_listens
from spotifyweb.accounts.models import Listener
from spotifyweb.accounts.signals import arrived, departed, forgetting, part_erased
from spotifyweb.lake import Erased


@receiver(user_logged_out)
def end_session(request: HttpRequest, **_: Any) -> None:
    """That browser's sockets only."""
    live_pages.close_pages(live_pages.session_group(request.session.session_key))


@receiver(departed)
def end_looking(listener: Listener, keeps_history: bool, **_: Any) -> None:
    """Nothing is shown any more, on their pages or on a link; what the log is owed is history."""
    erasure.end_state(listener, keeps_owed=keeps_history)
    show_again(listener)
    live_pages.close_pages(live_pages.group_of(listener.pk))


@receiver(forgetting)
def forget(user_id: str, listener: Listener | None, **_: Any) -> dict[str, int]:
    """The player's state and its counts are Spotify's data, whatever else is kept."""
    recent_listens.forget(clients.redis_client(), user_id)
    if listener is None:
        return {}
    states, _by_model = Playback.objects.filter(listener=listener).delete()
    counts, _by_model = CallsOnDay.objects.filter(listener=listener).delete()
    return {"states of the player": states, "counts of calls": counts}


@receiver(part_erased)
def forget_part(listener: Listener, erased: Erased, **_: Any) -> dict[str, int]:
    """What the player owes the log, what it shows, and today's session."""
    removed = {
        "states of the player": erasure.forget_state(listener, erased),
        "plays of today's session": recent_listens.forget_part(clients.redis_client(), erased),
    }
    show_again(listener)
    return removed


def show_again(listener: Listener) -> None:
    """What is left of the state, on pages that are open."""
    left = Playback.objects.filter(listener=listener).first() or Playback()
    left.listener = listener
    live_pages.push_state(left, now=timezone.now())


@receiver(arrived)
def look_again(listener: Listener, **_: Any) -> None:
    """A new consent ends the wait of the old one."""
    Playback.objects.filter(listener=listener).update(due_at=timezone.now())


@receiver(news.block_lifted)
def look_at_blocked(now: datetime, **_: Any) -> None:
    """Whoever waits because of Spotify is asked about at once."""
    Playback.objects.filter(trouble=Trouble.BLOCKED).update(due_at=now)


@receiver(news.playing_asked)
def tell_playing(listener_pk: int, **_: Any) -> dict[str, Any]:
    """For a link that its listener lets show it: the item, and nothing of devices or troubles.

    Nothing at all where it may be over by now.
    """
    state = state_payload.fresh_state(listener_pk, now=timezone.now())
    return state_payload.painted(state) if state else {}


@receiver(news.build_published)
def tell_pages(build_id: str, **_: Any) -> None:
    live_pages.push_build(build_id)
