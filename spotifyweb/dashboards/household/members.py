"""Household members: listeners who agreed to be seen by the others who agreed."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.crypto import salted_hmac
from django.utils.translation import gettext

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.filters import Filters
from spotifyweb.dashboards.models import HouseholdMember
from spotifyweb.dashboards.query import ListenQuery, Naming
from spotifyweb.dashboards.request import active_exclusions
from spotifyweb.warehouse import Row, Warehouse


def shared_listens(member: Listener, filters: Filters, warehouse: Warehouse) -> ListenQuery:
    """Return the query of what a member lets the others see."""
    return ListenQuery(
        warehouse=warehouse,
        user_id=member.user_id,
        filters=filters,
        exclusions=active_exclusions(member, warehouse),
        naming=Naming.SHARED if member.corrections.exists() else Naming.BUILT,
    )


def shareable_filters(filters: Filters) -> Filters:
    """Return the filters that may apply to the plays of another member."""
    return Filters(range=filters.range, period=filters.period, podcasts=filters.podcasts)


def join(listener: Listener, *, now: datetime) -> None:
    """Add a listener to the household; safe to repeat."""
    HouseholdMember.objects.get_or_create(listener=listener, defaults={"joined_at": now})


def leave(listener: Listener) -> None:
    """Remove a listener from the household."""
    HouseholdMember.objects.filter(listener=listener).delete()


def list_members() -> dict[str, Listener]:
    """Return the members who may still log in, by user_id, with their rules and corrections."""
    listeners = Listener.objects.filter(household_membership__isnull=False, is_active=True)
    known = listeners.order_by("user_id").prefetch_related("rules", "corrections")
    return {listener.user_id: listener for listener in known}


def handle(listener: Listener) -> str:
    """Return a member's name in addresses and API answers, which reveals nothing of the account."""
    return salted_hmac("house", listener.user_id).hexdigest()[:12]


def name_of(listener: Listener) -> str:
    """Return the name that other members see."""
    return listener.display_name or gettext("Listener %(id)s") % {"id": handle(listener)[:4]}


def with_public_name(row: Row, members: Mapping[str, Listener]) -> Row:
    """Return a row with handle and name of the member in place of the user_id."""
    if "user_id" not in row:
        return row
    member = members[row["user_id"]]
    rest = {name: value for name, value in row.items() if name != "user_id"}
    return {"handle": handle(member), "name": name_of(member), **rest}
