"""The pages of logging in and out."""

from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.contrib.auth import login as start_session
from django.contrib.auth import logout as end_session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from spotifyweb import clients
from spotifyweb.accounts import arrival, attempts, login_errors
from spotifyweb.accounts.allow_list import NotAllowedHere
from spotifyweb.spotify import errors

BACKEND = "django.contrib.auth.backends.ModelBackend"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """What this site does and reads, and the way to Spotify."""
    next_path = safe_path(request.POST.get("next") or request.GET.get("next") or "/")
    if request.method == "POST":
        return set_out(request, next_path)
    if elsewhere := callback_host(request):
        return redirect(f"{elsewhere}{request.get_full_path()}")
    if request.user.is_authenticated and not next_path.startswith("/admin/"):
        return redirect(next_path)
    returns_here = urlsplit(settings.SPOTIFY_REDIRECT_URI).netloc == request.get_host()
    context = {"next_path": next_path, "returns_here": returns_here}
    return render(request, "accounts/login.html", context)


def set_out(request: HttpRequest, next_path: str) -> HttpResponse:
    attempt = attempts.begin(
        request.session,
        next_path=next_path,
        timezone=request.POST.get("timezone", "")[:64],
        now=timezone.now(),
    )
    if not request.user.is_authenticated:  # nobody yet: remembered until the way to Spotify ends
        request.session.set_expiry(int(attempts.GOOD_FOR.total_seconds()))
    ask_again = bool(request.POST.get("ask_again"))
    return redirect(clients.spotify_oauth().authorize_url(attempt, ask_again=ask_again))


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Where Spotify sends the browser back to."""
    return come_in(request, request.GET.dict())


@never_cache
@require_POST
def paste(request: HttpRequest) -> HttpResponse:
    """The same for an address that the browser could not open, copied by hand."""
    query = parse_qs(urlsplit(request.POST.get("address", "").strip()).query)
    return come_in(request, {name: values[0] for name, values in query.items()})


@sensitive_variables("answer")
def come_in(request: HttpRequest, answer: dict[str, str]) -> HttpResponse:
    now = timezone.now()
    if not answer.get("state") or not (answer.get("code") or answer.get("error")):
        return login_errors.page(request, login_errors.NO_CODE)
    begun = attempts.take(request.session, answer["state"], now=now)
    if begun is None:
        return login_errors.page(request, login_errors.UNKNOWN_STATE)
    if answer.get("error"):
        return login_errors.page(request, login_errors.DENIED, detail=answer["error"][:100])
    try:
        listener = arrival.arrive(answer["code"], begun=begun, now=now)
    except NotAllowedHere as error:
        return login_errors.not_allowed_page(request, error)
    except errors.SpotifyError as error:
        return login_errors.spotify_page(request, error, now=now)
    start_session(request, listener, backend=BACKEND)
    request.session.set_expiry(None)
    return redirect(begun.next_path)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    end_session(request)
    return redirect("/login/")


@require_GET
def privacy(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/privacy.html")


def safe_path(path: str) -> str:
    """A path of this site; anything that leads elsewhere becomes the front page."""
    fine = url_has_allowed_host_and_scheme(path, allowed_hosts=None) and path.startswith("/")
    return path if fine and not path.startswith(("/login/", "/logout/", "/callback/")) else "/"


def callback_host(request: HttpRequest) -> str:
    """This machine under the name that Spotify returns to: cookies differ by name."""
    back, here = urlsplit(settings.SPOTIFY_REDIRECT_URI), urlsplit(f"//{request.get_host()}")
    names = {back.hostname or "", here.hostname or ""} | {"::1"}
    same_machine = names <= {"localhost", "127.0.0.1", "::1"} and back.port == here.port
    if same_machine and back.hostname != here.hostname:
        return f"{back.scheme}://{back.netloc}"
    return ""
