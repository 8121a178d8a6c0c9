"""Links that show some pages of one listener and nothing else."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import F
from django.http import QueryDict

from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.filters import NAMES
from spotifyweb.dashboards.models import Share

LIFETIMES = {"7": "a week", "30": "30 days", "365": "a year", "": "until I revoke it"}


def create(
    listener: Listener,
    *,
    pages: Sequence[str],
    query: QueryDict,
    title: str,
    lifetime: str,
    now: datetime,
) -> Share:
    """`pages` are names of Share.PAGES; of `query` only filters are kept."""
    kept = QueryDict(mutable=True)
    for name in NAMES:
        if query.get(name):
            kept[name] = str(query[name])
    days = int(lifetime) if lifetime in LIFETIMES and lifetime else None
    return Share.objects.create(
        listener=listener,
        title=title[:80],
        pages=[name for name in Share.PAGES if name in pages] or ["overview"],
        query=kept.urlencode()[:500],
        created_at=now,
        expires_at=now + timedelta(days=days) if days else None,
    )


def revoke(listener: Listener, *, share_id: int, now: datetime) -> bool:
    """Whether there was such a link of theirs to revoke."""
    theirs = Share.objects.filter(listener=listener, pk=share_id, revoked_at__isnull=True)
    return theirs.update(revoked_at=now) > 0


def opened(token: str, *, now: datetime) -> Share | None:
    """The link if it lives."""
    return Share.live(now=now).select_related("listener").filter(token=token).first()


def count_view(share: Share, *, now: datetime) -> None:
    Share.objects.filter(pk=share.pk).update(views=F("views") + 1, last_viewed_at=now)
