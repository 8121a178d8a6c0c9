"""Admin pages of evaluations, drawn as bars, and of listeners' feedback."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from recommendations.models import Evaluation, Feedback
from spotifyweb.accounts.read_only_admin import ReadOnlyAdmin

FIGURES = {
    "next": {"ndcg@10": "NDCG@10", "mrr@10": "MRR@10", "hit_rate@10": "HR@10"},
    "new": {"ndcg@50": "NDCG@50", "recall@50": "recall@50"},
    "rediscovery": {"ndcg@50": "NDCG@50", "recall@50": "recall@50"},
}
NOTHING = _("Nothing to measure: too few plays follow each other in a session.")
NOT_INSTALLED = _("The library implicit is not installed here: not compared with it.")
OURS = "transitions, as served"
TITLES = {
    "next": _("What is played next"),
    "new": _("Which new tracks are played"),
    "rediscovery": _("Which favourites are played again after a month"),
}


def draw(question: str, rows: dict[str, Any]) -> SafeString:
    """Draw a table: a bar for each contender, and its figures with their intervals."""
    names = FIGURES[question]
    first = next(iter(names))
    most = max((row.get(first) or 0 for row in rows.values()), default=0) or 1
    head = format_html_join("", '<th scope="col">{}</th>', ((name,) for name in names.values()))
    body = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td><svg width="240" height="12" role="img" aria-label="{}">'
        '<rect width="{}" height="12" fill="currentColor"/></svg></td>{}</tr>',
        (
            (contender, figure(row, first), round(240 * (row.get(first) or 0) / most), cells)
            for contender, row in rows.items()
            for cells in [format_html_join("", "<td>{}</td>", _cells(row, names))]
        ),
    )
    head = format_html("<tr><th></th><th></th>{}</tr>", head)
    return format_html("<h3>{}</h3><table>{}{}</table>", TITLES[question], head, body)


def figure(row: dict[str, Any], name: str) -> str:
    return f"{row.get(name) or 0:.4f}"


def _cells(row: dict[str, Any], names: Iterable[str]) -> list[tuple[str]]:
    return [(f"{figure(row, name)}{_interval(row, name)}",) for name in names]


def _interval(row: dict[str, Any], name: str) -> str:
    between = (row.get("intervals") or {}).get(name)
    return f" ({between[0]:.3f} to {between[1]:.3f})" if between else ""


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnlyAdmin):
    list_display = ["source", "evaluated_at", "build_id", "cases", "ours", "best_other", "error"]
    list_filter = ["source"]
    fields = ["source", "build_id", "evaluated_at", "cases", "error", "drawing"]
    readonly_fields = ["source", "build_id", "evaluated_at", "cases", "error", "drawing"]

    def cases(self, row: Evaluation) -> int:
        return int(row.figures.get("cases", 0))

    @admin.display(description=_("ours (NDCG@10)"))
    def ours(self, row: Evaluation) -> str:
        rows = row.figures.get("next")
        if not rows:
            return "–"
        return figure(rows.get(OURS) or rows.get("transitions", {}), "ndcg@10")

    @admin.display(description=_("best other"))
    def best_other(self, row: Evaluation) -> str:
        others = {
            n: r for n, r in row.figures.get("next", {}).items() if not n.startswith("transitions")
        }
        best = max(others, key=lambda name: others[name].get("ndcg@10") or 0, default="")
        return f"{figure(others[best], 'ndcg@10')} {best}" if best else ""

    @admin.display(description=_("figures"))
    def drawing(self, row: Evaluation) -> SafeString:
        if not row.figures.get("cases"):
            return format_html("<p>{}</p>", row.error or NOTHING)
        parts = [(draw(question, row.figures[question]),) for question in FIGURES]
        return format_html("{}<p>{}</p>", format_html_join("", "{}", parts), _note(row.figures))


def _note(figures: dict[str, Any]) -> str:
    """Return what the figures rest on."""
    listeners = figures.get("listeners", 0)
    words = ngettext(
        "%(cases)s cases of %(listeners)s listener, learned anew every %(days)s days. "
        "In brackets: the middle 95%% over cases.",
        "%(cases)s cases of %(listeners)s listeners, learned anew every %(days)s days. "
        "In brackets: the middle 95%% over listeners.",
        listeners,
    ) % {
        "cases": figures["cases"],
        "listeners": listeners,
        "days": f"{figures.get('refit_days', 14):g}",
    }
    return words if figures.get("implicit") else f"{words} {NOT_INSTALLED}"


@admin.register(Feedback)
class FeedbackAdmin(ReadOnlyAdmin):
    list_display = ["listener", "kind", "track_id", "artist_name", "given_at", "expires_at"]
    list_filter = ["kind"]
    search_fields = ["artist_name", "track_id"]
