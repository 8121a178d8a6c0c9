"""What is worth a message to a listener, in words; each notice has a key and is sent once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext, ngettext

from ingestion.models import Gap, HistoryImport, MessageAddress
from spotifyweb import clients
from spotifyweb.accounts import timezones
from spotifyweb.accounts.consent import CONSENT_LIFETIME
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.warehouse import WarehouseError

CONSENT_DAYS = (150, 170, 178)  # of 180; its end is reported besides
RECENT = timedelta(days=1)  # what ended before the address was entered, or yesterday, is no news
WEEKLY_HOUR = 8  # on Mondays, in the listener's zone
WEEK = """
    select sum(total_plays) as plays, sum(total_minutes_listened) as minutes
    from gold.user_daily_listening
    where user_id = ? and date >= ? and date < ?
"""
TOP = """
    select tracks.artist_name, sum(daily.plays) as plays
    from gold.user_track_daily as daily
    inner join gold.tracks as tracks on daily.track_id = tracks.track_id
    where daily.user_id = ? and daily.local_date >= ? and daily.local_date < ?
    group by tracks.artist_name
    order by plays desc, tracks.artist_name
    limit 3
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    key: str
    title: str
    text: str


def notices(address: MessageAddress, *, now: datetime) -> Iterator[Notice]:
    """Yield what a listener wants to know now, also what was sent before."""
    listener = address.listener
    since = max(address.created_at, now - RECENT)
    if address.has_consent:
        yield from consent_notices(listener, now=now)
    if address.has_imports:
        yield from import_notices(listener, since=since)
    if address.has_gaps:
        yield from gap_notices(listener, since=since)
    if address.has_weekly:
        yield from weekly_notices(listener, now=now)


def consent_notices(listener: Listener, *, now: datetime) -> Iterator[Notice]:
    """Yield the newest reminder that is due before the consent ends, or that it has ended."""
    given_at = listener.consented_at
    if given_at is None:
        return
    key = f"consent:{given_at:%Y%m%dT%H%M}"
    if listener.connection == Connection.NEEDS_LOGIN:
        yield _notice(key + ":over", gettext("Your Spotify permission has expired."), "/login/")
    elif listener.connection == Connection.CONNECTED:
        age, left = (now - given_at).days, (given_at + CONSENT_LIFETIME - now).days
        due = [days for days in CONSENT_DAYS if age >= days]
        if due and left > 0:
            title = ngettext(
                "Your Spotify permission expires in %(days)s day.",
                "Your Spotify permission expires in %(days)s days.",
                left,
            ) % {"days": left}
            yield _notice(f"{key}:{due[-1]}", title, "/login/")


def import_notices(listener: Listener, *, since: datetime) -> Iterator[Notice]:
    for history in HistoryImport.objects.filter(listener=listener, ended_at__gt=since):
        if not history.is_finished:
            continue
        if history.status == HistoryImport.Status.DONE:
            title = ngettext(
                "Your import is finished: %(rows)s row.",
                "Your import is finished: %(rows)s rows.",
                history.rows,
            ) % {"rows": f"{history.rows:,}"}
        else:
            title = gettext("Your import failed.")
        yield _notice(f"import:{history.pk}:{history.ended_at:%Y%m%dT%H%M}", title, "/import/")


def gap_notices(listener: Listener, *, since: datetime) -> Iterator[Notice]:
    """Yield each gap that ended lately; one that goes on is listed where its consent is over."""
    for gap in Gap.objects.filter(listener=listener, status=Gap.Status.POSSIBLE, ends_at__gt=since):
        zone = timezones.zone_of(listener)
        title = gettext("Plays may be missing between %(start)s and %(end)s.") % {
            "start": f"{gap.starts_at.astimezone(zone):%d %b %Y, %H:%M}",
            "end": f"{gap.ends_at.astimezone(zone):%d %b %Y, %H:%M}",
        }
        yield _notice(
            f"gap:{listener.pk}:{gap.starts_at:%Y%m%dT%H%M}:{gap.reason}", title, "/coverage/"
        )


def weekly_notices(listener: Listener, *, now: datetime) -> Iterator[Notice]:
    """Yield the summary of last week, on Mondays from eight o'clock."""
    local = now.astimezone(timezones.zone_of(listener))
    if local.weekday() != 0 or local.hour < WEEKLY_HOUR:
        return
    last = local.date()
    params = [listener.user_id, last - timedelta(days=7), last]
    try:
        (week,) = clients.warehouse().rows(WEEK, params)
        top = clients.warehouse().rows(TOP, params)
    except WarehouseError:
        return  # the next round asks again
    plays = week["plays"] or 0
    title = ngettext(
        "Last week: %(plays)s play, %(hours)s h", "Last week: %(plays)s plays, %(hours)s h", plays
    ) % {"plays": f"{plays:,}", "hours": f"{(week['minutes'] or 0) / 60:.0f}"}
    names = ", ".join(row["artist_name"] for row in top if row["artist_name"])
    text = gettext("Top artists: %(names)s.") % {"names": names} if names else ""
    yield _notice(f"weekly:{listener.pk}:{last:%Y%m%d}", title, "/", text)


def _notice(key: str, title: str, path: str, text: str = "") -> Notice:
    return Notice(key=key, title=title, text=f"{text}\n{settings.SITE_URL}{path}".strip())
