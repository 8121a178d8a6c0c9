"""Actions at Spotify whose scope is asked for only when a listener uses them.

    press ──▶ scope granted? ──yes──▶ perform ──▶ back, with a message
                   └──no──▶ Spotify's consent (state, PKCE) ──▶ callback ──▶ perform, once

Every outcome is a sentence on the page from which the action was started, refusals included. A
page's script gets it as JSON and stays where it is, or gets the address of the consent.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import redis
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from spotifyweb import clients
from spotifyweb.accounts import login, timezones
from spotifyweb.accounts.allow_list import NotAllowedHere
from spotifyweb.accounts.auth import listener_of, respond, wants_json
from spotifyweb.accounts.consent import extra_scopes, granted_scopes
from spotifyweb.accounts.login import OtherAccount, PendingAction, PendingLogin
from spotifyweb.accounts.models import Listener
from spotifyweb.spotify import errors

Perform = Callable[[Listener, dict[str, str], datetime], str]
ONCE_SECONDS = 60 * 60  # in which the same press performs nothing again
DECLINED = _("You declined the permission at Spotify, so nothing was changed there.")
NOT_GRANTED = _("Spotify did not grant the permission, so nothing was changed there.")
DOWN = _("Spotify is not responding. Nothing was changed there; try again in a minute.")
DONE_BEFORE = _("This was done already. Press the button again to repeat it.")
REFUSALS: tuple[tuple[type[errors.SpotifyError], object], ...] = (  # the first that fits
    (errors.NotPremium, _("Spotify refused: the owner of the Spotify app needs Premium.")),
    (errors.NotAllowListed, _("Spotify refused: your account isn't on this app's allow-list.")),
    (
        errors.PremiumRequired,
        _("Spotify refused: this needs a Premium account. Open the track in Spotify instead."),
    ),
    (errors.MissingScope, NOT_GRANTED),
    (errors.Forbidden, _("Spotify refused, so nothing was changed there.")),
    (
        errors.NoActiveDevice,
        _("No device is playing. Start any track in a Spotify app, then press the button again."),
    ),
    (errors.NotFound, _("Spotify doesn't have this, so nothing was changed there.")),
    (errors.NeedsLogin, _("Your Spotify permission has expired. Log in again.")),
    (errors.BadCode, _("Spotify's answer came too late. Nothing was changed there; try again.")),
)


class ActionRefused(Exception):
    """The action was not done, or not completely; the text is the sentence for the listener."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopedAction:
    """Done at Spotify: `perform` returns a sentence, or raises ActionRefused or SpotifyError."""

    scope: str
    perform: Perform


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the listener reads, and how it went: a level of Django's messages."""

    sentence: str
    level: int


_registered: dict[str, ScopedAction] = {}


def register(name: str, *, scope: str, perform: Perform) -> None:
    _registered[name] = ScopedAction(scope=scope, perform=perform)


def start(
    request: HttpRequest, name: str, values: dict[str, str], *, once: str, next_path: str
) -> HttpResponse:
    """Perform the action and answer with its outcome, or with Spotify's consent without its scope.

    `once` tells one press from another: what was sent twice is performed once.
    """
    listener, now = listener_of(request), timezone.now()
    action = PendingAction(name=name, values=values, once=once, listener_pk=listener.pk)
    if _registered[name].scope in granted_scopes(listener):
        try:
            outcome = perform(listener, action, now=now)
        except (errors.MissingScope, errors.NeedsLogin):  # withdrawn at Spotify
            pass
        else:
            return _respond(request, outcome, next_path=next_path)
    return ask_consent(request, action, next_path=next_path, now=now)


def _respond(request: HttpRequest, outcome: Outcome, *, next_path: str) -> HttpResponse:
    status = 409 if outcome.level == messages.ERROR else 200
    return respond(
        request, outcome.sentence, level=outcome.level, status=status, next_path=next_path
    )


