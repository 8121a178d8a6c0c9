"""Errors of a login, each with its page: what happened, and what to do next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from spotifyweb.accounts.allow_list import NotAllowedHere
from spotifyweb.spotify import errors

USERS_LIST = "https://developer.spotify.com/dashboard"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A page. `retry` offers to log in again; `detail` is shown in small print."""

    name: str
    status: int
    title: str
    happened: str
    next_steps: tuple[str, ...]
    retry: bool = True
    link: str = ""
    detail: str = ""
    retry_after_seconds: int | None = None


DENIED = Problem(
    name="denied",
    status=403,
    title="You did not agree at Spotify",
    happened="Spotify sent you back without permission to read your listening, so nothing was "
    "read and nothing was stored.",
    next_steps=(
        "If that was a slip, log in again and choose “Agree” on Spotify's page.",
        "If you do not want to connect Spotify, you can leave; this site keeps nothing of you.",
    ),
)
UNKNOWN_STATE = Problem(
    name="unknown-state",
    status=400,
    title="This login did not start in this browser",
    happened="The address you came back with belongs to no login that was begun here: it was used "
    "before, is older than ten minutes, or came from somewhere else.",
    next_steps=(
        "Start again from the login page, in this browser, with cookies allowed.",
        "If somebody sent you this link, do not use it.",
    ),
)
NO_CODE = Problem(
    name="no-code",
    status=400,
    title="That is not a complete login address",
    happened="Spotify's answer should contain a code and a state. This address lacks one of them.",
    next_steps=(
        "Copy the whole address from the browser's address bar, from http to the very end.",
        "Or start the login again.",
    ),
)
BAD_CODE = Problem(
    name="expired-code",
    status=400,
    title="Spotify's code is used up",
    happened="Spotify gives a code that is good once and for a few minutes. This one was used "
    "before or is too old.",
    next_steps=("Log in again; Spotify then gives a new code.",),
)
NOT_PREMIUM = Problem(
    name="not-premium",
    status=403,
    title="The owner of the Spotify app needs Premium",
    happened="Spotify answers apps in development mode only while the account that created the "
    "app has an active Premium subscription. Listeners themselves may be on the free plan.",
    next_steps=(
        "If you set up this site: renew Premium for the account that owns the app.",
        "Spotify may take a few hours to notice. Then log in again.",
    ),
)
NOT_LISTED = Problem(
    name="not-allow-listed",
    status=403,
    title="Spotify does not know you for this app yet",
    happened="An app in development mode may serve up to five people whom its owner has entered "
    "at Spotify. Your account is not among them.",
    next_steps=(
        "Ask the person who runs this site to add the e-mail address of your Spotify account: "
        "Spotify's developer dashboard, the app, Settings, User Management.",
        "A few minutes later, log in again.",
    ),
    link=USERS_LIST,
)
REFUSED = Problem(
    name="refused",
    status=403,
    title="Spotify refuses this app",
    happened="Spotify let you log in and then refused the first question about who you are.",
    next_steps=("Try again in a while.", "The person who runs this site can look at its log."),
)
BAD_CLIENT = Problem(
    name="bad-client",
    status=502,
    title="Spotify does not know this app",
    happened="The client id or the client secret in this site's settings is wrong.",
    next_steps=(
        "If you set up this site: compare SPOTIFY_CLIENT_ID and SPOTIFY_CLIENT_SECRET with the "
        "app's page in Spotify's developer dashboard, then restart.",
    ),
    link=USERS_LIST,
)
DOWN = Problem(
    name="spotify-down",
    status=503,
    title="Spotify is not answering",
    happened="Spotify could not be reached, or said that it has trouble. Nothing here is broken, "
    "and nothing you have is lost.",
    next_steps=("Wait a minute, then log in again.",),
)
BLOCKED = Problem(
    name="quota",
    status=503,
    title="Spotify asks this site to wait",
    happened="Spotify limits how often an app may ask. This site has reached the limit, and asking "
    "again now would only make the wait longer.",
    next_steps=("Come back then and log in again.",),
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
        title="You are not on this site's list",
        happened=f"Spotify knows you as {error.profile.display_name}, but whoever runs this site "
        "has not allowed that account. Nothing of it was stored.",
        next_steps=(
            f"Ask them to allow the id {error.profile.user_id}: in the admin under Listeners, or "
            "in the setting SPOTIFY_ALLOWED_LISTENERS.",
            "Then log in again.",
        ),
        link="" if settings.SANDBOX else "https://www.spotify.com/account/apps/",
    )
    return page(request, problem)
