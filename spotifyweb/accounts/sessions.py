"""Sessions of listeners: which browsers are logged in, and how all of them are logged out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from spotifyweb import signals
from spotifyweb.accounts.models import Listener

SINCE, AGENT = "since", "agent"  # in the data of a session
AGENT_LENGTH = 300
BROWSERS = {  # part of the User-Agent header -> name; the first one that is found counts
    "Edg": "Edge",
    "OPR": "Opera",
    "SamsungBrowser": "Samsung Internet",
    "Firefox": "Firefox",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "Mac OS X": "macOS",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession:
    """A browser that is logged in; its key is a secret, and not among this."""

    browser: str
    since: datetime | None  # None: it began before this was recorded
    is_current: bool


def describe(request: HttpRequest, *, now: datetime) -> None:
    """Keep in a new session when it began and in which browser."""
    request.session[SINCE] = now.isoformat()
    request.session[AGENT] = request.headers.get("User-Agent", "")[:AGENT_LENGTH]


def open_sessions(listener: Listener, request: HttpRequest) -> list[OpenSession]:
    """Return the sessions of the listener, that of the request first, then the newest."""
    current_key, current_agent = request.session.session_key, request.headers.get("User-Agent", "")
    found = [
        OpenSession(
            browser=browser_name(current_agent if key == current_key else data.get(AGENT, "")),
            since=parse_datetime(data.get(SINCE, "")),
            is_current=key == current_key,
        )
        for key, data in _sessions(listener)
    ]
    found.sort(key=lambda each: each.since.timestamp() if each.since else 0, reverse=True)
    return sorted(found, key=lambda each: not each.is_current)


def end_sessions(listener: Listener) -> int:
    """End every session of the listener; return how many."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    keys = [key for key, _data in _sessions(listener)]
    for key in keys:
        store(key).delete()
    signals.sessions_ended.send(sender=Listener, keys=keys)
    return len(keys)


def browser_name(agent: str) -> str:
    """Return browser and system as a person calls them, from the User-Agent header."""
    browser = next((name for part, name in BROWSERS.items() if part in agent), "")
    system = next((name for part, name in SYSTEMS.items() if part in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown browser")


def _sessions(listener: Listener) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield key and data of each session that has not expired; a household has few."""
    for session in Session.objects.iterator():
        data = session.get_decoded()
        if data.get(SESSION_KEY) == str(listener.pk):
            yield session.session_key, data
