"""`/rules/`: exclusion rules."""

from collections.abc import Iterable

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards.exclusions import names
from spotifyweb.dashboards.exclusions.counts import count_excluded
from spotifyweb.dashboards.exclusions.forms import ExclusionRuleForm
from spotifyweb.dashboards.exclusions.tracks import labels
from spotifyweb.dashboards.models import ExclusionRule
from spotifyweb.warehouse import WarehouseError


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
        rule = form.save()
        messages.success(
            request,
            gettext("%(kind)s “%(name)s” is excluded.")
            % {"kind": rule.get_kind_display(), "name": _labels([rule])[0]},
        )
        return redirect(_return_url(request))
    if request.POST.get("next"):  # from a button elsewhere: there is no form to correct there
        messages.error(request, " ".join(str(error) for error in form.errors.get("value", ())))
        return redirect(_return_url(request))
    rules = list(ExclusionRule.objects.filter(listener=listener))
    warehouse, suggestions = clients.warehouse(), {}
    try:
        counts = count_excluded(warehouse, listener.user_id, rules)
        suggestions = {
            ExclusionRule.Kind(kind).label: names.most_played(warehouse, listener.user_id, kind)
            for kind in names.PLAYED
        }
    except WarehouseError:
        counts = [None] * len(rules)
    context = {
        "form": form,
        "rules": list(zip(rules, counts, _labels(rules), strict=True)),
        "suggestions": suggestions,
    }
    return render(request, "dashboards/rules.html", context)


def _labels(rules: Iterable[ExclusionRule]) -> list[str]:
    return labels(clients.warehouse(), (rule.exclusion for rule in rules))


def _return_url(request: HttpRequest) -> str:
    """Return the page from which a rule was made, else that of the rules."""
    address = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if is_ours else reverse("dashboards:rules")


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