def ask_consent(
    request: HttpRequest, action: PendingAction, *, next_path: str, now: datetime
) -> HttpResponse:
    """Redirect to Spotify, asking for the scope beside all that were granted."""
    attempt = login.begin_login(request.session, next_path=next_path, action=action, now=now)
    if not login.returns_to(request.get_host()):
        messages.info(request, _paste_hint())
    scopes = {*extra_scopes(listener_of(request)), _registered[action.name].scope}
    address = clients.spotify_oauth().authorize_url(attempt, extra_scopes=sorted(scopes))
    return JsonResponse({"consent": address}) if wants_json(request) else redirect(address)


def finish(
    request: HttpRequest, pending: PendingLogin, query: dict[str, str], *, now: datetime
) -> HttpResponse:
    """Perform what waited for the consent, or say why not; back to where it was started."""
    assert pending.action
    try:
        if query.get("error"):
            raise ActionRefused(DECLINED)
        login.complete_login(query["code"], pending=pending, now=now)
        outcome = perform(listener_of(request), pending.action, now=now)
        messages.add_message(request, outcome.level, outcome.sentence)
    except OtherAccount as error:
        messages.error(request, _other_account(str(error)))
    except (ActionRefused, NotAllowedHere, errors.SpotifyError) as error:
        messages.error(request, sentence(error, listener_of(request), now=now))
    return redirect(pending.next_path)


def perform(listener: Listener, action: PendingAction, *, now: datetime) -> Outcome:
    """Perform an action that was not performed before.

    Raises MissingScope and NeedsLogin, which a consent may cure.
    """
    registered = _registered[action.name]
    if registered.scope not in granted_scopes(listener):
        raise errors.MissingScope(f"{registered.scope} was not granted")
    try:
        if not _claim(action):
            return Outcome(sentence=str(DONE_BEFORE), level=messages.INFO)
        done = registered.perform(listener, dict(action.values), now)
        return Outcome(sentence=done, level=messages.SUCCESS)
    except (errors.MissingScope, errors.NeedsLogin):
        _release(action)
        raise
    except (ActionRefused, errors.SpotifyError) as error:
        _release(action)
        return Outcome(sentence=sentence(error, listener, now=now), level=messages.ERROR)


def sentence(error: Exception, listener: Listener, *, now: datetime) -> str:
    """Return what the listener reads of an error."""
    if isinstance(error, ActionRefused):
        return str(error)
    if isinstance(error, errors.RateLimited):
        return gettext(
            "Too many requests to Spotify. Nothing was changed there; try again after %(time)s."
        ) % {"time": retry_time(error, listener, now=now)}
    if isinstance(error, NotAllowedHere):
        return str(NOT_GRANTED)
    return str(next((words for kind, words in REFUSALS if isinstance(error, kind)), DOWN))


def retry_time(error: errors.RateLimited, listener: Listener, *, now: datetime) -> str:
    """Return when Spotify answers again, such as 20:15, in the listener's zone."""
    until = now + timedelta(seconds=error.retry_after_seconds)
    return f"{until.astimezone(timezones.zone_of(listener)):%H:%M}"


def _paste_hint() -> str:
    """Return what the listener reads who comes back by hand from a page that does not load."""
    return format_html(
        '{} <a href="{}">{}</a>',
        gettext("The page after Spotify didn't load?"),
        reverse("login_paste"),
        gettext("Paste its address"),
    )


def _other_account(name: str) -> str:
    return gettext(
        "You agreed as %(name)s at Spotify, which is not the account you are logged in with here. "
        "Nothing was changed."
    ) % {"name": name}


def _claim(action: PendingAction) -> bool:
    """Return whether this is the first to perform a press. Raises ActionRefused without Redis."""
    try:
        claimed = clients.redis_client().set(_once_key(action), b"1", nx=True, ex=ONCE_SECONDS)
    except redis.RedisError:
        raise ActionRefused(
            gettext("The cache is unavailable. Nothing was changed at Spotify.")
        ) from None
    return bool(claimed)


def _release(action: PendingAction) -> None:
    with suppress(redis.RedisError):  # it ends by itself
        clients.redis_client().delete(_once_key(action))


def _once_key(action: PendingAction) -> str:
    return f"scoped_action:{action.listener_pk}:{action.name}:{action.once}"
