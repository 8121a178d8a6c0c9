"""Pages of logging in and out, and of a listener's settings."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from spotifyweb import clients
from spotifyweb.accounts import (
    api_tokens,
    consent,
    login,
    login_errors,
    scoped_actions,
    sessions,
    timezones,
)
from spotifyweb.accounts.allow_list import NotAllowedHere
from spotifyweb.accounts.auth import listener_of, local_path, url_or_empty
from spotifyweb.accounts.forms import ApiTokenForm, RegionForm, first_error
from spotifyweb.accounts.models import ApiToken, Connection, FirstWeekday, Listener
from spotifyweb.rate_limits import limit_rate
from spotifyweb.spotify import errors

BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limit_rate("login")
def login_page(request: HttpRequest) -> HttpResponse:
    """Show what this site does and reads; on POST, redirect to Spotify."""
    next_path = safe_path(request.POST.get("next") or request.GET.get("next") or "/")
    if request.method == "POST":
        return start_login(request, next_path)
    if origin := callback_origin(request):
        return redirect(f"{origin}{request.get_full_path()}")
    if request.user.is_authenticated and not next_path.startswith("/admin/"):
        return redirect(next_path)
    context = {"next_path": next_path, "returns_here": login.returns_to(request.get_host())}
    return render(request, "accounts/login.html", context)


def start_login(request: HttpRequest, next_path: str) -> HttpResponse:
    """Store a pending login and redirect to Spotify's consent page."""
    attempt = login.begin_login(
        request.session,
        next_path=next_path,
        timezone=request.POST.get("timezone", "")[:64],
        now=timezone.now(),
    )
    if not request.user.is_authenticated:  # the session need not outlive the pending login
        request.session.set_expiry(int(login.LIFETIME.total_seconds()))
    ask_again = bool(request.POST.get("ask_again"))
    return redirect(clients.spotify_oauth().authorize_url(attempt, ask_again=ask_again))


@never_cache
@require_GET
@limit_rate("login", method="GET")
def callback(request: HttpRequest) -> HttpResponse:
    """Complete the login with the query that Spotify sends the browser back with."""
    return finish_login(request, request.GET.dict())


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limit_rate("login")
def paste(request: HttpRequest) -> HttpResponse:
    """Complete the login with an address that the browser could not open, pasted by hand."""
    if request.method != "POST":
        return render(request, "accounts/paste.html")
    query = parse_qs(urlsplit(request.POST.get("address", "").strip()).query)
    return finish_login(request, {name: values[0] for name, values in query.items()})


@sensitive_variables("query")
def finish_login(request: HttpRequest, query: dict[str, str]) -> HttpResponse:
    """Complete the login and redirect, or show the page of what went wrong."""
    now = timezone.now()
    if not query.get("state") or not (query.get("code") or query.get("error")):
        return login_errors.page(request, login_errors.NO_CODE)
    pending = login.take_login(request.session, query["state"], now=now)
    if pending is None:
        return login_errors.page(request, login_errors.UNKNOWN_STATE)
    if pending.action:
        if request.user.pk != pending.action.listener_pk:  # logged out meanwhile
            return login_errors.page(request, login_errors.UNKNOWN_STATE)
        return scoped_actions.finish(request, pending, query, now=now)
    if query.get("error"):
        return login_errors.page(request, login_errors.DENIED, detail=query["error"][:100])
    try:
        listener = login.complete_login(query["code"], pending=pending, now=now)
    except NotAllowedHere as error:
        return login_errors.not_allowed_page(request, error)
    except errors.SpotifyError as error:
        return login_errors.spotify_page(request, error, now=now)
    start_session(request, listener, backend=BACKEND)
    request.session.set_expiry(None)
    sessions.describe(request, now=now)
    return redirect(pending.next_path)


@require_POST
def logout(request: HttpRequest) -> HttpResponse:
    end_session(request)
    return redirect("/login/")


@login_required
@require_POST
def end_sessions(request: HttpRequest) -> HttpResponse:
    """Log the listener out in every browser, this one included; API tokens stay."""
    sessions.end_sessions(listener_of(request))
    end_session(request)
    return redirect("/login/")


def safe_path(path: str) -> str:
    """Return where to go after a login: a path of this site but those of logging in, else "/"."""
    path = local_path(path, fallback="/")
    return "/" if path.startswith(("/login/", "/logout/", "/callback/")) else path


def callback_origin(request: HttpRequest) -> str:
    """Return the origin that Spotify returns to, where it is this machine under another name.

    Cookies differ by host name. Empty where the request came to that origin, or to elsewhere.
    """
    back, here = urlsplit(settings.SPOTIFY_REDIRECT_URI), urlsplit(f"//{request.get_host()}")
    names = {back.hostname or "", here.hostname or ""} | {"::1"}
    same_machine = names <= {"localhost", "127.0.0.1", "::1"} and back.port == here.port
    if same_machine and back.hostname != here.hostname:
        return f"{back.scheme}://{back.netloc}"
    return ""


@never_cache
@login_required
@require_GET
def settings_page(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/settings.html", settings_context(request))


def settings_context(request: HttpRequest) -> dict[str, Any]:
    """Return the template context of the settings page."""
    listener = listener_of(request)
    return {
        "consent": consent.consent_of(listener, now=timezone.now()),
        "is_connected": listener.connection == Connection.CONNECTED,
        "zones": timezones.timezone_names(),
        "weekdays": FirstWeekday.choices,
        "sessions": sessions.open_sessions(listener, request),
        "api_tokens": ApiToken.objects.filter(listener=listener),
        "scopes": ApiToken.Scope.choices,
        "export_url": url_or_empty("dashboards:exports"),
        "api_docs_url": url_or_empty("api-docs"),
    }


@login_required
@require_POST
def change_region(request: HttpRequest) -> HttpResponse:
    """Save where the listener's days and weeks begin."""
    form = RegionForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_error(form))
        return redirect("settings")
    listener, weekday = listener_of(request), form.cleaned_data["first_weekday"]
    if weekday is not None:
        listener.first_weekday = weekday
        listener.save(update_fields=["first_weekday"])
    timezones.set_timezone(listener, form.cleaned_data["timezone"], now=timezone.now())
    messages.success(request, region_message(listener))
    return redirect("settings")


def region_message(listener: Listener) -> str:
    """Say where days and weeks begin now."""
    zone, weekday = listener.timezone.replace("_", " "), listener.get_first_weekday_display()
    return gettext("Saved: time zone %(zone)s, weeks begin on %(weekday)s.") % {
        "zone": zone,
        "weekday": weekday,
    }


@never_cache
@login_required
@require_POST
@sensitive_variables("token")
def create_token(request: HttpRequest) -> HttpResponse:
    """Create an API token and show it: it is stored nowhere in full, so there is no redirect."""
    listener = listener_of(request)
    form = ApiTokenForm(request.POST)
    if not form.is_valid():
        messages.error(request, first_error(form))
        return redirect("settings")
    token = api_tokens.create(listener, **form.cleaned_data, now=timezone.now())
    context = settings_context(request) | {
        "new_token": token,
        "new_token_name": form.cleaned_data["name"],
    }
    return render(request, "accounts/settings.html", context, status=201)


@login_required
@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    if not api_tokens.revoke(listener_of(request), token_id=token_id):
        raise Http404("no such token")
    messages.success(request, gettext("Token revoked."))
    return redirect("settings")
