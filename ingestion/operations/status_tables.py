"""The small tables of the control room: rows with a heading, cells, and at most one button."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.humanize.templatetags.humanize import intcomma, naturaltime
from django.template.defaultfilters import date, filesizeformat, truncatechars
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.timesince import timeuntil
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ingestion.models import HistoryImport, Run
from ingestion.operations import machine, status
from spotifyweb import clients
from spotifyweb.accounts.models import Connection, Listener
from spotifyweb.monitoring import probes

Words = str | Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A text; `mood` makes it a pill, `hint` stands below it."""

    text: Words
    mood: str = ""
    is_number: bool = False
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A form that posts one value to an action of the control room."""

    action: str  # the name of its URL
    label: Words
    name: str
    value: Any
    subject: str = ""
    is_busy: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    name: Words
    cells: tuple[Cell, ...] = ()
    url: str = ""
    button: Button | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    title: Words
    rows: list[Row] = field(default_factory=list)
    empty: Words = ""


def _number(count: int) -> Cell:
    return Cell(text=intcomma(count), is_number=True)


def services(results: Iterable[probes.ProbeResult]) -> Table:
    return Table(title=_("Services"), rows=[_service(result) for result in results])


def _service(result: probes.ProbeResult) -> Row:
    state = (
        Cell(text=_("OK"), mood="well") if result.is_well else Cell(text=_("failing"), mood="bad")
    )
    return Row(name=result.name, cells=(state, Cell(text=result.detail, hint=result.hint)))


def listeners(*, now: datetime) -> Table:
    """Return how many listeners are in each state, and whose permission ends when."""
    listed = reverse("admin:accounts_listener_changelist")
    rows = [
        Row(
            name=Connection(state).label,
            url=f"{listed}?connection__exact={state}",
            cells=(_number(count),),
        )
        for state, count in status.connections().items()
    ]
    gaps = reverse("admin:ingestion_gap_changelist") + "?status__exact=possible"
    count = _number(status.possible_gaps(now=now))
    rows.append(Row(name=_("possible data gaps, 30 days"), url=gaps, cells=(count,)))
    rows += [
        Row(name=str(listener), cells=(_permission(listener, consent),))
        for listener, consent in machine.consents(now=now, limit=status.LISTED)
    ]
    return Table(title=_("Listeners"), rows=rows)


def _permission(listener: Listener, consent: Any) -> Cell:
    if listener.connection == Connection.NEEDS_LOGIN:
        return Cell(text=_("permission expired"), mood="bad", is_number=True)
    if consent.days_left is None:
        return Cell(text=_("unknown"), is_number=True)
    text = ngettext(
        "permission expires in %(days)s day",
        "permission expires in %(days)s days",
        consent.days_left,
    )
    mood = "late" if consent.is_due else "quiet"
    return Cell(text=text % {"days": consent.days_left}, mood=mood, is_number=True)


def calls(*, now: datetime) -> Table:
    spent = clients.spotify_quota().spent(now=now)
    rows = [Row(name=family, cells=(_number(count),)) for family, count in spent.items()]
    return Table(title=_("Spotify requests today"), rows=rows, empty=_("none yet"))


def imports() -> Table:
    found = HistoryImport.objects.select_related("listener")[:5]
    rows = [
        Row(
            name=str(each.listener),
            url=reverse("admin:ingestion_historyimport_change", args=[each.pk]),
            cells=(
                Cell(text=truncatechars(each.file_name, 40)),
                Cell(text=_rows(each.rows), is_number=True),
                Cell(text=each.get_status_display()),
            ),
        )
        for each in found
    ]
    return Table(title=_("Latest imports"), rows=rows, empty=_("none yet"))


def _rows(count: int) -> str:
    return ngettext("%(count)s row", "%(count)s rows", count) % {"count": intcomma(count)}


def failures() -> Table:
    rows = [
        Row(
            name=f"{run.stage} {truncatechars(run.subject, 20)}",
            url=reverse("admin:ingestion_run_change", args=[run.pk]),
            cells=(
                Cell(text=naturaltime(run.started_at)),
                Cell(text=truncatechars(run.error, 90)),
            ),
        )
        for run in Run.objects.filter(status=Run.Status.FAILED)[:8]
    ]
    return Table(title=_("Latest failures"), rows=rows, empty=_("none"))


def schedule(*, now: datetime) -> Table:
    rows = [_task(run, now=now) for run in machine.schedule()]
    return Table(title=_("Schedule"), rows=rows)


def _task(run: machine.NextRun, *, now: datetime) -> Row:
    task = run.task
    if not task.enabled:
        when = Cell(text=_("paused"), mood="late")
    elif run.at and run.at - now >= timedelta(minutes=1):
        when = Cell(text=_("in %(time)s") % {"time": timeuntil(run.at, now)})
    else:
        when = Cell(text=_("due now"))
    button = Button(
        action="status-pause" if task.enabled else "status-resume",
        label=_("Pause") if task.enabled else _("Resume"),
        name="task",
        value=task.pk,
        subject=task.name,
    )
    return Row(name=task.name, cells=(when,), button=button)


def builds(found: Iterable[str], *, published: str, is_building: bool) -> Table:
    """Return the builds that may be published, with a button for each that is not."""
    rows = [_build(each, published=published, is_building=is_building) for each in found]
    return Table(title=_("Builds"), rows=rows, empty=_("none yet"))


def _build(build_id: str, *, published: str, is_building: bool) -> Row:
    if build_id == published:
        return Row(name=build_id, cells=(Cell(text=_("published"), mood="well", is_number=True),))
    is_older = bool(published) and build_id < published
    label = _("Roll back to this build") if is_older else _("Publish this build")
    button = Button(
        action="status-publish", label=label, name="build", value=build_id, is_busy=is_building
    )
    return Row(name=build_id, button=button)


def resources() -> Table:
    rows = [Row(name=each.name, cells=(_room(each),)) for each in machine.resources()]
    return Table(title=_("Machine"), rows=rows)


def _room(resource: machine.Resource) -> Cell:
    text = _("%(free)s of %(total)s free") % {
        "free": filesizeformat(resource.free),
        "total": filesizeformat(resource.total),
    }
    return Cell(text=text, mood="bad" if resource.is_low else "quiet", is_number=True)


def audit() -> Table:
    rows = [
        Row(
            name=str(entry.user),
            cells=(
                Cell(text=f"{entry.get_change_message()} {entry.object_repr}"),
                Cell(text=date(entry.action_time, "j M, H:i")),
            ),
        )
        for entry in LogEntry.objects.select_related("user", "content_type")[:8]
    ]
    return Table(title=_("Actions in the admin"), rows=rows, empty=_("none yet"))
