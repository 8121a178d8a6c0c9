"""Whether a replay is possible, and where it begins, as a person names it."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from spotifyweb.eventlog import Start


def is_available() -> bool:
    """Return whether the event log keeps what has landed: Kafka does, Redis streams free it."""
    return urlsplit(settings.EVENT_LOG_URL).scheme == "kafka"


def parse_start(at: str, *, topic: str = "", partition: int | None = None) -> Start:
    """Return where a replay begins: at a time with its zone, or at an offset of one topic.

    Raises ValueError, which says what is missing.
    """
    if re.fullmatch(r"[0-9]{1,18}", at):
        if not topic:
            raise ValueError(_("An offset needs a topic: each topic has offsets of its own."))
        return Start(at=int(at), partition=partition)
    try:
        moment = parse_datetime(at)
    except ValueError:  # well formed, and in no calendar: 2026-02-30
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(
            _("“%(at)s” is neither an offset nor a time with its zone, such as 2026-11-28T10:00Z.")
            % {"at": at}
        )
    return Start(at=moment, partition=partition)
