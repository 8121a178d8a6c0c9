"""Actions of the control room: each checks the right to it and leaves an audit line."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from celery import current_app
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_celery_beat.models import PeriodicTask
from kombu.exceptions import OperationalError

from ingestion.admin_forms import ReplayForm
from ingestion.models import Run, Stage, Trigger
from ingestion.operations import alerts, status
from ingestion.pipeline import builds, replay, transformation
from spotifyweb import clients, locks, signals
from spotifyweb.accounts import token_store, tokens
from spotifyweb.accounts.auth import listener_of
from spotifyweb.warehouse import WarehouseError

TASKS: dict[str, str] = {
    Stage.PRODUCE: "ingestion.produce",
    Stage.CONSUME: "ingestion.consume_all",
    Stage.TRANSFORM: builds.TASK,
    Stage.ENRICH: "ingestion.enrich",
    Stage.COST: "ingestion.collect_costs",
    Stage.TIDY: "ingestion.tidy",
}
RUNS, SCHEDULE = "ingestion.change_run", "django_celery_beat.change_periodictask"
KEYS = "accounts.change_keyfingerprint"
Action = Callable[[HttpRequest], HttpResponse]
RESTORE_SECONDS = 5  # to wait for a build that goes on
CONFIRMED = "confirmed"


def require_permission(permission: str) -> Callable[[Action], Action]:
    """Return a decorator that answers 403 without the permission."""

    def decorate(action: Action) -> Action:
        @wraps(action)
        def checked(request: HttpRequest) -> HttpResponse:
            if not request.user.has_perm(permission):
                raise PermissionDenied
            return action(request)

        return checked

    return decorate


def confirmation_page(
    request: HttpRequest, *, question: str, consequence: str, label: str
) -> HttpResponse:
    """Return a page that asks, and posts the same once more where the answer is yes."""
    hidden = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in ("csrfmiddlewaretoken", CONFIRMED)
    ]
    context = {
        **admin.site.each_context(request),
        "title": question,
        "consequence": consequence,
        "label": label,
        "hidden": hidden,
        "confirmed": CONFIRMED,
    }
    return TemplateResponse(request, "admin/confirmation.html", context)


def is_confirmed(request: HttpRequest) -> bool:
    return CONFIRMED in request.POST


def audit(request: HttpRequest, what: str, change: str, *, about: Model | None = None) -> None:
    """Keep who did what, in Django's log of the admin and in the history of the object."""
    LogEntry.objects.create(
        user=listener_of(request),
        content_type=ContentType.objects.get_for_model(about or Run),
        object_id=about.pk if about else None,
        object_repr=what[:200],
        action_flag=CHANGE,
        change_message=change,
    )


@require_POST
@require_permission(RUNS)
def run_now(request: HttpRequest) -> HttpResponse:
    """Ask a worker to run that stage; the page shows what becomes of it."""
    stage = request.POST.get("stage", "")
    task = TASKS.get(stage)
    if not task:
        messages.error(request, _("Unknown stage."))
        return redirect("status")
    if _send(request, task, {"trigger": Trigger.PERSON}):
        audit(request, stage, "run now")
    return redirect("status")


def _send(request: HttpRequest, task: str, arguments: dict[str, Any]) -> bool:
    """Queue the task and say so, or why it cannot be; return whether it is."""
    try:
        current_app.send_task(task, kwargs=arguments)
    except OperationalError as error:
        messages.error(request, _("No worker available: %(error)s") % {"error": error})
        return False
    messages.success(request, _("Queued: %(task)s") % {"task": task})
    return True


@require_POST
@require_permission(SCHEDULE)
def pause(request: HttpRequest) -> HttpResponse:
    """Pause a row of the schedule."""
    return _enable(request, is_enabled=False)


@require_POST
@require_permission(SCHEDULE)
def resume(request: HttpRequest) -> HttpResponse:
    """Resume a row of the schedule that was paused."""
    return _enable(request, is_enabled=True)


def _enable(request: HttpRequest, *, is_enabled: bool) -> HttpResponse:
    row = get_object_or_404(PeriodicTask, pk=request.POST.get("task") or 0)
    row.enabled = is_enabled
    row.save()
    audit(request, row.name, "resume" if is_enabled else "pause")
    text = _("Resumed: %(name)s") if is_enabled else _("Paused: %(name)s")
    messages.success(request, text % {"name": row.name})
    return redirect("status")


