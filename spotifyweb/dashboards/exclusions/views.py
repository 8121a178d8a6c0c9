"""`/rules/`: exclusion rules."""

from collections.abc import Iterable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.views.decorators.http import require_GET, require_POST

from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of, local_path
from spotifyweb.accounts.models import Listener
from spotifyweb.dashboards.exclusions import names
from spotifyweb.dashboards.exclusions.counts import count_excluded
from spotifyweb.dashboards.exclusions.forms import ExclusionRuleForm
from spotifyweb.dashboards.exclusions.tracks import labels
from spotifyweb.dashboards.models import ExclusionRule
from spotifyweb.dashboards.query_cache import CachedWarehouse
from spotifyweb.warehouse import WarehouseError

Suggestions = tuple[tuple[str, tuple[str, ...]], ...]  # names by the label of their kind


@login_required
def exclusions_page(request: HttpRequest) -> HttpResponse:
    """List the rules with a form for a new one, and create it."""
    listener = listener_of(request)
    form = ExclusionRuleForm(
        request.POST if request.method == "POST" else None,
        listener=listener,
        initial={name: request.GET.get(name, "") for name in ("kind", "value")},
    )
    if request.method == "POST" and form.is_valid():
        messages.success(request, _confirmation(request, form.save()))
        return redirect(_return_url(request))
    if request.POST.get("next"):  # from a button elsewhere: there is no form to correct there
        messages.error(request, " ".join(str(error) for error in form.errors.get("value", ())))
        return redirect(_return_url(request))
    rules = list(ExclusionRule.objects.filter(listener=listener))
    suggestions: Suggestions = ()
    try:
        counts = count_excluded(clients.warehouse(), listener.user_id, rules)
        suggestions = _suggestions(listener)
    except WarehouseError:
        counts = [None] * len(rules)
    context = {
        "form": form,
        "rules": list(zip(rules, counts, _labels(rules), strict=True)),
        "suggestions": suggestions,
    }
    return render(request, "dashboards/rules.html", context)


def _confirmation(request: HttpRequest, rule: ExclusionRule) -> str:
    """Say what is excluded, on other pages with a link to where it can be undone."""
    text = gettext("%(kind)s “%(name)s” is excluded.") % {
        "kind": rule.get_kind_display(),
        "name": _labels([rule])[0],
    }
    if not request.POST.get("next"):
        return text
    return format_html('{} <a href="{}">{}</a>', text, request.path, gettext("Your exclusions"))


@login_required
@require_GET
def suggestions(request: HttpRequest) -> HttpResponse:
    """Return the most played names that contain what is typed, as options of the name field."""
    try:
        found = _suggestions(listener_of(request), part=request.GET.get("q", "")[:100])
    except WarehouseError:
        found = ()
    return render(request, "fragments/rule_names.html", {"suggestions": found})


def _suggestions(listener: Listener, *, part: str = "") -> Suggestions:
    """Return names with the label of their kind. Raises WarehouseError."""
    user_id = listener.user_id
    warehouse = CachedWarehouse(warehouse=clients.warehouse(), user_id=user_id)
    return tuple(
        (
            str(ExclusionRule.Kind(kind).label),
            tuple(names.most_played(warehouse, user_id, kind, part=part)),
        )
        for kind in names.PLAYED
    )


def _labels(rules: Iterable[ExclusionRule]) -> list[str]:
    return labels(clients.warehouse(), (rule.exclusion for rule in rules))


def _return_url(request: HttpRequest) -> str:
    """Return the page from which a rule was made, else that of the rules."""
    return local_path(request.POST.get("next", ""), fallback=reverse("dashboards:rules"))


@login_required
@require_POST
def change_rule(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Turn a rule on or off, or delete it."""
    rule = get_object_or_404(ExclusionRule, listener=listener_of(request), pk=rule_id)
    if request.POST.get("do") == "delete":
        rule.delete()
    else:
        rule.is_on = not rule.is_on
        rule.save()
    return redirect("dashboards:rules")
