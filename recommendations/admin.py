"""Admin pages of evaluations, drawn as bars, and of listeners' feedback."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from recommendations.models import Evaluation, Feedback

FIGURES = {"next": "ndcg@10", "new": "ndcg@50", "rediscovery": "ndcg@50"}
OURS = "transitions, as served"
TITLES = {
    "next": "What is played next (NDCG@10)",
    "new": "Which new tracks are played (NDCG@50)",
    "rediscovery": "Which silent favourites return (NDCG@50)",
}


def draw(question: str, rows: dict[str, Any]) -> SafeString:
    """Draw one bar for each contender, the mean over listeners, with its interval in words."""
    name = FIGURES[question]
    most = max((row.get(name) or 0 for row in rows.values()), default=0) or 1
    bars = format_html_join(
        "",
        '<tr><th scope="row">{}</th><td><svg width="240" height="12" role="img" aria-label="{}">'
        '<rect width="{}" height="12" fill="currentColor"/></svg></td><td>{}{}</td></tr>',
        (
            (
                contender,
                figure(row, name),
                round(240 * (row.get(name) or 0) / most),
                *figure_cells(row, name),
            )
            for contender, row in rows.items()
        ),
    )
    return format_html("<h3>{}</h3><table>{}</table>", TITLES[question], bars)


def figure(row: dict[str, Any], name: str) -> str:
    return f"{row.get(name) or 0:.4f}"


def figure_cells(row: dict[str, Any], name: str) -> tuple[str, str]:
    between = (row.get("intervals") or {}).get(name)
    return figure(row, name), f" ({between[0]:.3f} to {between[1]:.3f})" if between else ""


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        return False


@admin.register(Evaluation)
class EvaluationAdmin(ReadOnly):
    list_display = ["source", "evaluated_at", "build_id", "ours", "best_other"]
    list_filter = ["source"]
    fields = ["source", "build_id", "evaluated_at", "drawing"]
    readonly_fields = ["source", "build_id", "evaluated_at", "drawing"]

    @admin.display(description="ours (NDCG@10)")
    def ours(self, row: Evaluation) -> str:
        rows = row.figures["next"]
        return figure(rows.get(OURS) or rows.get("transitions", {}), "ndcg@10")

    @admin.display(description="best other")
    def best_other(self, row: Evaluation) -> str:
        others = {n: r for n, r in row.figures["next"].items() if not n.startswith("transitions")}
        best = max(others, key=lambda name: others[name].get("ndcg@10") or 0, default="")
        return f"{figure(others[best], 'ndcg@10')} {best}" if best else ""

    @admin.display(description="figures")
    def drawing(self, row: Evaluation) -> SafeString:
        parts = ((draw(question, row.figures[question]),) for question in FIGURES)
        return format_html_join("", "{}", parts)


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly):
    list_display = ["listener", "kind", "track_id", "artist_name", "given_at", "expires_at"]
    list_filter = ["kind"]
    search_fields = ["artist_name", "track_id"]
