"""Actions of the control room: each checks the right to it and leaves an audit line."""

from collections.abc import Callable
from functools import wraps

from celery import current_app
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_celery_beat.models import PeriodicTask
from kombu.exceptions import OperationalError

from ingestion.models import Run, Stage, Trigger
from ingestion.operations import alerts
from ingestion.pipeline import builds, transformation
from spotifyweb import clients, locks, signals
from spotifyweb.accounts.auth import listener_of
from spotifyweb.warehouse import WarehouseError

TASKS: dict[str, str] = {
    Stage.PRODUCE: "ingestion.produce",
    Stage.CONSUME: "ingestion.consume_all",
    Stage.TRANSFORM: builds.TASK,
    Stage.ENRICH: "ingestion.enrich",
    Stage.TIDY: "ingestion.tidy",
}
RUNS, SCHEDULE = "ingestion.change_run", "django_celery_beat.change_periodictask"
Action = Callable[[HttpRequest], HttpResponse]
RESTORE_SECONDS = 5  # to wait for a build that goes on


def needs(permission: str) -> Callable[[Action], Action]:
    """Let only those with the permission through; everybody else gets a 403."""

    def decorate(action: Action) -> Action:
        @wraps(action)
        def checked(request: HttpRequest) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return action(request)

        return require_POST(checked)

    return decorate


def audit(request: HttpRequest, what: str, change: str) -> None:
    """Keep who did what, in Django's log of the admin."""
    LogEntry.objects.create(
        user=listener_of(request),
        content_type=ContentType.objects.get_for_model(Run),
        object_repr=what[:200],
        action_flag=CHANGE,
        change_message=change,
    )


@needs(RUNS)
def run_now(request: HttpRequest) -> HttpResponse:
    """Ask a worker to run that stage; the page shows what becomes of it."""
    stage = request.POST.get("stage", "")
    task = TASKS.get(stage)
    if not task:
        messages.error(request, _("Unknown stage."))
        return redirect("status")
    try:
        current_app.send_task(task, kwargs={"trigger": Trigger.PERSON})
    except OperationalError as error:
        messages.error(request, _("No worker available: %(error)s") % {"error": error})
    else:
        audit(request, stage, "run now")
        messages.success(request, _("Queued: %(task)s") % {"task": task})
    return redirect("status")


@needs(SCHEDULE)
def pause(request: HttpRequest) -> HttpResponse:
    """Pause or resume a row of the schedule."""
    row = get_object_or_404(PeriodicTask, pk=request.POST.get("task") or 0)
    row.enabled = request.POST.get("to") == "resume"
    row.save()
    audit(request, row.name, "resume" if row.enabled else "pause")
    text = _("Resumed: %(name)s") if row.enabled else _("Paused: %(name)s")
    messages.success(request, text % {"name": row.name})
    return redirect("status")


@needs(RUNS)
def publish(request: HttpRequest) -> HttpResponse:
    """Publish a kept build, and pause builds: the next one would replace it within minutes."""
    build_id = request.POST.get("build", "")
    try:
        transformation.restore(build_id, builds=clients.builds(), wait_seconds=RESTORE_SECONDS)
    except (WarehouseError, locks.LockHeld) as error:
        messages.error(request, str(error))
        return redirect("status")
    for row in PeriodicTask.objects.filter(task=builds.TASK):
        row.enabled = False
        row.save()
    audit(request, build_id, "publish")
    messages.success(
        request,
        _("Published: %(build)s. Builds are paused until you resume them.") % {"build": build_id},
    )
    return redirect("status")


@needs(RUNS)
def lift_block(request: HttpRequest) -> HttpResponse:
    """Allow calls before the time that Spotify named; it may name a new one."""
    scope = request.POST.get("scope", "")
    if clients.spotify_quota().lift(scope):
        signals.block_lifted.send(sender=Run, now=timezone.now())
        audit(request, scope, "lift block")
        messages.success(request, _("Block on %(scope)s requests lifted.") % {"scope": scope})
    else:
        messages.info(request, _("There is no block on %(scope)s requests.") % {"scope": scope})
    return redirect("status")


@needs(RUNS)
def test_alert(request: HttpRequest) -> HttpResponse:
    """Send a message to every address in ALERT_URLS."""
    if not settings.ALERT_URLS:
        messages.error(request, _("ALERT_URLS is not set."))
    elif alerts.send("Test alert", "Alerts from Liner arrive here.", is_failing=False):
        audit(request, "ALERT_URLS", "test alert")
        messages.success(request, _("Test alert sent."))
    else:
        messages.error(request, _("The alert could not be delivered. See the log."))
    return redirect("status")


urlpatterns: list[URLPattern] = [
    path(f"admin/status/{name}/", admin.site.admin_view(view), name=f"status-{name}")
    for name, view in {
        "alert": test_alert,
        "lift": lift_block,
        "pause": pause,
        "publish": publish,
        "run": run_now,
    }.items()
]
