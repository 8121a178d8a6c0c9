"""`/house/`: leaderboard and blend of those who agreed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards.household import members
from spotifyweb.dashboards.request import Asked, listening_page
from spotifyweb.dashboards.stats import overview


@listening_page
def house_page(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Who has not joined sees how many did, and nothing of theirs."""
    seen = members.seen_by(asked.view)
    context = asked.context() | {
        "is_member": asked.listener.user_id in seen.mates,
        "mates": len(seen.mates),
        "as_of": overview.newest_at(asked.view.warehouse),
    }
    if asked.listener.user_id in seen.mates:
        context |= {"board": seen.leaderboard(), "blend": seen.blend()}
    return render(request, "dashboards/house.html", context)


@login_required
@require_POST
def membership(request: HttpRequest) -> HttpResponse:
    listener = listener_of(request)
    if request.POST.get("do") == "leave":
        members.leave(listener)
        messages.success(request, "You left the house. Nobody else sees your listening.")
    else:
        members.join(listener, now=timezone.now())
        messages.success(request, "You are in. You can leave at any time.")
    return redirect("dashboards:house")