@require_POST
@require_permission(RUNS)
def publish(request: HttpRequest) -> HttpResponse:
    """Publish a kept build, and pause builds: the next one would replace it within minutes."""
    build_id = request.POST.get("build", "")
    if not is_confirmed(request):
        return confirmation_page(
            request,
            question=_("Publish build %(build)s?") % {"build": build_id},
            consequence=_(
                "Pages show its numbers at once. Builds are paused until you resume them."
            ),
            label=_("Publish"),
        )
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


@require_POST
@require_permission(RUNS)
def lift_block(request: HttpRequest) -> HttpResponse:
    """Allow calls before the time that Spotify named; it may name a new one."""
    scope = request.POST.get("scope", "")
    if not is_confirmed(request):
        return confirmation_page(
            request,
            question=_("Lift the block on %(scope)s requests?") % {"scope": scope},
            consequence=_(
                "Spotify asked for this pause. If it still applies, a longer one follows."
            ),
            label=_("Lift block"),
        )
    if clients.spotify_quota().lift(scope):
        signals.block_lifted.send(sender=Run, now=timezone.now())
        audit(request, scope, "lift block")
        messages.success(request, _("Block on %(scope)s requests lifted.") % {"scope": scope})
    else:
        messages.info(request, _("There is no block on %(scope)s requests.") % {"scope": scope})
    return redirect("status")


@require_POST
@require_permission(KEYS)
def rotate_keys(request: HttpRequest) -> HttpResponse:
    """Encrypt tokens and addresses with the first of TOKEN_KEYS, so that others can be removed."""
    if not is_confirmed(request):
        return confirmation_page(
            request,
            question=_("Encrypt everything with the first key?"),
            consequence=_(
                "Every host needs the first key before this. Remove the other keys afterwards."
            ),
            label=_("Encrypt"),
        )
    try:
        count = tokens.rotate_keys()
    except token_store.KeyLost as error:
        messages.error(request, _("%(error)s. Put the old key back.") % {"error": error})
    else:
        audit(request, "TOKEN_KEYS", "rotate keys")
        text = _("Spotify tokens encrypted with the first key: %(count)d. Remove the other keys.")
        messages.success(request, text % {"count": count})
    return redirect("status")


@require_permission(RUNS)
def replay_page(request: HttpRequest) -> HttpResponse:
    """Ask a worker to read landed records again, and to land what the lake lacks of them."""
    form = ReplayForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if not is_confirmed(request):
            return confirmation_page(
                request,
                question=_("Replay %(what)s?") % {"what": form.description},
                consequence=_("Only records that the lake lacks are written. Nothing is doubled."),
                label=_("Replay"),
            )
        if _send(request, "ingestion.replay", form.cleaned_data):
            audit(request, form.description, "replay")
        return redirect("status")
    context = {
        **admin.site.each_context(request),
        "title": _("Replay"),
        "form": form,
        "can_replay": replay.is_available(),
        "is_busy": status.stage_state(Stage.CONSUME, now=timezone.now()).is_running,
    }
    return TemplateResponse(request, "admin/replay.html", context)


@require_POST
@require_permission(RUNS)
def suspend(request: HttpRequest) -> HttpResponse:
    """Let Snowflake's warehouse sleep at once; the next query wakes it."""
    usage = clients.snowflake_usage()
    try:
        usage.suspend()
    except WarehouseError as error:
        messages.error(request, str(error))
    else:
        audit(request, usage.account.warehouse, "suspend")
        messages.success(request, _("Suspended. The next query starts the warehouse again."))
    return redirect("status-cost")


@require_POST
@require_permission(RUNS)
def test_alert(request: HttpRequest) -> HttpResponse:
    """Send a message to every address in ALERT_URLS."""
    if not settings.ALERT_URLS:
        messages.error(request, _("ALERT_URLS is not set."))
    elif alerts.send("Test alert", "Alerts from Liner arrive here.", is_firing=False):
        audit(request, "ALERT_URLS", "test alert")
        messages.success(request, _("Test alert sent."))
    else:
        messages.error(request, _("The alert could not be delivered. See the log."))
    return redirect("status")


urlpatterns: list[URLPattern] = [
    path(f"admin/status/{name}/", admin.site.admin_view(view), name=f"status-{name}")
    for name, view in {
        "alert": test_alert,
        "keys": rotate_keys,
        "lift": lift_block,
        "pause": pause,
        "publish": publish,
        "replay": replay_page,
        "resume": resume,
        "run": run_now,
        "suspend": suspend,
    }.items()
]
