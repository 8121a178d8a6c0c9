"""`/rules/`: what does not count."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from spotifyweb import clients
from spotifyweb.accounts.auth import listener_of
from spotifyweb.dashboards.exclusions.counts import count_excluded
from spotifyweb.dashboards.models import Rule
from spotifyweb.warehouse import WarehouseError


@login_required
def rules_page(request: HttpRequest) -> HttpResponse:
    listener = listener_of(request)
    if request.method == "POST":
        rule = Rule(
            listener=listener,
            kind=request.POST.get("kind", ""),
            value=request.POST.get("value", "").strip(),
        )
        try:
            rule.full_clean()
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        else:
            rule.save()
            messages.success(request, f"{rule.get_kind_display()} “{rule.value}” no longer counts.")
        return redirect("dashboards:rules")
    rules = list(Rule.objects.filter(listener=listener))
    try:
        counts = count_excluded(clients.warehouse(), listener.user_id, rules)
    except WarehouseError:
        counts = [None] * len(rules)
    context = {"kinds": Rule.Kind.choices, "rules": list(zip(rules, counts, strict=True))}
    return render(request, "dashboards/rules.html", context)


@login_required
@require_POST
def change(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Turn a rule on or off, or delete it."""
    rule = get_object_or_404(Rule, listener=listener_of(request), pk=rule_id)
    if request.POST.get("do") == "delete":
        rule.delete()
    else:
        rule.is_on = not rule.is_on
        rule.save()
    return redirect("dashboards:rules")
