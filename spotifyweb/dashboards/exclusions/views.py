"""`/rules/`: exclusion rules."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards.exclusions import names
from spotifyweb.dashboards.exclusions.counts import count_excluded
from spotifyweb.dashboards.exclusions.forms import ExclusionRuleForm
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
            % {"kind": rule.get_kind_display(), "name": rule.value},
        )
        return redirect("dashboards:rules")
    rules = list(ExclusionRule.objects.filter(listener=listener))
    warehouse, suggestions = clients.warehouse(), {}
    try:
        counts = count_excluded(warehouse, listener.user_id, rules)
        suggestions = {
            ExclusionRule.Kind(kind).label: names.most_played(warehouse, listener.user_id, kind)
            for kind in names.TABLES
        }
    except WarehouseError:
        counts = [None] * len(rules)
    context = {
        "form": form,
        "rules": list(zip(rules, counts, strict=True)),
        "suggestions": suggestions,
    }
    return render(request, "dashboards/rules.html", context)


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
