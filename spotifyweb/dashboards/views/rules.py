"""`/rules/`: what does not count."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from spotifyweb import clients
from spotifyweb.accounts.whose import listener_of
from spotifyweb.dashboards import excluded
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
        counts = excluded.counts(clients.warehouse(), listener.user_id, rules)
    except WarehouseError:
        counts = [None] * len(rules)
    context = {"kinds": Rule.Kind.choices, "rules": list(zip(rules, counts, strict=True))}
    return render(request, "dashboards/rules.html", context)


@login_required
@require_POST
def change(request: HttpRequest, rule_id: int) -> HttpResponse:
    """Turn a rule on or off, or delete it."""
    found = Rule.objects.filter(listener=listener_of(request), pk=rule_id)
    rule = found.first()
    if rule is None:
        raise Http404
    if request.POST.get("do") == "delete":
        found.delete()
    else:
        found.update(is_on=not rule.is_on)
    return redirect("dashboards:rules")
