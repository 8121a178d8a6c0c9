"""`/house/`: the household's leaderboard and tracks in common."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards.household import members
from spotifyweb.dashboards.household.leaderboard import household_of
from spotifyweb.dashboards.request import StatsRequest, stats_page
from spotifyweb.dashboards.stats import overview


@stats_page
def household_page(request: HttpRequest, stats_request: StatsRequest) -> HttpResponse:
    """Show the household to its members, and to others only how many there are."""
    household = household_of(stats_request.listens)
    context = stats_request.context() | {
        "is_member": stats_request.listener.user_id in household.members,
        "member_count": len(household.members),
        "as_of": overview.build_as_of(stats_request.listens.warehouse),
    }
    if stats_request.listener.user_id in household.members:
        context |= {"board": household.leaderboard(), "blend": household.blend()}
    return render(request, "dashboards/house.html", context)


@login_required
@require_POST
def membership(request: HttpRequest) -> HttpResponse:
    """Join or leave the household."""
    listener = listener_of(request)
    if request.POST.get("do") == "leave":
        members.leave(listener)
        messages.success(
            request, gettext("You left the household. No one else sees your listening.")
        )
    else:
        members.join(listener, now=timezone.now())
        messages.success(request, gettext("You joined. You can leave at any time."))
    return redirect("dashboards:house")
