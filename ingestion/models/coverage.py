"""What was fetched and imported for each listener, and where plays may be missing."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from spotifyweb.accounts.models import Connection, Listener

OUTAGE = timedelta(hours=3)  # hardly anybody plays fifty tracks in less
LATE = timedelta(days=1)  # Spotify's list is sometimes hours old


class Cursor(models.Model):
    """How far fetching has come for one listener and stream; moved only after the log's acks."""

    class Stream(models.TextChoices):
        RECENTLY_PLAYED = "recently_played"
        LIKES = "likes"
        SIMULATION = "simulation"  # nothing is fetched: the days that `manage.py simulate` made up

    listener = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="cursors")
    stream = models.CharField(max_length=20, choices=Stream.choices)
    known_since = models.DateTimeField(null=True)  # how far back the first fetch saw
    reached_at = models.DateTimeField(null=True)  # the newest played_at or added_at acknowledged
    fetched_at = models.DateTimeField(null=True)  # the last successful fetch
    error = models.TextField(blank=True)  # of the last fetch, "" when it worked
    page = models.JSONField(default=list, blank=True)  # event ids listed lately
    odd = models.JSONField(default=list, blank=True)  # prints of rows already set aside
    crawl_offset = models.IntegerField(null=True, blank=True)  # where the crawl goes on

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listener", "stream"], name="one_cursor")]

    def __str__(self) -> str:
        return f"{self.listener}: {self.stream}"

    @property
    def known_until(self) -> datetime | None:
        """Return the time before which no play is missing, by the newest play or the last fetch."""
        if self.reached_at is None or self.fetched_at is None:
            return self.reached_at or self.fetched_at
        return max(self.reached_at, self.fetched_at - LATE)

    def is_out(self, *, now: datetime) -> bool:
        """Return whether the last fetch was so long ago that plays may be missing."""
        return now - (self.fetched_at or now) > OUTAGE


class Gaps(models.Manager["Gap"]):
    def known(self, listener: Listener, *, now: datetime) -> list[tuple[str, datetime, datetime]]:
        """Return source, first and last time of each period in which no play is missing."""
        found = [
            (source, datetime.fromisoformat(first), datetime.fromisoformat(last))
            for history in HistoryImport.objects.filter(listener=listener, status="done")
            for source, first, last in history.covered
        ]
        streams = [Cursor.Stream.RECENTLY_PLAYED, Cursor.Stream.SIMULATION]
        cursors = Cursor.objects.filter(listener=listener, stream__in=streams)
        for cursor in cursors.filter(known_since__isnull=False):
            since, until = cursor.known_since, cursor.known_until
            is_fetched = cursor.stream == Cursor.Stream.RECENTLY_PLAYED and (
                listener.connection in (Connection.CONNECTED, Connection.NEEDS_LOGIN)
            )
            if since and until:
                found.append((cursor.stream, since, max(since, now if is_fetched else until)))
        return found

    def ongoing(self, listener: Listener, *, now: datetime) -> "Gap | None":
        """Return the gap that lasts until `now`, saved so far or not at all.

        There is none for a listener who disconnected: nobody fetches for them any more.
        """
        plays = Cursor.objects.filter(stream=Cursor.Stream.RECENTLY_PLAYED)
        cursor = plays.filter(listener=listener).first()
        if cursor is None or cursor.known_until is None:
            return None
        lapsed = listener.connection == Connection.NEEDS_LOGIN
        is_out = listener.connection == Connection.CONNECTED and cursor.is_out(now=now)
        if not (lapsed or is_out):
            return None
        reason = Gap.Reason.NEEDS_LOGIN if lapsed else Gap.Reason.OFFLINE
        begun = {"listener": listener, "starts_at": cursor.known_until}
        written = self.filter(**begun, status=Gap.Status.POSSIBLE).order_by("ends_at").last()
        gap = written or Gap(**begun, reason=reason)
        gap.ends_at = now
        return gap


class Gap(models.Model):
    """A period in which plays may be missing. The list of gaps is the coverage ledger."""

    class Reason(models.TextChoices):
        FULL_PAGE = "full_page", _("more plays between two fetches than Spotify keeps")
        OFFLINE = "offline", _("nothing was fetched for a long time")
        NEEDS_LOGIN = "needs_login", _("your Spotify permission had expired")
        BLOCKED = "blocked", _("the Spotify request limit was reached")

    class Status(models.TextChoices):
        POSSIBLE = "possible"
        FILLED = "filled"

    listener = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="gaps")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=20, choices=Reason.choices)
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.POSSIBLE)

    objects = Gaps()

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.UniqueConstraint(fields=["listener", "starts_at", "reason"], name="one_gap")
        ]

    def __str__(self) -> str:
        starts, ends = localtime(self.starts_at), localtime(self.ends_at)
        return f"{self.listener}: {starts:%Y-%m-%d %H:%M} to {ends:%Y-%m-%d %H:%M}"


class HistoryImport(models.Model):
    """One import of a person's own history, with its reconciliation.

    waiting ──▶ running ──▶ done | failed   (a running one found again after a crash starts over)
    """

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    listener = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="imports")
    file_name = models.CharField(max_length=255)
    path = models.CharField(max_length=500, blank=True)  # in the lake while it waits, then ""
    kind = models.CharField(max_length=20, blank=True)  # extended or account
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.WAITING)
    rows = models.BigIntegerField(default=0)
    bytes_total = models.BigIntegerField(default=0)
    bytes_read = models.BigIntegerField(default=0)
    outcomes = models.JSONField(default=dict, blank=True)  # outcome -> rows, adding up to `rows`
    reasons = models.JSONField(default=dict, blank=True)  # outcome: reason -> rows and samples
    rejected_files = models.JSONField(default=list, blank=True)  # name and reason of each
    covered = models.JSONField(default=list, blank=True)  # source, first, last, without a hole
    reported_twice = models.BigIntegerField(default=0)  # plays that two of its files report
    first_at = models.DateTimeField(null=True, blank=True)
    last_at = models.DateTimeField(null=True, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"{self.file_name} of {self.listener}: {self.status}"

    @property
    def is_finished(self) -> bool:
        return self.status in (self.Status.DONE, self.Status.FAILED)
