"""Rejected records."""

from django.db import models


class Reject(models.Model):
    """A record that was set aside; its bytes lie in the lake below rejects/.

    open ──▶ requeued | edited (appended again, as it was or corrected) | dropped
    """

    class Resolution(models.TextChoices):
        REQUEUED = "requeued"
        EDITED = "edited"
        DROPPED = "dropped"

    topic = models.CharField(max_length=60)
    partition = models.IntegerField()
    offset = models.CharField(max_length=40)
    reason = models.CharField(max_length=500)
    raw_start = models.CharField(max_length=500)  # the first characters, for a first look
    user_id = models.CharField(max_length=100, blank=True, db_index=True)  # whose, "" where unknown
    rejected_at = models.DateTimeField()
    resolution = models.CharField(max_length=20, choices=Resolution.choices, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    event_id = models.CharField(max_length=40, blank=True)  # of the event that it became

    class Meta:
        ordering = ["-rejected_at"]
        constraints = [
            models.UniqueConstraint(fields=["topic", "partition", "offset"], name="one_reject")
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.partition}/{self.offset}: {self.reason[:60]}"
