"""Share links, which show some pages of one listener and nothing else."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F
from django.http import QueryDict
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.filters import PARAMETERS
from spotifyweb.dashboards.models import ShareLink

LIFETIMES = {
    "7": _("1 week"),
    "30": _("30 days"),
    "365": _("1 year"),
    "": _("Never"),
}


def create(
    listener: Listener,
    *,
    pages: Sequence[str],
    query: str,
    title: str,
    lifetime: str,
    now: datetime,
) -> ShareLink:
    """Create a link to `pages`, names of ShareLink.PAGES, with the filters of `query`."""
    given = QueryDict(query)
    filters = {name: given[name] for name in PARAMETERS if given.get(name)}
    days = int(lifetime) if lifetime else None
    return ShareLink.objects.create(
        listener=listener,
        title=title,
        pages=[name for name in ShareLink.PAGES if name in pages],
        query=urlencode(filters)[:500],
        created_at=now,
        expires_at=now + timedelta(days=days) if days else None,
    )


def revoke(listener: Listener, *, share_id: int, now: datetime) -> bool:
    """Revoke a link; return whether the listener had such a live one."""
    links = ShareLink.objects.filter(listener=listener, pk=share_id, revoked_at__isnull=True)
    return links.update(revoked_at=now) > 0


def find_live(token: str, *, now: datetime) -> ShareLink | None:
    """Return the live link of a token."""
    return ShareLink.live(now=now).select_related("listener").filter(token=token).first()


def count_view(share: ShareLink, *, now: datetime) -> None:
    """Count a visit of a link."""
    ShareLink.objects.filter(pk=share.pk).update(views=F("views") + 1, last_viewed_at=now)
