"""Runs of the stages, the alerts about them, and where backups lie."""

from django.db import models
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _


class Stage(models.TextChoices):
    PRODUCE = "produce"
    IMPORT = "import"
    CONSUME = "consume"
    ENRICH = "enrich"
    TRANSFORM = "transform"
    REBUILD = "rebuild"
    QUALITY = "quality"
    COST = "cost"
    TIDY = "tidy"


class Trigger(models.TextChoices):
    """Who or what asked for a run."""

    SCHEDULE = "schedule", _("schedule")
    NEWS = "news", _("new events")
    LOGIN = "login", _("login")
    UPLOAD = "upload", _("upload")
    DECISION = "decision", _("a listener's change")
    ERASURE = "erasure", _("erasure")
    START = "start", _("start of Liner")
    PERSON = "person", _("a person")


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
    trigger = models.CharField(max_length=20, choices=Trigger.choices, default=Trigger.SCHEDULE)
    hint = models.TextField(blank=True)  # what a person can do about the error
    build_id = models.CharField(max_length=40, blank=True)  # of the build that it made or failed at
    details = models.JSONField(default=dict, blank=True)  # offsets, objects, dbt, log excerpt
    attempt = models.CharField(max_length=32, blank=True)  # digest of its work, if it failed
    is_transient = models.BooleanField(default=False)  # its error may pass without anybody
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
        return f"{self.stage} {localtime(self.started_at):%Y-%m-%d %H:%M:%S} {self.status}"


class Alert(models.Model):
    """The last message about a stage and subject, so that only a change is sent.

    (no alert) ──failure──▶ firing ──success──▶ resolved ──failure──▶ firing …
    """

    stage = models.CharField(max_length=20, choices=Stage.choices)
    subject = models.CharField(max_length=120, blank=True)
    is_firing = models.BooleanField()
    notified_at = models.DateTimeField()

    class Meta:
        ordering = ["-notified_at"]
        constraints = [models.UniqueConstraint(fields=["stage", "subject"], name="one_alert")]

    def __str__(self) -> str:
        return f"{self.stage} {self.subject}: {'firing' if self.is_firing else 'resolved'}"


class QualityResult(models.Model):
    """What a check of the data found: the last build of each UTC day that measured it."""

    day = models.DateField()
    check_name = models.CharField(max_length=40)
    value = models.FloatField()
    lowest = models.FloatField()
    highest = models.FloatField()
    is_blocking = models.BooleanField()
    build_id = models.CharField(max_length=40)
    measured_at = models.DateTimeField()

    class Meta:
        ordering = ["-day", "check_name"]
        constraints = [
            models.UniqueConstraint(fields=["day", "check_name"], name="one_result_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.check_name} of {self.day}: {self.value:g}"

    @property
    def is_failing(self) -> bool:
        return not self.lowest <= self.value <= self.highest


class BackupDestination(models.Model):
    """A folder or bucket with backups, and what its list of erasures does not say yet."""

    url = models.CharField(max_length=1000, unique=True)
    backed_up_at = models.DateTimeField(null=True, blank=True)
    unwritten = models.JSONField(default=dict, blank=True)  # token: entry, or None once lifted

    def __str__(self) -> str:
        return self.url
