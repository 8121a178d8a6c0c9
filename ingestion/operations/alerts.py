"""Alerts: failures and recoveries, sent once each to every address in ALERT_URLS.

After each message about a stage and subject there is silence for ALERT_QUIET_SECONDS, and none is
sent during ALERT_QUIET_HOURS. The first run after it reports the state if it differs from the last
message, and so does `notify_pending` every few minutes. So flapping costs one message a quarter of
an hour, and the last message always becomes true. A failure that a retry may mend is reported when
it happens twice in a row: one bad gateway is no news.
"""

import logging
from datetime import datetime, timedelta

import apprise
import requests
from django.conf import settings

from ingestion.models import Alert, Run

log = logging.getLogger(__name__)

PENDING = timedelta(days=2)  # what happened before is no news
PING_SECONDS = 10
REPORTED = ("stage", "subject", "status", "error", "hint", "started_at", "is_transient")


def notify_change(run: Run, error: BaseException | None, *, now: datetime) -> bool:
    """Send a message if this run changes its stage's state; return whether one went out."""
    if run.status not in (Run.Status.SUCCEEDED, Run.Status.FAILED) or _is_transient(run, error):
        return False
    is_firing = run.status == Run.Status.FAILED
    alert = Alert.objects.filter(stage=run.stage, subject=run.subject).first()
    if is_firing == (alert is not None and alert.is_firing) or _is_quiet(alert, now=now):
        return False
    if is_quiet_hour(now=now) or not _claim(run, is_firing=is_firing, now=now):
        return False
    return send(title(run), body(run), is_firing=is_firing)


def _claim(run: Run, *, is_firing: bool, now: datetime) -> bool:
    """Record the new state; return False where another thread or process just reported it."""
    state = {"is_firing": is_firing, "notified_at": now}
    same = {"stage": run.stage, "subject": run.subject}
    _, is_new = Alert.objects.get_or_create(**same, defaults=state)
    other = Alert.objects.filter(**same, is_firing=not is_firing)
    return is_new or bool(other.update(**state))


def notify_pending(*, now: datetime) -> int:
    """Report changes of state that came while alerts were silent; return how many.

    A stage that stays red has no further run that could report it.
    """
    recent = Run.objects.filter(started_at__gt=now - PENDING).exclude(ended_at=None)
    newest: dict[tuple[str, str], Run] = {}
    with_result = recent.exclude(status__in=Run.WITHOUT_RESULT).order_by("-pk")
    for run in with_result.only(*REPORTED):
        newest.setdefault((run.stage, run.subject), run)
    return sum(notify_change(run, None, now=now) for run in newest.values())


def is_quiet_hour(*, now: datetime) -> bool:
    return settings.ALERT_QUIET_HOURS is not None and settings.ALERT_QUIET_HOURS.includes(now)


def _is_transient(run: Run, error: BaseException | None) -> bool:
    """Return whether this is the first failure in a row, of a kind that a retry may mend."""
    if not (getattr(error, "retry", False) or run.is_transient):
        return False
    ended = Run.objects.filter(stage=run.stage, subject=run.subject, ended_at__isnull=False)
    with_result = ended.exclude(pk=run.pk).exclude(status__in=Run.WITHOUT_RESULT)
    before = with_result.order_by("-pk").first()
    return before is None or before.status != Run.Status.FAILED


def _is_quiet(alert: Alert | None, *, now: datetime) -> bool:
    quiet = timedelta(seconds=settings.ALERT_QUIET_SECONDS)
    return alert is not None and timedelta(0) <= now - alert.notified_at < quiet


def title(run: Run) -> str:
    what = f"{run.stage} {run.subject}".strip()
    return f"{what} fails" if run.status == Run.Status.FAILED else f"{what} works again"


def body(run: Run) -> str:
    if run.status == Run.Status.FAILED:
        return f"{run.error}\n{run.hint}\n{settings.SITE_URL}/admin/status/"
    return f"The run of {run.started_at:%Y-%m-%d %H:%M} UTC succeeded."


def ping() -> bool:
    """Ask ALERT_PING_URL after a good build: a dead-man's switch elsewhere reports its absence."""
    if not settings.ALERT_PING_URL:
        return False
    try:
        requests.get(settings.ALERT_PING_URL, timeout=PING_SECONDS).raise_for_status()
    except requests.RequestException as error:  # its message may hold the address, a secret
        log.warning("ALERT_PING_URL did not take the ping: %s", type(error).__name__)
        return False
    return True


def send(subject: str, text: str, *, is_firing: bool) -> bool:
    """Send a message to every address; one that cannot be reached is logged, never raised."""
    sender = apprise.Apprise()
    for url in settings.ALERT_URLS:
        if not sender.add(url):
            log.error("ALERT_URLS: Apprise does not support %s addresses", url.split("://")[0])
    if not len(sender):
        return False
    kind = apprise.NotifyType.FAILURE if is_firing else apprise.NotifyType.SUCCESS
    sent = bool(sender.notify(title=subject, body=text, notify_type=kind))
    if not sent:
        log.error("could not deliver the alert %r", subject)
    return sent
