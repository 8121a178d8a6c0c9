"""`/data/`: what a listener may do with their data, and what became of it."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from spotifyweb import clients
from spotifyweb.accounts import erasing, links, previewing, receipts, timezones
from spotifyweb.accounts.auth import listener_of
from spotifyweb.accounts.models import Listener, Order
from spotifyweb.accounts.previewing import NothingToErase, Preview
from spotifyweb.warehouse import WarehouseError


@never_cache
@login_required
@require_GET
def index(request: HttpRequest) -> HttpResponse:
    """Export, erase, and every order given so far."""
    listener = listener_of(request)
    orders = Order.objects.filter(listener=listener)
    context = {
        "sources": sources_of(listener),
        "today": timezone.now().astimezone(timezones.zone_of(listener)).date(),
        "marks": [about(order) for order in orders if order.is_mark],
        "orders": [about(order) for order in orders[:50]],
        "export_url": links.if_there("dashboards:exports"),
    }
    return render(request, "accounts/data.html", context)


def sources_of(listener: Listener) -> dict[str, int]:
    """Nothing while the warehouse does not answer."""
    try:
        return previewing.sources(listener, warehouse=clients.warehouse())
    except WarehouseError:
        return {}


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    """First what it would take out; pressed there, the order itself."""
    query = request.POST if request.method == "POST" else request.GET
    try:
        preview = asked(listener_of(request), query)
    except NothingToErase as nothing:
        messages.error(request, str(nothing))
        return redirect("your_data")
    if request.method == "POST" and query.get("sure") == "yes":
        return redirect("erasure", token=erasing.ask(preview).token)
    days = receipts.days(preview.order)
    context = {
        "preview": preview,
        "order": preview.order,
        "days": days,
        "day_count": (days[1] - days[0]).days + 1 if days else None,
        "asked": {name: query[name] for name in WORDS if name in query},
        "back": back_to(request, query.get("back", "")),
        "notes": receipts.notes(preview.order),
    }
    return render(request, "accounts/erase.html", context)


WORDS = ("what", "event", "first", "last", "source", "back")


def asked(listener: Listener, query: QueryDict) -> Preview:
    """What would be erased. Raises NothingToErase, WarehouseError."""
    door, now, what = clients.warehouse(), timezone.now(), query.get("what", "")
    if what == Order.Kind.PLAY:
        return previewing.play(listener, query.get("event", ""), warehouse=door, now=now)
    if what == Order.Kind.SOURCE:
        return previewing.source(listener, query.get("source", ""), warehouse=door, now=now)
    if what != Order.Kind.PERIOD:
        raise NothingToErase("Choose a play, a period or a source.")
    first, last = (day_of(query.get(name, "")) for name in ("first", "last"))
    return previewing.period(listener, first, last, warehouse=door, now=now)


def day_of(text: str) -> date:
    """Raises NothingToErase for what is no day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise NothingToErase("A period needs a first and a last day.") from None


def back_to(request: HttpRequest, address: str) -> str:
    """The page somebody came from, if it is one of ours."""
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if is_ours else reverse("your_data")


@never_cache
@require_GET
def order_page(request: HttpRequest, token: str) -> HttpResponse:
    """The steps while it is carried out, and the receipt for good."""
    order = order_of(request, token)
    return render(request, "accounts/erasure.html", about(order))


@never_cache
@require_GET
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    from spotifyweb.accounts.data_api import encoded

    order = order_of(request, token)
    response = HttpResponse(encoded(receipts.receipt(order)), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="erasure-{order.asked_at:%Y%m%d}.json"'
    return response


@login_required
@require_POST
def lift(request: HttpRequest, token: str) -> HttpResponse:
    order = Order.objects.filter(listener=listener_of(request), token=token).first()
    if order is None or not order.is_mark:
        raise Http404("no such mark")
    erasing.lift(order, now=timezone.now())
    messages.success(request, "The mark is lifted. Import your archive again to bring it back.")
    return redirect("your_data")


def order_of(request: HttpRequest, token: str) -> Order:
    """Theirs; of somebody who left, whoever holds the unguessable address."""
    order = Order.objects.filter(token=token).first()
    if order is None or order.listener_id not in (None, request.user.pk):
        raise Http404("no such erasure")
    return order


def about(order: Order) -> dict[str, Any]:
    return {
        "order": order,
        "zone": order.zone or (order.listener.timezone if order.listener else "") or "UTC",
        "days": receipts.days(order),
        "state": receipts.state(order),
        "steps": receipts.steps(order),
        "removed": {what: count for what, count in receipts.totals(order).items() if count},
        "objects": len(order.objects_rewritten),
        "notes": receipts.notes(order),
    }
