"""The pipeline's tables: runs, cursors, gaps, imports, rejects, known tracks."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from spotifyweb.accounts.models import Connection, Listener

OUTAGE = timedelta(hours=3)  # hardly anybody plays fifty tracks in less
LATE = timedelta(days=1)  # Spotify's list is sometimes hours old


class Stage(models.TextChoices):
    PRODUCE = "produce"
    IMPORT = "import"
    CONSUME = "consume"
    ENRICH = "enrich"
    TRANSFORM = "transform"
    REBUILD = "rebuild"
    TIDY = "tidy"


class Run(models.Model):
    """One execution of one stage.

    running ──▶ succeeded | failed | skipped (another run held the stage)
                                   | interrupted (Ctrl-C, or its worker was asked to stop)
    """

    class Status(models.TextChoices):
        RUNNING = "running"
        SUCCEEDED = "succeeded"
        FAILED = "failed"
        SKIPPED = "skipped"
        INTERRUPTED = "interrupted"

    WITHOUT_RESULT = (Status.SKIPPED, Status.INTERRUPTED)  # they say nothing of the stage

    stage = models.CharField(max_length=20, choices=Stage.choices)
    subject = models.CharField(max_length=120, blank=True)  # a topic, a listener, a file
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.RUNNING)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    has_news = models.BooleanField(default=True)  # False: it found nothing to do
    repeats = models.PositiveIntegerField(default=1)  # of runs without news, one row is kept a day

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(fields=["stage", "-started_at"]),
            models.Index(  # each run asks for those that go on, among all that are kept
                fields=["stage", "started_at"],
                condition=models.Q(status="running"),
                name="running_runs",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stage} {self.started_at:%Y-%m-%d %H:%M:%S} {self.status}"


class Alarm(models.Model):
    """The last alert about a stage and subject, so that only a change is reported again.

    (no alert) ──failure──▶ failing ──success──▶ well ──failure──▶ failing …
    """

    stage = models.CharField(max_length=20, choices=Stage.choices)
    subject = models.CharField(max_length=120, blank=True)
    is_failing = models.BooleanField()
    told_at = models.DateTimeField()

    class Meta:
        ordering = ["-told_at"]
        constraints = [models.UniqueConstraint(fields=["stage", "subject"], name="one_alarm")]

    def __str__(self) -> str:
        return f"{self.stage} {self.subject}: {'failing' if self.is_failing else 'well'}"


class Cursor(models.Model):
    """How far fetching has come for one listener and stream; moved only after the log's acks."""

    class Stream(models.TextChoices):
        RECENTLY_PLAYED = "recently_played"
        LIKES = "likes"

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
        return f"{self.listener}: {self.stream} to {self.reached_at}"

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
        plays = Cursor.objects.filter(stream=Cursor.Stream.RECENTLY_PLAYED)
        cursor = plays.filter(listener=listener, known_since__isnull=False).first()
        if cursor and (since := cursor.known_since) and (until := cursor.known_until):
            is_fetched = listener.connection in (Connection.CONNECTED, Connection.NEEDS_LOGIN)
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
        return f"{self.listener}: {self.starts_at:%Y-%m-%d %H:%M} to {self.ends_at:%Y-%m-%d %H:%M}"


class HistoryImport(models.Model):
    """One import of a person's own history, with its reconciliation.

    waiting ──▶ running ──▶ done | failed   (a running one found again after a crash starts over)
    """

    class Status(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    listener = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="imports")
    file_name = models.CharField(max_length=255)
    path = models.CharField(max_length=500, blank=True)  # below DATA_DIR while it waits, then ""
    kind = models.CharField(max_length=20, blank=True)  # extended or account
    status = models.CharField(max_length=20, choices=Status.choices, default=Status.WAITING)
    rows = models.BigIntegerField(default=0)
    bytes_total = models.BigIntegerField(default=0)
    bytes_read = models.BigIntegerField(default=0)
    outcomes = models.JSONField(default=dict, blank=True)  # outcome -> rows, adding up to `rows`
    reasons = models.JSONField(default=dict, blank=True)  # outcome: reason -> rows and samples
    rejected_files = models.JSONField(default=list, blank=True)  # name and reason of each
    covered = models.JSONField(
        default=list, blank=True
    )  # source, first, last: each stretch without a hole
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


class BackupDestination(models.Model):
    """A folder or bucket with backups, and what its list of erasures does not say yet."""

    url = models.CharField(max_length=1000, unique=True)
    backed_up_at = models.DateTimeField(null=True, blank=True)
    unwritten = models.JSONField(default=dict, blank=True)  # token: entry, or None once lifted

    def __str__(self) -> str:
        return self.url


class Reject(models.Model):
    """A record that was set aside; its bytes lie in the lake below rejects/."""

    topic = models.CharField(max_length=60)
    partition = models.IntegerField()
    offset = models.CharField(max_length=40)
    reason = models.CharField(max_length=500)
    raw_start = models.CharField(max_length=500)  # the first characters, for a first look
    user_id = models.CharField(max_length=100, blank=True, db_index=True)  # whose, "" where unknown
    rejected_at = models.DateTimeField()

    class Meta:
        ordering = ["-rejected_at"]
        constraints = [
            models.UniqueConstraint(fields=["topic", "partition", "offset"], name="one_reject")
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.partition}/{self.offset}: {self.reason[:60]}"


class Artist(models.Model):
    """What Spotify says of an artist; their picture stands beside their name."""

    artist_id = models.TextField(primary_key=True)
    artist_name = models.TextField(blank=True)
    image_url = models.TextField(blank=True)
    fetched_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.artist_name or self.artist_id


class Track(models.Model):
    """What Spotify says of a track; it fills unknown lengths and finds covers."""

    track_id = models.TextField(primary_key=True)  # Spotify promises no length of anything
    track_name = models.TextField()
    artist_id = models.TextField(blank=True)
    artist_name = models.TextField(blank=True)
    album_id = models.TextField(blank=True, db_index=True)
    album_name = models.TextField(blank=True)
    duration_ms = models.IntegerField(null=True)
    isrc = models.TextField(blank=True)
    image_url = models.TextField(blank=True)
    release_date = models.TextField(blank=True)
    fetched_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.track_name} by {self.artist_name}"
