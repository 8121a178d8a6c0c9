"""Errors of a login, each with its page: what happened, and what to do next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from spotifyweb.accounts.allow_list import NotAllowedHere
from spotifyweb.spotify import errors

USERS_LIST = "https://developer.spotify.com/dashboard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A page. `retry` offers to log in again; `detail` is shown in small print."""

    name: str
    status: int
    title: str | Promise
    happened: str | Promise
    next_steps: tuple[str | Promise, ...]
    retry: bool = True
    link: str = ""
    detail: str = ""
    retry_after_seconds: int | None = None


DENIED = Problem(
    name="denied",
    status=403,
    title=_("You declined access"),
    happened=_("Spotify did not grant permission, so nothing was read or stored."),
    next_steps=(
        _("To connect, log in again and choose “Agree” at Spotify."),
        _("If you don't want to connect, there is nothing to do. No data about you is stored."),
    ),
)
UNKNOWN_STATE = Problem(
    name="unknown-state",
    status=400,
    title=_("This login was not started in this browser"),
    happened=_(
        "The link was already used, is more than ten minutes old, or came from another browser."
    ),
    next_steps=(
        _("Start again from the login page in this browser, with cookies allowed."),
        _("If someone sent you this link, do not use it."),
    ),
)
NO_CODE = Problem(
    name="no-code",
    status=400,
    title=_("Incomplete login address"),
    happened=_("The address is missing the code or state that Spotify adds."),
    next_steps=(
        _("Copy the whole address from the address bar, from http to the end."),
        _("Or start the login again."),
    ),
)
BAD_CODE = Problem(
    name="expired-code",
    status=400,
    title=_("This login code has expired"),
    happened=_("A code from Spotify works once, for a few minutes."),
    next_steps=(_("Log in again to get a new code."),),
)
NOT_PREMIUM = Problem(
    name="not-premium",
    status=403,
    title=_("The owner of the Spotify app needs Premium"),
    happened=_(
        "A development-mode app works only while its owner has an active Premium subscription. "
        "Listeners can use the free plan."
    ),
    next_steps=(
        _("If you run this site, renew Premium for the account that owns the app."),
        _("This can take a few hours to take effect. Then log in again."),
    ),
)
NOT_LISTED = Problem(
    name="not-allow-listed",
    status=403,
    title=_("Your account isn't on this app's allow-list"),
    happened=_("A development-mode app allows up to five people added by its owner."),
    next_steps=(
        _(
            "Ask the person who runs this site to add the email address of your Spotify account in "
            "Spotify's developer dashboard, under Settings, User Management."
        ),
        _("After a few minutes, log in again."),
    ),
    link=USERS_LIST,
)
REFUSED = Problem(
    name="refused",
    status=403,
    title=_("Spotify refuses this app"),
    happened=_("You logged in, but Spotify refused to share your profile."),
    next_steps=(_("Try again later."), _("The person who runs this site can check its log.")),
)
BAD_CLIENT = Problem(
    name="bad-client",
    status=502,
    title=_("Spotify does not recognise this app"),
    happened=_("The client ID or client secret in this site's settings is wrong."),
    next_steps=(
        _(
            "If you run this site, compare SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET with your "
            "app in Spotify's developer dashboard, then restart."
        ),
    ),
    link=USERS_LIST,
)
DOWN = Problem(
    name="spotify-down",
    status=503,
    title=_("Spotify is not responding"),
    happened=_("Spotify could not be reached or reported a problem. Your data is not affected."),
    next_steps=(_("Wait a minute, then log in again."),),
)
BLOCKED = Problem(
    name="quota",
    status=503,
    title=_("Too many requests to Spotify"),
    happened=_("This site has reached Spotify's request limit."),
    next_steps=(_("Log in again after that time."),),
    retry=False,
)

MEANINGS: tuple[tuple[type[errors.SpotifyError], Problem], ...] = (
    (errors.RateLimited, BLOCKED),
    (errors.BadCode, BAD_CODE),
    (errors.BadClient, BAD_CLIENT),
    (errors.NotPremium, NOT_PREMIUM),
    (errors.NotAllowListed, NOT_LISTED),
    (errors.Forbidden, REFUSED),
)


def problem_of(error: errors.SpotifyError) -> Problem:
    """Return the page of an error of Spotify; errors that MEANINGS omits mean "try later"."""
    return next((problem for kind, problem in MEANINGS if isinstance(error, kind)), DOWN)


def page(
    request: HttpRequest, problem: Problem, *, detail: str = "", **context: Any
) -> HttpResponse:
    context |= {"problem": problem, "detail": detail}
    response = render(request, "accounts/problem.html", context, status=problem.status)
    response.headers["Cache-Control"] = "no-store"
    return response


def spotify_page(
    request: HttpRequest, error: errors.SpotifyError, *, now: datetime
) -> HttpResponse:
    if not isinstance(error, errors.RateLimited):
        return page(request, problem_of(error), detail=str(error))
    until = now + timedelta(seconds=error.retry_after_seconds)
    response = page(request, BLOCKED, detail=str(error), until=until)
    response.headers["Retry-After"] = str(error.retry_after_seconds)
    return response


def not_allowed_page(request: HttpRequest, error: NotAllowedHere) -> HttpResponse:
    problem = Problem(
        name="not-allowed-here",
        status=403,
        title=_("Your account isn't allowed on this site"),
        happened=_(
            "You are logged in to Spotify as %(name)s, but the person who runs this site has not "
            "allowed that account. Nothing was stored."
        )
        % {"name": error.profile.display_name},
        next_steps=(
            _(
                "Ask them to allow the ID %(id)s, in the admin under Listeners or in the setting "
                "SPOTIFY_ALLOWED_LISTENERS."
            )
            % {"id": error.profile.user_id},
            _("Then log in again."),
        ),
        link="" if settings.SANDBOX else "https://www.spotify.com/account/apps/",
    )
    return page(request, problem)
