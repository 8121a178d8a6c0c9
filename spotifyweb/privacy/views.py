"""Pages of a listener's data: what is kept, erasing it, disconnecting, and receipts."""

from typing import Any

import orjson
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from spotifyweb import clients
from spotifyweb.accounts import timezones
from spotifyweb.accounts.auth import listener_of, local_path, url_or_empty
from spotifyweb.accounts.forms import first_error
from spotifyweb.accounts.models import Listener
from spotifyweb.privacy import erasure_requests, receipts
from spotifyweb.privacy import preview as previews
from spotifyweb.privacy.erasure_requests import Retention
from spotifyweb.privacy.forms import DisconnectForm, ErasureForm
from spotifyweb.privacy.models import ErasureRequest
from spotifyweb.privacy.preview import NothingToErase, Preview
from spotifyweb.warehouse import WarehouseError

QUERY_FIELDS = ("what", "event", "first", "last", "source", "back")


@require_GET
def privacy_policy(request: HttpRequest) -> HttpResponse:
    return render(request, "privacy/privacy.html")


@never_cache
@login_required
@require_GET
def your_data(request: HttpRequest) -> HttpResponse:
    """Show exports, what can be erased, and every erasure request of the listener."""
    listener = listener_of(request)
    erasures = ErasureRequest.objects.filter(listener=listener)
    context = {
        "sources": _event_counts(listener),
        "today": timezone.now().astimezone(timezones.zone_of(listener)).date(),
        "suppressions": [
            request_context(erasure) for erasure in erasures if erasure.is_suppressing
        ],
        "erasures": [request_context(erasure) for erasure in erasures[:50]],
        "export_url": url_or_empty("dashboards:exports"),
    }
    return render(request, "privacy/data.html", context)


def _event_counts(listener: Listener) -> dict[str, int]:
    """Return events by source; empty while the warehouse does not answer."""
    try:
        return previews.event_counts(listener, warehouse=clients.warehouse())
    except WarehouseError:
        return {}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """Show a preview first; confirmed there, submit the request."""
    query = request.POST if request.method == "POST" else request.GET
    try:
        preview = _preview(listener_of(request), ErasureForm(query))
    except NothingToErase as nothing:
        messages.error(request, str(nothing))
        return redirect("your_data")
    if request.method == "POST" and query.get("sure") == "yes":
        return redirect("erasure", token=erasure_requests.submit(preview).token)
    days = receipts.days(preview.request)
    context = {
        "preview": preview,
        "erasure": preview.request,
        "days": days,
        "day_count": (days[1] - days[0]).days + 1 if days else None,
        "asked": {name: query[name] for name in QUERY_FIELDS if name in query},
        "back": local_path(query.get("back", ""), fallback=reverse("your_data")),
        "notes": receipts.notes(preview.request),
    }
    return render(request, "privacy/erase.html", context)


def _preview(listener: Listener, form: ErasureForm) -> Preview:
    """Return a preview of what the form names. Raises NothingToErase, WarehouseError."""
    if not form.is_valid():
        raise NothingToErase(first_error(form))
    data = form.cleaned_data
    return previews.preview_erasure(
        listener,
        data["what"],
        event_id=data["event"],
        first=data["first"],
        last=data["last"],
        source=data["source"],
        warehouse=clients.warehouse(),
        now=timezone.now(),
    )


@never_cache
@require_GET
def request_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show the progress of a request, and its receipt once it is done."""
    erasure = get_request(request, token)
    return render(request, "privacy/erasure.html", request_context(erasure))


@never_cache
@require_GET
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    """Download the receipt as JSON."""
    erasure = get_request(request, token)
    body = orjson.dumps(receipts.receipt(erasure), option=orjson.OPT_INDENT_2)
    response = HttpResponse(body, content_type="application/json")
    filename = f"erasure-{erasure.asked_at:%Y%m%d}.json"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return response


@login_required
@require_POST
def lift_suppression(request: HttpRequest, token: str) -> HttpResponse:
    """Allow what was erased to be imported again."""
    erasure = ErasureRequest.objects.filter(listener=listener_of(request), token=token).first()
    if erasure is None or not erasure.is_suppressing:
        raise Http404("no such suppression")
    erasure_requests.lift_suppression(erasure, now=timezone.now())
    messages.success(
        request, gettext("Unblocked. Import your export again to bring the data back.")
    )
    return redirect("your_data")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def disconnect(request: HttpRequest) -> HttpResponse:
    """Disconnect from Spotify, with a choice of what stays."""
    listener = listener_of(request)
    form = DisconnectForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        for error in form.errors.get("sure", []):
            messages.error(request, str(error))
        context = {"choices": Retention, "chosen": form.data.get("choice", "")}
        return render(request, "privacy/disconnect.html", context)
    choice = Retention(form.cleaned_data["choice"])
    erasure = erasure_requests.close_account(listener, choice, now=timezone.now())
    if erasure is None:
        messages.success(request, gettext("Disconnected. Your history is kept."))
        return redirect("settings")
    if choice == Retention.EVERYTHING:
        logout(request)
    return redirect("erasure", token=erasure.token)


def get_request(request: HttpRequest, token: str) -> ErasureRequest:
    """Return the listener's request; one of a closed account opens with its token alone."""
    erasure = ErasureRequest.objects.filter(token=token).first()
    if erasure is None or erasure.listener_id not in (None, request.user.pk):
        raise Http404("no such erasure")
    return erasure


def request_context(erasure: ErasureRequest) -> dict[str, Any]:
    """Return the template context of a request."""
    return {
        "erasure": erasure,
        "zone": receipts.zone_name(erasure),
        "days": receipts.days(erasure),
        "state": receipts.state(erasure),
        "steps": receipts.steps(erasure),
        "removed": {what: count for what, count in erasure.removed.items() if count},
        "objects": len(erasure.objects_rewritten),
        "notes": receipts.notes(erasure),
    }
