"""Where listeners want messages, and what was sent."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class MessageAddress(models.Model):
    """An address that a listener entered for messages, encrypted like a token."""

    listener = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="message_address"
    )
    encrypted = models.BinaryField()
    service = models.CharField(max_length=40)  # its name, to recognise it by
    has_consent = models.BooleanField(_("Spotify permission about to expire"), default=True)
    has_imports = models.BooleanField(_("Import finished"), default=True)
    has_gaps = models.BooleanField(_("Plays may be missing"), default=True)
    has_weekly = models.BooleanField(_("Weekly summary"), default=True)
    created_at = models.DateTimeField()
    failed_at = models.DateTimeField(null=True)  # the last message could not be delivered

    def __str__(self) -> str:
        return f"{self.service} of {self.listener}"


class SentMessage(models.Model):
    """A message that is sent once: to a listener, or to the admin where there is none."""

    listener = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True)
    key = models.CharField(max_length=160, unique=True)
    sent_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.key
